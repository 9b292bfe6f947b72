/** The results of a check: `not seen` where this host cannot show whether the rule is followed. */
export const RESULTS = ['ok', 'failed', 'not seen'] as const

export type Result = (typeof RESULTS)[number]

/** One row of the table of checks. */
export interface Check {
  /** An app or a handler: where the check is executed. */
  readonly place: string
  /** The rule of the specification. */
  readonly row: string
  /** What is checked. */
  readonly subject: string
}

/** A check that was executed. */
export interface CheckResult extends Check {
  readonly result: Result
  /** What is wrong, or why it cannot be seen; empty for `ok`. */
  readonly detail: string
}

/** The detail of a check whose app or handler did not start, or ended before it. */
export const NO_RESULT = 'no result'

/** Parses the table of checks, as `appc-ace list` writes it. */
export const parseChecks = (text: string): readonly Check[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [place = '', row = '', subject = ''] = line.split('\t')
      return { place, row, subject }
    })

/**
 * The result of every check of the table, from what the apps and handlers wrote. A check without a
 * result has failed.
 */
export function resultsOf(checks: readonly Check[], written: string): readonly CheckResult[] {
  const found = new Map<string, Pick<CheckResult, 'result' | 'detail'>>()
  for (const line of written.split('\n')) {
    const [place = '', row = '', subject = '', result = '', detail = ''] = line.split('\t')
    if (isResult(result)) found.set(keyOf({ place, row, subject }), { result, detail })
  }
  return checks.map((check) => ({
    ...check,
    ...(found.get(keyOf(check)) ?? { result: 'failed', detail: NO_RESULT }),
  }))
}

const isResult = (word: string): word is Result => (RESULTS as readonly string[]).includes(word)

const keyOf = ({ place, row, subject }: Check): string => [place, row, subject].join('\t')
