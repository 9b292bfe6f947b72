import { messageOf } from '#schema/errors.js'

/** What Node says of a failed system call, without its code and path: `no such file or directory`. */
export const plainReason = (error: unknown): string =>
  messageOf(error)
    .replace(/^E[A-Z0-9]+: /, '')
    .replace(/, [a-z]+( '.*)?$/s, '')
