import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { canary, UP, type Canary } from '../../helpers/escapes/canary.js'
import { hostileImage, text } from '../../helpers/escapes/image.js'
import { APPC_INIT } from '../../helpers/in-pod.js'
import { noPods, podHost } from '../../helpers/pods.js'

const ROUNDS = 4

/**
 * Inspects every process of the pod again and again. A process of appc that becomes a process of an
 * app must not show it what it still has: the program appc-init, the root of the host, open
 * descriptors. Only builtins of the shell are used, because an external program takes a
 * millisecond. A process is stopped where that is allowed, so that it lasts longer.
 */
const spy = ({ directory }: Canary): string => `
trap '' TERM
echo spying
tell() { echo "inspected: $1 of process $2"; }
while [ ! -e /control/stop ]; do
  for process in /proc/[0-9]*; do
    case $process in /proc/1 | /proc/$$) continue ;; esac
    kill -STOP \${process#/proc/}
    [ -e $process/root${directory}/echo ] && tell root $process
    [ -e $process/root/empty ] && tell "root of the pod init, which is root" $process
    [ -e $process/cwd${UP}${directory}/echo ] && tell "working directory" $process
    [ -e $process/exe${UP}${directory}/echo ] && tell program $process
    for held in $process/fd/*; do
      [ -e $held${UP}${directory}/echo ] && tell "descriptor $held" $process
      [ -e $held/empty ] && [ -e $held/apps ] && tell "descriptor $held" $process
    done
    [ -e $process/exe ] && case $(readlink $process/exe) in
      *appc*|*memfd*) tell program $process; : >>$process/exe && tell "writable program" $process ;;
    esac
    read -r line <$process/environ && case $line in *NOTIFY_SOCKET*) tell environment $process ;; esac
    kill -CONT \${process#/proc/}
  done 2>/dev/null
done
echo "spied until the end"
true`

describe('a running app looks into processes that are being set up', { skip: noPods }, () => {
  const host = podHost()
  const outside = canary()

  for (const [who, user, group] of [
    ['a root app', '0', '0'],
    ['an unprivileged app', '1001', '1002'],
  ] as const) {
    test(`${who}: neither enter, nor handlers, nor other apps show anything of the host`, async () => {
      const program = createHash('sha256').update(readFileSync(APPC_INIT)).digest('hex')
      const control = join(host.scratch, `control-${user}`)
      mkdirSync(control)
      const spying = hostileImage(host.scratch, {
        app: {
          exec: ['/bin/sh', '/spy'],
          user,
          group,
          mountPoints: [{ name: 'control', path: '/control' }],
        },
        files: { spy: text(spy(outside)) },
      })
      const waits = 'until [ -e /control/stop ]; do sleep 0.1; done'
      const set = hostileImage(host.scratch, {
        app: {
          exec: ['/bin/sh', '-c', waits],
          eventHandlers: (['pre-start', 'post-stop'] as const).map((name) => ({ name, exec: ['/bin/true'] })),
          mountPoints: [{ name: 'control', path: '/control' }],
          // such an app is set up with the capabilities of a root app, so these do not protect it
          isolators: [{ name: 'os/linux/no-new-privileges', value: true }],
        },
      })
      const name = `spied-${user}`
      const pod = host.start([
        'run',
        `--pod-name=${name}`,
        `--volume=control,kind=host,source=${control}`,
        ...[spying, '--name=spy', set, '--name=other', set, '--name=another'],
      ])
      await pod.shows('spying')
      for (let round = 0; round < ROUNDS; round++) await host.ok(['enter', '--app=other', name, '/bin/true'])
      for (let round = 0; round < ROUNDS; round++) await host.ok(['enter', '--app=spy', name, '/bin/true'])
      writeFileSync(join(control, 'stop'), '')
      const seen = await pod.ended
      const said = seen.stdout + seen.stderr
      outside.check(said)
      assert.match(said, /^spied until the end$/m)
      assert.doesNotMatch(said, /^inspected: /m)
      assert.equal(createHash('sha256').update(readFileSync(APPC_INIT)).digest('hex'), program)
      assert.equal(existsSync(join(control, 'stop')), true)
    })
  }
})
