import type { App } from '#schema/app.js'
import { beyondDefault, capabilitiesOf, capabilityNames, isCapability } from '#schema/capabilities.js'
import { RuntimeError } from '#schema/errors.js'

/** Whose word an app's isolators are: an image's alone cannot give more than the default. */
export type CapabilitySource = 'image' | 'operator'

/**
 * The capabilities of one app: what its isolators ask for (SPEC I6). Errors: MANIFEST_INVALID for a name that
 * capabilities(7) does not have, CAPABILITIES_REFUSED where an image asks for more than the default.
 *
 * @param hint how the operator can give them to this app
 */
export function grantedCapabilities(
  name: string,
  app: Pick<App, 'isolators'> | undefined,
  source: CapabilitySource,
  hint: (wanted: readonly string[]) => string,
): readonly string[] {
  const unknown = capabilityNames(app?.isolators).filter((capability) => !isCapability(capability))
  if (unknown.length > 0) {
    throw new RuntimeError('MANIFEST_INVALID', `${name}: no such capability: ${unknown.join(', ')}`, {
      hint: 'man 7 capabilities',
    })
  }
  const wanted = capabilitiesOf(app?.isolators)
  const beyond = beyondDefault(wanted)
  if (source === 'image' && beyond.length > 0) {
    throw new RuntimeError(
      'CAPABILITIES_REFUSED',
      `${name}: its image asks for capabilities beyond the default: ${beyond.join(', ')}`,
      { hint: `${hint(wanted)}, or: appc --insecure-options=capabilities run …` },
    )
  }
  return wanted
}
