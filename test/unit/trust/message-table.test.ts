import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { messageOf } from '#schema/errors.js'
import { decryptTo } from '../../../stage0/trust/encryption.js'
import { gpgHome, needsGpg } from '../../helpers/pgp.js'
import { scratch } from '../../helpers/scratch.js'
import { CONTENT, madeRows, PASSPHRASE, type Row } from './message-rows.js'

type Gpg = (...words: readonly string[]) => Buffer

/** Combinations of gpg's options: ciphers, compression, armour; key derivations; names. */
function toldRows(gpg: Gpg, directory: string): Row[] {
  const file = join(directory, 'image')
  writeFileSync(file, CONTENT)
  const made = (words: readonly string[], rest: Omit<Row, 'about' | 'message'> = {}): Row => {
    const secret = ['--passphrase', rest.passphrase ?? PASSPHRASE]
    gpg(...secret, '--s2k-count=1024', ...words, '-o', `${file}.pgp`, file)
    return { about: `gpg ${words.join(' ')}`, message: readFileSync(`${file}.pgp`), ...rest }
  }
  gpg('--passphrase', '', '--quick-generate-key', 'Gee <g@example.com>', 'rsa2048', 'sign,encrypt', '0')
  const ciphers = ['AES', 'AES192', 'AES256']
  const others = ['IDEA', '3DES', 'CAST5', 'BLOWFISH', 'TWOFISH', 'CAMELLIA128', 'CAMELLIA192', 'CAMELLIA256']
  const why = 'A6 asks for AES'
  const signed = { refused: /it holds a signed message/, why: 'the signature of an image is a file beside it (A7)' }
  const toKey = ['-r', 'g@example.com', '--trust-model=always', '--encrypt']
  return [
    ...ciphers.flatMap((cipher) =>
      ['none', 'zip', 'zlib', 'bzip2'].flatMap((compression) =>
        [[], ['--armor']].map((more) =>
          made([`--cipher-algo=${cipher}`, `--compress-algo=${compression}`, ...more, '--symmetric']),
        ),
      ),
    ),
    ...[0, 1, 3].flatMap((mode) =>
      ['SHA1', 'RIPEMD160', 'SHA512'].map((digest) =>
        made([`--s2k-mode=${mode}`, `--s2k-digest-algo=${digest}`, '--symmetric']),
      ),
    ),
    ...['n', 'a name of its own', '_CONSOLE', 'ü'.repeat(100)].map((name) =>
      made([`--set-filename=${name}`, '--compress-algo=none', '--symmetric']),
    ),
    ...others.map((cipher) =>
      made([`--cipher-algo=${cipher}`, '--symmetric'], { refused: /: encrypted with \w+, not with AES$/, why }),
    ),
    made(['--textmode', '--symmetric'], { refused: /it holds a text/, why: 'line ends of a text are not the file’s' }),
    made(['--sign', '--symmetric'], signed),
    made(['--sign', '--compress-algo=none', '--symmetric'], signed),
    made([...toKey, '--symmetric']),
    made(toKey, { refused: /encrypted, but not with a passphrase$/, why: 'gpg has the key' }),
    made(['--armor', ...toKey], { refused: /encrypted, but not with a passphrase$/, why: 'the same' }),
    made(['--armor', '--store'], { refused: /nothing encrypted is in it$/, why: 'gpg reads what is not encrypted' }),
    made(['--symmetric'], { passphrase: 'ünïcödé 鍵' }),
  ]
}

/** Our error message, or null and the bytes. */
async function ours(directory: string, { message, passphrase = PASSPHRASE }: Row): Promise<Buffer | string> {
  const [from, to] = [join(directory, 'in'), join(directory, 'out')]
  writeFileSync(from, message)
  const fd = openSync(to, 'w')
  try {
    await decryptTo(from, passphrase, fd, 'app.aci')
  } catch (error) {
    return messageOf(error)
  } finally {
    closeSync(fd)
  }
  return readFileSync(to)
}

/** gpg's error message; null if gpg reads the message. */
function gpgSays(gpg: Gpg, directory: string, { message, passphrase = PASSPHRASE }: Row): string | null {
  writeFileSync(join(directory, 'in'), message)
  try {
    return gpg('--passphrase', passphrase, '--decrypt', join(directory, 'in')).equals(CONTENT) ? null : 'other bytes'
  } catch (error) {
    return String((error as { readonly stderr: Buffer }).stderr)
  }
}

/**
 * Our errors distinguish the same cases as gpg's. Without a packet for a passphrase, gpg treats the
 * message as one from the 1990s.
 */
const KINDS = [
  { gpg: /Bad session key/, ours: /passphrase|nothing guards it/ },
  { gpg: /^(?!.*assuming IDEA).*message has been manipulated/s, ours: /it was changed since it was encrypted$/ },
] as const

async function checkRow(t: TestContext, gpg: Gpg, directory: string, row: Row): Promise<void> {
  const got = await ours(directory, row)
  if (row.refused === undefined) assert.ok(typeof got !== 'string' && got.equals(CONTENT), String(got))
  else assert.match(String(got), row.refused)
  const said = gpgSays(gpg, directory, row)
  const same = (said === null) === (row.refused === undefined)
  assert.equal(same, row.why === undefined, `gpg: ${said ?? 'reads it'}; the row says why: ${row.why ?? 'no'}`)
  if (typeof got === 'string')
    for (const kind of KINDS) if (kind.gpg.test(said ?? '')) assert.match(got, kind.ours, said ?? '')
  t.diagnostic(`gpg ${said === null ? 'reads' : 'refuses'} it${row.why === undefined ? '' : `: ${row.why}`}`)
}

test(
  'SPEC A6: more than 200 messages have the verdict that gpg gives, or one with a reason',
  { skip: needsGpg },
  async (t) => {
    const directory = scratch(t)
    const gpg = gpgHome(t)
    const rows = [...toldRows(gpg, directory), ...madeRows()]
    assert.ok(rows.length > 200, `${rows.length} rows`)
    for (const row of rows) await t.test(row.about, (own) => checkRow(own, gpg, directory, row))
  },
)
