import { matching } from './check.js'

/** SPEC T2: lower-case letters and digits, single `-` between them. */
export const AC_NAME = /^[a-z0-9]+([-][a-z0-9]+)*$/

/** actool's message for an invalid AC Name. actool allows two dashes in a row. */
function actoolMessage(value: string): string | undefined {
  if (value === '') return 'ACName cannot be empty'
  if (/[^a-z0-9-]/.test(value)) return 'ACName must contain only lower case alphanumeric characters plus "-"'
  return /^-|-$/.test(value) ? 'ACName must start and end with only lower case alphanumeric characters' : undefined
}

export const acName = matching(
  AC_NAME,
  'an AC Name (lower-case letters and digits, single - between them)',
  actoolMessage,
)

/** Whether a string is an AC Name (for command-line arguments). */
export const isACName = (value: string): boolean => AC_NAME.test(value)
