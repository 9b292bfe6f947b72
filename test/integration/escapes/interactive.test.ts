import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { hostileImage, text } from '../../helpers/escapes/image.js'
import { holders, identity, operator } from '../../helpers/escapes/operator.js'
import { noPods, podHost } from '../../helpers/pods.js'

const TERMINALS = `
for path in /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 /dev/console /dev/tty; do
  echo "terminal $(stat -L -c %d:%i $path)"
done >/out/terminals
ls /dev/pts >>/out/terminals
perl -e 'for $fd (0, 1, 2) { open(F, "+<&=", $fd); ioctl(F, 0x5412, $_) for split //, "typed\\n" }'
trap '' HUP
exec 3<&0
sleep 1000 <&3 &`

describe('escapes by an interactive run', { skip: noPods }, () => {
  const host = podHost()
  for (const [who, user, group] of [
    ['a root app', '0', '0'],
    ['an unprivileged app', '1001', '1002'],
  ] as const) {
    test(`${who} has a terminal of its own, and nothing of the operator’s`, async (t) => {
      const { terminal, call, typed, screen } = operator((end) => t.after(end))
      const image = hostileImage(host.scratch, {
        app: { exec: ['/bin/sh', '/attack'], user, group, mountPoints: [{ name: 'out', path: '/out' }] },
        files: { attack: text(TERMINALS) },
        perl: true,
      })
      const words = [
        `--dir=${host.dir.root}`,
        'run',
        '--interactive',
        `--volume=out,kind=empty,mode=0777`,
        `--pod-name=interactive-${user}`,
        image,
      ]
      assert.equal(await call(words, [terminal, terminal, terminal]), 0, screen())
      const { uuid } = await host.status(`interactive-${user}`)
      const lines = readFileSync(join(host.dir.pod('run', uuid), 'sharedVolumes/out/terminals'), 'utf8').split('\n')
      assert.equal(lines.filter((line) => line.startsWith('terminal ')).length, 5, lines.join('\n'))
      assert.equal(lines.includes(`terminal ${identity(terminal)}`), false, lines.join('\n'))
      assert.equal(typed(), '')
      assert.deepEqual(holders(terminal), [])
    })
  }
})
