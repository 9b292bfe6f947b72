import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { unitID } from '#schema/unit-name.js'
import { entriesOf, journalShows } from '../helpers/journal.js'
import { shell } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'
import { APPC } from '../helpers/run-cli.js'

const run = (program: string, words: readonly string[]) => spawnSync(program, words, { encoding: 'utf8' })

describe('the output of an app', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const sh = (script: string): string[] => [box, '--exec=/bin/sh', '--', '-c', script]

  describe('can be written through its names in /dev', () => {
    const script = 'echo out >/dev/stdout; echo err >/dev/stderr; echo fd >/proc/self/fd/1; echo again >>/dev/stdout'
    for (const [user, options] of [
      ['root', []],
      ['a user', ['--user=worker', '--group=workers']],
      ['an app with hardly a capability', ['--caps-retain=CAP_KILL']],
    ] as const) {
      test(`by ${user}`, async () => {
        const seen = await host.run(box, '--exec=/bin/sh', ...options, '--', '-c', script)
        assert.deepEqual([seen.stdout, seen.stderr, seen.status], ['out\nfd\nagain\n', 'err\n', 0])
      })
    }

    test('by a user that root becomes', async () => {
      const { stdout, status } = await host.run(...sh('busybox su -s /bin/sh worker -c "echo mine >/dev/stdout"'))
      assert.deepEqual([stdout, status], ['mine\n', 0])
    })

    test('by event handlers', async () => {
      const handler = (name: 'pre-start' | 'post-stop') => ({ name, exec: shell(`echo ${name} >/dev/stdout`) })
      const image = host.image({ app: { eventHandlers: [handler('pre-start'), handler('post-stop')] } })
      assert.equal((await host.run(image)).stdout, 'pre-start\npost-stop\n')
    })
  })

  describe('is passed byte for byte', () => {
    const bytes = randomBytes(3_000_000)
    const image = host.image({ files: { 'srv/bytes': { content: bytes.toString('latin1') } } })
    const expected = Buffer.from(bytes.toString('latin1'))

    test('a file with everything in it', async () => {
      const seen = await host.run(image, '--exec=/bin/cat', '--', '/srv/bytes')
      assert.ok(seen.bytes.equals(expected), `${seen.bytes.length} of ${expected.length} bytes`)
    })

    for (const [content, script, text] of [
      ['empty lines', 'echo; echo; echo a; echo', '\n\na\n\n'],
      ['blanks', 'printf "  a  \\n\\t\\n"', '  a  \n\t\n'],
      ['no newline at the end', 'printf a; printf b', 'ab'],
      ['zeros', 'printf "a\\000b\\000"', 'a\0b\0'],
      ['a line longer than any buffer', 'head -c 300000 /dev/zero | tr "\\000" x', 'x'.repeat(300_000)],
    ] as const) {
      test(content, async () => assert.equal((await host.run(...sh(script))).stdout, text))
    }

    test('up to the last bytes, also those of another process after it', async () => {
      const { stdout } = await host.run(...sh('(sleep 0.2; seq 1 20000) & wait; echo end'))
      assert.equal(stdout, `${Array.from({ length: 20_000 }, (_, index) => index + 1).join('\n')}\nend\n`)
    })
  })

  describe('is in the journal', () => {
    const entriesWritten = async (script: string): Promise<readonly (readonly [string, string | undefined])[]> => {
      const pod = await host.detach(...sh(script))
      await host.status(pod, '--wait')
      return entriesOf(pod).map(({ message, lineBreak }) => [message, lineBreak])
    }

    for (const [property, script, entries] of [
      ['one entry per line, empty ones too', 'echo a; echo; echo b', [['a'], [''], ['b']]],
      ['with its blanks', 'echo "  a  "', [['  a  ']]],
      ['marked where it has no newline', 'echo a; printf b', [['a'], ['b', 'eof']]],
      ['whatever its bytes are', 'printf "\\377\\376a\\n"', [['\xff\xfea']]],
      ['with what looks like a level', 'echo "<2>a"', [['<2>a']]],
    ] as const) {
      test(property, async () => {
        assert.deepEqual(
          await entriesWritten(script),
          entries.map(([message, lineBreak]) => [message, lineBreak]),
        )
      })
    }

    test('split where a line is longer than 48 KiB', async () => {
      const entries = await entriesWritten('head -c 100000 /dev/zero | tr "\\000" x; echo')
      assert.deepEqual(
        entries.map(([message, lineBreak]) => [message.length, lineBreak]),
        [
          [49_152, 'line-max'],
          [49_152, 'line-max'],
          [1696, undefined],
        ],
      )
    })

    test('as output of the unit: journalctl --unit, with globs, and systemctl status, also when it has ended', async () => {
      const pod = await host.detach(...sh('echo out; echo err >&2'))
      await host.status(pod, '--wait')
      const id = unitID(pod)
      run('journalctl', ['--sync'])
      const read = (...words: string[]): string => run('journalctl', ['--quiet', '--output=cat', ...words]).stdout
      assert.equal(read('--priority=err', `--unit=appc-${id}-box`), 'err\n')
      for (const unit of [`appc-${id}-box.service`, `appc-${id}-*`]) assert.match(read(`--unit=${unit}`), /^out$/m)
    })

    test('and in the status of its unit while it runs', async () => {
      const pod = await host.detach(...sh('echo a line of it; exec sleep 1000'))
      await journalShows(pod, 'a line of it')
      const { stdout } = run('systemctl', ['status', '--no-pager', `appc-${unitID(pod)}-box.service`])
      assert.match(stdout, /box\[\d+\]: a line of it$/m)
      await host.ok(['stop', '--force', pod])
    })
  })

  describe('without a reader', () => {
    test('a full device is an error', () => {
      const command = (script: string) =>
        run('sh', ['-c', 'exec "$@" >/dev/full', 'sh', APPC, `--dir=${host.dir.root}`, 'run', ...sh(script)])
      const { status, stderr } = command('echo out')
      assert.equal(status, 254)
      assert.match(
        stderr,
        /^appc: standard output: cannot be written: no space left on device\nhint: appc logs [0-9a-f-]{36}\n$/,
      )
      const failing = command('echo out; exit 7')
      assert.deepEqual([failing.status, failing.stderr.startsWith('warning: standard output:')], [7, true])
    })

    test('a reader that closes the pipe early changes neither the pod nor its exit status', () => {
      const script = 'seq 1 50000; echo done >&2; exit 5'
      const words = ['-c', '"$@" | head -n 1; exit ${PIPESTATUS[0]}', 'bash', APPC, `--dir=${host.dir.root}`]
      const { status, stdout, stderr } = run('bash', [...words, 'run', ...sh(script)])
      assert.deepEqual([status, stdout, stderr], [5, '1\n', 'done\n'])
    })

    test('the launcher is killed: the pod keeps running, and its journal is complete', async () => {
      const running = host.start(['run', ...sh('echo begin; while [ ! -e /tmp/go ]; do sleep 0.05; done; seq 1 5000')])
      await running.shows('begin')
      const [pod] = (await host.list()).filter(({ state }) => state === 'running')
      assert.ok(pod)
      running.kill('SIGKILL')
      await host.ok(['enter', pod.uuid, 'touch', '/tmp/go'])
      await host.status(pod.uuid, '--wait')
      assert.equal(entriesOf(pod.uuid).length, 5001)
    })
  })

  test('a slow reader slows the app down and loses nothing', async () => {
    const script = 'echo begun; while [ ! -e /tmp/go ]; do sleep 0.05; done; seq 1 200000; echo over >&2'
    const running = host.start(['run', '--pod-name=slow', ...sh(script)])
    await running.shows('begun')
    const release = running.hold()
    await host.ok(['enter', 'slow', 'touch', '/tmp/go'])
    // the output does not fit into the buffers between the app and appc, so the app cannot have
    // ended
    assert.equal((await host.status('slow')).state, 'running')
    release()
    const { stdout, stderr, status } = await running.ended
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
    const expected = `begun\n${Array.from({ length: 200_000 }, (_, index) => index + 1).join('\n')}\n`
    assert.deepEqual([digest(stdout), stderr, status], [digest(expected), 'over\n', 0])
  })

  test('the memory of the pod init stays small with much output', async () => {
    const pod = await host.detach(
      '--log-rate-limit=none',
      ...sh('head -c 50000000 /dev/zero | tr "\\000" x; seq 1 20000; sleep 1000'),
    )
    await journalShows(pod, '20000')
    const pid = readFileSync(join(host.dir.place('run'), pod, 'pid'), 'utf8').trim()
    const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    assert.ok(peak < 2048, `${peak} kB at most`)
    await host.ok(['stop', '--force', pod])
  })

  test('a process that keeps the pipe after its app ended does not keep the pod running', async () => {
    // this process is in the cgroup of an app that has ended, and runs until the pod ends
    const image = host.image({ name: 'daemon', app: { exec: shell('(trap "" TERM; sleep 1000) & echo begun') } })
    const seen = await host.run(image, '---', ...sh('sleep 0.3; echo other'))
    assert.equal(seen.status, 0, seen.stderr)
    assert.deepEqual(seen.stdout.split('\n').sort(), ['', 'begun', 'other'])
  })
})

