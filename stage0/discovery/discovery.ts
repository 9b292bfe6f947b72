/** The URLs of an image's archive and of its signature. */
export interface Endpoint {
  readonly aci: URL
  readonly asc: URL
}

/** The result of the discovery of a name. */
export interface Discovery {
  /** In the order of their page (D6). */
  readonly endpoints: readonly Endpoint[]
  /** The URLs of public keys, in the order of their page. */
  readonly keys: readonly URL[]
  /** The failures and refused tags of each prefix. */
  readonly failures: readonly Failure[]
}

export interface Failure {
  /** The name, or its parent, whose page was requested. */
  readonly prefix: string
  readonly message: string
}

/** The image to discover. */
export interface AppReference {
  readonly name: string
  /** The requested labels, which replace the variables of templates. */
  readonly labels: ReadonlyMap<string, string>
}

export interface DiscoverOptions {
  /**
   * Whether http: is used if https: fails, and allowed in templates. The client must allow it, too.
   */
  readonly insecureHTTP: boolean
  /** Port of the pages' servers, instead of the scheme's default. */
  readonly port?: number
  /** Values of variables without a requested label, instead of {@link defaultLabels}. */
  readonly defaults?: ReadonlyMap<string, string>
}
