/** A URL in a form that may be stored: without the query, which may be a secret. */
export const withoutQuery = ({ origin, pathname }: URL): string => `${origin}${pathname}`

/** A URL for messages: without user, password, fragment and query, which may be secrets. */
export function displayURL(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`
}