describe('the input of an app', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()

  test('is empty without --interactive', async () => {
    const { stdout } = await host.appc(['run', box, '--exec=/bin/cat'], { input: 'lost' })
    assert.equal(stdout, '')
  })

  test('run --interactive without a terminal: stdin goes to the app, byte for byte, and so does its end', async () => {
    const input = randomBytes(1_000_000)
    const seen = await host.appc(['run', '--interactive', box, '--exec=/bin/cat'], { input })
    assert.ok(seen.bytes.equals(input), `${seen.bytes.length} bytes, ${seen.stderr}`)
    assert.equal(seen.status, 0)
  })

  test('an app that does not read it is no error', async () => {
    const seen = await host.appc(['run', '--interactive', box, '--exec=/bin/sh', '--', '-c', 'exit 3'], {
      input: randomBytes(500_000),
    })
    assert.equal(seen.status, 3, seen.stderr)
  })

  test('a user may open it by its name', async () => {
    const words = ['--exec=/bin/sh', '--user=worker', '--group=workers', '--', '-c', 'cat /dev/stdin']
    assert.equal((await host.appc(['run', '--interactive', box, ...words], { input: 'typed' })).stdout, 'typed')
  })

  test('a tar in a pipe becomes its listing', () => {
    const listed = run('bash', [
      ...['-c', 'tar -C / -c etc/passwd etc/group | "$@"', 'bash', APPC, `--dir=${host.dir.root}`],
      ...['run', '--interactive', box, '--exec=/bin/tar', '--', '-t'],
    ])
    assert.deepEqual([listed.stdout, listed.status], ['etc/passwd\netc/group\n', 0])
  })

  test('attach --stdin feeds a pod that was started with --detach --interactive', async () => {
    const pod = await host.detach('--interactive', box, '--exec=/bin/sh', '--', '-c', 'cat; echo read all')
    const first = await host.appc(['attach', '--stdin', pod, 'box'], { input: 'one\n' })
    assert.deepEqual([first.stdout, first.status], ['one\nread all\n', 0], first.stderr)
    await host.status(pod, '--wait')
  })

  test('attach --stdin to an app without input is refused', async () => {
    const pod = await host.detach(box, '--exec=/bin/sleep', '--', '1000')
    const { status, stderr } = await host.appc(['attach', '--stdin', pod])
    assert.equal(status, 254)
    assert.match(stderr, /pod: takes no input/)
    await host.ok(['stop', '--force', pod])
  })
})

