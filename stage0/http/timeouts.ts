/** How long a server may keep us waiting; milliseconds. */
export interface Timeouts {
  /** Until the connection stands: name, TCP, proxy and TLS. */
  readonly connect: number
  /** From then until the whole header of the answer is there. */
  readonly header: number
  /** Between two pieces of the body. */
  readonly idle: number
}

export const TIMEOUTS: Timeouts = { connect: 30_000, header: 60_000, idle: 60_000 }
