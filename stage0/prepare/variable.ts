import { ENVIRONMENT_NAME } from '#schema/environment.js'

/** Splits `NAME=VALUE` (M9). `fail` converts a problem to an error. Errors: those of `fail`. */
export function parseVariable(text: string, fail: (problem: string) => Error): [string, string] {
  const equals = text.indexOf('=')
  if (equals === -1) throw fail('expected NAME=VALUE')
  const name = text.slice(0, equals)
  if (!ENVIRONMENT_NAME.test(name)) {
    throw fail(name === '' ? 'the name is empty' : `${name}: a name is letters, digits, _, . and -, no digit first`)
  }
  return [name, text.slice(equals + 1)]
}
