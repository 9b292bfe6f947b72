/** A place an image may be: its archive and the archive's signature. */
export interface Endpoint {
  readonly aci: URL
  readonly asc: URL
}

/** What the discovery pages of a name say. */
export interface Discovery {
  /** In the order of the page they are from (D6). */
  readonly endpoints: readonly Endpoint[]
  /** Where public keys are, in the order of the page they are from. */
  readonly keys: readonly URL[]
  /** What went wrong, or was refused, at each prefix that was asked. */
  readonly failures: readonly Failure[]
}

export interface Failure {
  /** The name, or the parent of it, whose page was asked for. */
  readonly prefix: string
  readonly message: string
}

/** What is looked for. */
export interface AppReference {
  readonly name: string
  /** As asked for; they fill the variables of templates. */
  readonly labels: ReadonlyMap<string, string>
}

export interface DiscoverOptions {
  /** http: where https: fails, and templates that say http:. The client must allow it, too. */
  readonly insecureHTTP: boolean
  /** Of the servers of the pages, instead of the usual one. */
  readonly port?: number
  /** Values of variables for labels that were not asked for, instead of {@link defaultLabels}. */
  readonly defaults?: ReadonlyMap<string, string>
}
