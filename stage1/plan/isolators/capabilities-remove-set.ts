import { defaultWithout } from '#schema/capabilities.js'
import type { Rule } from './rule.js'

/** SPEC I6. What stage0 has granted stands in the run spec and replaces this. */
export const capabilitiesRemoveSet: Rule<'os/linux/capabilities-remove-set'> = {
  app: (sets) => ({ app: { capabilities: defaultWithout(sets) } }),
}
