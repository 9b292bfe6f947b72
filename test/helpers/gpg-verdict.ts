import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The real gpg as a reference for signatures, with a home of its own for every set of keys. */
export class Gpg {
  readonly #directory = mkdtempSync(join(tmpdir(), 'gpg-'))
  readonly #homes = new Map<string, Promise<string>>()
  readonly #verdicts = new Map<string, Promise<boolean>>()
  #files = 0

  /**
   * Whether gpg, with these keys, accepts the signature of the bytes; a revoked or expired key does
   * not count.
   */
  async isGood(keys: readonly Uint8Array[], signature: Uint8Array, bytes: Uint8Array): Promise<boolean> {
    const question = digestOf([...keys, signature, bytes])
    const verdict = this.#verdicts.get(question) ?? this.#ask(keys, signature, bytes)
    this.#verdicts.set(question, verdict)
    return await verdict
  }

  close(): void {
    for (const name of this.#homes.keys())
      spawnSync('gpgconf', ['--homedir', join(this.#directory, name), '--kill', 'all'])
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #ask(keys: readonly Uint8Array[], signature: Uint8Array, bytes: Uint8Array): Promise<boolean> {
    const home = await this.#homeWith(keys)
    const status = await run(home, '--verify', this.#file(signature), this.#file(bytes))
    return /^\[GNUPG:\] GOODSIG /m.test(status)
  }

  #homeWith(keys: readonly Uint8Array[]): Promise<string> {
    const name = digestOf(keys)
    const home = this.#homes.get(name) ?? this.#makeHome(join(this.#directory, name), keys)
    this.#homes.set(name, home)
    return home
  }

  async #makeHome(home: string, keys: readonly Uint8Array[]): Promise<string> {
    mkdirSync(home, { mode: 0o700 })
    if (keys.length > 0) await run(home, '--import', ...keys.map((key) => this.#file(key)))
    return home
  }

  #file(bytes: Uint8Array): string {
    const path = join(this.#directory, `file-${++this.#files}`)
    writeFileSync(path, bytes)
    return path
  }
}

const digestOf = (pieces: readonly Uint8Array[]): string =>
  pieces.reduce((hash, piece) => hash.update(`${piece.length} `).update(piece), createHash('sha256')).digest('hex')

/** gpg's status lines, which show whether it succeeds. */
const run = (home: string, ...args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const words = [
      '--homedir',
      home,
      '--batch',
      '--no-autostart',
      '--trust-model',
      'always',
      '--status-fd',
      '1',
      ...args,
    ]
    execFile('gpg', words, (_error, stdout) => {
      resolve(stdout)
    })
  })
