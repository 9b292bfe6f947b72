import { defaultWithout } from '#schema/capabilities.js'
import type { Rule } from './rule.js'

/** SPEC I6. Capabilities in the run spec, which stage0 has granted, replace these. */
export const capabilitiesRemoveSet: Rule<'os/linux/capabilities-remove-set'> = {
  app: (sets) => ({ app: { capabilities: defaultWithout(sets) } }),
}
