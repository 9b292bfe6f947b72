import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { decryptTo } from '../../../stage0/trust/encryption.js'
import { Dice } from '../../helpers/dice.js'
import { type GpgMessages, gpgMessages, PASSPHRASE } from '../../helpers/gpg-messages.js'
import { mutate } from '../../helpers/mutate.js'
import { needsGpg } from '../../helpers/pgp.js'
import { scratch } from '../../helpers/scratch.js'

/** Mutants of each kind: `APPC_FUZZ_RUNS`, else a few seconds'. `APPC_FUZZ_SEED` is the number of the first. */
const RUNS = Number(process.env['APPC_FUZZ_RUNS'] ?? 150)
const FIRST = Number(process.env['APPC_FUZZ_SEED'] ?? 1)

const CONTENT = Buffer.from(Array.from({ length: 40 }, (_, index) => `line ${index} of an image\n`).join(''))

/** What ours makes of a message; null where it refuses it, in the words of a refusal. */
async function read(directory: string, message: Buffer, about: string): Promise<Buffer | null> {
  const [from, to] = [join(directory, 'in'), join(directory, 'out')]
  writeFileSync(from, message)
  const fd = openSync(to, 'w')
  try {
    await decryptTo(from, PASSPHRASE, fd, 'app.aci')
  } catch (error) {
    const words = error instanceof RuntimeError && error.code !== 'FILE_UNREADABLE'
    assert.ok(words, `${about}: ${String(error)}: ${message.toString('hex')}`)
    return null
  } finally {
    closeSync(fd)
  }
  return readFileSync(to)
}

/** Whether ours accepts a message. Where it does, gpg must accept it, too, and give the same bytes. */
type Compare = (message: Buffer, about: string) => Promise<boolean>

function compareWith(t: TestContext, { decrypted }: GpgMessages): Compare {
  const directory = scratch(t)
  return async (message, about) => {
    const ours = await read(directory, message, about)
    if (ours === null) return false
    const theirs = decrypted(message)
    const hex = message.toString('hex')
    assert.ok(theirs !== null, `${about}: gpg refuses it: ${hex}`)
    assert.ok(ours.equals(theirs), `${about}: gpg makes other bytes of it: ${hex}`)
    return true
  }
}

type Kind = (made: GpgMessages, dice: Dice) => Buffer

const KINDS: Readonly<Record<string, Kind>> = {
  'changed messages of gpg': ({ messages }, dice) => mutate(dice.pick(messages), dice, messages),
  'sound messages with changed packets inside': ({ insides, encrypted }, dice) =>
    encrypted(mutate(dice.pick(insides), dice, insides)),
}

test(
  'what is accepted of an encrypted message, gpg accepts, and gives the same bytes',
  { skip: needsGpg },
  async (t) => {
    const made = gpgMessages(t, CONTENT)
    const compare = compareWith(t, made)

    await t.test('messages of gpg as they are', async () => {
      const whole = [...made.messages, ...made.insides.map(made.encrypted)]
      let accepted = 0
      for (const [index, message] of whole.entries()) if (await compare(message, `message ${index}`)) accepted++
      assert.ok(accepted >= 12, `${accepted} of ${whole.length} are read`)
    })

    for (const [what, make] of Object.entries(KINDS)) {
      await t.test(`${RUNS} ${what}`, async (own) => {
        let accepted = 0
        for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
          if (await compare(make(made, new Dice(seed)), `seed ${seed}`)) accepted++
        }
        own.diagnostic(`${accepted} accepted`)
      })
    }
  },
)
