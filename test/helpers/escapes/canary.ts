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

/** What a program of the host prints that no pod may ever run. */
export const EXECUTED = 'a program of the host was executed'
/** What an attack prints where its working directory is not in its root. */
const OUTSIDE = 'the working directory is outside of the root'
/** What an attack prints where it sees the pod's own tmpfs, with the roots of all apps. */
const POD_ROOT = 'the root of the pod init was reached'
/** Enough of them lead from anywhere to the root, and there is nothing above it. */
export const UP = '/..'.repeat(12)

/** Things of the host that nobody in a pod may reach. */
export interface Canary {
  /** On the host only. It holds `secret` (mode 0600), and `echo`, a program. */
  readonly directory: string
  /** What is in `secret`; attacks by images have it in the pod's own directory too. */
  readonly secret: string
  /** A shell script: looks for all of it below the working directory and above it. */
  readonly loot: string
  /** Fails where `said`, all that a pod or a command wrote, or the host itself tells of a success. */
  readonly check: (said: string) => void
}

/** Makes one for the tests of one file, and removes it after them. */
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
    check: (said) => {
      const { mode, uid } = statSync(file)
      const successes = [
        ...[EXECUTED, OUTSIDE, POD_ROOT].filter((success) => said.includes(success)),
        ...(said.includes(secret) ? ['a secret of the host was read'] : []),
        ...(existsSync(mark) ? ['a file was made on the host'] : []),
        ...(readFileSync(file, 'utf8') === `${secret}\n` ? [] : ['a file of the host was written']),
        ...(readdirSync(directory).length === 2 ? [] : ['something was made in a directory of the host']),
        ...(mode === 0o100600 && uid === 0 ? [] : ['mode or owner of a file of the host was changed']),
      ]
      // the next attempt is not blamed for this one
      place()
      assert.deepEqual(successes, [], said)
    },
  }
}

/** Nearly all builtins of the shell: that there is no program may not be what stops it. */
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
