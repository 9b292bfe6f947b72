/** Time limits for a server, in milliseconds. */
export interface Timeouts {
  /** For the connection: name lookup, TCP, proxy and TLS. */
  readonly connect: number
  /** From then until the response's header is complete. */
  readonly header: number
  /** For the next minimum of body bytes (guard-body.ts). */
  readonly idle: number
}

export const TIMEOUTS: Timeouts = { connect: 30_000, header: 60_000, idle: 60_000 }
