import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import * as openpgp from 'openpgp'
import { decryptTo, encryptStream } from '../../../stage0/trust/encryption.js'
import { isEncrypted } from '../../../stage0/trust/is-encrypted.js'
import { gpgMessages } from '../../helpers/gpg-messages.js'
import { gpgHome, needsGpg } from '../../helpers/pgp.js'
import { scratch } from '../../helpers/scratch.js'

const PASSPHRASE = 'correct horse'
const CONTENT = Buffer.concat(Array.from({ length: 5000 }, (_, index) => Buffer.from(`line ${index} of an image\n`)))

async function seal(bytes: Buffer, passphrase = PASSPHRASE): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of encryptStream(inPieces(bytes), passphrase)) parts.push(Uint8Array.from(part))
  return Buffer.concat(parts)
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000)
}

const sealWith = async (options: Omit<openpgp.EncryptOptions, 'message'> & { message: object }): Promise<Uint8Array> =>
  (await openpgp.encrypt(options as Parameters<typeof openpgp.encrypt>[0])) as unknown as Uint8Array

async function unseal(t: TestContext, sealed: Uint8Array, passphrase = PASSPHRASE): Promise<Buffer> {
  const directory = scratch(t)
  writeFileSync(join(directory, 'in'), sealed)
  const fd = openSync(join(directory, 'out'), 'w')
  try {
    await decryptTo(join(directory, 'in'), passphrase, fd, 'app.aci')
  } finally {
    closeSync(fd)
  }
  return readFileSync(join(directory, 'out'))
}

const broken = (why: RegExp): object => ({ code: 'ARCHIVE_INVALID', message: why })
const wrong = { code: 'PASSPHRASE', message: /^app\.aci: the passphrase does not open it(, unless .*)?$/ }

for (const size of [0, 1, 21, 22, 511, 65_535, 65_536, 65_537, 131_072, 1_000_000]) {
  test(`SPEC A6: ${size} bytes come back from encryption as they were`, async (t) => {
    const bytes = Buffer.alloc(size, 'image')
    const sealed = await seal(bytes)
    assert.ok(isEncrypted(sealed.subarray(0, 16)))
    assert.ok((await unseal(t, sealed)).equals(bytes))
  })
}

test('a wrong passphrase is told as one', async (t) => {
  await assert.rejects(unseal(t, await seal(CONTENT), 'wrong'), wrong)
})

test('fifty wrong passphrases open nothing, and none hangs', async (t) => {
  const sealed = await seal(Buffer.from('small'))
  for (let number = 0; number < 50; number++) await assert.rejects(unseal(t, sealed, `wrong ${number}`), wrong)
})

test('a message changed anywhere is refused', async (t) => {
  const sealed = await seal(CONTENT)
  for (let at = 70; at < sealed.length; at += 4999) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    await assert.rejects(unseal(t, changed), { code: /^(ARCHIVE_INVALID|PASSPHRASE)$/ }, `byte ${at}`)
  }
})

test('a message changed in its content is told as changed', async (t) => {
  const sealed = await seal(CONTENT)
  sealed[50_000] = (sealed[50_000] ?? 0) ^ 1
  await assert.rejects(
    unseal(t, sealed),
    broken(/^app\.aci: the encrypted message is broken: it was changed since it was encrypted$/),
  )
})

test('a message cut off anywhere is refused', async (t) => {
  const sealed = await seal(CONTENT)
  for (let length = sealed.length - 1; length > 0; length -= 7001) {
    await assert.rejects(unseal(t, sealed.subarray(0, length)), broken(/ends too early/), `${length} bytes`)
  }
})

test('bytes after a message are refused', async (t) => {
  await assert.rejects(
    unseal(t, Buffer.concat([await seal(CONTENT), Buffer.from('more')])),
    broken(/something follows it/),
  )
})

test('what is encrypted for a key only is told', async (t) => {
  const { publicKey } = await openpgp.generateKey({ userIDs: [{ name: 'x' }], format: 'object' })
  const message = await openpgp.createMessage({ binary: new Uint8Array(CONTENT) })
  const sealed = await sealWith({ message, encryptionKeys: publicKey, format: 'binary' })
  assert.ok(isEncrypted(sealed))
  await assert.rejects(unseal(t, sealed), {
    code: 'PASSPHRASE',
    message: 'app.aci: encrypted, but not with a passphrase',
  })
})

