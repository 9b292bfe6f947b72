import { isatty } from 'node:tty'
import { visible } from '#schema/visible.js'

/**
 * Whether a user can be asked: stdin (for the answer) and stderr (for the question) are terminals.
 */
export const hasTerminal = (): boolean => isatty(0) && isatty(2)

/** Asks until the answer is the word yes or no; the end of input means no. */
export async function askYesNo(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline')
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  try {
    process.stderr.write(`${question} (yes/no)? `)
    for await (const line of lines) {
      const answer = line.trim()
      if (answer === 'yes' || answer === 'no') return answer === 'yes'
      process.stderr.write("Please enter 'yes' or 'no': ")
    }
    return false
  } finally {
    lines.close()
  }
}

/** Asks for a line without echo; null for Ctrl-C and the end of input. */
export async function askSecret(question: string): Promise<string | null> {
  const { stdin, stderr } = process
  stderr.write(`${visible(question)}: `)
  const typed: Buffer[] = []
  stdin.setRawMode(true)
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      for (const byte of chunk) {
        if (byte === 0x0d || byte === 0x0a) return Buffer.concat(typed).toString()
        if (byte === 0x03 || byte === 0x04) return null
        if (byte === 0x7f || byte === 0x08) typed.pop()
        else if (byte === 0x15) typed.length = 0
        else typed.push(Buffer.of(byte))
      }
    }
    return null
  } finally {
    stdin.setRawMode(false)
    stderr.write('\n')
  }
}
