/** A template with its variables filled in, or why it cannot be used. */
export type Expanded = { readonly url: string } | { readonly problem: string }

/**
 * Fills in a template's variables (D3): RFC 6570's simple expansion, but that `{name}` keeps its slashes, as the
 * specification's example has it. No value can add a path element, a query or a host, nor lead up in the path.
 */
export function expand(template: string, variables: ReadonlyMap<string, string>): Expanded {
  if (/[{}]/.test(template.replaceAll(EXPRESSION, ''))) return { problem: 'its braces do not match' }
  const unknown = [...template.matchAll(EXPRESSION)].find(([, name = '']) => !variables.has(name))
  if (unknown !== undefined) return { problem: `nothing is known of ${unknown[0]}` }
  const parts = template.split('/').map((part) => {
    const filled = part.replaceAll(EXPRESSION, (_, name: string) => encode(name, variables.get(name) ?? ''))
    return { filled, climbs: filled !== part && UP.test(filled) }
  })
  if (parts.some(({ climbs }) => climbs)) return { problem: 'a label would lead out of its directory' }
  return { url: parts.map(({ filled }) => filled).join('/') }
}

const EXPRESSION = /\{([^{}]*)\}/g

/** What URLs take for "here" and "one up". */
const UP = /^(\.|%2e){1,2}(?=$|[?#\\])/i

/** An AC Identifier needs no encoding, and holds no `..`. */
const encode = (variable: string, value: string): string =>
  variable === 'name'
    ? value
    : encodeURIComponent(value.toWellFormed()).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      )
