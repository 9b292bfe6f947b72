import { closeSync } from 'node:fs'
import { native } from '#native'
import type { RunSpec } from '#schema/run-spec.js'

/** The launcher's connection to the pod's init, which sends what the apps write, byte for byte, and what there is to say of the pod. */
export interface PodStreams {
  /** The end that is the pod init's: `appc-init pod` takes it from this process. */
  readonly theirs: { readonly pid: number; readonly fd: number }
  /** The pod is starting. What comes is passed on from now on. */
  readonly begin: () => void
  /** The pod's init has its end now, or never will. */
  readonly handedOver: () => void
  /** Settles when all that was sent until now has been passed on; the apps go on without us. */
  readonly leave: () => Promise<void>
  /**
   * The pod has ended: settles when all that was written is on our stdout and stderr. Gives the words for what could not be written,
   * or null.
   */
  readonly finish: () => Promise<string | null>
}

/** What the operator's terminal or pipe is to the pod. */
export interface Wishes {
  /** Our standard input is the app's. */
  readonly input: boolean
  /** Our terminal is raw: a newline alone does not lead to the beginning of a line. */
  readonly carriageReturns: boolean
}

/** Connects to a pod that is to be started; one that is detached sends only what there is to say of it. */
export function openStreams({ detach, apps }: RunSpec, { input, carriageReturns }: Wishes): PodStreams {
  const app = input ? (apps[0]?.name ?? '') : ''
  const { ours, theirs } = native.openAttachment(app, !detach, input)
  let open = true
  let passedOn: Promise<string | null> = Promise.resolve(null)
  const handedOver = (): void => {
    if (open) closeSync(theirs)
    open = false
  }
  return {
    theirs: { pid: process.pid, fd: theirs },
    begin: () => {
      passedOn = native.relayAttachment(ours, input, carriageReturns)
      // what fails is told when it is finished
      passedOn.catch(() => undefined)
    },
    handedOver,
    leave: async () => {
      native.leaveAttachment(ours)
      await passedOn
    },
    finish: () => passedOn,
  }
}
