import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { parseRunArguments } from '../../../stage0/cli/run-arguments/parse-run-arguments.js'

const split = (line: string): string[] => line.split(' ').filter(Boolean)
const parse = (line: string) => parseRunArguments(split(line))

describe('appc run: which words belong to which image', () => {
  test('options after an image apply to that image only', () => {
    const { apps } = parse('one.aci --name=a --user=7 two.aci --name b --group /etc/passwd')
    assert.deepEqual(
      apps.map(({ image, name, user, group }) => ({ image: image.text, name, user, group })),
      [
        { image: 'one.aci', name: 'a', user: '7', group: undefined },
        { image: 'two.aci', name: 'b', user: undefined, group: '/etc/passwd' },
      ],
    )
  })

  test('the pull policy applies to all images, a signature to one', () => {
    const args = parse('--pull-policy=update --progress=json one --signature=a.asc two')
    assert.deepEqual([args.pullPolicy, args.progress], ['update', 'json'])
    assert.deepEqual(
      args.apps.map(({ signature }) => signature),
      ['a.asc', undefined],
    )
    assert.equal(parse('one').pullPolicy, 'new')
  })

  test("options of the pod stand anywhere outside an image's arguments", () => {
    const args = parse('--net=host one -- --net=none --detach --- two --detach --pod-name web')
    assert.equal(args.network, 'host')
    assert.equal(args.detach, true)
    assert.equal(args.noOverlay, false)
    assert.equal(parse('one --no-overlay two').noOverlay, true)
    assert.equal(args.podName, 'web')
    assert.deepEqual(args.apps[0]?.args, ['--net=none', '--detach'])
  })

  const blocks: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    ['one', [[]]],
    ['one -- a b', [['a', 'b']]],
    ['one -- a b --- two', [['a', 'b'], []]],
    ['one -- a --- two -- b', [['a'], ['b']]],
    ['one --- two', [[], []]],
    ['one -- --- two -- -- x', [[], ['--', 'x']]],
    ['one -- -- ---', [['--']]],
    ['one -- a --- --name=x', [['a']]],
  ]
  for (const [line, expected] of blocks) {
    test(`arguments of ${line}`, () =>
      assert.deepEqual(
        parse(line).apps.map(({ args }) => args),
        expected,
      ))
  }

  test('an empty word is ignored between images, and is an argument after --', () => {
    const { apps } = parseRunArguments(['', 'one', '', '--', '', 'a', '---', ''])
    assert.deepEqual(
      apps.map(({ image, args }) => [image.text, args]),
      [['one', ['', 'a']]],
    )
  })

  test('a mount before any image is for all apps, after one for that app', () => {
    const args = parse('--mount volume=a,target=/a one --mount volume=b,target=/b two')
    assert.deepEqual(args.mounts, [{ volume: 'a', path: '/a' }])
    assert.deepEqual(
      args.apps.map(({ mounts }) => mounts),
      [[{ volume: 'b', path: '/b' }], []],
    )
  })

  test('- is an image: stdin', () => assert.deepEqual(parse('-').apps[0]?.image, { kind: 'stdin', text: '-' }))

  test('a second word that cannot be an image is refused, with the right command line as hint', () => {
    assert.throws(
      () => parse('one.aci Hello'),
      (error) =>
        error instanceof RuntimeError &&
        error.code === 'USAGE' &&
        error.message.startsWith('Hello: not an image name') &&
        error.hint?.startsWith('arguments of an app stand after --: appc run one.aci -- Hello') === true,
    )
  })
})

