import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemctl } from './systemd.js'

/**
 * Installs an administrator's drop-in, removed after the test: `units` is a unit's name or a common
 * prefix (systemd.unit(5)).
 */
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
