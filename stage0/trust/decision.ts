/** The result for one offered key. */
export interface Decision {
  readonly source: string
  readonly fingerprint: string
  /** The key is trusted now, the user declined it, or a trusted key was recorded as revoked. */
  readonly outcome: 'trusted' | 'declined' | 'revoked'
  /** The files that were written. */
  readonly paths: readonly string[]
}
