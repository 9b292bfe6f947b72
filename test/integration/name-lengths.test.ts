import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { noPods, podHost } from '../helpers/pods.js'

describe('names at their limits', { skip: noPods }, () => {
  const host = podHost()
  const letters = (length: number, letter = 'a'): string => letter.repeat(length)
  /** Asserts that the listings and collectors work, which must not depend on any pod or image. */
  const assertListings = async (): Promise<void> => {
    for (const words of [['list'], ['image', 'list'], ['gc'], ['image', 'gc'], ['image', 'verify', '--all']]) {
      await host.ok(words)
      await host.ok([...words, '--format=json'])
    }
  }
  const program = ['--exec=/bin/sh', '--', '-c', 'echo said']

  test('the longest names of a pod and an app work', async () => {
    const [pod, app] = [letters(64, 'p'), letters(150)]
    const seen = await host.run(`--pod-name=${pod}`, host.image(), `--name=${app}`, ...program)
    assert.equal(seen.stdout, 'said\n', seen.stderr)
    assert.match(await host.ok(['logs', pod]), /: said$/)
    const [view] = (await host.status(pod)).apps
    assert.deepEqual([view?.name, view?.exit_code], [app, 0])
    await assertListings()
  })

  test('the name of an app that is one letter too long is refused, by its option and by its image', async () => {
    const before = (await host.list()).length
    const image = host.image({ manifest: { name: `example.com/${letters(151)}` } })
    for (const words of [[host.image(), `--name=${letters(151)}`], [image]]) {
      const { status, stderr } = await host.run(...words)
      assert.equal(
        stderr,
        `appc: ${letters(40)}…: the name of the app has 151 letters, at most 150 fit in the name of its unit\nhint: add --name=NAME after the image\n`,
      )
      assert.equal(status, 2)
    }
    assert.equal((await host.run(image, '--name=short', ...program)).stdout, 'said\n')
    assert.equal((await host.list()).length, before + 1)
    await assertListings()
  })

  test('the name of a pod that is one letter too long is refused', async () => {
    const { status, stderr } = await host.run(`--pod-name=${letters(65)}`, host.image())
    assert.match(stderr, /: expected at most 64 letters\n/)
    assert.equal(status, 2)
  })

  test('the name of an app in a pod manifest that is too long is refused', async () => {
    const id = await host.ok(['fetch', host.image(), '--full'])
    const manifest = join(host.scratch, 'pod.json')
    writeFileSync(
      manifest,
      JSON.stringify({ acKind: 'PodManifest', acVersion: '0.8.11', apps: [{ name: letters(151), image: { id } }] }),
    )
    const { status, stderr } = await host.run(`--pod-manifest=${manifest}`)
    assert.match(
      stderr,
      /^appc: a{40}…: the name of the app has 151 letters, at most 150 fit in the name of its unit\n/,
    )
    assert.equal(status, 254)
    await assertListings()
  })

  for (const length of [255, 256, 4096, 70_000]) {
    test(`an image whose name and labels have ${length} letters`, async () => {
      const name = `${letters(length)}/x`
      const labels = [{ name: letters(length, 'l'), value: letters(length, 'v') }]
      const image = host.image({ manifest: { name, labels } })
      assert.equal((await host.run(image, ...program)).stdout, 'said\n')
      const listing = await host.ok(['image', 'list', '--format=json'])
      assert.ok(listing.includes(name))
      await assertListings()
    })
  }

  for (const [subject, target] of [
    ['a name', `/${letters(256)}`],
    ['a path', `/${`${letters(200)}/`.repeat(25)}`],
  ] as const) {
    test(`${subject} of a mount that is too long is an error`, async () => {
      const { status, stderr } = await host.run(
        '--volume=v,kind=empty',
        `--mount=volume=v,target=${target}`,
        host.image(),
      )
      assert.match(stderr, /: mount point \/a+\S* of app box: cannot be made: file name too long$/m)
      assert.equal(status, 254)
      await assertListings()
    })
  }

  test('a program and a working directory whose names are too long are errors', async () => {
    const program = await host.run(host.image(), `--exec=/${letters(256)}`)
    assert.match(program.stderr, /: program \/a+: cannot be looked up: file name too long$/m)
    const place = await host.run(host.image(), `--working-dir=/${letters(256)}`)
    assert.match(place.stderr, /: working directory \/a+: file name too long$/m)
    await assertListings()
  })
})
