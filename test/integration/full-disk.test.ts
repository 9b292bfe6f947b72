import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { noPods, podHost } from '../helpers/pods.js'

const scratch = noPods === false ? mkdtempSync('/var/tmp/appc-full-') : ''
const mount = (type: string, ...options: string[]): void => {
  execFileSync('mount', ['-t', type, ...options, type, scratch])
  after(() => {
    execFileSync('umount', [scratch])
    rmSync(scratch, { recursive: true })
  })
}

describe('a disk that is full', { skip: noPods }, () => {
  // mounted before podHost() is called, so that it is unmounted last
  if (noPods === false) mount('tmpfs', '-o', 'size=16m')
  const host = podHost(noPods === false ? scratch : undefined)
  const box = host.image()
  const fill = 'dd if=/dev/zero of=/big bs=1M count=100 2>/dev/null'

  for (const [outcome, end, status] of [
    ['fails', 'exit 5', 5],
    ['ends well', 'exit 0', 0],
    ['is killed', 'kill -KILL $$', 137],
  ] as const) {
    test(`an app fills it and ${outcome}: run and status report the exit status`, async () => {
      const words = ['--pod-name=full', box, '--exec=/bin/sh', '--', '-c', `${fill}; ${end}`]
      const run = await host.run(...words)
      assert.equal(run.status, status, run.stderr)
      const [app] = (await host.status('full')).apps
      assert.deepEqual([app?.state, app?.exit_code], ['exited', status])
      await host.ok(['rm', 'full'])
    })
  }

  // the remaining space decides which step fails: the pod's preparation, its plan, its set-up, or
  // none
  for (const pages of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14]) {
    test(`it has ${pages} free pages when a pod starts: the pod runs, or the error names the full disk`, async (t) => {
      const image = await host.ok(['fetch', box])
      const filler = join(scratch, 'filler')
      t.after(() => rmSync(filler, { force: true }))
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' })
      truncateSync(filler, statSync(filler).size - pages * 4096)
      const { status, stderr } = await host.run('--pod-name=full', image)
      rmSync(filler)
      if (status !== 0) {
        assert.equal(status, 254)
        assert.match(stderr, /: no space left on device$/m)
        assert.doesNotMatch(stderr, /internal error/)
      }
      await host.appc(['rm', 'full'])
    })
  }
})
