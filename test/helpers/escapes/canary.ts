import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'

/** What a program of the host prints that must never run from a pod. */
export const EXECUTED = 'a program of the host was executed'
/** What an attack prints if its working directory is not in its root. */
const OUTSIDE = 'the working directory is outside of the root'
/** What an attack prints if it sees the pod's own tmpfs, with the roots of all apps. */
const POD_ROOT = 'the root of the pod init was reached'
/** Enough components to reach the root from anywhere; `..` of the root is the root. */
export const UP = '/..'.repeat(12)

/** Files of the host that no process in a pod may reach. */
export interface Canary {
  /** A directory on the host only. It contains `secret` (mode 0600), and the program `echo`. */
  readonly directory: string
  /** The content of `secret`; attacks by images have it in the pod's own directory too. */
  readonly secret: string
  /** A shell script that searches for all of it below and above the working directory. */
  readonly loot: string
  /**
   * Fails if `output`, all output of a pod or a command, or the host itself shows that an attack
   * succeeded.
   */
  readonly check: (output: string) => void
}

/** Creates a canary for the tests of one file, and removes it after them. */
export function canary(): Canary {
  const directory = mkdtempSync('/var/tmp/appc-canary-')
  const file = join(directory, 'secret')
  const secret = `secret-${randomBytes(12).toString('hex')}`
  const mark = `/root/${randomBytes(8).toString('hex')}`
  const place = (): void => {
    rmSync(mark, { force: true })
    writeFileSync(file, `${secret}\n`)
    chmodSync(file, 0o600)
  }
  place()
  chmodSync(directory, 0o755)
  copyFileSync('/bin/busybox', join(directory, 'echo'))
  after(() => {
    place()
    rmSync(directory, { recursive: true })
  })
  return {
    directory,
    secret,
    loot: loot(directory, mark),
    check: (output) => {
      const { mode, uid } = statSync(file)
      const successes = [
        ...[EXECUTED, OUTSIDE, POD_ROOT].filter((success) => output.includes(success)),
        ...(output.includes(secret) ? ['a secret of the host was read'] : []),
        ...(existsSync(mark) ? ['a file was made on the host'] : []),
        ...(readFileSync(file, 'utf8') === `${secret}\n` ? [] : ['a file of the host was written']),
        ...(readdirSync(directory).length === 2 ? [] : ['something was made in a directory of the host']),
        ...(mode === 0o100600 && uid === 0 ? [] : ['mode or owner of a file of the host was changed']),
      ]
      // So that this attempt does not fail the next one.
      place()
      assert.deepEqual(successes, [], output)
    },
  }
}

/** Mostly builtins of the shell: a missing program must not be what stops the attack. */
const loot = (directory: string, mark: string): string => `
show() { while read -r line; do echo "$line"; done <"$1"; }
echo attempted
for up in . .. ../.. ../../.. ../../../.. .${UP}; do
  for file in $up${directory}/secret $up/appsinfo/*/manifest; do [ -r $file ] && show $file; done
  [ -w $up/root ] && echo x >$up${mark}
  [ -w $up${directory}/secret ] && echo x >>$up${directory}/secret
  [ -x $up${directory}/echo ] && $up${directory}/echo ${EXECUTED}
  [ -d $up/apps ] && [ -d $up/empty ] && echo ${POD_ROOT}
done 2>/dev/null
here=$(/bin/readlink /proc/self/cwd)
[ -z "$here" ] || [ . -ef "$here" ] || echo ${OUTSIDE}
true
`