test('a message that nothing guards is refused', async (t) => {
  const sealed = await seal(CONTENT)
  // after the first packet, whose length is one byte: replaces the tag of a protected packet by
  // that of the old kind without protection
  const at = 2 + (sealed[1] ?? 0)
  assert.equal(sealed[at], 0xd2)
  sealed[at] = 0xc9
  await assert.rejects(unseal(t, sealed), broken(/nothing guards it against changes/))
})

test('a compressed message inside is read', async (t) => {
  const message = await openpgp.createMessage({ binary: new Uint8Array(200 << 20) })
  const sealed = await sealWith({
    message,
    passwords: [PASSPHRASE],
    format: 'binary',
    config: { preferredCompressionAlgorithm: openpgp.enums.compression.zlib },
  })
  assert.ok(sealed.length < 1 << 20)
  const output = await unseal(t, sealed)
  assert.equal(output.length, 200 << 20)
})

for (const aead of ['gcm', 'ocb', 'eax'] as const) {
  test(`an AEAD message (${aead}) is read; changed or with a wrong passphrase it is not`, async (t) => {
    const message = await openpgp.createMessage({ binary: new Uint8Array(CONTENT) })
    const sealed = await sealWith({
      message,
      passwords: [PASSPHRASE],
      format: 'binary',
      config: { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead[aead] },
    })
    assert.ok((await unseal(t, sealed)).equals(CONTENT))
    await assert.rejects(unseal(t, sealed, 'wrong'), wrong)
    sealed[sealed.length - 30_000] = (sealed[sealed.length - 30_000] ?? 0) ^ 1
    await assert.rejects(unseal(t, sealed), { code: /^(ARCHIVE_INVALID|PASSPHRASE)$/ })
  })
}

const GPG = {
  'as it does by itself': [],
  uncompressed: ['--compress-algo=none'],
  'with zlib': ['--compress-algo=zlib'],
  'with bzip2': ['--compress-algo=bzip2'],
  'with AES-128': ['--cipher-algo=AES'],
  'with AES-192': ['--cipher-algo=AES192'],
  armoured: ['--armor'],
}

for (const [how, options] of Object.entries(GPG)) {
  test(`SPEC A6: what gpg encrypts ${how} is decrypted`, { skip: needsGpg }, async (t) => {
    const file = join(scratch(t), 'image')
    writeFileSync(file, CONTENT)
    gpgHome(t)('--passphrase', PASSPHRASE, ...options, '-o', `${file}.pgp`, '--symmetric', file)
    const sealed = readFileSync(`${file}.pgp`)
    assert.ok(isEncrypted(sealed.subarray(0, 16)))
    assert.ok((await unseal(t, sealed)).equals(CONTENT))
    await assert.rejects(unseal(t, sealed, 'wrong'), wrong)
    await assert.rejects(unseal(t, sealed.subarray(0, sealed.length / 2)), broken(/too early/))
  })
}

test('what gpg encrypts with another cipher is told with its name', { skip: needsGpg }, async (t) => {
  const file = join(scratch(t), 'image')
  writeFileSync(file, CONTENT)
  const gpg = gpgHome(t)
  gpg('--passphrase', PASSPHRASE, '--cipher-algo=TWOFISH', '-o', `${file}.fish`, '--symmetric', file)
  await assert.rejects(unseal(t, readFileSync(`${file}.fish`)), {
    code: 'ARCHIVE_INVALID',
    message: 'app.aci: encrypted with Twofish, not with AES',
  })
})

test(
  'a text whose line ends gpg would change, and a signed message, are no image file',
  { skip: needsGpg },
  async (t) => {
    const file = join(scratch(t), 'image')
    writeFileSync(file, CONTENT)
    const gpg = gpgHome(t)
    gpg('--passphrase', PASSPHRASE, '--textmode', '-o', `${file}.text`, '--symmetric', file)
    await assert.rejects(unseal(t, readFileSync(`${file}.text`)), broken(/it holds a text, not the bytes of a file$/))
    gpg('--passphrase', PASSPHRASE, '--quick-generate-key', 'Gee <g@example.com>', 'ed25519', 'sign', '0')
    gpg('--passphrase', PASSPHRASE, '--sign', '-o', `${file}.signed`, '--symmetric', file)
    await assert.rejects(
      unseal(t, readFileSync(`${file}.signed`)),
      broken(/it holds a signed message, not the bytes of a file$/),
    )
  },
)

