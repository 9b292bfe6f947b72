import assert from 'node:assert/strict'
import { closeSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import { PLACES } from '../../stage0/data-dir.js'
import { isUUID } from '../../stage0/pod/pod.js'
import { appears } from '../helpers/appears.js'
import { shell } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'

describe('appc run', { skip: noPods }, () => {
  const host = podHost()
  const box = host.image()
  const sh = (script: string): string[] => [box, '--exec=/bin/sh', '--', '-c', script]

  describe('gives the exit status of its app', () => {
    for (const [script, status] of [
      ['exit 0', 0],
      ['exit 7', 7],
      ['exit 255', 255],
      ['kill -TERM $$', 143],
      ['kill -KILL $$', 137],
      ['kill -SEGV $$', 139],
    ] as const) {
      test(`${script}: ${status}`, async () => assert.equal((await host.run(...sh(script))).status, status))
    }

    test('of the first app that failed, if several failed', async () => {
      const first = 'mkfifo /shared/first; read x </shared/first; exit 6'
      const second =
        'trap "exit 5" TERM; while ! [ -p /shared/first ]; do :; done; echo go >/shared/first; while :; do sleep 1; done'
      const seen = await host.run(
        '--volume=shared,kind=empty',
        '--mount=volume=shared,target=/shared',
        ...[box, '--name=one', '--exec=/bin/sh', '--', '-c', first, '---'],
        ...[box, '--name=two', '--exec=/bin/sh', '--', '-c', second],
      )
      assert.equal(seen.status, 6, seen.stderr)
    })

    test('254 where the program is missing, with an error that names it', async () => {
      const seen = await host.run(box, '--exec=/bin/nothing')
      assert.equal(seen.status, 254, seen.stderr)
      assert.match(seen.stderr, /\/bin\/nothing/)
    })
  })

  test('SPEC E11: stdout and stderr stay separate, complete and in order', async () => {
    const count = 3000
    const seen = await host.run(
      ...sh(`i=0; while [ $i -lt ${count} ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); done`),
    )
    const lines = (name: string): string => Array.from({ length: count }, (_, index) => `${name} ${index}\n`).join('')
    assert.equal(seen.stdout, lines('out'))
    assert.equal(seen.stderr, lines('err'))
  })

  test('an app without output causes no output on stdout and stderr', async () => {
    const { status, stdout, stderr } = await host.run(box)
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
  })

  test('SPEC M4: the program gets its arguments unchanged by shells or systemd', async () => {
    const words = ['$HOME', '${PATH}', '%n', '%%', 'hi', '', '"quoted"', "it's", '\\x', ';', '*', 'ü', '--', '-x']
    const seen = await host.run(box, '--exec=/bin/sh', '--', '-c', 'for a; do echo "<$a>"; done', 'sh', ...words)
    assert.equal(seen.stdout, words.map((word) => `<${word}>\n`).join(''))
  })

  test('an image from stdin, by ID, by the first digits of its ID, by name', async () => {
    const named = host.image({ name: 'named', app: { exec: shell('echo here') } })
    const fromStdin = await host.appc(['run', '-'], { input: readFileSync(named) })
    assert.equal(fromStdin.stdout, 'here\n', fromStdin.stderr)
    const id = await host.ok(['fetch', named])
    for (const word of [id, id.slice(0, 20), 'example.com/named', 'example.com/named:1']) {
      const seen = await host.run(word)
      assert.equal(seen.stdout, 'here\n', `${word}: ${seen.stderr}`)
    }
  })

  test('SPEC E1: the UUID is in the file, and the pod in the list', async () => {
    const file = join(host.scratch, 'uuid')
    assert.equal((await host.run(`--uuid-file-save=${file}`, ...sh('exit 3'))).status, 3)
    const uuid = readFileSync(file, 'utf8').trim()
    assert.ok(isUUID(uuid))
    assert.equal((await host.status(uuid)).state, 'exited')
    assert.equal(await host.ok(['rm', `--uuid-file=${file}`]), uuid)
  })

  test('SPEC P9: a pod manifest is run unchanged', async () => {
    const id = await host.ok(['fetch', box])
    const app = (name: string, script: string) => ({
      name,
      image: { id },
      app: { exec: shell(script), user: '0', group: '0', mountPoints: [{ name: 'shared', path: '/shared' }] },
    })
    const manifest = {
      acKind: 'PodManifest',
      acVersion: '0.8.11',
      apps: [app('one', 'echo one; until [ -e /shared/two ]; do :; done'), app('two', 'echo two; touch /shared/two')],
      volumes: [{ name: 'shared', kind: 'empty' }],
    }
    const file = join(host.scratch, 'pod.json')
    writeFileSync(file, JSON.stringify(manifest))
    const seen = await host.run(`--pod-manifest=${file}`)
    assert.equal(seen.status, 0, seen.stderr)
    assert.deepEqual(seen.stdout.trim().split('\n').sort(), ['one', 'two'])
  })

  test('SPEC E2: every app of every pod starts in a clean copy of its image', async () => {
    const script = 'cat /etc/mark; echo changed >/etc/mark; rm /etc/group; ls /etc'
    const marked = host.image({ name: 'marked', files: { 'etc/mark': 'fresh\n' }, app: { exec: shell(script) } })
    for (let round = 0; round < 2; round++) {
      const seen = await host.run(marked, marked, '--name=other')
      assert.equal(seen.stdout.split('\n').filter((line) => line === 'fresh').length, 2, seen.stdout)
      assert.equal(seen.status, 0, seen.stderr)
    }
  })

  describe('refuses, and leaves no pod behind', () => {
    for (const [fault, words, status, message] of [
      [
        'an option it does not know',
        ['--detatch', box],
        2,
        /^appc: --detatch: appc run has no such option\nhint: did you mean --detach\?\n$/,
      ],
      ['two apps of one name', [box, box], 2, /^appc: box: two apps of the pod have this name\nhint: add --name=NAME/],
      [
        'a program and its arguments in the place of a second image, with the right command as hint',
        [box, 'echo', 'hi'],
        254,
        new RegExp(
          `^appc: (echo|hi): .*\nhint: arguments of an app stand after --: appc run ${box} -- echo hi; ` +
            `to run another program: appc run ${box} --exec=echo -- hi\n$`,
        ),
      ],
      [
        'options of a program in the place of its own',
        [box, '-c', 'true'],
        2,
        new RegExp(`^appc: -c: appc run has no such option\nhint: arguments .*: appc run ${box} -- -c true\n$`),
      ],
      ['a file that is not there', ['/nonexistent.aci'], 254, /^appc: \/nonexistent.aci: no such file/],
      ['an image that is not there', ['nothing'], 254, /^appc: nothing: no such image/],
      [
        'an image that servers are not asked for',
        ['--pull-policy=never', 'example.com/nothing'],
        254,
        /^appc: example.com\/nothing: no such image/,
      ],
      [
        'a name that leads nowhere',
        ['example.invalid/nothing'],
        254,
        /^appc: example.invalid\/nothing: discovery found nothing: /,
      ],
      [
        'a variable file that is not there',
        ['--set-env-file=/nonexistent', box],
        254,
        /^appc: \/nonexistent: no such file/,
      ],
      ['a dangling mount', [box, '--mount=volume=a,target=/a'], 254, /^appc: box: \/a: the pod has no volume a/],
      [
        'a UUID file it cannot write',
        ['--uuid-file-save=/nonexistent/uuid', box],
        254,
        /^appc: \/nonexistent\/uuid: no such file/,
      ],
      [
        'a volume whose source is not there',
        ['--volume=a,kind=host,source=/nonexistent', '--mount=volume=a,target=/a', box],
        254,
        /^appc: volume a: \/nonexistent: no such file/,
      ],
      [
        'the same in the background',
        ['--detach', '--volume=a,kind=host,source=/nonexistent', '--mount=volume=a,target=/a', box],
        254,
        /^appc: volume a: \/nonexistent: no such file/,
      ],
    ] as const) {
      test(fault, async () => {
        const before = (await host.list()).length
        const seen = await host.run(...words)
        assert.match(seen.stderr, message)
        assert.equal(seen.status, status)
        assert.equal((await host.list()).length, before)
      })
    }

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      test(`a preparation that ${signal} ends`, async () => {
        await host.ok(['run', box])
        // while this lock is held, no pod can claim a name
        const lock = native.tryLock(host.dir.pods, 'exclusive')
        assert.ok(lock !== null)
        const run = host.start(['run', '--no-overlay', '--pod-name=interrupted', box])
        await appears(host.dir.place('prepare'), () => readdirSync(host.dir.place('prepare')).length > 0)
        const [uuid = ''] = readdirSync(host.dir.place('prepare'))
        const manifest = join(host.dir.pod('prepare', uuid), POD_DIR.manifest)
        await appears(host.dir.pod('prepare', uuid), () => existsSync(manifest))
        run.kill(signal)
        const { status } = await run.ended
        closeSync(lock)
        assert.equal(status, null)
        for (const place of PLACES) assert.ok(!existsSync(host.dir.pod(place, uuid)), place)
      })
    }

    test('SPEC M3: an image for another processor', async () => {
      const labels = [
        { name: 'os', value: 'linux' },
        { name: 'arch', value: 's390x' },
      ]
      const seen = await host.run(host.image({ name: 'foreign', manifest: { labels } }))
      assert.equal(seen.status, 254)
      assert.match(seen.stderr, /^appc: example.com\/foreign: made for linux\/s390x; this host runs linux\//)
    })

    test('an image that is only files, without --exec', async () => {
      const files = host.image({ name: 'files', filesOnly: true })
      const refused = await host.run(files)
      assert.match(refused.stderr, /^appc: example.com\/files:1: the image names no program to run\nhint: add --exec=/)
      assert.equal(refused.status, 2)
      const seen = await host.run(files, '--exec=/bin/id', '--', '-u')
      assert.equal(seen.stdout, '0\n', seen.stderr)
    })
  })

  test('a pod name is unique while its pod lives', async () => {
    const uuid = await host.detach('--pod-name=taken', ...sh('while :; do sleep 1; done'))
    const refused = await host.run('--pod-name=taken', box)
    assert.equal(refused.status, 254)
    assert.equal(refused.stderr, `appc: taken: pod ${uuid} has this name\nhint: appc stop taken\n`)
    await host.ok(['stop', 'taken'])
    assert.equal((await host.run('--pod-name=taken', box)).status, 0)
    assert.notEqual((await host.status('taken')).uuid, uuid)
  })

  describe('a program that cannot be executed is an error that names the reason', () => {
    test('an interpreter of a script that the image lacks', async () => {
      const image = host.image({
        name: 'script',
        files: { 'bin/script': { content: '#!/usr/bin/python3\n', mode: 0o755 } },
        app: { exec: ['/bin/script'] },
      })
      const seen = await host.run(image)
      assert.equal(seen.status, 254, seen.stderr)
      assert.match(seen.stderr, /\/usr\/bin\/python3/)
    })

    test('a file that is not executable', async () => {
      const image = host.image({ name: 'data', files: { 'bin/data': 'x' }, app: { exec: ['/bin/data'] } })
      const seen = await host.run(image)
      assert.equal(seen.status, 254, seen.stderr)
      assert.match(seen.stderr, /\/bin\/data/)
    })
  })
})
