import type { App } from '#schema/app.js'
import { beyondDefault, capabilitiesOf, capabilityNames, isCapability } from '#schema/capabilities.js'
import { RuntimeError } from '#schema/errors.js'

/**
 * Who requests the capabilities in an app's isolators. An image alone gets none beyond the default.
 */
export type CapabilitySource = 'image' | 'operator'

/**
 * The capabilities of one app: those that its isolators request (SPEC I6). Errors: MANIFEST_INVALID
 * for a name that capabilities(7) does not have; CAPABILITIES_REFUSED where an image requests more
 * than the default.
 *
 * @param hint how the operator can grant them to this app
 */
export function grantedCapabilities(
  name: string,
  app: Pick<App, 'isolators'> | undefined,
  source: CapabilitySource,
  hint: (requested: readonly string[]) => string,
): readonly string[] {
  const unknown = capabilityNames(app?.isolators).filter((capability) => !isCapability(capability))
  if (unknown.length > 0) {
    throw new RuntimeError('MANIFEST_INVALID', `${name}: no such capability: ${unknown.join(', ')}`, {
      hint: 'man 7 capabilities',
    })
  }
  const requested = capabilitiesOf(app?.isolators)
  const beyond = beyondDefault(requested)
  if (source === 'image' && beyond.length > 0) {
    throw new RuntimeError(
      'CAPABILITIES_REFUSED',
      `${name}: its image asks for capabilities beyond the default: ${beyond.join(', ')}`,
      { hint: `${hint(requested)}, or: appc --insecure-options=capabilities run …` },
    )
  }
  return requested
}
