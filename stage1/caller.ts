import type { RunSpec } from '#schema/run-spec.js'
import { openMetadata } from './metadata-address.js'
import type { PodNetwork } from './network/namespace.js'
import { openStreams, type PodStreams } from './output/streams.js'
import type { Terminal } from './output/terminal.js'
import type { PodFacts, ResolvConf } from './plan/pod-facts.js'

/**
 * How the caller is connected to a pod, and what this process holds for the pod init until the pod
 * init has taken it over.
 */
export interface Caller extends Pick<PodFacts, 'input' | 'launcher' | 'network' | 'metadata'> {
  /** Settles when the pod is in its networks; see {@link PodNetwork}. */
  readonly resolvConf: Promise<ResolvConf | undefined>
  readonly streams: PodStreams
  readonly terminal: Terminal | undefined
  /** To be called when the pod init has taken over its descriptors, or never will. */
  readonly handedOver: () => void
}

/** Prepares the streams and the terminal of a pod that is about to be started in this network. */
export async function openCaller(spec: RunSpec, opening: Promise<PodNetwork>): Promise<Caller> {
  const terminal = spec.interactive && !spec.detach ? await openTerminalIfPresent() : undefined
  const input = spec.interactive && terminal === undefined
  const streams = openStreams(spec, { input: input && !spec.detach, carriageReturns: terminal !== undefined })
  const network = await opening
  const metadata = openMetadata(spec)
  const handedOver = (): void => {
    streams.handedOver()
    network.handedOver()
    metadata?.handedOver()
  }
  return {
    streams,
    terminal,
    input,
    launcher: streams.theirs,
    network: network.plan,
    ...(metadata && { metadata: metadata.address }),
    resolvConf: network.resolvConf,
    handedOver,
  }
}

async function openTerminalIfPresent(): Promise<Terminal | undefined> {
  const { isAtTerminal, openTerminal } = await import('./output/terminal.js')
  return isAtTerminal() ? openTerminal() : undefined
}
