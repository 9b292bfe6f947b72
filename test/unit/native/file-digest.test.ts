import { strict as assert } from 'node:assert'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { native } from '#native'

const directory = mkdtempSync(join(tmpdir(), 'appc-digest-'))
after(() => rmSync(directory, { recursive: true }))

describe('the digest of a file', () => {
  const path = join(directory, 'file')
  const content = randomBytes(700_001)
  const [before, behind] = [Buffer.from('salt'), Buffer.from('trailer')]

  for (const algorithm of ['sha224', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512']) {
    test(`${algorithm}: the same as with OpenSSL, with bytes before and after the file`, async () => {
      writeFileSync(path, content)
      const expected = createHash(algorithm).update(before).update(content).update(behind).digest('hex')
      assert.equal((await native.fileDigest(path, algorithm, before, behind)).toString('hex'), expected)
    })
  }

  test('the error names a missing file', async () => {
    const missing = join(directory, 'missing')
    await assert.rejects(native.fileDigest(missing, 'sha256', before, behind), {
      code: 'ENOENT',
      message: `${missing}: no such file or directory`,
    })
  })

  test('the error names an unknown algorithm', async () => {
    await assert.rejects(native.fileDigest(path, 'md5', before, behind), /md5: is no digest/)
  })
})
