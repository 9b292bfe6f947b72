/** What became of one key. */
export interface Decision {
  readonly source: string
  readonly fingerprint: string
  /** It is trusted now, the answer was no, or it had been trusted and is known to be revoked now. */
  readonly outcome: 'trusted' | 'declined' | 'revoked'
  /** The files that were written. */
  readonly paths: readonly string[]
}
