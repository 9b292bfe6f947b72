import type { Rule } from 'eslint'

export interface Arrows {
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, boolean>>
  readonly homes: ReadonlyMap<string, string>
}
export function arrowsRule(): Rule.RuleModule
export function readArrows(text: string): Arrows
export function refusal(arrows: Arrows, file: string, specifier: string, typesOnly?: boolean): string | null
export function ruleOf(arrows: Arrows): Rule.RuleModule
