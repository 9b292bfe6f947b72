import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { shell } from '../../helpers/images.js'
import { command, InPod } from '../../helpers/in-pod.js'
import { entriesOf } from '../../helpers/journal.js'
import { noPods, podHost } from '../../helpers/pods.js'
import { APPC } from '../../helpers/run-cli.js'

describe('the streams of a pod, attacked from inside', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const sh = (script: string): string[] => [box, '--exec=/bin/sh', '--', '-c', script]

  test('lines that look like fields of the journal are text', async () => {
    const forged = 'x\\nPRIORITY=0\\nMESSAGE=forged\\n\\n_UID=1\\nAPPC_POD_UUID=other\\n'
    const pod = await host.detach(...sh(`printf '${forged}'`))
    await host.status(pod, '--wait')
    const entries = entriesOf(pod)
    const lines = ['x', 'PRIORITY=0', 'MESSAGE=forged', '', '_UID=1', 'APPC_POD_UUID=other']
    assert.deepEqual(
      entries.map(({ message, fields }) => [message, fields['PRIORITY'], fields['_UID']]),
      lines.map((line) => [line, '6', '0']),
    )
  })

  test('a pipe that the app has made as large as it may: all of it comes, and the init stays small', async () => {
    // 64 KiB are usual; the rest waits in the pipe when the app has ended
    const seen = await host.run(...sh('head -c 1000000 /dev/zero; sleep 0.1; head -c 60000 /dev/zero'))
    assert.equal(seen.bytes.length, 1_060_000)
  })

  test('a stream that is written to for ever by another process does not keep the pod', async () => {
    const running = host.start([
      'run',
      '--pod-name=held',
      ...sh('echo begun; while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 3'),
    ])
    await running.shows('begun')
    const { pid } = await host.status('held')
    const [, slice] = /^0::(.*)\/[^/]*$/m.exec(readFileSync(`/proc/${String(pid)}/cgroup`, 'utf8')) ?? []
    const processes = join('/sys/fs/cgroup', slice ?? '', 'appc-held-box.service/cgroup.procs')
    const [app] = readFileSync(processes, 'utf8').split('\n')
    const fd = openSync(`/proc/${String(app)}/fd/1`, 'w')
    const writer = spawn('yes', [], { stdio: ['ignore', fd, 'ignore'] })
    const written = once(writer, 'exit') as Promise<[number | null, string | null]>
    closeSync(fd)
    await host.ok(['enter', 'held', 'touch', '/tmp/go'])
    const { status } = await running.ended
    assert.equal(status, 3)
    // the pod init was the last reader
    const [, signal] = await written
    assert.equal(signal, 'SIGPIPE')
  })

  test('the app reads its own output: it takes from nobody but itself', async () => {
    const seen = await host.run(
      ...sh('echo one; (head -n 1 </proc/self/fd/1 >/dev/null) & sleep 0.1; echo two; kill $!; wait; echo three'),
    )
    assert.equal(seen.status, 0)
    assert.ok(seen.stdout.endsWith('three\n'))
  })

  test('the socket of the pod is reached by root of the host alone', async () => {
    const pod = await host.detach(...sh('exec sleep 1000'))
    const words = ['--reuid=65534', '--regid=65534', '--clear-groups', APPC, `--dir=${host.dir.root}`, 'attach', pod]
    const child = spawn('setpriv', words, { stdio: 'ignore' })
    assert.deepEqual(await once(child, 'exit'), [254, null])
    await host.ok(['stop', '--force', pod])
  })
})

describe('the journal does not take what the apps write', { skip: noPods }, () => {
  const waiting = 'while [ ! -e /tmp/go ]; do echo waits; sleep 0.02; done; busybox seq 1 2000'
  const numbers = Array.from({ length: 2000 }, (_, index) => `${index + 1}\n`).join('')

  async function run(...options: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
    using pod = new InPod({ a: { exec: shell(waiting) } })
    assert.equal(pod.start(...options).status, 0)
    assert.equal(pod.startApp('a').status, 0)
    const client = pod.attachAsync('a')
    const shown = { stdout: '', stderr: '' }
    const begun = new Promise<void>((resolve) => client.stdout.once('data', () => resolve()))
    client.stdout.on('data', (piece: Buffer) => (shown.stdout += piece.toString()))
    client.stderr.on('data', (piece: Buffer) => (shown.stderr += piece.toString()))
    await begun
    pod.enter('a', 'sh', '-c', ': >/tmp/go')
    assert.deepEqual(await once(client, 'close'), [0, null])
    return { stdout: shown.stdout.replace(/^(waits\n)+/, ''), stderr: shown.stderr }
  }

  const told = /^warning: journal: takes nothing: what the apps write is missing there\n$/

  test('because it hangs: a client gets all of it, and it is told once', async () => {
    const socket = `/run/appc-test-${process.pid}`
    const unit = `appc-test-deaf-${process.pid}`
    const { status } = command(
      ...['systemd-run', '--quiet', '--collect', `--unit=${unit}`, `--socket-property=ListenDatagram=${socket}`],
      ...['sleep', 'infinity'],
    )
    assert.equal(status, 0)
    try {
      const { stdout, stderr } = await run(`--property=BindPaths=${socket}:/run/systemd/journal/socket`)
      assert.equal(stdout, numbers)
      assert.match(stderr, told)
    } finally {
      command('systemctl', 'stop', `${unit}.socket`, `${unit}.service`)
    }
  })

  test('because there is none: the same', async () => {
    const { stdout, stderr } = await run('--property=TemporaryFileSystem=/run/systemd/journal')
    assert.equal(stdout, numbers)
    // at the first line, which may be before the client came
    if (stderr !== '') assert.match(stderr, told)
  })
})
