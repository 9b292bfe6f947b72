import type { RunSpec } from '#schema/run-spec.js'
import { openNetwork } from './network/namespace.js'
import { openStreams, type PodStreams } from './output/streams.js'
import type { Terminal } from './output/terminal.js'
import type { PodFacts } from './plan/pod-facts.js'

/** How whoever runs a pod is connected with it, and what this process holds for the pod's init until that has taken it over. */
export interface Caller extends Pick<PodFacts, 'input' | 'launcher' | 'network'> {
  readonly resolvConf: string | undefined
  readonly streams: PodStreams
  readonly terminal: Terminal | undefined
  /** The pod's init has what is its own now, or never will. */
  readonly handedOver: () => void
}

/** Prepares all of it for a pod that is to be started. */
export async function openCaller(spec: RunSpec): Promise<Caller> {
  const making = openNetwork(spec)
  // whatever fails first is the failure
  making.catch(() => undefined)
  const terminal = spec.interactive && !spec.detach ? await terminalIfThere() : undefined
  const input = spec.interactive && terminal === undefined
  const streams = openStreams(spec, { input: input && !spec.detach, carriageReturns: terminal !== undefined })
  const network = await making
  const handedOver = (): void => {
    streams.handedOver()
    network.handedOver()
  }
  return {
    streams,
    terminal,
    input,
    launcher: streams.theirs,
    network: network.plan,
    resolvConf: network.resolvConf,
    handedOver,
  }
}

async function terminalIfThere(): Promise<Terminal | undefined> {
  const { isAtTerminal, openTerminal } = await import('./output/terminal.js')
  return isAtTerminal() ? openTerminal() : undefined
}
