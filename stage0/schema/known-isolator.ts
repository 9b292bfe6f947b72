import type { IsolatorName, IsolatorValues } from './isolator-table.js'

/** A wish for isolation (SPEC T6): `value` is any JSON, of a known form where the name is known. */
export interface Isolator {
  readonly name: string
  readonly value: unknown
}

/** An isolator whose name is known; the parser has checked that its value is of this form. */
export interface KnownIsolator<Name extends IsolatorName> extends Isolator {
  readonly name: Name
  readonly value: IsolatorValues[Name]
}

/** Tells whether a parsed isolator has one of these names; its value then has the type that the parser gave it. */
export const isIsolator = <Name extends IsolatorName>(
  isolator: Isolator,
  ...names: readonly Name[]
): isolator is KnownIsolator<Name> => names.some((name) => name === isolator.name)

/** The values of all isolators of that name, in the order of the list. */
export const isolatorValues = <Name extends IsolatorName>(
  isolators: readonly Isolator[],
  name: Name,
): readonly IsolatorValues[Name][] => isolators.flatMap((item) => (isIsolator(item, name) ? [item.value] : []))
