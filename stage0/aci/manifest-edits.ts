import type { App, Isolator } from '#schema/app.js'
import { CAPABILITY_ISOLATORS } from '#schema/capabilities.js'
import { RuntimeError } from '#schema/errors.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import { isolatorOf, mountPointOf, portOf, SECCOMP_ISOLATORS, seccompOf, SETTABLE } from './manifest-words.js'

/** What `image patch-manifest` may change, as written on the command line; '' is as good as absent. */
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
 * A manifest with what the edits say instead of what it said (V3). It is not validated: formatManifest does that. Errors: USAGE for words
 * that mean nothing, or edits that exclude each other.
 */
export function editManifest(manifest: ImageManifest, edits: ManifestEdits): ImageManifest {
  const { name, exec, ...rest } = edits
  const touchesApp = Object.values(rest).some((value) => value !== undefined && value !== '')
  const app = manifest.app ?? (given(exec) ? { user: '', group: '' } : undefined)
  if (touchesApp && app === undefined) throw wrong('no app in the supplied manifest and no exec command provided')
  return {
    ...manifest,
    ...(given(name) && { name }),
    ...(app !== undefined && (touchesApp || given(exec)) && { app: editApp(app, edits) }),
  }
}

function editApp(app: App, edits: ManifestEdits): App {
  const { exec, user, group, mounts, ports, 'supplementary-groups': groups } = edits
  const isolators = editIsolators(app.isolators ?? [], edits)
  return {
    ...app,
    ...(given(exec) && { exec: exec.split(' ') }),
    ...(given(user) && { user }),
    ...(given(group) && { group }),
    ...(given(groups) && { supplementaryGIDs: groups.split(',').map(groupOf) }),
    ...(given(mounts) && { mountPoints: mounts.split(':').map(mountPointOf) }),
    ...(given(ports) && { ports: ports.split(':').map(portOf) }),
    ...((app.isolators !== undefined || isolators.length > 0) && { isolators }),
  }
}

/** Each option replaces the isolators it could set, and leaves those that others set. */
function editIsolators(isolators: readonly Isolator[], edits: ManifestEdits): readonly Isolator[] {
  const { capability, 'revoke-capability': revoke, isolators: words, 'seccomp-mode': mode, 'seccomp-set': set } = edits
  if (given(capability) && given(revoke)) throw wrong('conflicting capabilities isolators provided')
  if (given(set) && !given(mode)) throw wrong('--seccomp-set specified without --seccomp-mode')
  if (given(mode) && !given(set)) throw wrong('--seccomp-mode specified without --seccomp-set')
  const gone = new Set<string>()
  const added: Isolator[] = []
  const replace = (names: readonly string[], ...by: readonly Isolator[]): void => {
    for (const name of names) gone.add(name)
    added.push(...by)
  }
  const sets = Object.values(CAPABILITY_ISOLATORS)
  if (given(capability)) replace(sets, { name: CAPABILITY_ISOLATORS.retain, value: { set: capability.split(',') } })
  if (given(revoke)) replace(sets, { name: CAPABILITY_ISOLATORS.remove, value: { set: revoke.split(',') } })
  if (given(mode) && given(set)) replace(Object.values(SECCOMP_ISOLATORS), seccompOf(mode, set))
  if (given(words)) replace(SETTABLE, ...words.split(':').map(isolatorOf))
  return [...isolators.filter(({ name }) => !gone.has(name)), ...added]
}

function groupOf(word: string): number {
  if (!/^\d+$/.test(word)) throw wrong(`invalid supplementary group ${JSON.stringify(word)}`)
  return Number(word)
}

const given = (value: string | undefined): value is string => value !== undefined && value !== ''
const wrong = (message: string): RuntimeError => new RuntimeError('USAGE', message)
