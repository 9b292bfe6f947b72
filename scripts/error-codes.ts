// Prints docs/errors.md: the table of codes in stage0/schema/errors.ts, for users.
import { CODES, type Failure } from '#schema/errors.js'

const HEAD = `# Errors

An error is one line on stderr, \`appc: SUBJECT: what is wrong\`, and where a next command would help a second one, \`hint: …\`. With
\`--debug\` its code and its cause follow.

A failure has a code, which stays the same when its words change. Scripts go by the exit status:

* 2: the command line is wrong;
* 124: \`status --wait=TIME\` waited in vain;
* 254: appc could not do what was asked for;
* anything else: the status of the app, which \`run\` passes on.

Capital words in a next command stand for what the message names. The hint of an error is often more exact than the command given here.

<!-- Generated from stage0/schema/errors.ts by scripts/docs. -->

| code | exit | what happened | next |
|---|---|---|---|
`

/** The text of docs/errors.md. */
export function errorCodes(): string {
  const rows: readonly [string, Failure][] = Object.entries(CODES)
  return HEAD + rows.map(([code, failure]) => row(code, failure)).join('')
}

const row = (code: string, { exit, doc, next }: Failure): string =>
  `| \`${code}\` | ${exit} | ${doc} | ${next === undefined ? '' : `\`${next}\``} |\n`

if (import.meta.main) process.stdout.write(errorCodes())
