import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BRINGING, expectedVerdicts, type ABIName, type CallRow } from '../../helpers/call-table.js'
import { CAPABILITIES, DEFAULT_CAPABILITIES } from '../../helpers/capability-names.js'
import { noPods, podHost } from '../../helpers/pods.js'
import { noProbe, probe, probeImage, probeWith, type Answer } from '../../helpers/probe.js'

const [EPERM, ENOSYS] = [-1, -38]
const SIGSYS = 'signal 31'

describe('every system call, made in a pod', { skip: noPods || noProbe() }, () => {
  const host = podHost()
  const image = probeImage(host)
  const id = host.ok(['fetch', image])

  test('SPEC I3: an app is refused exactly the calls of the table', async () => {
    const rows = expectedVerdicts('x64', [])
    agree(rows, await probe(host, image, 'each', words(rows)))
  })

  test('SPEC I3: so is another user', async () => {
    const rows = expectedVerdicts('x64', [])
    const answers = await probe(host, image, 'each', words(rows), '--user=worker', '--group=workers')
    // The kernel may answer a user who is not root differently; the filter refuses the same calls.
    const refused = rows.flatMap((row, index) => (row.verdict === 'kernel' ? [] : [index]))
    agree(
      refused.flatMap((index) => rows[index] ?? []),
      refused.flatMap((index) => answers[index] ?? []),
    )
  })

  for (const capability of BRINGING) {
    test(`${capability} brings its calls and no others`, async () => {
      const rows = expectedVerdicts('x64', [capability])
      agree(rows, await probeWith(host, await id, [retain(...DEFAULT_CAPABILITIES, capability)], words(rows)))
    })
  }

  test('all other capabilities bring none', async () => {
    const others = CAPABILITIES.filter((name) => !BRINGING.includes(name))
    const rows = expectedVerdicts('x64', [])
    agree(rows, await probeWith(host, await id, [retain(...others)], words(rows)))
  })

  test('without CAP_SYS_CHROOT there is no chroot', async () => {
    const remove = { name: 'os/linux/capabilities-remove-set', value: { set: ['CAP_SYS_CHROOT'] } }
    assert.deepEqual(await probeWith(host, await id, [remove], ['161']), [EPERM])
  })

  test('an image for i386: the calls of its ABI, and of the machine’s own', async () => {
    const made = probeImage(host, { name: 'i386', manifest: { labels: platform('i386') } })
    for (const abi of ['i386', 'x64'] satisfies ABIName[]) {
      const rows = expectedVerdicts(abi, [])
      agree(rows, await probe(host, made, 'each', words(rows)))
    }
  })

  test('landlock is allowed, which the kernel itself refuses to who may gain rights', async () => {
    const [PR_SET_NO_NEW_PRIVS, EBADF_OR_EINVAL] = ['157:38,1,0,0,0', [-9, -22]]
    const [set, restricted] = await probe(host, image, 'call', [PR_SET_NO_NEW_PRIVS, '446:-1,0'])
    assert.equal(set, 0)
    assert.ok(EBADF_OR_EINVAL.includes(Number(restricted)), String(restricted))
  })

  test('calls that nobody knows yet do not exist', async () => {
    assert.deepEqual(await probe(host, image, 'each', ['470', '1000', '0x3fffffff']), [ENOSYS, ENOSYS, ENOSYS])
  })
})

const words = (rows: readonly CallRow[]): readonly string[] => rows.map(({ word }) => word)

const retain = (...set: readonly string[]) => ({ name: 'os/linux/capabilities-retain-set', value: { set } })

const platform = (arch: string) => [
  { name: 'version', value: '1' },
  { name: 'os', value: 'linux' },
  { name: 'arch', value: arch },
]

/** Fails with every row that was answered otherwise. */
function agree(rows: readonly CallRow[], answers: readonly Answer[]): void {
  const wrong = rows.flatMap(({ number, name, verdict }, index) => {
    const answer = answers[index]
    const right = { EPERM: answer === EPERM, ENOSYS: answer === ENOSYS, kernel: answer !== EPERM && answer !== SIGSYS }
    return right[verdict] ? [] : [`${number} (${name}): expected ${verdict}, got ${answer}`]
  })
  assert.deepEqual(wrong, [])
}
