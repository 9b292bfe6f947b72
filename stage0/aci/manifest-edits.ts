import type { App, Isolator } from '#schema/app.js'
import { CAPABILITY_ISOLATORS } from '#schema/capabilities.js'
import { RuntimeError } from '#schema/errors.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import { isolatorOf, mountPointOf, portOf, SECCOMP_ISOLATORS, seccompOf, SETTABLE } from './manifest-words.js'

/**
 * The edits of `image patch-manifest`, as written on the command line. An empty string means
 * absent.
 */
export interface ManifestEdits {
  readonly name?: string | undefined
  readonly exec?: string | undefined
  readonly user?: string | undefined
  readonly group?: string | undefined
  readonly 'supplementary-groups'?: string | undefined
  readonly capability?: string | undefined
  readonly 'revoke-capability'?: string | undefined
  readonly mounts?: string | undefined
  readonly ports?: string | undefined
  readonly isolators?: string | undefined
  readonly 'seccomp-mode'?: string | undefined
  readonly 'seccomp-set'?: string | undefined
}

/**
 * Applies edits to a manifest (V3). The result is not validated; formatManifest does that. Errors:
 * USAGE for invalid words, and for edits that exclude each other.
 */
export function editManifest(manifest: ImageManifest, edits: ManifestEdits): ImageManifest {
  const { name, exec, ...rest } = edits
  const touchesApp = Object.values(rest).some((value) => value !== undefined && value !== '')
  const app = manifest.app ?? (isSet(exec) ? { user: '', group: '' } : undefined)
  if (touchesApp && app === undefined) throw usageError('no app in the supplied manifest and no exec command provided')
  return {
    ...manifest,
    ...(isSet(name) && { name }),
    ...(app !== undefined && (touchesApp || isSet(exec)) && { app: editApp(app, edits) }),
  }
}

function editApp(app: App, edits: ManifestEdits): App {
  const { exec, user, group, mounts, ports, 'supplementary-groups': groups } = edits
  const isolators = editIsolators(app.isolators ?? [], edits)
  return {
    ...app,
    ...(isSet(exec) && { exec: exec.split(' ') }),
    ...(isSet(user) && { user }),
    ...(isSet(group) && { group }),
    ...(isSet(groups) && { supplementaryGIDs: groups.split(',').map(groupOf) }),
    ...(isSet(mounts) && { mountPoints: mounts.split(':').map(mountPointOf) }),
    ...(isSet(ports) && { ports: ports.split(':').map(portOf) }),
    ...((app.isolators !== undefined || isolators.length > 0) && { isolators }),
  }
}

/** Each option replaces the isolators that it can set, and keeps all others. */
function editIsolators(isolators: readonly Isolator[], edits: ManifestEdits): readonly Isolator[] {
  const { capability, 'revoke-capability': revoke, isolators: words, 'seccomp-mode': mode, 'seccomp-set': set } = edits
  if (isSet(capability) && isSet(revoke)) throw usageError('conflicting capabilities isolators provided')
  if (isSet(set) && !isSet(mode)) throw usageError('--seccomp-set specified without --seccomp-mode')
  if (isSet(mode) && !isSet(set)) throw usageError('--seccomp-mode specified without --seccomp-set')
  const replaced = new Set<string>()
  const added: Isolator[] = []
  const replace = (names: readonly string[], ...replacements: readonly Isolator[]): void => {
    for (const name of names) replaced.add(name)
    added.push(...replacements)
  }
  const sets = Object.values(CAPABILITY_ISOLATORS)
  if (isSet(capability)) replace(sets, { name: CAPABILITY_ISOLATORS.retain, value: { set: capability.split(',') } })
  if (isSet(revoke)) replace(sets, { name: CAPABILITY_ISOLATORS.remove, value: { set: revoke.split(',') } })
  if (isSet(mode) && isSet(set)) replace(Object.values(SECCOMP_ISOLATORS), seccompOf(mode, set))
  if (isSet(words)) replace(SETTABLE, ...words.split(':').map(isolatorOf))
  return [...isolators.filter(({ name }) => !replaced.has(name)), ...added]
}

function groupOf(word: string): number {
  if (!/^\d+$/.test(word)) throw usageError(`invalid supplementary group ${JSON.stringify(word)}`)
  return Number(word)
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ''
const usageError = (message: string): RuntimeError => new RuntimeError('USAGE', message)
