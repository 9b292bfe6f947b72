import { closeSync } from 'node:fs'
import type { RunSpec } from '#schema/run-spec.js'
import { native } from '#native'
import { METADATA_PORT } from './plan/metadata-plan.js'
import type { MetadataAddress } from './plan/pod-facts.js'

/** The address of the metadata service of a pod that is about to be started. */
export interface PodMetadata {
  readonly address: MetadataAddress
  /** To be called when the socket listens, or never will. */
  readonly handedOver: () => void
}

/**
 * Chooses the port and the token of a pod's metadata service; undefined where the run spec wants
 * none. In the network of the host, this process holds a free port until systemd listens there.
 */
export function openMetadata({
  metadata = true,
  network,
}: Pick<RunSpec, 'metadata' | 'network'>): PodMetadata | undefined {
  if (!metadata) return undefined
  const token = Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString('hex')
  if (network !== 'host') return { address: { port: METADATA_PORT, token }, handedOver: () => undefined }
  const { fd, port } = native.reservePort()
  return { address: { port, token }, handedOver: () => closeSync(fd) }
}

/** 128 random bits (S1). */
const TOKEN_BYTES = 16
