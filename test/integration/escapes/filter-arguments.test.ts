import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { shell } from '../../helpers/images.js'
import { noPods, podHost } from '../../helpers/pods.js'
import { answersIn, noProbe, probe, probeImage, type Answer } from '../../helpers/probe.js'
import { program32, SAID } from '../../helpers/program-32.js'

const [EPERM, ENOSYS, ENOTTY] = [-1, -38, -25]
const SIGSYS = 'signal 31'

/**
 * System calls that make a socket of a family that no app may use, by their purpose. 38 is AF_ALG,
 * 40 is AF_VSOCK, and 5 is SOCK_SEQPACKET.
 */
const SOCKETS: Readonly<Record<string, string>> = {
  AF_ALG: '41:38,5,0',
  AF_VSOCK: '41:40,1,0',
  'AF_ALG, something in the upper half of the argument': '41:0x100000026,5,0',
  'AF_VSOCK, something in the upper half of the argument': '41:0xffffffff00000028,1,0',
  'a pair of AF_ALG': '53:38,5,0,#8',
  'a pair of AF_VSOCK': '53:40,1,0,#8',
  'a pair of AF_VSOCK, something in the upper half': '53:0x100000028,1,0,#8',
  'a ring that makes sockets (io_uring)': '425:8,#120',
}

/** Orders to the terminal at descriptor 0 that put input into it. */
const TERMINAL: Readonly<Record<string, string>> = {
  TIOCSTI: '16:0,0x5412,@x',
  TIOCLINUX: '16:0,0x541c,@x',
  'TIOCSTI, something in the upper half of the argument': '16:0,0x7fffffff00005412,@x',
  'TIOCLINUX, something in the upper half of the argument': '16:0,0x10000541c,@x',
}

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; unshare(2) has NEWTIME too. */
const NAMESPACES = [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]
const NEW_NAMESPACES: Readonly<Record<string, string>> = {
  ...named('clone', NAMESPACES, (flag) => `56:${flag},0,0,0,0`),
  ...named('a clone like a thread’s', NAMESPACES, (flag) => `56:${flag + 0x3d_0f00},0,0,0,0`),
  ...named('unshare', [...NAMESPACES, 0x80], (flag) => `272:${flag}`),
}

/** ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, ADDR_COMPAT_LAYOUT, MMAP_PAGE_ZERO. */
const PERSONALITIES = named('personality', [0x4_0000, 0x40_0000, 0x20_0000, 0x10_0000], (flag) => `135:${flag}`)

const REFUSED = { ...SOCKETS, ...TERMINAL, ...NEW_NAMESPACES, ...PERSONALITIES }

/** What ordinary programs do with the same calls, and a test whether it worked. */
const ALLOWED: Readonly<Record<string, readonly [string, (answer: Answer) => boolean]>> = {
  'a socket of AF_UNIX': ['41:1,1,0', descriptor],
  'a socket of AF_INET': ['41:2,1,0', descriptor],
  'a socket of AF_INET6, or no such here': ['41:10,1,0', (answer) => descriptor(answer) || answer === -97],
  'a socket of AF_NETLINK': ['41:16,3,0', descriptor],
  'sockets of families beside the refused ones': ['41:39,1,0', (answer) => answer !== EPERM],
  'a pair of AF_UNIX': ['53:1,1,0,#8', (answer) => answer === 0],
  'asking a terminal for its size': ['16:0,0x5413,#8', (answer) => answer === ENOTTY],
  'unsharing files (CLONE_FILES)': ['272:0x400', (answer) => answer === 0],
  'asking for the personality': ['135:0xffffffff', (answer) => answer === 0],
  'uname of Linux 2.6 (UNAME26)': ['135:0x20000', (answer) => answer === 0],
}

/** A row for each flag. */
function named(call: string, flags: readonly number[], word: (flag: number) => string): Record<string, string> {
  return Object.fromEntries(flags.map((flag): [string, string] => [`${call} 0x${flag.toString(16)}`, word(flag)]))
}

function descriptor(answer: Answer): boolean {
  return typeof answer === 'number' && answer >= 0
}

/** The machine's other ABIs, from a 64-bit program. */
const OTHER_ABIS: Readonly<Record<string, readonly [string, Answer]>> = {
  'getpid by int 0x80': ['32/20', SIGSYS],
  'socketcall by int 0x80, which makes any socket': ['32/102:1,#12', SIGSYS],
  'socket of AF_VSOCK by int 0x80': ['32/359:40,1,0', SIGSYS],
  'keyctl by int 0x80': ['32/288:0,-1,0', SIGSYS],
  'a recent call by int 0x80': ['32/462:0,0,0', SIGSYS],
  'getpid of x32': ['0x40000027', ENOSYS],
  'socket of AF_VSOCK by x32': ['0x40000029:40,1,0', ENOSYS],
  'ioctl of x32, TIOCSTI': ['0x40000202:0,0x5412,@x', ENOSYS],
  'a recent call by x32': ['0x400001ce:0,0,0', ENOSYS],
}

