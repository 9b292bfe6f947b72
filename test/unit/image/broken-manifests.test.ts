import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { rootfs, tar } from '../../helpers/aci.js'
import { createDataDir, dataDir } from '../../../stage0/data-dir.js'
import { listing, needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { type JsonObject, minimalImageManifest } from '../../helpers/manifests.js'
import { appc } from '../../helpers/run-cli.js'

const withApp = (changes: JsonObject): JsonObject => ({ app: { exec: ['/bin/x'], user: '0', group: '0', ...changes } })
const without = (key: string): string =>
  JSON.stringify(Object.fromEntries(Object.entries(minimalImageManifest()).filter(([name]) => name !== key)))
const port = (changes: JsonObject): JsonObject =>
  withApp({ ports: [{ name: 'p', protocol: 'tcp', port: 80, ...changes }] })
const twice = <T>(item: T): T[] => [item, item]

/** The fault, the manifest (or changes to a valid one), and what the message must name. */
const BROKEN: readonly (readonly [fault: string, manifest: string | JsonObject, named: RegExp])[] = [
  ['no JSON', 'not json', /manifest/],
  ['JSON cut short', '{"acKind": "ImageManifest"', /manifest/],
  ['nothing', '', /manifest/],
  ['an array', '[]', /object/],
  ['no acKind', without('acKind'), /acKind/i],
  ['the kind of a pod', { acKind: 'PodManifest' }, /PodManifest/],
  ['an unknown kind', { acKind: 'ImageManifests' }, /ImageManifests/],
  ['no acVersion', without('acVersion'), /acVersion/],
  ['a version that is none', { acVersion: '0.8' }, /acVersion/],
  ['no name', without('name'), /name/],
  ['a name with capitals', { name: 'Example.com/App' }, /name.*Example/],
  ['a name with a space', { name: 'example.com/a b' }, /name/],
  ['a name that ends in a slash', { name: 'example.com/' }, /name/],
  ['a name that is a number', { name: 7 }, /name/],
  ['labels that are no list', { labels: {} }, /labels/],
  ['a label called name', { labels: [{ name: 'name', value: 'x' }] }, /labels\[0\]\.name/],
  ['a label twice', { labels: twice({ name: 'version', value: '1' }) }, /labels\[1\]\.name.*"version"/],
  ['an unknown os', { labels: [{ name: 'os', value: 'plan9' }] }, /plan9/],
  [
    'an arch of another os',
    {
      labels: [
        { name: 'os', value: 'linux' },
        { name: 'arch', value: 'x86_64' },
      ],
    },
    /x86_64/,
  ],
  ['an app without a user', { app: { exec: ['/x'], group: '0' } }, /app\.user/],
  ['an app without a group', { app: { exec: ['/x'], user: '0' } }, /app\.group/],
  ['an exec that is a string', withApp({ exec: '/bin/x' }), /app\.exec/],
  ['a relative working directory', withApp({ workingDirectory: 'tmp' }), /app\.workingDirectory/],
  ['a negative group', withApp({ supplementaryGIDs: [-1] }), /app\.supplementaryGIDs\[0\]/],
  [
    'an unknown event',
    withApp({ eventHandlers: [{ name: 'post-start', exec: ['/x'] }] }),
    /eventHandlers\[0\].*post-start/,
  ],
  ['the same event twice', withApp({ eventHandlers: twice({ name: 'pre-start', exec: ['/x'] }) }), /pre-start/],
  ['an environment name with a =', withApp({ environment: [{ name: 'A=B', value: '' }] }), /environment\[0\].*A=B/],
  ['an environment name twice', withApp({ environment: twice({ name: 'A', value: '' }) }), /environment.*A/s],
  ['a mount point without a path', withApp({ mountPoints: [{ name: 'm' }] }), /mountPoints\[0\]\.path/],
  ['a mount point named in capitals', withApp({ mountPoints: [{ name: 'M', path: '/m' }] }), /mountPoints\[0\]\.name/],
  ['a port of 0', port({ port: 0 }), /ports\[0\]\.port/],
  ['a port of 65536', port({ port: 65536 }), /ports\[0\]\.port/],
  ['a range of ports past the end', port({ port: 65535, count: 2 }), /ports\[0\]/],
  ['an isolator without a name', withApp({ isolators: [{ value: {} }] }), /isolators\[0\]\.name/],
  ['a dependency without a name', { dependencies: [{}] }, /dependencies\[0\]\.imageName/],
  ['a dependency by md5', { dependencies: [{ imageName: 'a', imageID: 'md5-00' }] }, /dependencies\[0\]\.imageID/],
  ['a relative path in the whitelist', { pathWhitelist: ['etc'] }, /pathWhitelist\[0\]/],
  ['a date that is none', { annotations: [{ name: 'created', value: 'yesterday' }] }, /annotations\[0\]/],
  ['a home page by ftp', { annotations: [{ name: 'homepage', value: 'ftp://example.com' }] }, /annotations\[0\]/],
]

for (const [fault, changes, named] of BROKEN) {
  test(`an image whose manifest has ${fault} leaves the store as it was`, { skip: needsRoot }, async (t) => {
    const root = temporaryDirectory(t)
    const [data, archive, bare] = [join(root, 'data'), join(root, 'broken.aci'), join(root, 'manifest')]
    const text = typeof changes === 'string' ? changes : JSON.stringify({ ...minimalImageManifest(), ...changes })
    writeFileSync(archive, tar([{ name: 'manifest', content: text }, rootfs]))
    writeFileSync(bare, text)
    createDataDir(dataDir(data))
    const before = listing(data)

    const { status, stdout, stderr } = await appc([`--dir=${data}`, 'fetch', archive])
    assert.equal(status, 254)
    assert.equal(stdout, '')
    assert.ok(stderr.startsWith(`appc: ${archive}: manifest: `), stderr)
    assert.match(stderr, named)
    assert.deepEqual(listing(data), before)

    const asImage = await appc(['validate', archive])
    assert.equal(asImage.status, 1)
    assert.ok(
      asImage.stderr.startsWith(`${archive}: error validating: image manifest validation failed: `),
      asImage.stderr,
    )
    // a manifest that is invalid for an image may be valid for a pod
    if (fault === 'the kind of a pod') return
    const asManifest = await appc(['validate', '--type=manifest', bare])
    assert.equal(asManifest.status, 1)
    assert.ok(asManifest.stderr.startsWith(`${bare}: `), asManifest.stderr)
  })
}
