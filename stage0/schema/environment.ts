import { describe, list, text, word, type Parser } from './check.js'
import { object, required, unique } from './check-object.js'

/** One environment variable of an app. */
export interface EnvironmentVariable {
  readonly name: string
  readonly value: string
}

/** SPEC M9: letters, digits, `_`, `.` and `-`; no digit, `.` or `-` first. */
export const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z_0-9.-]*$/

const environmentName: Parser<string> = (value, at) => {
  const name = text(value, at)
  if (name === null || ENVIRONMENT_NAME.test(name)) return name
  return at.fault(
    `expected letters, digits and _ . - with no digit first, got ${describe(name)}`,
    name === ''
      ? 'environment variable name must not be empty'
      : `environment variable does not have valid identifier ${JSON.stringify(name)}`,
  )
}

export const environment = list(
  object<EnvironmentVariable>({
    name: required(environmentName, 'environment variable name must not be empty'),
    value: required(word),
  }),
  unique((name) => `duplicate environment variable of name ${JSON.stringify(name)}`),
)