describe('what the arguments of a call decide', { skip: noPods || noProbe() }, () => {
  const host = podHost()
  const image = probeImage(host)
  const calls = Object.values(REFUSED)
  const allRefused = (answers: readonly Answer[]): void =>
    assert.deepEqual(
      Object.keys(REFUSED).filter((_, index) => answers[index] !== EPERM),
      [],
    )

  test('refused to root', async () => allRefused(await probe(host, image, 'each', calls)))

  test('refused to another user', async () =>
    allRefused(await probe(host, image, 'each', calls, '--user=worker', '--group=workers')))

  test('refused to event handlers', async () => {
    const exec = ['/probe', 'each', ...calls]
    const handled = probeImage(host, { app: { eventHandlers: [{ name: 'pre-start', exec }] } })
    const seen = await host.run(handled)
    assert.equal(seen.status, 0, seen.stderr)
    allRefused(answersIn(seen.stdout, calls))
  })

  test('refused to programs that enter', async () => {
    const pod = await host.detach(image, '--exec=/bin/sleep', '--', 'infinity')
    allRefused(answersIn(await host.ok(['enter', pod, '/probe', 'each', ...calls]), calls))
    await host.ok(['stop', pod])
  })

  test('ordinary programs’ uses are allowed', async () => {
    const rows = Object.entries(ALLOWED)
    const answers = await probe(
      host,
      image,
      'each',
      rows.map(([, [word]]) => word),
    )
    const failed = rows.flatMap(([what, [, worked]], index) => (worked(answers[index] ?? '') ? [] : [what]))
    assert.deepEqual(failed, [], answers.join(' '))
  })

  for (const arch of [undefined, 'amd64']) {
    test(`other ABIs are shut to an image ${arch === undefined ? 'without an arch' : `for ${arch}`}`, async () => {
      const made = probeImage(host, { name: 'labelled', manifest: { labels: platform(arch) } })
      await answered(made, OTHER_ABIS)
    })
  }

  test('an image for i386 has its ABI, under the same rules', async () => {
    await answered(probeImage(host, { name: 'i386', manifest: { labels: platform('i386') } }), {
      'socketcall, which makes any socket': ['32/102:1,#12', ENOSYS],
      AF_ALG: ['32/359:38,5,0', EPERM],
      AF_VSOCK: ['32/359:40,1,0', EPERM],
      'a pair of AF_ALG': ['32/360:38,5,0,#8', EPERM],
      'a pair of AF_VSOCK': ['32/360:40,1,0,#8', EPERM],
      'a pair of AF_UNIX': ['32/360:1,1,0,#8', 0],
      TIOCSTI: ['32/54:0,0x5412,@x', EPERM],
      TIOCLINUX: ['32/54:0,0x541c,@x', EPERM],
      'the size of a terminal': ['32/54:0,0x5413,#8', ENOTTY],
      'clone with CLONE_NEWUSER': ['32/120:0x10000000,0,0,0,0', EPERM],
      'unshare with CLONE_NEWNS': ['32/310:0x20000', EPERM],
      'AF_VSOCK by the machine’s own ABI': ['41:40,1,0', EPERM],
      'AF_VSOCK by x32': ['0x40000029:40,1,0', ENOSYS],
      umask: ['32/60:0', 0o22],
    })
  })

  for (const [arch, expected] of [
    ['i386', `${SAID}0\n`],
    // 128 + SIGSYS: at its first call.
    ['amd64', '159\n'],
  ] as const) {
    test(`a 32-bit program ${arch === 'i386' ? 'runs' : 'is ended'} in an image for ${arch}`, async () => {
      const file = join(host.scratch, 'program-32')
      writeFileSync(file, program32())
      const files = { 'program-32': { copyOf: file } }
      const app = { exec: shell('/program-32 2>/dev/null; echo $?') }
      const seen = await host.run(host.image({ name: 'mixed', files, app, manifest: { labels: platform(arch) } }))
      assert.equal(seen.stdout, expected, seen.stderr)
    })
  }

  async function answered(made: string, rows: Readonly<Record<string, readonly [string, Answer]>>): Promise<void> {
    const words = Object.values(rows).map(([word]) => word)
    const answers = await probe(host, made, 'each', words)
    const seen = Object.fromEntries(Object.keys(rows).map((what, index) => [what, answers[index]]))
    assert.deepEqual(seen, Object.fromEntries(Object.entries(rows).map(([what, [, answer]]) => [what, answer])))
  }
})

const platform = (arch: string | undefined) => [
  { name: 'version', value: '1' },
  { name: 'os', value: 'linux' },
  ...(arch === undefined ? [] : [{ name: 'arch', value: arch }]),
]
