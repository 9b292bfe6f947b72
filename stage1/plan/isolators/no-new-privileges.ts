import type { Rule } from './rule.js'

/** SPEC I7. One `true` of several values is enough. */
export const noNewPrivileges: Rule<'os/linux/no-new-privileges'> = {
  app: (values) => ({ app: { noNewPrivileges: values.includes(true) } }),
}
