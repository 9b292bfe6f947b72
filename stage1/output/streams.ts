import { closeSync } from 'node:fs'
import { native } from '#native'
import type { RunSpec } from '#schema/run-spec.js'

/**
 * The launcher's connection to the pod init, which sends what the apps write, byte for byte, and
 * the warnings and errors about the pod.
 */
export interface PodStreams {
  /** The pod init's end of the connection: `appc-init pod` takes it from this process. */
  readonly theirs: { readonly pid: number; readonly fd: number }
  /** To be called when the pod is being started: from now on received output is written. */
  readonly begin: () => void
  /** To be called when the pod init has taken over its end, or never will. */
  readonly handedOver: () => void
  /**
   * Disconnects. Settles when everything sent until now has been written; the apps run on without
   * us.
   */
  readonly leave: () => Promise<void>
  /**
   * To be called when the pod has ended. Settles when everything has been written to our stdout and
   * stderr. Gives a description of what could not be written, or null.
   */
  readonly finish: () => Promise<string | null>
}

/** How the pod uses the caller's terminal or pipe. */
export interface StreamOptions {
  /** Our standard input is the app's. */
  readonly input: boolean
  /** Our terminal is raw: a newline alone does not move to the beginning of a line. */
  readonly carriageReturns: boolean
}

/**
 * Connects to a pod that is about to be started. A detached pod sends only the warnings and errors
 * about the pod.
 */
export function openStreams({ detach, apps }: RunSpec, { input, carriageReturns }: StreamOptions): PodStreams {
  const app = input ? (apps[0]?.name ?? '') : ''
  const { ours, theirs } = native.openAttachment(app, !detach, input)
  let open = true
  let relayed: Promise<string | null> = Promise.resolve(null)
  const handedOver = (): void => {
    if (open) closeSync(theirs)
    open = false
  }
  return {
    theirs: { pid: process.pid, fd: theirs },
    begin: () => {
      relayed = native.relayAttachment(ours, input, carriageReturns)
      // `finish` and `leave` report the error.
      relayed.catch(() => undefined)
    },
    handedOver,
    leave: async () => {
      native.leaveAttachment(ours)
      await relayed
    },
    finish: () => relayed,
  }
}
