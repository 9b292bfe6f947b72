import type { App } from '#schema/app.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import type { PodManifest, RuntimeApp } from '#schema/pod-manifest.js'
import type { RunSpec, RunSpecApp } from '#schema/run-spec.js'
import { RuntimeError } from '#schema/errors.js'
import type { Holder, PodPlan, TerminalSize } from './pod-plan.js'

/** All inputs of planning, read beforehand: the same facts always give the same plan. */
export interface PodFacts {
  /** The pod directory, absolute. */
  readonly directory: string
  readonly spec: RunSpec
  readonly manifest: PodManifest
  /** Image manifests by app name. */
  readonly images: ReadonlyMap<string, ImageManifest>
  /** The in-pod program, absolute. */
  readonly init: string
  /** The process that holds the pod lock now. */
  readonly lock: Holder
  /** The process that holds the pod init's end of the launcher's connection. */
  readonly launcher: Holder
  /** The pod's network namespace. */
  readonly network: PodPlan['network']
  /** How apps reach the metadata service; undefined where the pod has none. */
  readonly metadata?: MetadataAddress
  /** The app's standard input is a pipe that clients write to. */
  readonly input: boolean
  /** The /etc/resolv.conf that appc gives the apps. */
  readonly resolvConf?: ResolvConf
  /** The host's /etc/hosts, where the pod has a copy of it. */
  readonly hostsOfHost?: string
  /** Sources of `host` volumes that are device nodes. */
  readonly devices: ReadonlySet<string>
  /** The terminal of an interactive pod: its size, and its type (TERM). */
  readonly terminal?: { readonly size: TerminalSize; readonly type: string }
}

/** The /etc/resolv.conf of the apps. */
export interface ResolvConf {
  readonly content: string
  /** Whether it takes the place of a file of an image. */
  readonly replaces: boolean
}

/** The port at 127.0.0.1, and the token in the path, of a metadata service. */
export interface MetadataAddress {
  readonly port: number
  readonly token: string
}

/** All facts about one app. */
export interface AppFacts {
  readonly name: string
  readonly runtime: RuntimeApp
  readonly app: App
  readonly spec: RunSpecApp
}

/**
 * The apps of a pod in the manifest's order. The `app` of the pod manifest replaces that of the
 * image completely (P4). Errors: MANIFEST_INVALID where an app has nothing to execute; INTERNAL
 * where the run spec and the pod manifest differ.
 */
export function appsOf({ manifest, spec, images }: PodFacts): readonly AppFacts[] {
  return manifest.apps.map((runtime) => {
    const { name } = runtime
    const runSpecApp = spec.apps.find((app) => app.name === name)
    if (runSpecApp === undefined)
      throw new RuntimeError('INTERNAL', `app ${name}: in the pod manifest, not in the run spec`)
    const app = runtime.app ?? images.get(name)?.app
    if (app?.exec === undefined || app.exec.length === 0) {
      throw new RuntimeError('MANIFEST_INVALID', `app ${name}: nothing to execute`, {
        hint: `appc run ${runSpecApp.imageName} --exec PROGRAM`,
      })
    }
    return { name, runtime, app, spec: runSpecApp }
  })
}
