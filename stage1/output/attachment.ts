/** The way a pod's output (or its terminal) reaches the caller. */
export interface Attachment {
  /** The pod is starting. */
  readonly begin: () => void
  /** It has ended: everything it wrote is on our stdout and stderr when this settles. */
  readonly finish: () => Promise<void>
}
