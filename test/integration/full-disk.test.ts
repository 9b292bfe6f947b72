import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
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

describe('a disk that is full when an app ends', { skip: noPods }, () => {
  // mounted first, so it is taken off last
  if (noPods === false) mount('tmpfs', '-o', 'size=16m')
  const host = podHost(noPods === false ? scratch : undefined)
  const box = host.image()
  const fill = 'dd if=/dev/zero of=/big bs=1M count=100 2>/dev/null'

  for (const [how, end, status] of [
    ['fails', 'exit 5', 5],
    ['ends well', 'exit 0', 0],
    ['is killed', 'kill -KILL $$', 137],
  ] as const) {
    test(`an app that ${how}: run and status know it`, async () => {
      const words = ['--pod-name=full', box, '--exec=/bin/sh', '--', '-c', `${fill}; ${end}`]
      const run = await host.run(...words)
      assert.equal(run.status, status, run.stderr)
      const [app] = (await host.status('full')).apps
      assert.deepEqual([app?.state, app?.exit_code], ['exited', status])
      await host.ok(['rm', 'full'])
    })
  }
})
