import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { PodView } from '../../stage0/pod/view.js'
import { type GuideShell, openShell, outputPattern, readGuide } from '../helpers/guide.js'
import { networkLeftovers, noNetworks, otherHost } from '../helpers/networks.js'
import { noPods } from '../helpers/pods.js'
import { appc } from '../helpers/run-cli.js'
import { loadedUnits } from '../helpers/systemd.js'

const GUIDE = fileURLToPath(new URL('../../docs/example.md', import.meta.url))

describe('SPEC D1, D4, P8, P9, S4, E14, E15: docs/example.md holds', { skip: noPods || noNetworks }, () => {
  const other = otherHost()
  const directory = mkdtempSync('/var/tmp/appc-example-')
  const sections = readGuide(GUIDE)
  const hosts = readFileSync('/etc/hosts', 'utf8')
  let shell: GuideShell | undefined
  let earlier: readonly string[] = []

  before(async () => {
    earlier = await stored()
  })

  after(async () => {
    await shell?.end()
    // After a failure the guide's own removal has not run.
    if (readFileSync('/etc/hosts', 'utf8') !== hosts) {
      const pods = 'for pod in reduce unchanged changed again; do appc rm --force $pod; done'
      const removal = sections.at(-1)?.steps.map(({ commands }) => commands) ?? []
      const script = ['export GNUPGHOME=$PWD/gnupg', pods, ...removal].join('\n')
      spawnSync('bash', ['-c', script], { cwd: directory, stdio: 'ignore' })
    }
    rmSync(directory, { recursive: true })
  })

  const fromOther = (port: number): string =>
    other.execute('curl', '-qsS', '--noproxy', '*', '--max-time', '5', `http://192.0.2.1:${port}/`)
  const view = async (pod: string): Promise<PodView> =>
    JSON.parse((await appc(['status', pod, '--format=json'])).stdout) as PodView

  /** The pods and images on this machine, and the trusted keys. */
  const stored = async (): Promise<readonly string[]> => {
    const listings = [
      ['list', '--quiet'],
      ['image', 'list', '--quiet'],
      ['trust', 'list'],
    ]
    return await Promise.all(listings.map(async (words) => (await appc(words)).stdout))
  }

  /** What is true after a section, beyond what the guide says. */
  const FACTS: Readonly<Record<string, () => void | Promise<void>>> = {
    'The images': async () => {
      const seen = await appc(['fetch', 'example.com/reduce-worker:1.0.0'])
      assert.equal(seen.status, 254)
      assert.match(
        seen.stderr,
        /^appc: https:\/\/example\.com\/pubkeys\.gpg: a key is trusted after a review of its fingerprint/m,
      )
    },
    'The pod': async () => {
      const pod = await view('reduce')
      assert.equal(pod.state, 'running')
      assert.equal(fromOther(8080), `pod ${pod.uuid}, annotations []\n`)
    },
    'The end of the pod': () => {
      assert.deepEqual(loadedUnits('appc-reduce*'), [])
      assert.deepEqual(networkLeftovers(), { addresses: [], interfaces: [] })
    },
    'The same with a pod manifest': async () => {
      const pod = await view('again')
      assert.equal(fromOther(2121), `pod ${pod.uuid}, annotations [{"name":"ip-address","value":"10.1.2.3"}]\n`)
      const manifest = JSON.parse(readFileSync(join(directory, 'pod.json'), 'utf8')) as object
      assert.deepEqual(JSON.parse((await appc(['cat-manifest', 'again'])).stdout), manifest)
    },
    Removal: async () => {
      assert.deepEqual(await stored(), earlier)
      assert.equal(readFileSync('/etc/hosts', 'utf8'), hosts)
      assert.ok(!execFileSync('ip', ['address'], { encoding: 'utf8' }).includes('192.0.2.80'))
      assert.ok(!existsSync('/etc/ssl/certs/appc-example.pem'))
      assert.deepEqual(loadedUnits('example-com*', 'appc-again*', 'appc-changed*', 'appc-unchanged*'), [])
      assert.deepEqual(networkLeftovers(), { addresses: [], interfaces: [] })
    },
  }

  test('each fact belongs to a section', () => {
    const titles = sections.map(({ title }) => title)
    for (const title of Object.keys(FACTS)) assert.ok(titles.includes(title), title)
  })

  for (const { title, steps } of sections) {
    test(title, async () => {
      shell ??= openShell(directory)
      for (const { commands, output } of steps) assert.match(await shell.execute(commands), outputPattern(output))
      await FACTS[title]?.()
    })
  }
})
