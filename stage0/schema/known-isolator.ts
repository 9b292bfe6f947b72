import type { IsolatorName, IsolatorValues } from './isolator-table.js'

/** An isolator (SPEC T6): `value` is any JSON; if the name is known, it has a known form. */
export interface Isolator {
  readonly name: string
  readonly value: unknown
}

/** An isolator whose name is known; the parser has checked that its value is of this form. */
export interface KnownIsolator<Name extends IsolatorName> extends Isolator {
  readonly name: Name
  readonly value: IsolatorValues[Name]
}

/**
 * Whether a parsed isolator has one of these names; then its value has the type of the name's
 * parser.
 */
export const isIsolator = <Name extends IsolatorName>(
  isolator: Isolator,
  ...names: readonly Name[]
): isolator is KnownIsolator<Name> => names.some((name) => name === isolator.name)

/** The values of all isolators of that name, in the order of the list. */
export const isolatorValues = <Name extends IsolatorName>(
  isolators: readonly Isolator[],
  name: Name,
): readonly IsolatorValues[Name][] => isolators.flatMap((item) => (isIsolator(item, name) ? [item.value] : []))