describe('appc attach', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const counting = 'i=0; while [ ! -e /tmp/stop ]; do echo "line $i"; i=$((i+1)); sleep 0.02; done'

  test('several clients get the same output; a stopped one and a killed one do not disturb the others', async () => {
    const pod = await host.detach(box, '--exec=/bin/sh', '--', '-c', counting)
    const [reading, stopped, killed] = [1, 2, 3].map(() => host.start(['attach', pod]))
    assert.ok(reading && stopped && killed)
    await Promise.all([reading.shows('line'), stopped.shows('line'), killed.shows('line')])
    stopped.kill('SIGSTOP')
    killed.kill('SIGKILL')
    await journalShows(pod, `line ${entriesOf(pod).length + 50}`)
    await host.ok(['enter', pod, 'touch', '/tmp/stop'])
    const { stdout, status } = await reading.ended
    const numbers = stdout.match(/\d+/g)?.map(Number) ?? []
    assert.deepEqual([numbers.every((number, index) => number === (numbers[0] ?? 0) + index), status], [true, 0])
    // the stopped client still gets its unread output as far as the buffer had room, and a warning
    // about the rest
    stopped.kill('SIGCONT')
    const late = await stopped.ended
    assert.equal(late.status, 0)
    assert.ok(late.stdout.endsWith(stdout.slice(-200)) || /\d+ bytes were skipped/.test(late.stderr), late.stderr)
    await host.status(pod, '--wait')
  })

  test('a stopped client misses output if much is written, with a warning', async () => {
    const script = 'while [ ! -e /tmp/go ]; do echo waits; sleep 0.02; done; seq 1 100000'
    const pod = await host.detach('--log-rate-limit=none', box, '--exec=/bin/sh', '--', '-c', script)
    const [stopped, reading] = [host.start(['attach', pod]), host.start(['attach', pod, 'box'])]
    await Promise.all([stopped.shows('waits'), reading.shows('waits')])
    stopped.kill('SIGSTOP')
    await host.ok(['enter', pod, 'touch', '/tmp/go'])
    const { stdout } = await reading.ended
    assert.equal(stdout.replace(/^(waits\n)+/, '').split('\n').length, 100_001)
    stopped.kill('SIGCONT')
    const { stderr, status } = await stopped.ended
    assert.deepEqual([/^warning: \d+ bytes were skipped/m.test(stderr), status], [true, 0], stderr)
    await host.status(pod, '--wait')
  })

  test('an app of several, until that app has ended', async () => {
    const go = 'while [ ! -e /shared/go ]; do echo waits; sleep 0.02; done; echo'
    const words = ['--volume=s,kind=empty,mode=0777', '--mount=volume=s,target=/shared']
    const other = host.image({ name: 'other', app: { exec: shell(`${go} other; exec sleep 1000`) } })
    const pod = await host.detach(...words, box, '--exec=/bin/sh', '--', '-c', `${go} mine`, '---', other)
    const client = host.start(['attach', pod, 'box'])
    await client.shows('waits')
    await host.ok(['enter', '--app=other', pod, 'touch', '/shared/go'])
    const { stdout, status } = await client.ended
    assert.deepEqual([stdout.replace(/^(waits\n)+/, ''), status], ['mine\n', 0])
    const late = await host.appc(['attach', pod, 'box'])
    assert.deepEqual([late.status, late.stderr], [254, 'appc: app box: is not running\n'])
    await host.ok(['stop', '--force', pod])
  })

  test('attach to an exited pod or a missing app is refused with a hint', async () => {
    const pod = await host.detach(box)
    await host.status(pod, '--wait')
    assert.deepEqual(
      (await host.appc(['attach', pod])).stderr,
      `appc: ${pod}: is not running (exited)\nhint: appc status ${pod}\n`,
    )
    const running = await host.detach(box, '--exec=/bin/sleep', '--', '1000')
    const { stderr, status } = await host.appc(['attach', running, 'nosuch'])
    assert.deepEqual(
      [status, stderr],
      [254, `appc: nosuch: pod ${running} has no such app; it has box\nhint: appc attach ${running} box\n`],
    )
    await host.ok(['stop', '--force', running])
  })
})
