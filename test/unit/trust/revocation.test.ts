import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openpgp from 'openpgp'
import { readKeyring, readPublicKeys } from '../../../stage0/trust/read-key.js'
import { revokersOf, revokes, unknownRevoker } from '../../../stage0/trust/revocation.js'
import { packet, rawSignature } from '../../helpers/pgp-packets.js'
import { designated, key, revocation, stranger } from './situations/revoked-keys.js'

const { signature: TYPE } = openpgp.enums

const read = async (body: Uint8Array): Promise<openpgp.SignaturePacket> => {
  const one = new openpgp.SignaturePacket()
  one.read(body)
  return await Promise.resolve(one)
}

test('a signature of a key revokes it only if it is a revocation', async () => {
  const secret = await key()
  const data = { key: secret.keyPacket }
  const signature = (type: openpgp.enums.signature): Promise<Buffer> => rawSignature({ by: secret, type, data })
  assert.equal(await revokes(await read(await signature(TYPE.keyRevocation)), secret), true)
  assert.equal(await revokes(await read(await signature(TYPE.key)), secret), false)
  assert.equal(await revokes(await read(await signature(TYPE.keyRevocation)), await stranger()), false)
})

test('a key says itself who may revoke it', async () => {
  const revokersIn = async (made: ReturnType<typeof designated>): Promise<string[]> => {
    const [one] = await readPublicKeys((await made()).bytes ?? Buffer.alloc(0), 'key')
    return await revokersOf(one ?? assert.fail('a key'))
  }
  assert.deepEqual(await revokersIn(designated(false)), [(await stranger()).getFingerprint()])
  assert.deepEqual(await revokersIn(designated(false, { by: stranger })), [])
  assert.deepEqual(await revokersIn(designated(false, { bit: 0 })), [])
})

test('a revoker that is not known is told only if it seems to have revoked the key', async () => {
  const known = [(await stranger()).toPublic()]
  const revokers = known.map((one) => one.getFingerprint())
  for (const [revoking, told] of [
    [true, revokers[0]],
    [false, undefined],
  ] as const) {
    const [one] = await readPublicKeys((await designated(revoking)()).bytes ?? Buffer.alloc(0), 'key')
    const revocable = { key: one ?? assert.fail('a key'), revokers }
    assert.equal(unknownRevoker({ ...revocable, knownRevokers: [] }), told)
    assert.equal(unknownRevoker({ ...revocable, knownRevokers: known }), undefined)
  }
})

test('a revocation in a file of keys belongs to the key that made it, wherever it stands', async () => {
  const [mine, theirs] = [await key(), await stranger()]
  const keys = [mine.toPublic().write(), theirs.toPublic().write()]
  const one = await revocation({})
  for (const file of [
    [one, ...keys],
    [...keys, one],
    [keys[0] ?? one, one, keys[1] ?? one],
  ]) {
    const { keys: read, revocations } = await readKeyring(Buffer.concat(file), 'keys')
    const revoked = await Promise.all(
      read.map(async (of) => (await Promise.all(of.revocationSignatures.map((it) => revokes(it, of)))).includes(true)),
    )
    assert.deepEqual(revoked, [true, false])
    assert.deepEqual(revocations, [])
  }
  const { keys: apart } = await readKeyring(Buffer.concat([one, ...keys]), 'keys')
  assert.deepEqual(
    apart.map((of) => of.revocationSignatures.length),
    [1, 0],
  )
  const lone = await readKeyring(Buffer.concat([one, keys[1] ?? one]), 'keys')
  assert.equal(lone.revocations.length, 1)
})

test('a file with more packets than any key has is refused before they are looked at', async () => {
  const trust = Buffer.concat(Array.from({ length: 20_000 }, () => packet(13, Buffer.from('a'))))
  const file = Buffer.concat([(await key()).toPublic().write(), trust])
  await assert.rejects(readKeyring(file, 'key'), {
    code: 'KEY_INVALID',
    message: 'key: not a PGP key: it has more than 10000 packets',
  })
})