test(
  'what stands beside the file inside a message, or behind its armour, is refused',
  { skip: needsGpg },
  async (t) => {
    const { messages, insides, encrypted } = gpgMessages(t, CONTENT)
    const [literal, compressed] = insides as [Buffer, Buffer]
    for (const [what, inside] of Object.entries({
      'two files': [literal, literal],
      'a compressed file and a file': [compressed, literal],
      'a file and a byte': [literal, Buffer.of(0)],
    })) {
      await assert.rejects(unseal(t, encrypted(Buffer.concat(inside))), broken(/something follows the file/), what)
    }
    const armoured = messages.find((message) => message.toString('latin1').startsWith('-----')) ?? assert.fail()
    assert.ok((await unseal(t, Buffer.concat([armoured, Buffer.from('\n\n')]))).equals(CONTENT))
    await assert.rejects(unseal(t, Buffer.concat([armoured, armoured])), broken(/something follows it$/))
    const spoilt = Buffer.from(armoured)
    spoilt.write('!', 100)
    await assert.rejects(unseal(t, spoilt), broken(/its armour is damaged$/))
  },
)

test('SPEC A6: gpg decrypts what we encrypt', { skip: needsGpg }, async (t) => {
  const file = join(scratch(t), 'image')
  const fd = openSync(file, 'w')
  for (const part of [await seal(CONTENT)]) writeSync(fd, part)
  closeSync(fd)
  const gpg = gpgHome(t)
  assert.ok(gpg('--passphrase', PASSPHRASE, '--decrypt', file).equals(CONTENT))
  assert.throws(() => gpg('--passphrase', 'wrong', '--decrypt', file))
})

test('an armoured message is told with blank lines before it', () => {
  const armour = '-----BEGIN PGP MESSAGE-----\n'
  for (const before of ['', '\n', '\r\n\r\n', ' \t\n\n'])
    assert.ok(isEncrypted(Buffer.from(before + armour)), JSON.stringify(before))
  for (const before of [' ', 'x\n', '\n'.repeat(300)])
    assert.equal(isEncrypted(Buffer.from(before + armour)), false, JSON.stringify(before))
})

test('how much of a message was read is told', async (t) => {
  const directory = scratch(t)
  const sealed = await seal(Buffer.alloc(5 << 20, 'image'))
  writeFileSync(join(directory, 'in'), sealed)
  const fd = openSync(join(directory, 'out'), 'w')
  const told: number[] = []
  await decryptTo(join(directory, 'in'), PASSPHRASE, fd, 'app.aci', { onProgress: (bytes) => told.push(bytes) })
  closeSync(fd)
  assert.ok(told.length > 2, `${told.length} times`)
  assert.deepEqual(
    told,
    told.toSorted((one, other) => one - other),
  )
})

test('a message that grows beyond its limit is given up', async (t) => {
  const directory = scratch(t)
  writeFileSync(join(directory, 'in'), await seal(CONTENT))
  const fd = openSync(join(directory, 'out'), 'w')
  await assert.rejects(decryptTo(join(directory, 'in'), PASSPHRASE, fd, 'app.aci', { maxBytes: 1000 }), {
    code: 'ARCHIVE_LIMIT',
    message: 'app.aci: decrypts to more than the 1000 bytes an image may have',
  })
  closeSync(fd)
})

test('archives are not taken for encrypted ones', () => {
  const firsts = [
    '1f8b0800',
    '425a6839',
    'fd377a585a00',
    '28b52ffd',
    '6d616e6966657374',
    '2d2d2d2d2d424547494e20504750205349',
  ]
  for (const hex of [...firsts, '']) assert.equal(isEncrypted(Buffer.from(hex, 'hex')), false, hex)
})
