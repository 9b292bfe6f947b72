import { matching } from './check.js'

/**
 * SPEC T1: lower-case unreserved URI characters, alphanumeric at both ends, no two separators in a
 * row. The specification's own example `example.com/~user/app_v1` violates its own regular
 * expression, so `/~` is allowed.
 */
export const AC_IDENTIFIER = /^[a-z0-9]+((?:\/~|[-._~/])[a-z0-9]+)*$/

/** actool's message for an invalid AC Identifier. actool allows two separators in a row. */
function actoolMessage(value: string): string | undefined {
  if (value === '') return 'ACIdentifier cannot be empty'
  if (/[^a-z0-9._~/-]/.test(value)) {
    return 'ACIdentifier must contain only lower case alphanumeric characters plus "-._~/"'
  }
  return /^[^a-z0-9]|[^a-z0-9]$/.test(value)
    ? 'ACIdentifier must start and end with only lower case alphanumeric characters'
    : undefined
}

export const acIdentifier = matching(
  AC_IDENTIFIER,
  'an AC Identifier (lower-case letters and digits, single -._~/ between them)',
  actoolMessage,
)
