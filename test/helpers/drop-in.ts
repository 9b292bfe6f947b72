import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemctl } from './systemd.js'

/** An administrator's drop-in for the time of a test: `units` is a unit's name or the beginning of some (systemd.unit(5)). */
export function dropIn(t: TestContext, units: string, ...lines: readonly string[]): void {
  const directory = `/run/systemd/system/${units}.service.d`
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'test.conf'), `${lines.join('\n')}\n`)
  systemctl('daemon-reload')
  t.after(() => {
    rmSync(directory, { recursive: true })
    systemctl('daemon-reload')
  })
}
