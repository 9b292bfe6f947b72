import { unionOf, withinDefault } from '#schema/capabilities.js'
import type { Rule } from './rule.js'

/**
 * SPEC I6. An image alone gets nothing beyond the default set. Capabilities in the run spec, which
 * stage0 has granted, replace these.
 */
export const capabilitiesRetainSet: Rule<'os/linux/capabilities-retain-set'> = {
  app: (sets) => ({ app: { capabilities: withinDefault(unionOf(sets)) } }),
}
