/**
 * The fields of a form (application/x-www-form-urlencoded, WHATWG URL Standard). The values are
 * bytes: a decoder of text would change those that are not UTF-8, and different contents would get
 * the same signature. `null` where an escape is broken or a field comes twice.
 */
export function parseForm(body: Buffer): ReadonlyMap<string, Buffer> | null {
  const fields = new Map<string, Buffer>()
  // Latin-1 keeps each byte as one character.
  for (const pair of body.toString('latin1').split('&')) {
    if (pair === '') continue
    const end = pair.indexOf('=')
    const name = decode(end < 0 ? pair : pair.slice(0, end))
    const value = decode(end < 0 ? '' : pair.slice(end + 1))
    if (name === null || value === null || fields.has(name)) return null
    fields.set(name, Buffer.from(value, 'latin1'))
  }
  return fields
}

function decode(text: string): string | null {
  if (/%(?![0-9a-f]{2})/i.test(text)) return null
  return text
    .replaceAll('+', ' ')
    .replaceAll(/%(..)/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}
