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

/** A new secret key of `name <name@example.com>`, ten days old unless said otherwise; Ed25519 by itself. */
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

/** What a signature is to be like. */
export interface SignatureOptions {
  readonly hash?: openpgp.enums.hash
  readonly type?: openpgp.enums.signature
  readonly date?: Date
  /** From its date on, in seconds. */
  readonly lastsSeconds?: number
  readonly criticalNotation?: string
  /** Signs with the (sub)key of this index instead of the one openpgp would take. */
  readonly part?: number
}

/** A detached signature, binary, made by openpgp's packets, which refuse nothing. */
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
  // without a random notation, for which weak digests are not good enough
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

/** Why tests with the real gpg cannot run, for `skip`. */
export const needsGpg: string | false =
  spawnSync('gpg', ['--version']).status === 0 ? false : 'gpg is not installed here'

/** The real gpg with a home of its own. */
export interface GpgHome {
  (...args: readonly string[]): Buffer
  readonly path: string
  /** The same where gpg asks for what can only be typed: a line for each question. */
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

/** The same until the test ends. */
export function gpgHome(t: TestContext): GpgHome {
  const gpg = openGpg()
  t.after(gpg.close)
  return gpg
}
