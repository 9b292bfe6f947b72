import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import * as openpgp from 'openpgp'

export type SecretKey = openpgp.PrivateKey

const DAY = 86_400_000

export const daysAgo = (days: number): Date => new Date(Math.floor((Date.now() - days * DAY) / 1000) * 1000)

export const SECONDS_A_DAY = 86_400

type KeyOptions = Partial<openpgp.KeyOptions> & { readonly name?: string }

/** Creates a secret key of `name <name@example.com>`; by default Ed25519, and ten days old. */
export async function makeKey({ name = 'somebody', ...options }: KeyOptions = {}): Promise<SecretKey> {
  const { privateKey } = await openpgp.generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    date: daysAgo(10),
    subkeys: [],
    ...options,
    userIDs: [{ name, email: `${name}@example.com` }],
    format: 'object',
  })
  return privateKey
}

/** The properties of a signature. */
export interface SignatureOptions {
  readonly hash?: openpgp.enums.hash
  readonly type?: openpgp.enums.signature
  readonly date?: Date
  /** Its validity from its date on, in seconds. */
  readonly lastsSeconds?: number
  readonly criticalNotation?: string
  /** Signs with the (sub)key of this index, not with the one that openpgp would choose. */
  readonly part?: number
}

/** Creates a detached binary signature with openpgp's packets, which refuse nothing. */
export async function signBytes(
  key: SecretKey,
  bytes: Uint8Array,
  options: SignatureOptions = {},
): Promise<openpgp.SignaturePacket> {
  const { hash = openpgp.enums.hash.sha512, type = openpgp.enums.signature.binary, date = daysAgo(1) } = options
  const all = [key, ...key.subkeys]
  const part = options.part ?? all.length - 1
  const signing = all[part]?.keyPacket as openpgp.SecretKeyPacket
  const packet = new openpgp.SignaturePacket()
  packet.signatureType = type
  packet.publicKeyAlgorithm = signing.algorithm
  packet.hashAlgorithm = hash
  if (options.lastsSeconds !== undefined) {
    packet.signatureExpirationTime = options.lastsSeconds
    packet.signatureNeverExpires = false
  }
  if (options.criticalNotation !== undefined) {
    const value = new TextEncoder().encode('x')
    packet.rawNotations = [{ name: options.criticalNotation, value, humanReadable: true, critical: true }]
  }
  const message = await openpgp.createMessage({ binary: new Uint8Array(bytes) })
  const [literal] = message.packets as unknown as Uint8Array[]
  if (literal === undefined) throw new Error('a message without content')
  const { sign } = packet as unknown as { sign: (...words: unknown[]) => Promise<void> }
  // Without a random notation, for which weak digests are refused.
  await sign.call(packet, signing, literal, date, true, {
    ...openpgp.config,
    nonDeterministicSignaturesViaNotation: false,
  })
  return packet
}

export const listOf = (...packets: openpgp.SignaturePacket[]): openpgp.Signature => {
  const list = new openpgp.PacketList<openpgp.SignaturePacket>()
  list.push(...packets)
  return new openpgp.Signature(list)
}

export const binary = (...packets: openpgp.SignaturePacket[]): Buffer =>
  Buffer.from(listOf(...packets).write() as Uint8Array)

export const armoured = (...packets: openpgp.SignaturePacket[]): Buffer => Buffer.from(listOf(...packets).armor())

/** The reason why tests with the real gpg cannot run, for `skip`. */
export const needsGpg: string | false =
  spawnSync('gpg', ['--version']).status === 0 ? false : 'gpg is not installed here'

/** The real gpg with a home of its own. */
export interface GpgHome {
  (...args: readonly string[]): Buffer
  readonly path: string
  /** Like `run`, for questions that gpg asks at a terminal: one line for each. */
  readonly answering: (answers: readonly string[], ...args: readonly string[]) => Buffer
  /** Ends its agent. */
  readonly close: () => void
}

export function openGpg(): GpgHome {
  const path = mkdtempSync(join(tmpdir(), 'gpg-'))
  const common = ['--homedir', path, '--yes', '--pinentry-mode', 'loopback', '--passphrase', '']
  const run = (...args: readonly string[]): Buffer =>
    execFileSync('gpg', [...common, '--batch', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  return Object.assign(run, {
    path,
    answering: (answers: readonly string[], ...args: readonly string[]) =>
      execFileSync('gpg', [...common, '--no-tty', '--command-fd', '0', ...args], {
        input: answers.map((answer) => `${answer}\n`).join(''),
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    close: () => {
      spawnSync('gpgconf', ['--homedir', path, '--kill', 'all'])
      rmSync(path, { recursive: true, force: true })
    },
  })
}

/** A home of gpg for one test. */
export function gpgHome(t: TestContext): GpgHome {
  const gpg = openGpg()
  t.after(gpg.close)
  return gpg
}
