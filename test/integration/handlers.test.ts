import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { App } from '#schema/app.js'
import { shell } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'

describe('event handlers', { skip: noPods }, () => {
  const host = podHost()
  let count = 0
  const image = (main: string, handlers: { preStart?: string; postStop?: string }, app: Partial<App> = {}): string =>
    host.image({
      name: `handled-${count++}`,
      app: {
        exec: shell(main),
        eventHandlers: [
          ...(handlers.preStart === undefined ? [] : [{ name: 'pre-start' as const, exec: shell(handlers.preStart) }]),
          ...(handlers.postStop === undefined ? [] : [{ name: 'post-stop' as const, exec: shell(handlers.postStop) }]),
        ],
        ...app,
      },
    })

  test('SPEC E14: pre-start before main, post-stop after it, in the same root and volumes', async () => {
    const app = { mountPoints: [{ name: 'data', path: '/data' }] }
    const echo = (text: string): string => `echo ${text} | tee -a /tmp/order /data/order`
    const handled = image(
      echo('main'),
      { preStart: echo('before'), postStop: `${echo('after')}; cat /tmp/order /data/order` },
      app,
    )
    const seen = await host.run('--volume=data,kind=empty', handled)
    assert.equal(seen.status, 0, seen.stderr)
    assert.deepEqual(seen.stdout.trim().split('\n'), [
      ...['before', 'main', 'after'],
      ...['before', 'main', 'after'],
      ...['before', 'main', 'after'],
    ])
  })

  test('SPEC E14: main does not start when pre-start fails; its status is the pod’s, post-stop runs', async () => {
    const seen = await host.run(
      '--pod-name=refused',
      image('echo main', { preStart: 'exit 8', postStop: 'echo after' }),
    )
    assert.deepEqual([seen.status, seen.stdout], [8, 'after\n'], seen.stderr)
    const { apps } = await host.status('refused')
    assert.deepEqual([apps[0]?.state, apps[0]?.started_at], ['exited', null])
  })

  for (const [outcome, main, status] of [
    ['succeeds', 'exit 0', 0],
    ['fails', 'exit 4', 4],
    ['is killed', 'kill -KILL $$', 137],
  ] as const) {
    test(`SPEC E14: post-stop runs when main ${outcome}, and does not change the status`, async () => {
      const seen = await host.run(image(main, { postStop: 'echo after' }))
      assert.deepEqual([seen.status, seen.stdout], [status, 'after\n'], seen.stderr)
    })
  }

  test('SPEC E12: handlers have the environment of main', async () => {
    const show = 'echo "$AC_APP_NAME $container $MINE $PATH"'
    const environment = [
      { name: 'MINE', value: 'yes' },
      { name: 'PATH', value: '/bin:/mine' },
    ]
    const seen = await host.run(image(show, { preStart: show, postStop: show }, { environment }), '--name=app')
    assert.equal(seen.stdout, 'app appc yes /bin:/mine\n'.repeat(3), seen.stderr)
  })

  test('handlers run as root, whoever main is', async () => {
    const seen = await host.run(
      image('id -u', { preStart: 'id -u', postStop: 'id -u' }, { user: 'worker', group: 'workers' }),
    )
    assert.equal(seen.stdout, '0\n1001\n0\n', seen.stderr)
  })

  test('SPEC E15: a stopped app gets SIGTERM, then its post-stop', async () => {
    const polite = `trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 1000 & wait $!; done`
    const run = host.start(['run', '--pod-name=stopped', image(polite, { postStop: 'echo after' })])
    await run.shows('ready')
    await host.ok(['stop', 'stopped'])
    const seen = await run.ended
    assert.deepEqual([seen.status, seen.stdout], [0, 'ready\nasked\nafter\n'], seen.stderr)
  })
})
