import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { planPod } from '../../stage1/plan/plan.js'
import { APPC_INIT } from '../helpers/in-pod.js'
import { noPods, podHost } from '../helpers/pods.js'
import { unitFile } from '../helpers/unit-file.js'
import { POD_KINDS } from '../unit/stage1/pod-kinds.js'

const INSTALLED = resolve(import.meta.dirname, '../../units')
const TRANSIENT = '/run/systemd/transient'

/**
 * The messages of systemd-analyze about unit files. Its exit status is 0 for a misspelt key or an
 * invalid value; only the messages report these.
 */
function verify(files: readonly string[]): string {
  const { status, stderr, error } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' })
  assert.equal(error, undefined)
  return status === 0 ? stderr : `${stderr}exit status ${status}`
}

const version = (): number =>
  Number(/^systemd (\d+)/.exec(execFileSync('systemctl', ['--version'], { encoding: 'utf8' }))?.[1])

describe('systemd-analyze verify has nothing to say', { skip: noPods }, () => {
  const host = podHost()

  /**
   * Writes the unit files of a plan into a directory, with the target that they refer to. Returns
   * their paths.
   */
  function directoryOf(name: string, units: readonly (readonly [string, string])[]): readonly string[] {
    const directory = join(host.scratch, name)
    mkdirSync(directory, { recursive: true })
    copyFileSync(join(INSTALLED, 'appc-stop@.target'), join(directory, 'appc-stop@.target'))
    for (const [unit, text] of units) writeFileSync(join(directory, unit), text)
    return units.map(([unit]) => join(directory, unit))
  }

  for (const [index, [kind, facts]] of Object.entries(POD_KINDS).entries()) {
    test(`of the units of a pod: ${kind}`, () => {
      const { slice, podUnit, appUnits, metadata } = planPod({ ...facts, init: APPC_INIT })
      const metadataUnits = metadata === undefined ? [] : [metadata.socket, metadata.service]
      const units = [slice, podUnit, ...appUnits, ...metadataUnits].map(
        (unit) => [unit.name, unitFile(unit, version())] as const,
      )
      assert.equal(verify(directoryOf(String(index), units)), '')
    })
  }

  test('of the unit files that systemd writes for a running pod', async () => {
    const uuid = await host.detach('--pod-name=verified', host.image(), '--exec=/bin/sh', '--', '-c', 'exec sleep 1000')
    const written = readdirSync(TRANSIENT).filter((name) => /^appc-verified[.-].*(service|slice|socket)$/.test(name))
    assert.equal(written.length, 5)
    assert.equal(verify(written.map((name) => join(TRANSIENT, name))), '')
    await host.ok(['stop', uuid])
  })

  test('but of a misspelt key and a bad value', () => {
    const text = `[Service]\nExecStart=${APPC_INIT}\n`
    const [misspelt = '', bad = ''] = directoryOf('wrong', [
      ['misspelt.service', `${text}KillMod=mixed\n`],
      ['bad.service', `${text}KillMode=mixd\n`],
    ])
    assert.match(verify([misspelt]), /KillMod/)
    assert.match(verify([bad]), /mixd/)
  })
})
