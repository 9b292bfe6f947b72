import assert from 'node:assert/strict'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { native } from '#native'
import { render } from '../../../stage0/render/render.js'
import type { Entry } from '../../helpers/aci.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { dependsOn, directory, file, imageBench } from '../../helpers/image-store.js'

/** The metadata that a lower image may give a directory. */
interface Facts {
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly xattr?: Readonly<Record<string, string>>
}

const entry = (path: string, { mode = 0o755, uid = 0, gid = 0, xattr = {} }: Facts): Entry =>
  directory(path, mode, {
    uid,
    gid,
    pax: Object.fromEntries(Object.entries(xattr).map(([name, value]) => [`SCHILY.xattr.${name}`, value])),
  })

const factsOf = (path: string): Facts => {
  const { mode, uid, gid } = statSync(path)
  const xattr = Object.fromEntries(native.xattrs(path).map(({ name, value }) => [name, value.toString()]))
  return { mode: mode & 0o7777, uid, gid, xattr }
}

const whole = ({ mode = 0o755, uid = 0, gid = 0, xattr = {} }: Facts): Facts => ({ mode, uid, gid, xattr })

describe('a directory that an archive covers and does not name is as the image below says', { skip: needsRoot }, () => {
  const rows: readonly (readonly [string, Facts])[] = [
    ['its owner alone', { uid: 7 }],
    ['its group alone', { gid: 8 }],
    ['an owner above 16 bits', { uid: 70_000, gid: 80_000 }],
    ['its mode alone', { mode: 0o700 }],
    ['the set-group-ID bit alone', { mode: 0o2755 }],
    ['the sticky bit alone', { mode: 0o1755 }],
    ['an attribute alone', { xattr: { 'user.colour': 'blue' } }],
    ['two attributes', { xattr: { 'user.a': '1', 'user.b': '2' } }],
    ['all at once', { mode: 0o3710, uid: 7, gid: 8, xattr: { 'user.a': '1' } }],
    ['nothing special', {}],
  ]
  for (const [what, facts] of rows) {
    for (const path of ['etc', 'a/b/c']) {
      for (const kind of ['overlay', 'whitelist', 'copy'] as const) {
        test(`${what}, at /${path}, ${kind}`, async (t) => {
          const bench = imageBench(t)
          const parents = path.split('/').slice(0, -1)
          const above = parents.map((_, index) => entry(parents.slice(0, index + 1).join('/'), { uid: index + 1 }))
          await bench.put('base', [...above, entry(path, facts)])
          const more = kind === 'whitelist' ? { pathWhitelist: [`/${path}/file`] } : {}
          const top = await bench.put('top', [file(`${path}/file`)], { ...dependsOn('base'), ...more })
          using rendered = await render(bench.store, top)
          const root = join(bench.root, 'root')
          mkdirSync(root)
          await native.mergeTrees([...rendered.layers].reverse(), root, 'copy', null)
          // an overlay shows the metadata of the topmost layer that has the directory
          const layers = kind === 'copy' ? [root] : rendered.layers
          const seen = (path: string): string =>
            layers.map((layer) => join(layer, path)).find((one) => existsSync(one)) ?? ''
          assert.deepEqual(factsOf(seen(path)), whole(facts))
          parents.forEach((_, index) =>
            assert.equal(statSync(seen(parents.slice(0, index + 1).join('/'))).uid, index + 1),
          )
        })
      }
    }
  }

  test('of three images the middle one counts where it alone names the directory last', async (t) => {
    const bench = imageBench(t)
    await bench.put('one', [entry('d', { uid: 1 })])
    await bench.put('two', [entry('d', { uid: 2 })], dependsOn('one'))
    await bench.put('three', [file('d/x')], dependsOn('two'))
    const four = await bench.put('four', [file('d/y')], dependsOn('three'))
    using rendered = await render(bench.store, four)
    assert.equal(statSync(join(rendered.layers[0] ?? '', 'd')).uid, 2)
  })

  test('of two images the later one counts', async (t) => {
    const bench = imageBench(t)
    await bench.put('one', [entry('d', { uid: 1 })])
    await bench.put('two', [entry('d', { uid: 2 })])
    const top = await bench.put('top', [file('d/y')], dependsOn('one', 'two'))
    using rendered = await render(bench.store, top)
    assert.equal(statSync(join(rendered.layers[0] ?? '', 'd')).uid, 2)
  })
})