describe('appc run: the values of options', () => {
  test('switches take true and false', () => {
    assert.equal(parse('--detach=false one').detach, false)
    assert.equal(parse('--detach one').detach, true)
    assert.equal(parse('one --readonly-rootfs').apps[0]?.readOnlyRootFS, true)
    assert.equal(parse('one --readonly-rootfs=false').apps[0]?.readOnlyRootFS, false)
    assert.equal(parse('one').apps[0]?.readOnlyRootFS, undefined)
  })

  test('the last of several values counts', () => assert.equal(parse('one --user=a --user=b').apps[0]?.user, 'b'))

  test('a value may look like an option', () => assert.equal(parse('one --exec --help').apps[0]?.exec, '--help'))

  test('the default network is default', () => {
    assert.deepEqual(parse('one').network, [{ name: 'default', arguments: '' }])
  })

  test('variables keep everything after the first =', () => {
    const args = parseRunArguments(['--set-env=A=b=c d', 'one', '--environment', 'E='])
    assert.deepEqual([...args.setEnvironment], [['A', 'b=c d']])
    assert.deepEqual([...(args.apps[0]?.environment ?? [])], [['E', '']])
  })

  test('--environment before the first image applies to every app, and overrides --set-env', () => {
    const args = parse('--environment=A=1 --set-env=A=2 --set-env=B=2 one two --environment=C=3')
    assert.deepEqual([...args.setEnvironment].sort(), [
      ['A', '1'],
      ['B', '2'],
    ])
    assert.deepEqual(
      args.apps.map(({ environment }) => [...environment]),
      [[], [['C', '3']]],
    )
  })

  test('options have short forms', () => {
    const args = parse('-d -eA=1 -v a,kind=empty one -e B=2 -w /tmp -u 7 -- -d')
    assert.equal(args.detach, true)
    assert.deepEqual([...args.setEnvironment], [['A', '1']])
    assert.deepEqual(
      args.volumes.map(({ name }) => name),
      ['a'],
    )
    const [image] = args.apps
    assert.deepEqual([image?.workingDirectory, image?.user, image?.args], ['/tmp', '7', ['-d']])
    assert.deepEqual([...(image?.environment ?? [])], [['B', '2']])
    for (const letters of ['-i', '-t', '-it']) assert.equal(parse(`one ${letters}`).interactive, true, letters)
  })

  test('SPEC P6: volumes of both kinds, with the defaults of empty ones', () => {
    const { volumes } = parse(
      '--volume data,kind=host,source=/srv,readOnly=true,recursive=false --volume t,kind=empty one',
    )
    assert.deepEqual(volumes, [
      { name: 'data', kind: 'host', source: '/srv', readOnly: true, recursive: false },
      { name: 't', kind: 'empty', mode: '0755', uid: 0, gid: 0 },
    ])
    const [odd] = parse('--volume odd,kind=host,source=/a%2Cb%25+ü one').volumes
    assert.ok(odd?.kind === 'host' && odd.source === '/a,b%+ü')
    const [tuned] = parse('--volume t,kind=empty,mode=1777,uid=7,gid=8,readOnly=false one').volumes
    assert.deepEqual(tuned, { name: 't', kind: 'empty', readOnly: false, mode: '1777', uid: 7, gid: 8 })
  })

  test('bounds: sizes, numbers and times; infinity means no bound', () => {
    assert.deepEqual(parse('one').bounds, {})
    const words = '--shm-size=1g --tasks-max=infinity --terminals=3 --start-timeout=1m30s --stop-timeout=0.5s --core=4K'
    assert.deepEqual(parse(`${words} one`).bounds, {
      shmSize: 2 ** 30,
      tasksMax: 'infinity',
      terminals: 3,
      startTimeout: 90_000,
      stopTimeout: 500,
      core: 4096,
    })
    assert.deepEqual(parse('--log-rate-limit=30s:10 one').bounds, { logRateLimit: { interval: 30_000, burst: 10 } })
    assert.deepEqual(parse('--log-rate-limit=none one').bounds, { logRateLimit: 'none' })
    assert.deepEqual(parse('--pod-manifest=p --core=infinity').bounds, { core: 'infinity' })
  })

  test('capabilities: exactly these, or the default less these', () => {
    const of = (line: string) => parse(line).apps.map(({ capabilities }) => capabilities)
    assert.deepEqual(of('one --caps-retain=CAP_BPF,CAP_KILL,CAP_BPF two --caps-remove CAP_KILL three'), [
      { kind: 'retain', set: ['CAP_BPF', 'CAP_KILL'] },
      { kind: 'remove', set: ['CAP_KILL'] },
      undefined,
    ])
  })

  test('groups are numbers', () =>
    assert.deepEqual(parse('one --supplementary-gids=1,22').apps[0]?.supplementaryGIDs, [1, 22]))
})

