/** An expanded template, or why it cannot be used. */
export type ExpandedTemplate = { readonly url: string } | { readonly problem: string }

/**
 * Expands a template's variables (D3): the simple expansion of RFC 6570, except that `{name}` keeps
 * its slashes, as in the specification's example. No label's value can add a path element, a query
 * or a host, or lead to a parent directory.
 */
export function expand(template: string, variables: ReadonlyMap<string, string>): ExpandedTemplate {
  if (/[{}]/.test(template.replaceAll(EXPRESSION, ''))) return { problem: 'its braces do not match' }
  const unknownVariable = [...template.matchAll(EXPRESSION)].find(([, name = '']) => !variables.has(name))
  if (unknownVariable !== undefined) return { problem: `unknown variable ${unknownVariable[0]}` }
  const parts = template.split('/').map((part) => {
    const filled = part.replaceAll(EXPRESSION, (_, name: string) => encode(name, variables.get(name) ?? ''))
    return { filled, leavesDirectory: filled !== part && DOT_SEGMENT.test(filled) }
  })
  if (parts.some(({ leavesDirectory: climbs }) => climbs)) return { problem: 'a label would lead out of its directory' }
  return { url: parts.map(({ filled }) => filled).join('/') }
}

const EXPRESSION = /\{([^{}]*)\}/g

/** A dot segment, which URLs resolve to the same or the parent directory. */
const DOT_SEGMENT = /^(\.|%2e){1,2}(?=$|[?#\\])/i

/** Encodes a value. An AC Identifier needs no encoding, and contains no `..`. */
const encode = (variable: string, value: string): string =>
  variable === 'name'
    ? value
    : encodeURIComponent(value.toWellFormed()).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      )
