import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import * as openpgp from 'openpgp'
import { RuntimeError } from '#schema/errors.js'
import { decryptTo } from '../../../stage0/trust/encryption.js'
import { PseudoRandom } from '../../helpers/pseudo-random.js'
import { type GpgMessages, gpgMessages, PASSPHRASE } from '../../helpers/gpg-messages.js'
import { mutate } from '../../helpers/mutate.js'
import { gnupgOCB, keyForPassphrase, sessionKey } from '../../helpers/openpgp-packets.js'
import { needsGpg } from '../../helpers/pgp.js'
import { scratch } from '../../helpers/scratch.js'

/**
 * Number of mutants of each kind: `APPC_FUZZ_RUNS`, or as many as take a few seconds.
 * `APPC_FUZZ_SEED` is the number of the first.
 */
const RUNS = Number(process.env['APPC_FUZZ_RUNS'] ?? 150)
const FIRST = Number(process.env['APPC_FUZZ_SEED'] ?? 1)

const CONTENT = Buffer.from(Array.from({ length: 40 }, (_, index) => `line ${index} of an image\n`).join(''))

/**
 * The bytes that our reader returns for a message; null if it refuses the message with a proper
 * error.
 */
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

/**
 * Whether our reader accepts a message. If so, gpg must accept it, too, and return the same bytes.
 */
type Compare = (message: Buffer, about: string) => Promise<boolean>

function compareWith(t: TestContext, theirs: (message: Buffer) => Buffer | null): Compare {
  const directory = scratch(t)
  return async (message, about) => {
    const ours = await read(directory, message, about)
    if (ours === null) return false
    const expected = theirs(message)
    const hex = message.toString('hex')
    assert.ok(expected !== null, `${about}: gpg refuses it: ${hex}`)
    assert.ok(ours.equals(expected), `${about}: gpg makes other bytes of it: ${hex}`)
    return true
  }
}

/** The messages from which mutants are made. */
interface Made extends GpgMessages {
  /** In GnuPG's mode OCB, and with these packets inside. */
  readonly ocb: readonly Buffer[]
  readonly encryptedOCB: (inside: Buffer) => Buffer
  /** In RFC 9580's modes, which not every gpg supports. */
  readonly modern: readonly Buffer[]
}

async function madeOf(t: TestContext): Promise<Made> {
  const made = gpgMessages(t, CONTENT)
  const session = sessionKey()
  const head = keyForPassphrase(session, PASSPHRASE)
  const encryptedOCB = (inside: Buffer): Buffer => Buffer.concat([head, gnupgOCB(session, inside, 3)])
  const modern = (['gcm', 'ocb', 'eax'] as const).map(async (mode) => {
    const sealed: unknown = await openpgp.encrypt({
      message: await openpgp.createMessage({ binary: new Uint8Array(CONTENT) }),
      passwords: [PASSPHRASE],
      format: 'binary',
      config: {
        aeadProtect: true,
        aeadChunkSizeByte: 2,
        preferredAEADAlgorithm: openpgp.enums.aead[mode],
        s2kIterationCountByte: 0,
      },
    })
    return Buffer.from(sealed as Uint8Array)
  })
  return { ...made, ocb: made.insides.map(encryptedOCB), encryptedOCB, modern: await Promise.all(modern) }
}

interface Kind {
  readonly make: (made: Made, random: PseudoRandom) => Buffer
  /** The expected bytes of an accepted message if they differ from gpg's. */
  readonly gives?: Buffer
}

const KINDS: Readonly<Record<string, Kind>> = {
  'changed messages of gpg': { make: ({ messages }, random) => mutate(random.pick(messages), random, messages) },
  'sound messages with changed packets inside': {
    make: ({ insides, encrypted }, random) => encrypted(mutate(random.pick(insides), random, insides)),
  },
  'changed messages in mode OCB': { make: ({ ocb }, random) => mutate(random.pick(ocb), random, ocb) },
  'sound messages in mode OCB with changed packets inside': {
    make: ({ insides, encryptedOCB }, random) => encryptedOCB(mutate(random.pick(insides), random, insides)),
  },
  'changed messages in the modes of RFC 9580': {
    make: ({ modern }, random) => mutate(random.pick(modern), random, modern),
    gives: CONTENT,
  },
}

test(
  'what is accepted of an encrypted message, gpg accepts, and gives the same bytes',
  { skip: needsGpg },
  async (t) => {
    // Other test files may have run in this process before.
    const before = { now: process.memoryUsage.rss() >> 10, peak: process.resourceUsage().maxRSS }
    const made = await madeOf(t)
    const compare = compareWith(t, made.decrypted)

    await t.test('messages as they are', async () => {
      const whole = [...made.messages, ...made.insides.map(made.encrypted), ...made.ocb]
      let accepted = 0
      for (const [index, message] of whole.entries()) if (await compare(message, `message ${index}`)) accepted++
      assert.ok(accepted >= 20, `${accepted} of ${whole.length} are read`)
    })

    for (const [what, { make, gives }] of Object.entries(KINDS)) {
      await t.test(`${RUNS} ${what}`, async (own) => {
        const judge = gives === undefined ? compare : compareWith(own, () => gives)
        let accepted = 0
        for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
          if (await judge(make(made, new PseudoRandom(seed)), `seed ${seed}`)) accepted++
        }
        own.diagnostic(`${accepted} accepted`)
      })
    }
    // the memory that a changed message may request for Argon2, plus some for the process itself
    const { maxRSS } = process.resourceUsage()
    assert.ok(maxRSS <= Math.max(before.peak, before.now + (900 << 10)), `${maxRSS} KiB were taken`)
  },
)
