import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test, type TestContext } from 'node:test'
import { canary, UP } from '../../helpers/escapes/canary.js'
import { hostileImage, link, text } from '../../helpers/escapes/image.js'
import { holders, identity, operator } from '../../helpers/escapes/operator.js'
import { noPods, podHost, type Watched } from '../../helpers/pods.js'
import { property } from '../../helpers/systemd.js'

const POD = 'entered'

/** Tells what its streams are, then what it could do to them. */
const STREAMS = `
for fd in 0 1 2; do echo "stream $(stat -L -c %d:%i /proc/$$/fd/$fd)"; done >/tmp/streams
perl -e '
  for $fd (0, 1, 2) {
    $path = "/proc/self/fd/$fd";
    # 2048: O_NONBLOCK
    sysopen(F, $path, 2048) and sysread(F, $read, 4096) and $stolen .= $read;
    sysopen(F, $path, 2049) and sysseek(F, 0, 0) and syswrite(F, "overwritten");
    truncate($path, 0);
  }
  open(G, ">", "/tmp/stolen"); print G $stolen'
cat /tmp/streams`

describe('escapes by enter', { skip: noPods }, () => {
  const host = podHost()
  const outside = canary()
  const image = hostileImage(host.scratch, {
    app: { exec: ['/bin/sh', '-c', 'echo ready; while :; do sleep 1000; done'] },
    files: { streams: text(STREAMS), 'bin/bash': link(`/proc/1/fd/3${UP}${outside.directory}/echo`) },
    perl: true,
  })
  let pod: Watched
  before(async () => {
    pod = host.start(['run', `--pod-name=${POD}`, image])
    await pod.shows('ready')
  })
  const enter = (...command: string[]): string[] => [`--dir=${host.dir.root}`, 'enter', POD, ...command]
  const inPod = (script: string): Promise<string> => host.ok(['enter', POD, '/bin/sh', '-c', script])
  let count = 0
  /** A file of the operator's that holds something. */
  function file(t: TestContext, content: string, flags: string): { fd: number; read: () => string } {
    const path = join(host.scratch, `file-${count++}`)
    writeFileSync(path, content)
    const fd = openSync(path, flags)
    t.after(() => closeSync(fd))
    return { fd, read: () => readFileSync(path, 'utf8') }
  }
  /** A descriptor that is neither a terminal nor a file. */
  function nothing(t: TestContext): number {
    const fd = openSync('/dev/null', 'r+')
    t.after(() => closeSync(fd))
    return fd
  }

  test('the earlier contents of the operator’s log are neither read nor written: enter >>log', async (t) => {
    const { terminal, call } = operator((end) => t.after(end))
    const log = file(t, 'earlier\n', 'a+')
    assert.equal(await call(enter('/bin/sh', '/streams'), [terminal, log.fd, terminal]), 0)
    assert.match(log.read(), /^earlier\n(overwritten)*stream /)
    assert.doesNotMatch(await inPod('cat /tmp/stolen'), /earlier/)
  })

  test('the same with errors: enter 2>>log', async (t) => {
    const { terminal, call } = operator((end) => t.after(end))
    const log = file(t, 'earlier\n', 'a+')
    assert.equal(await call(enter('/bin/sh', '/streams'), [terminal, terminal, log.fd]), 0)
    assert.match(log.read(), /^earlier\n(overwritten)*$/)
    assert.doesNotMatch(await inPod('cat /tmp/stolen'), /earlier/)
  })

  test('the operator’s input file is not written: enter <file', async (t) => {
    const { terminal, call } = operator((end) => t.after(end))
    const input = file(t, 'input\n', 'r')
    assert.equal(await call(enter('/bin/sh', '/streams'), [input.fd, terminal, terminal]), 0)
    assert.equal(input.read(), 'input\n')
  })

  test('what is written behind the operator’s place in a file is not read: enter <file', async (t) => {
    const { terminal, call } = operator((end) => t.after(end))
    const input = file(t, 'first\nsecond\n', 'r')
    assert.equal(await call(enter('/bin/cat'), [input.fd, terminal, terminal]), 0)
    const output = file(t, 'of another program\n', 'r+')
    assert.equal(await call(enter('/bin/sh', '/streams'), [terminal, output.fd, terminal]), 0)
    assert.doesNotMatch(await inPod('cat /tmp/stolen'), /of another program/)
  })

  for (const [name, redirected] of [
    ['enter', []],
    ['enter | cat', [1]],
    ['enter <file', [0]],
    ['enter 2>file', [2]],
    ['enter <file | cat', [0, 1]],
    ['enter 2>&1 | cat', [1, 2]],
    ['enter <file 2>file', [0, 2]],
  ] as const satisfies readonly (readonly [string, readonly number[]])[]) {
    test(`no stream of the command is the operator’s terminal: ${name}`, async (t) => {
      const { terminal, call } = operator((end) => t.after(end))
      const other = nothing(t)
      const streams = [0, 1, 2].map((fd) => (redirected.some((one) => one === fd) ? other : terminal))
      const [input = other, output = other, errors = other] = streams
      assert.equal(await call(enter('/bin/sh', '/streams'), [input, output, errors]), 0)
      const said = await inPod('cat /tmp/streams')
      assert.equal(said.match(/^stream \d+:\d+$/gm)?.length, 3, said)
      for (const fd of new Set(streams)) {
        assert.equal(said.split('\n').includes(`stream ${identity(fd)}`), false, said)
      }
    })

    test(`what is left behind in the pod does not have the operator’s terminal: ${name}`, async (t) => {
      const { terminal, call } = operator((end) => t.after(end))
      const other = nothing(t)
      const [input = other, output = other, errors = other] = [0, 1, 2].map((fd) =>
        redirected.some((one) => one === fd) ? other : terminal,
      )
      // a shell gives what runs in the background another standard input, unless told
      const leave = `trap '' HUP; exec 3<&0; sleep 1000 <&3 & exit 3`
      assert.equal(await call(enter('/bin/sh', '-c', leave), [input, output, errors]), 3)
      assert.deepEqual(holders(terminal), [])
    })
  }

  test('nothing is typed into the operator’s terminal (TIOCSTI)', async (t) => {
    const { terminal, call, typed } = operator((end) => t.after(end))
    const push = 'for $fd (0, 1, 2) { open(F, "+<&=", $fd); ioctl(F, 0x5412, $_) for split //, "typed\\n" } exit 0'
    await call(enter('/bin/perl', '-e', push), [terminal, terminal, terminal])
    assert.equal(typed(), '')
  })

  test('a shell of the image that leads out of it is not the one that runs', async () => {
    const { stdout, stderr } = await host.appc(['enter', POD], { input: 'echo a shell\n' })
    assert.equal(stdout, 'a shell\n', stderr)
    outside.check(stdout + stderr)
  })

  test('the command has no descriptor but its streams', async () => {
    // the fourth is the listing itself
    assert.deepEqual((await inPod('ls /proc/self/fd')).split('\n'), ['0', '1', '2', '3'])
  })

  test('the command is in a control group of the pod, whose devices are closed', async () => {
    // the shell makes no other process: until its exec, that one has the same command line
    const words = ['/bin/sh', '-c', 'echo here; while :; do :; done']
    const entered = host.start(['enter', POD, ...words])
    await entered.shows('here')
    const line = words.map((word) => `${word}\0`).join('')
    const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && command(pid) === line)
    assert.equal(pids.length, 1)
    const group = readFileSync(`/proc/${pids[0] ?? ''}/cgroup`, 'utf8').match(/^0::(.*)$/m)?.[1] ?? ''
    assert.match(group, new RegExp(`/appc\\.slice/appc-${POD}\\.slice/.+`))
    const unit = group.split('/').find((name) => name.endsWith('.service')) ?? ''
    assert.equal(property(unit, 'DevicePolicy'), 'closed')
    assert.equal(property(unit, 'Slice'), `appc-${POD}.slice`)
    process.kill(Number(pids[0]), 'SIGKILL')
    assert.equal((await entered.ended).status, 137)
  })

  test('the command has the app’s own limits and no more rights than a root app', async () => {
    const facts = "grep -E '^(Cap(Prm|Eff|Bnd|Inh|Amb)|NoNewPrivs|Seccomp):' /proc/self/status"
    const own = await host.run(hostileImage(host.scratch, { app: { exec: ['/bin/sh', '-c', facts] } }))
    assert.deepEqual((await inPod(facts)).split('\n'), own.stdout.trim().split('\n'))
  })
})

function command(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
