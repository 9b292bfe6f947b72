/** What may be noted of a URL for longer than a request: its query may be a secret. */
export const placeOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`

/** A URL for messages: without name, password, fragment, and with the query cut, for either may be a secret. */
export function displayURL(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`
}
