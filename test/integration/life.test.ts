import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { spawnSync } from 'node:child_process'
import { waitUntilStopped } from '../../stage0/pod/wait.js'
import { entriesOf } from '../helpers/journal.js'
import { shell } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'
import { APPC } from '../helpers/run-cli.js'
import { journal, loadedUnits, property, systemctl } from '../helpers/systemd.js'

const FOREVER = 'echo ready; while :; do sleep 1000; done'
/** Ends with `status` on SIGTERM. */
const POLITE = (status: number): string =>
  `trap 'echo asked; exit ${status}' TERM; echo ready; while :; do sleep 1000 & wait $!; done`

describe("a pod's life", { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const sh = (script: string, ...options: string[]): string[] => [
    box,
    ...options,
    '--exec=/bin/sh',
    '--',
    '-c',
    script,
    '---',
  ]
  /** Starts a pod in the foreground, and waits until its app prints `ready`. */
  async function startReady(name: string, script = FOREVER, ...options: string[]) {
    const run = host.start(['run', `--pod-name=${name}`, ...options, ...sh(script)])
    await run.shows('ready')
    return run
  }

  test('list and status show a pod while it runs, and when it has exited', async () => {
    const run = await startReady('told', POLITE(3), '--net=none')
    const pod = await host.status('told')
    assert.equal(pod.state, 'running')
    assert.equal(pod.name, 'told')
    assert.equal(pod.network, 'none')
    assert.ok(pod.pid !== null && existsSync(`/proc/${pod.pid}`))
    assert.deepEqual(
      pod.apps.map(({ name, state, image_name, exit_code }) => ({ name, state, image_name, exit_code })),
      [{ name: 'box', state: 'running', image_name: 'example.com/box:1', exit_code: null }],
    )
    assert.deepEqual({ ...(await host.list()).find(({ uuid }) => uuid === pod.uuid), listening: null }, pod)
    const table = await host.ok(['list'])
    assert.match(table, /^UUID +NAME +APP +IMAGE +STATE +CREATED +STARTED +NETWORK\n/)
    assert.match(
      table,
      new RegExp(`^${pod.uuid.slice(0, 8)} +told +box +example.com/box:1 +running +.*ago +.*none$|just now`, 'm'),
    )

    assert.equal(await host.ok(['stop', 'told']), pod.uuid)
    assert.equal((await run.ended).status, 3)
    const after = await host.status('told')
    assert.deepEqual(
      [after.state, after.pid, after.apps[0]?.exit_code, after.apps[0]?.state],
      ['exited', null, 3, 'exited'],
    )
    assert.match(await host.ok(['status', 'told']), /^state=exited\n(.*\n)*exited=true\napp-box=3\n/m)
  })

  test('rm of a pod whose output is not read yet: the pod is removed, and its launcher still prints all output', async () => {
    // the output fits into the buffers between the app and appc, so that the app and the pod init
    // can end
    const script = 'i=0; while [ $i -lt 4 ]; do printf "%050000d\\n" 0; i=$((i + 1)); done; exit 5'
    const run = await startReady('removed-early', `echo ready; ${script}`)
    const resume = run.hold()
    await host.ok(['status', 'removed-early', '--wait'])
    await host.ok(['rm', 'removed-early'])
    assert.deepEqual(
      (await host.list()).filter(({ name }) => name === 'removed-early'),
      [],
    )
    resume()
    const { status, stdout, stderr } = await run.ended
    assert.deepEqual([status, stdout.length, stderr], [5, 'ready\n'.length + 4 * 50_001, ''])
  })

  test('SPEC E15: one app fails: the other gets SIGTERM, its post-stop runs, nothing is left', async () => {
    const handlers = { eventHandlers: [{ name: 'post-stop' as const, exec: shell('echo handled') }] }
    const kept = host.image({ name: 'kept', app: { exec: shell(POLITE(0)), ...handlers } })
    const run = await host.run('--pod-name=two', kept, ...sh('sleep 1; echo failing; exit 9', '--name=failing'))
    assert.equal(run.status, 9, run.stderr)
    for (const line of ['ready', 'failing', 'asked', 'handled']) assert.ok(run.stdout.includes(`${line}\n`), run.stdout)
    const { state, apps } = await host.status('two')
    assert.equal(state, 'exited')
    assert.deepEqual(
      apps.map(({ name, exit_code, signal, result }) => [name, exit_code, signal, result]),
      [
        ['kept', 0, null, 'success'],
        ['failing', 9, null, 'exit-code'],
      ],
    )
    assert.deepEqual(loadedUnits('appc-two*', 'appc-stop@two*'), [])
    assert.equal(existsSync('/sys/fs/cgroup/appc.slice/appc-two.slice'), false)
  })

  test('stop of several pods prints each UUID, and fails for a missing one', async () => {
    const runs = [await startReady('a1'), await startReady('a2')]
    const uuids = [(await host.status('a1')).uuid, (await host.status('a2')).uuid]
    const seen = await host.appc(['stop', 'a1', 'gone', 'a2'])
    assert.equal(seen.stdout, `${uuids.join('\n')}\n`)
    assert.equal(seen.stderr, 'appc: gone: no pod has that name or UUID\nhint: appc list\n')
    assert.equal(seen.status, 254)
    for (const run of runs) assert.equal((await run.ended).status, 143)
    assert.equal(await host.ok(['stop', 'a1']), `${uuids[0] ?? ''}: already stopped`)
  })

  test('stop --force kills without SIGTERM', async () => {
    const run = await startReady('forced', `trap 'echo asked' TERM; ${FOREVER}`)
    await host.ok(['stop', '--force', 'forced'])
    const seen = await run.ended
    assert.equal(seen.status, 137, seen.stderr)
    assert.ok(!seen.stdout.includes('asked'))
  })

  test('rm refuses a pod that runs, and removes it when it has stopped', async () => {
    const uuid = await host.detach('--pod-name=kept', ...sh(FOREVER))
    const refused = await host.appc(['rm', 'kept'])
    assert.equal(refused.status, 254)
    assert.equal(refused.stderr, `appc: ${uuid}: is running\nhint: appc stop ${uuid}\n`)
    await host.ok(['stop', 'kept'])
    assert.equal(await host.ok(['rm', 'kept']), uuid)
    assert.match((await host.appc(['status', uuid])).stderr, /no pod has that name/)
  })

  test('gc: marks, waits, removes, and never touches a pod that runs', async () => {
    const run = await startReady('living')
    assert.equal((await host.run(box)).status, 0)
    const marked = await host.ok(['gc', '--mark-only'])
    assert.match(marked, /: run → exited-garbage$/m)
    assert.ok((await host.list()).some(({ state }) => state === 'exited-garbage'))
    const changes = JSON.parse(await host.ok(['gc', '--grace-period=0', '--format=json'])) as { action: string }[]
    assert.ok(changes.length > 0 && changes.every(({ action }) => action === 'removed'))
    assert.deepEqual(
      (await host.list()).map(({ name, state }) => [name, state]),
      [['living', 'running']],
    )
    await host.ok(['stop', 'living'])
    await run.ended
  })

  for (const [signal, status] of [
    ['SIGINT', 4],
    ['SIGTERM', 4],
  ] as const) {
    test(`${signal} to appc run stops the pod regularly`, async () => {
      const run = await startReady('signalled', POLITE(4))
      run.kill(signal)
      const seen = await run.ended
      assert.equal(seen.status, status, seen.stderr)
      assert.match(seen.stdout, /asked\n$/)
      assert.equal((await host.status('signalled')).state, 'exited')
    })
  }

  test('a second SIGINT to appc run kills what does not end by the first', async () => {
    const stubborn = 'trap "echo asked" TERM; echo ready; while :; do sleep 1000 & wait $!; done'
    const run = await startReady('stubborn', stubborn, '--stop-timeout=infinity')
    run.kill('SIGINT')
    await run.shows('asked')
    run.kill('SIGINT')
    const seen = await run.ended
    assert.equal(seen.status, 137, seen.stderr)
    assert.equal((await host.status('stubborn')).apps[0]?.exit_code, 137)
  })

  test('kill -9 of appc run does not end the pod, which can still be listed and stopped', async () => {
    const run = await startReady(
      'orphan',
      `trap 'echo late; exit 5' TERM; ${FOREVER.replace('sleep 1000', 'sleep 1000 & wait $!')}`,
    )
    run.kill('SIGKILL')
    assert.equal((await run.ended).status, null)
    assert.equal((await host.status('orphan')).state, 'running')
    await host.ok(['stop', 'orphan'])
    const { state, apps, uuid } = await host.status('orphan')
    assert.deepEqual([state, apps[0]?.exit_code], ['exited', 5])
    assert.deepEqual(
      entriesOf(uuid).map(({ message }) => message),
      ['ready', 'late'],
    )
  })

  test('kill -9 of the pod’s init ends the pod, with exit status 137', async () => {
    const run = await startReady('beheaded')
    const { pid } = await host.status('beheaded')
    assert.ok(pid)
    process.kill(pid, 'SIGKILL')
    const seen = await run.ended
    assert.equal(seen.status, 137, seen.stderr)
    assert.equal((await host.status('beheaded')).state, 'exited')
  })

  test('systemctl stop stops the pod regularly', async () => {
    const run = await startReady('outside', POLITE(0))
    systemctl('stop', 'appc-outside.service')
    const seen = await run.ended
    assert.deepEqual([seen.status, seen.stdout], [0, 'ready\nasked\n'])
    assert.equal((await host.status('outside')).state, 'exited')
  })

  test('systemctl shows the app itself as the main process of its unit', async () => {
    const run = await startReady('shown', POLITE(7))
    const main = property('appc-shown-box.service', 'MainPID')
    assert.match(readFileSync(`/proc/${main}/cmdline`, 'utf8'), /^\/bin\/sh\0-c\0/)
    assert.equal(property('appc-shown-box.service', 'ActiveState'), 'active')
    assert.equal(property('appc-shown.service', 'MainPID'), String((await host.status('shown')).pid))
    assert.match(property('appc-shown-box.service', 'ControlGroup'), /^\/appc\.slice\/appc-shown\.slice\//)
    await host.ok(['stop', 'shown'])
    await run.ended
    const end = journal('--unit=appc-shown-box.service').find(
      ({ MESSAGE }) => MESSAGE?.includes('Main process exited') === true,
    )
    assert.match(end?.['MESSAGE'] ?? 'no end in the journal', /code=exited, status=7/)
  })

  test('a drop-in for all pods takes effect', async () => {
    const directory = '/etc/systemd/system/appc-.service.d'
    assert.equal(existsSync(directory), false, 'the machine has drop-ins of its own')
    mkdirSync(directory)
    try {
      writeFileSync(`${directory}/50-test.conf`, '[Service]\nLimitNOFILE=777\n')
      assert.equal((await host.run(...sh('ulimit -n'))).stdout, '777\n')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('the journal has every line with its pod, app, image and priority', async () => {
    const file = `${host.scratch}/uuid`
    await host.run(
      '--pod-name=written',
      `--uuid-file-save=${file}`,
      ...sh('echo out; echo err >&2; echo more', '--name=app'),
    )
    const uuid = readFileSync(file, 'utf8').trim()
    const id = (await host.status(uuid)).apps[0]?.image_id
    const shown = entriesOf(uuid).map(({ fields: entry }) => [
      entry['MESSAGE'],
      entry['PRIORITY'],
      entry['SYSLOG_IDENTIFIER'],
      entry['APPC_POD'],
      entry['APPC_APP'],
      entry['APPC_IMAGE_ID'],
      entry['APPC_IMAGE_NAME'],
      entry['OBJECT_SYSTEMD_UNIT'],
    ])
    const common = ['app', 'written', 'app', id, 'example.com/box:1', 'appc-written-app.service']
    assert.deepEqual(
      shown.sort(),
      [
        ['err', '3', ...common],
        ['more', '6', ...common],
        ['out', '6', ...common],
      ].sort(),
    )
  })

  test('logs: of one app or all, in three formats, also for a removed pod', async () => {
    const file = `${host.scratch}/uuid`
    await host.run(
      `--uuid-file-save=${file}`,
      ...sh('echo from one', '--name=one'),
      ...sh('echo from two', '--name=two'),
    )
    const uuid = readFileSync(file, 'utf8').trim()
    const sorted = (text: string): string[] => text.split('\n').sort()
    assert.deepEqual(sorted(await host.ok(['logs', '--format=cat', uuid.slice(0, 12)])), ['from one', 'from two'])
    assert.match(await host.ok(['logs', '--app=two', uuid]), /^\S+ two\[\d+\]: from two$/)
    const nobody = await host.appc(['logs', '--app=nobody', uuid])
    assert.deepEqual(
      [nobody.status, nobody.stderr],
      [254, `appc: nobody: pod ${uuid} has no such app; it has one, two\nhint: appc logs --app=one ${uuid}\n`],
    )
    await host.ok(['rm', uuid])
    const both = await host.ok(['logs', '--app=one', '--app', 'two', '--format=cat', uuid])
    assert.deepEqual(sorted(both), ['from one', 'from two'])
    assert.equal((await host.ok(['logs', '-n1', '--since=1h', '--format=cat', uuid])).split('\n').length, 1)
    assert.equal(await host.ok(['logs', '--until=1h', uuid]), '')
    const [entry] = (await host.ok(['logs', '--app=one', '--format=json', uuid])).split('\n')
    assert.equal((JSON.parse(entry ?? '') as { MESSAGE: string }).MESSAGE, 'from one')
    assert.match((await host.appc(['logs', uuid.slice(0, 12)])).stderr, /no pod has that name/)
  })

  describe('logs --follow', () => {
    const script = 'echo first; while [ ! -e /tmp/go ]; do sleep 0.05; done; seq 1 2000; printf end'
    const all = ['first', ...Array.from({ length: 2000 }, (_, index) => String(index + 1)), 'end']

    test('shows existing and new entries, and ends with the pod', async () => {
      const uuid = await host.detach(...sh(script))
      const following = host.start(['logs', '--follow', '--format=cat', uuid])
      await following.shows('first')
      await host.ok(['enter', uuid, 'touch', '/tmp/go'])
      const { stdout, stderr, status } = await following.ended
      assert.deepEqual([stdout.split('\n'), stderr, status], [[...all, ''], '', 0])
    })

    test('ends at once for a pod that has ended, and for one that was removed', async () => {
      const uuid = await host.detach(...sh('echo only'))
      await host.status(uuid, '--wait')
      const follow = ['logs', '--follow', uuid]
      assert.match(await host.ok(follow), /^\S+ box\[\d+\]: only$/)
      await host.ok(['rm', uuid])
      assert.match(await host.ok(follow), /^\S+ box\[\d+\]: only$/)
    })

    test('ends for a pod that writes nothing, and when its reader closes the pipe', async () => {
      const uuid = await host.detach(...sh('while [ ! -e /tmp/go ]; do sleep 0.05; done'))
      const following = host.start(['logs', '--follow', uuid])
      await host.ok(['enter', uuid, 'touch', '/tmp/go'])
      assert.deepEqual(await following.ended.then(({ stdout, status }) => [stdout, status]), ['', 0])
      const endless = await host.detach(...sh('while :; do echo y; sleep 0.01; done'))
      const words = ['-c', '"$@" | head -n 1', 'bash', APPC, `--dir=${host.dir.root}`, 'logs', '--follow', endless]
      assert.match(spawnSync('bash', words, { encoding: 'utf8' }).stdout, /: y\n$/)
      await host.ok(['stop', '--force', endless])
    })
  })

  test('enter --user, --group: as a user of the image, by name, number or file', async () => {
    await host.detach('--pod-name=users', ...sh(FOREVER))
    const id = (...words: string[]): Promise<string> => host.ok(['enter', ...words, 'users', 'id'])
    assert.match(await id(), /^uid=0\(root\) gid=0\(root\)/)
    assert.match(await id('--user=worker'), /^uid=1001\(worker\) gid=1002\(workers\)/)
    assert.match(await id('--user=worker', '--group=root'), /^uid=1001\(worker\) gid=0\(root\)/)
    assert.match(await id('--user', '4711'), /^uid=4711 gid=4711/)
    assert.match(await id('--user=/etc/passwd'), /^uid=0\(root\) gid=0\(root\)/)
    const status = 'grep -E "^(CapEff|NoNewPrivs)" /proc/self/status'
    assert.equal(
      await host.ok(['enter', '--user=worker', 'users', 'sh', '-c', status]),
      'CapEff:\t0000000000000000\nNoNewPrivs:\t0',
    )
    const refused = await host.appc(['enter', '--user=nobody', 'users', 'id'])
    assert.deepEqual(
      [refused.status, refused.stderr],
      [254, `appc: app box: user "nobody": is not in the image's /etc/passwd\n`],
    )
    for (const words of [['--group=root'], ['--user='], ['--usr=x']]) {
      assert.equal((await host.appc(['enter', ...words, 'users', 'id'])).status, 2, words.join())
    }
    await host.ok(['stop', '--force', 'users'])
  })

  test('enter: a command in the app’s root and namespaces, with its exit status', async () => {
    const run = await startReady('entered', `echo mine >/tmp/mark; ${FOREVER}`)
    const { pid } = await host.status('entered')
    assert.ok(pid)
    const script = 'cat /tmp/mark; for ns in net uts ipc; do readlink /proc/self/ns/$ns; done; exit 6'
    const seen = await host.appc(['enter', 'entered', 'sh', '-c', script])
    assert.equal(seen.status, 6, seen.stderr)
    assert.deepEqual(seen.stdout.trim().split('\n'), [
      'mine',
      ...['net', 'uts', 'ipc'].map((name) => readlinkSync(`/proc/${pid}/ns/${name}`)),
    ])
    const shellSeen = await host.appc(['enter', 'entered'], { input: 'echo a shell\n' })
    assert.equal(shellSeen.stdout, 'a shell\n', shellSeen.stderr)
    assert.match(
      (await host.appc(['enter', '--app=other', 'entered'])).stderr,
      /^appc: other: pod .* has no such app; it has box\n/,
    )
    await host.ok(['stop', 'entered'])
    await run.ended
    assert.match(
      (await host.appc(['enter', 'entered'])).stderr,
      /: is not running \(exited\)\nhint: appc status \S+\n$/,
    )
  })

  test('cat-manifest: every mount point has its volume', async () => {
    const image = host.image({ name: 'mounts', app: { mountPoints: [{ name: 'data', path: '/data' }] } })
    const seen = await host.run('--pod-name=catted', image)
    assert.match(seen.stderr, /^warning: mounts: no volume for mount point data \(\/data\): an empty one is used\n$/)
    const text = await host.ok(['cat-manifest', 'catted'])
    assert.match(text, /^{\n\t"acVersion"/)
    const { apps, volumes } = JSON.parse(text) as { apps: { mounts: unknown }[]; volumes: unknown }
    assert.deepEqual(apps[0]?.mounts, [{ volume: 'mounts-data', path: '/data' }])
    assert.deepEqual(volumes, [{ name: 'mounts-data', kind: 'empty', mode: '0755', uid: 0, gid: 0 }])
  })

  test('stop --time sends SIGTERM first, and kills after the time; rm --force stops first', async () => {
    const DEAF = "trap '' TERM; echo ready; while :; do sleep 1000; done"
    const deaf = await startReady('unwilling', DEAF, '--stop-timeout=infinity')
    const stopped = await host.appc(['stop', '--time=100ms', 'unwilling'])
    assert.equal(stopped.status, 0, stopped.stderr)
    assert.match(stopped.stderr, /: killed after 0\.1 s\n/)
    assert.equal((await deaf.ended).status, 137)
    const polite = await startReady('willing', POLITE(4))
    assert.equal((await host.appc(['stop', '-t', '60', 'willing'])).stderr, '')
    assert.equal((await polite.ended).status, 4)
    const forced = await startReady('removed-running', POLITE(5))
    const refused = await host.appc(['rm', 'removed-running'])
    assert.match(refused.stderr, /: is running\nhint: appc stop /)
    await host.ok(['rm', '--force', 'removed-running'])
    assert.equal((await forced.ended).status, 5)
    assert.ok((await host.list()).every(({ name }) => name !== 'removed-running'))
  })

  test('ps shows the name of the pod for its launcher', async () => {
    const run = await startReady('titled', POLITE(0))
    assert.equal(readFileSync(`/proc/${run.pid}/cmdline`, 'utf8').replace(/\0+$/, ''), 'appc: run titled')
    assert.equal(readFileSync(`/proc/${run.pid}/comm`, 'utf8'), 'appc: run title\n')
    await host.ok(['stop', 'titled'])
    await run.ended
  })

  test('status --wait waits for the end, or for the given time', async () => {
    const run = await startReady('awaited', POLITE(0))
    const late = await host.appc(['status', '--wait=50ms', 'awaited'])
    assert.equal(late.status, 124)
    assert.match(late.stderr, /: still running after 50ms\nhint: appc stop \S+\n$/)
    const waiting = host.appc(['status', '--wait', 'awaited', '--format=json'])
    await host.ok(['stop', 'awaited'])
    assert.equal((JSON.parse((await waiting).stdout) as { state: string }).state, 'exited')
    await run.ended
  })

  test('--detach prints the UUID and returns when the app runs', async () => {
    const uuid = await host.detach('--pod-name=detached', ...sh('sleep 1; exit 2'))
    const current = await host.status('detached')
    assert.deepEqual([current.state, current.apps[0]?.state], ['running', 'running'])
    await waitUntilStopped(host.dir, uuid)
    assert.equal((await host.status(uuid)).apps[0]?.exit_code, 2)
  })
})
