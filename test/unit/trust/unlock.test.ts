import assert from 'node:assert/strict'
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as openpgp from 'openpgp'
import { openSigningKey } from '../../../stage0/trust/sign.js'
import { gpgHome, makeKey, needsGpg, type SecretKey } from '../../helpers/pgp.js'
import { scratch } from '../../helpers/scratch.js'

const PASSPHRASE = 'correct horse'

/** The key derived by a digest of `rounds` bytes of salt and passphrase (RFC 9580, 3.7.1.3). */
function keyOf(digest: string, salt: Buffer, rounds: number): Buffer {
  const text = Buffer.alloc(rounds, Buffer.concat([salt, Buffer.from(PASSPHRASE)]))
  const parts = [0, 1].map((zeros) => createHash(digest).update(Buffer.alloc(zeros)).update(text).digest())
  return Buffer.concat(parts).subarray(0, 32)
}

/** Members that openpgp's types do not declare. */
interface Parts {
  readonly privateParams: { readonly seed: Uint8Array }
  readonly writePublicKey: () => Uint8Array
}

/**
 * `key`, protected by the passphrase as by GnuPG, with the maximum digest input: 65,011,712 bytes.
 */
function protectedKey(key: SecretKey, [number, digest]: readonly [number, string]): Buffer {
  const packet = key.keyPacket as unknown as Parts
  const { seed } = packet.privateParams
  const integer = Buffer.from(seed.subarray(seed.findIndex((byte) => byte !== 0)))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(integer.length * 8 - Math.clz32(integer[0] ?? 0) + 24)
  const secret = Buffer.concat([length, integer])
  const [salt, start] = [randomBytes(8), randomBytes(16)]
  const cipher = createCipheriv('aes-256-cfb', keyOf(digest, salt, 65_011_712), start)
  const sealed = cipher.update(Buffer.concat([secret, createHash('sha1').update(secret).digest()]))
  const open = Buffer.from(packet.writePublicKey())
  const body = Buffer.concat([open, Buffer.of(254, 9, 3, number), salt, Buffer.of(255), start, sealed])
  const head = Buffer.of(0xc5, 0xff, 0, 0, 0, 0)
  head.writeUInt32BE(body.length, 2)
  const [, ...rest] = key.toPacketList() as unknown as Iterable<object>
  const list = new openpgp.PacketList<never>()
  list.push(...(rest as never[]))
  return Buffer.concat([head, body, Buffer.from(list.write())])
}

const DIGESTS = [
  [1, 'md5'],
  [2, 'sha1'],
  [3, 'ripemd160'],
  [8, 'sha256'],
  [10, 'sha512'],
] as const

for (const digest of DIGESTS) {
  test(`a signing key opens whose passphrase is digested by ${digest[1]} as often as is possible`, async (t) => {
    const directory = scratch(t)
    const [path, file] = [join(directory, 'secret.pgp'), join(directory, 'passphrase')]
    const key = await makeKey()
    writeFileSync(path, protectedKey(key, digest))
    writeFileSync(file, `${PASSPHRASE}\n`)
    const { fingerprint } = await openSigningKey({ path, passphrase: { file } })
    assert.equal(fingerprint, key.getFingerprint())
    writeFileSync(file, 'wrong\n')
    await assert.rejects(openSigningKey({ path, passphrase: { file } }), {
      code: 'PASSPHRASE',
      message: `${path}: the passphrase does not open the key`,
    })
    if (needsGpg === false) gpgHome(t)('--passphrase', PASSPHRASE, '--import', path)
  })
}
