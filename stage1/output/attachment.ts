/** How a pod's output (or its terminal) reaches the caller. */
export interface Attachment {
  /** To be called when the pod is being started. */
  readonly begin: () => void
  /**
   * To be called when the pod has ended. Settles when everything it wrote has been written to our
   * stdout and stderr.
   */
  readonly finish: () => Promise<void>
}