describe('appc run: errors name the problem', () => {
  const bad: readonly (readonly [string, RegExp])[] = [
    ['', /needs an image/],
    ['--detach', /needs an image/],
    ['--name=a one', /^--name must follow an image$/],
    ['--exec=/bin/sh', /^--exec must follow an image$/],
    ['-- a', /arguments must follow an image/],
    ['one -- a --- -- b', /^one: a second -- for the same image$/],
    ['one --exec=a --exec=b', /^--exec: given twice$/],
    ['one --name', /^--name: needs a value: --name=NAME$/],
    ['one --name=', /--name=: expected a name/],
    ['one --name=Web', /--name=Web: expected a name of lower-case/],
    ['one --name=a--b', /expected a name/],
    ['one --user=', /--user=: expected a name, a number/],
    ['one --working-dir=tmp', /expected an absolute path/],
    ['one --supplementary-gids=wheel', /expected a number/],
    ['one --supplementary-gids=1,', /expected a number/],
    ['one --supplementary-gids=4294967295', /expected a number from 0 to 4294967294/],
    ['one --readonly-rootfs=yes', /expected true or false/],
    ['--shm-size=0 one', /^--shm-size=0: expected a size in bytes/],
    ['--shm-size=infinity one', /expected a size in bytes/],
    ['--shm-size=64X one', /expected a size in bytes/],
    ['--tasks-max=0 one', /^--tasks-max=0: expected a number from 1 to 4194304$/],
    ['--tasks-max=-1 one', /expected a number from 1/],
    ['--terminals=infinity one', /expected a number from 1 to 1048576/],
    ['--stop-timeout=0 one', /^--stop-timeout=0: expected more than no time$/],
    ['--stop-timeout=10 one', /^--stop-timeout=10: expected a duration/],
    ['--core=all one', /expected a size/],
    ['--log-rate-limit=10 one', /^--log-rate-limit=10: expected INTERVAL:LINES like 30s:10000, none or host$/],
    ['--log-rate-limit=1s:0 one', /expected a number from 1/],
    ['--log-rate-limit=0:5 one', /expected more than no time/],
    ['one --caps-retain=CAP_FLY', /^--caps-retain=CAP_FLY: CAP_FLY: no such capability/],
    ['one --caps-remove=CAP_KILL,', /an empty name: no such capability/],
    ['one --caps-retain=kill', /kill: no such capability/],
    ['one --caps-retain=CAP_KILL --caps-remove=CAP_BPF', /^one: --caps-retain conflicts with --caps-remove$/],
    ['one --caps-retain=CAP_KILL --caps-retain=CAP_BPF', /^--caps-retain: given twice$/],
    ['--caps-retain=CAP_KILL one', /^--caps-retain must follow an image$/],
    ['--detach=1 one', /expected true or false/],
    ['--net one', /needs an image/],
    ['--net=a/b one', /--net=a\/b: a\/b: no name of a network$/],
    ['--set-env=A one', /expected NAME=VALUE/],
    ['--set-env==b one', /the name is empty/],
    ['--set-env=1A=b one', /1A: a name is letters/],
    ['--set-env=A=1 --set-env=A=2 one', /A: set twice/],
    ['one --environment=A=1 --environment=A=2', /A: set twice/],
    ['--hostname=a_b one', /expected a host name/],
    [`--hostname=${'a'.repeat(65)} one`, /at most 64/],
    ['--pod-name=deadbeef one', /look like a pod's UUID/],
    ['--pod-name=a_b one', /expected a name/],
    ['--interactive one two', /^--interactive: needs exactly one image$/],
    ['--volume data one', /expected kind=host or kind=empty/],
    ['--volume data,kind=host,source=/100% one', /\/100%: % begins an escape: %2C is a comma, %25 is %$/],
    ['--volume data,kind=host,source=/a%ff one', /% begins an escape/],
    ['--volume data,kind=host,source=/a%00 one', /% begins an escape/],
    ['-v /srv:/data one', /^--volume=\/srv:\/data: a volume has a name, and mounts say where apps see it$/],
    ['--volume data,kind=nfs one', /expected kind=host or kind=empty/],
    ['--volume data,kind=host one', /kind=host needs source=PATH/],
    ['--volume data,kind=host,source=srv one', /expected an absolute path/],
    ['--volume data,kind=host,source=/a,mode=0700 one', /mode: no such field here/],
    ['--volume data,kind=empty,source=/a one', /source: no such field here/],
    ['--volume data,kind=empty,mode=888 one', /expected octal digits/],
    ['--volume data,kind=empty,kind=empty one', /kind: given twice/],
    ['--volume data,kind=empty,,uid=0 one', /an empty field/],
    ['--volume Data,kind=empty one', /expected a name/],
    ['--volume a,kind=empty --volume a,kind=empty one', /^--volume a: duplicate volume name$/],
    ['--mount volume=a one', /expected volume=NAME,target=PATH/],
    ['--mount volume=a,target=b one', /expected an absolute path/],
    ['--mount volume=a,target=/b,readOnly=true one', /readOnly: no such field here/],
    ['--pod-manifest=p one', /^one: conflicts with --pod-manifest/],
    ['--pod-manifest=p --pod-manifest=q', /given twice/],
    ['--pod-manifest=p --volume a,kind=empty', /^--volume: conflicts with --pod-manifest/],
    ['--pod-manifest=p --mount volume=a,target=/b', /^--mount: conflicts/],
    ['--pod-manifest=p --inherit-env', /^--inherit-env: conflicts/],
    ['--pod-manifest=p --set-env=A=b', /^--set-env: conflicts/],
    ['--pod-manifest=p --set-env-file=f', /^--set-env-file: conflicts/],
    ['--pod-manifest=p --pull-policy=new', /^--pull-policy: conflicts/],
    ['--max-image-size=lots one', /^--max-image-size=lots: expected a size in bytes, or with K, M, G or T, like 64M$/],
    ['--pull-policy=always one', /^--pull-policy=always: expected new, never or update$/],
    ['--progress=bars one', /^--progress=bars: expected plain, json or none$/],
    ['--signature=x one', /^--signature must follow an image$/],
    ['one --signature=x --signature=y', /^--signature: given twice$/],
    ['one --signature=', /^--signature=: expected a file$/],
  ]
  for (const [line, message] of bad) {
    test(line === '' ? '(nothing)' : line, () =>
      assert.throws(
        () => parse(line),
        (error) => error instanceof RuntimeError && error.code === 'USAGE' && message.test(error.message),
      ),
    )
  }

  const hints: readonly (readonly [string, string])[] = [
    ['--detatch one', 'did you mean --detach?'],
    ['--podname=x one', 'did you mean --pod-name?'],
    ['one --env=A=b', 'did you mean --environment?'],
    ['-v /srv:/data:ro one', '--volume=data,kind=host,source=/srv --mount=volume=data,target=/data'],
    ['-x one', 'appc run --help'],
    ['--debug one', 'appc --debug run …'],
    ['--net=host --insecure-options=image one', 'appc --insecure-options=image run …'],
  ]
  for (const [line, hint] of hints) {
    test(`unknown option in ${line}: ${hint}`, () =>
      assert.throws(
        () => parse(line),
        (error) => error instanceof RuntimeError && error.code === 'USAGE' && error.hint === hint,
      ))
  }
})
