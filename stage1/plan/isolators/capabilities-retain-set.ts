import { unionOf, withinDefault } from '#schema/capabilities.js'
import type { Rule } from './rule.js'

/** SPEC I6. An image alone gets nothing beyond the default; what stage0 has granted stands in the run spec and replaces this. */
export const capabilitiesRetainSet: Rule<'os/linux/capabilities-retain-set'> = {
  app: (sets) => ({ app: { capabilities: withinDefault(unionOf(sets)) } }),
}
