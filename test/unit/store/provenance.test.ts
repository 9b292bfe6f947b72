import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { SignedBy } from '#schema/provenance.js'
import { addProvenance, readProvenance } from '../../../stage0/store/provenance.js'
import { replaceImage } from '../../../stage0/store/replace.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { file, imageBench } from '../../helpers/image-store.js'
import { appc } from '../../helpers/run-cli.js'

const signer = (digit: string, verifiedAt = 1): SignedBy => ({
  fingerprint: digit.repeat(40),
  identity: `Signer ${digit} <${digit}@example.com>`,
  keyID: digit.repeat(16),
  verifiedAt,
  keyFiles: '',
})

describe('the record of who signed an image', { skip: needsRoot }, () => {
  test('what many add at once is all there, and of one key the later signature counts', async (t) => {
    const { store, put } = imageBench(t)
    const image = await put('a')
    const digits = Array.from({ length: 16 }, (_, digit) => digit.toString(16))
    await Promise.all(digits.map((digit) => addProvenance(store.dir, image, { signers: [signer(digit)] })))
    const { signers, givenAt } = readProvenance(image)
    assert.deepEqual(signers.map(({ fingerprint }) => fingerprint[0]).sort(), digits)
    assert.equal(givenAt, image.importedAt.getTime(), 'it was given as a file before')
    await addProvenance(store.dir, image, { signers: [signer('3', 7)] })
    assert.deepEqual(
      readProvenance(image).signers.flatMap(({ fingerprint, verifiedAt }) =>
        fingerprint.startsWith('3') ? verifiedAt : [],
      ),
      [7],
    )
    assert.deepEqual(readdirSync(store.dir.tmp), [])
  })

  test('a repair keeps it', async (t) => {
    const { root, store, put } = imageBench(t)
    const image = await put('a', [file('hello')])
    await addProvenance(store.dir, image, { signers: [signer('a')] })
    writeFileSync(join(image.rootfs, 'hello'), 'damage')
    const fd = openSync(join(root, 'image.aci'), 'r')
    try {
      await replaceImage(store, image, fd, 'image.aci', () => [])
    } finally {
      closeSync(fd)
    }
    assert.deepEqual(readProvenance(image).signers, [signer('a')])
  })

  test('image list shows it', async (t) => {
    const { store, put } = imageBench(t)
    const image = await put('signed')
    await put('unsigned')
    await addProvenance(store.dir, image, { signers: [signer('b', 1000), signer('a', 1000)] })
    const list = async (...words: string[]): Promise<string> =>
      (await appc([`--dir=${store.dir.root}`, 'image', 'list', ...words])).stdout
    assert.equal(
      await list('--fields=name,signedby', '--sort=name'),
      [
        'NAME                  SIGNED BY',
        'example.com/signed    Signer b <b@example.com>, Signer a <a@example.com>',
        'example.com/unsigned  -',
        '',
      ].join('\n'),
    )
    const listed: unknown = JSON.parse(await list('--format=json', '--sort=name'))
    const [first, second] = listed as [Record<string, unknown>, Record<string, unknown>]
    const time = new Date(1000).toISOString()
    assert.deepEqual(first['signed_by'], [
      { fingerprint: 'b'.repeat(40), identity: 'Signer b <b@example.com>', time },
      { fingerprint: 'a'.repeat(40), identity: 'Signer a <a@example.com>', time },
    ])
    assert.deepEqual(second['signed_by'], [])
    assert.match(String(second['given_as_file_time']), /^20\d\d-/)
    rmSync(join(image.directory, 'provenance.json'))
    assert.match(await list('--fields=name,signedby'), /example\.com\/signed +-\n/)
  })
})
