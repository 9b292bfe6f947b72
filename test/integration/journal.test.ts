import { strict as assert } from 'node:assert'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { native, type JournalEntry } from '#native'
import { noSystemd } from '../helpers/stage1.js'

/** A name of entries that nobody else writes. */
const newMatch = (): string => `APPC_TEST=${randomUUID()}`

/** Writes one entry by the journal's own protocol, which knows no longest line; `message` without newline and NUL. */
function write(match: string, message: Buffer | string, ...fields: string[]): void {
  const text = Buffer.concat([Buffer.from('MESSAGE='), Buffer.from(message), Buffer.from('\n')])
  const rest = [...fields, match].map((field) => `${field}\n`).join('')
  execFileSync('logger', ['--journald'], { input: Buffer.concat([text, Buffer.from(rest)]) })
}

/** A reader and what it gave so far. */
function reading(...matches: string[]) {
  const reader = native.readJournal(matches, true)
  const entries: JournalEntry[] = []
  return {
    entries,
    has: async (count: number) => {
      while (entries.length < count) entries.push(...(await reader.next()))
    },
    finish: async () => {
      reader.end()
      for (let batch = await reader.next(); batch.length > 0; batch = await reader.next()) entries.push(...batch)
    },
  }
}

const messages = (entries: readonly JournalEntry[]) => entries.map(({ message }) => message.toString('latin1'))

/** Runs a program in a mount namespace of its own where `path` is hidden. */
function without(path: string, program: string) {
  const hide = '[ -d "$0" ] && mount -t tmpfs none "$0" || mount --bind /dev/null "$0"; exec "$@"'
  const words = ['--mount', 'sh', '-c', hide, path, process.execPath, '--input-type=module', '--eval', program]
  return spawnSync('unshare', words, { encoding: 'utf8' })
}

const FINISH = `
  const { attachJournal } = await import('${new URL('../../stage1/journal/attachment.js', import.meta.url).href}')
  const attachment = attachJournal({ uuid: 'none', id: 'none', apps: [] })
  attachment.begin()
  await attachment.finish().catch(({ code, message }) => console.log(code, message))`

describe('reading the journal', { skip: noSystemd }, () => {
  test('values longer than its data threshold, compressed or not, and bytes that are no text come whole', async () => {
    const match = newMatch()
    const binary = Buffer.concat([randomBytes(150_000).filter((byte) => byte !== 0 && byte !== 0x0a), Buffer.from('.')])
    const written = [
      Buffer.alloc(49_153, 'a'),
      Buffer.alloc(300_000, 'b'),
      binary,
      Buffer.from('\xff\x01\x80', 'latin1'),
    ]
    for (const message of written) write(match, message)
    await native.synchronizeJournal()
    const { entries, finish } = reading(match)
    await finish()
    assert.deepEqual(
      entries.map(({ message }) => message.length),
      written.map(({ length }) => length),
    )
    entries.forEach(({ message }, i) => assert.ok(message.equals(written[i] ?? Buffer.alloc(0)), `entry ${i}`))
  })

  test('an entry has its priority and how its line ended, where they were written', async () => {
    const match = newMatch()
    write(match, 'stderr', 'PRIORITY=3')
    write(match, 'none')
    await native.synchronizeJournal()
    const { entries, finish } = reading(match)
    await finish()
    assert.deepEqual(
      entries.map(({ message, ...rest }) => [message.toString(), rest.priority, rest.lineBreak]),
      [
        ['stderr', 3, undefined],
        ['none', undefined, undefined],
      ],
    )
  })

  test('all matches must hold, and what others write does not come', async () => {
    const [one, other] = [newMatch(), newMatch()]
    write(one, 'both', 'PRIORITY=4')
    write(one, 'only one', 'PRIORITY=5')
    write(other, 'other', 'PRIORITY=4')
    await native.synchronizeJournal()
    const { entries, finish } = reading(one, 'PRIORITY=4')
    await finish()
    assert.deepEqual(messages(entries), ['both'])
  })

  test('a rotation while it follows neither loses nor repeats an entry', async () => {
    const match = newMatch()
    const { entries, has, finish } = reading(match)
    const expected: string[] = []
    for (let round = 0; round < 4; round += 1) {
      for (const when of ['before', 'after']) {
        expected.push(`${when} rotation ${round}`)
        write(match, `${when} rotation ${round}`)
        if (when === 'before') execFileSync('journalctl', ['--rotate'])
      }
      // Every second time it has more than one rotation to catch up with.
      if (round % 2 === 1) await has(expected.length)
    }
    execFileSync('journalctl', ['--rotate'])
    write(match, 'last')
    await native.synchronizeJournal()
    await finish()
    assert.deepEqual(messages(entries), [...expected, 'last'])
  })

  test('what is written while it follows comes before it is asked to finish', async () => {
    const match = newMatch()
    const { entries, has, finish } = reading(match)
    write(match, 'one')
    await has(1)
    write(match, 'two')
    await has(2)
    await finish()
    assert.deepEqual(messages(entries), ['one', 'two'])
    await finish()
    assert.equal(entries.length, 2)
  })

  test('a host without libsystemd is told so', () => {
    const library = /=> (\/\S+)/.exec(
      execFileSync('sh', ['-c', '/sbin/ldconfig -p | grep libsystemd.so.0'], { encoding: 'utf8' }),
    )?.[1]
    assert.ok(library)
    const { stdout } = without(library, FINISH)
    assert.match(stdout, /^HOST_UNSUPPORTED journal: cannot be read: .*libsystemd\.so\.0/)
  })

  test('a journald that cannot be asked is told, and what there is is read', () => {
    const { stdout, stderr, status } = without('/run/systemd/journal', FINISH)
    assert.match(stderr, /^warning: journal: the last lines may be missing: journalctl --sync: exit status 1\n/m)
    assert.deepEqual([stdout, status], ['', 0])
  })
})
