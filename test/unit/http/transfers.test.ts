import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { download } from '../../../stage0/download/download.js'
import { ByteServer, type Answer } from '../../helpers/byte-server.js'
import { emptyDataDir, fileOf, readAll } from '../../helpers/downloads.js'
import { clientFor, setProxies } from '../../helpers/http-client.js'
import { curl, NO_CURL } from '../../helpers/curl.js'
import { FRAMING } from './framing-cases.js'
import { HEADERS } from './header-cases.js'
import { REDIRECTS } from './redirect-cases.js'
import { STATUSES, TROUBLE } from './status-cases.js'
import { answer, type TransferCase } from './transfer-case.js'

const CASES: readonly TransferCase[] = [...FRAMING, ...HEADERS, ...STATUSES, ...TROUBLE, ...REDIRECTS]

const MISSING: Answer = { bytes: answer(['Content-Length: 0'], '', '404 Not Found') }

let server: ByteServer

/** The path `/ours-17/a` has the client and the row. */
function say(target: string, turn: number): Answer {
  const [, directory = '', name = ''] = target.split('?', 1)[0]?.split('/') ?? []
  const answers = CASES[Number(directory.split('-')[1])]?.answers[name]
  const said = answers?.[Math.min(turn, answers.length - 1)] ?? MISSING
  const host = `127.0.0.1:${server.port}`
  const bytes = said.bytes
    .replaceAll('HERE', `http://${host}/${directory}`)
    .replaceAll('HOST', host)
    .replaceAll('DIR', directory)
  return { ...said, bytes }
}

const urlOf = (who: string, row: TransferCase): URL =>
  new URL(`http://127.0.0.1:${server.port}/${who}-${CASES.indexOf(row)}/a`)

test('transfers, byte for byte', { concurrency: 8 }, async (t) => {
  setProxies(t)
  server = await ByteServer.start(say)
  t.after(() => server[Symbol.asyncDispose]())
  await Promise.all(CASES.map((row) => t.test(row.title, (t) => check(t, row))))
})

async function check(t: TestContext, row: TransferCase): Promise<void> {
  const url = urlOf('ours', row)
  const dir = emptyDataDir(t)
  const downloading = download(dir, clientFor(t), { url, maxBytes: 1000 })
  if (row.stored !== undefined) {
    const file = fileOf(await downloading)
    assert.equal(readAll(file).toString('latin1'), row.stored)
    file.remove()
  } else {
    await assert.rejects(downloading, (error) => {
      assert.ok(error instanceof RuntimeError, String(error))
      const said = error.message.replace(/^http:\/\/127\.0\.0\.1:\d+\/ours-\d+\/\S+: /, '')
      if (typeof row.message === 'string') assert.equal(said, row.message)
      else assert.match(said, row.message ?? /^$/)
      assert.equal(error.code, row.code)
      return true
    })
  }
  assert.deepEqual(readdirSync(dir.downloads), [])
  if (row.asked !== undefined) assert.equal(server.requestCounts.get(url.pathname), row.asked)
}

test('the verdict of curl', { concurrency: 4, skip: NO_CURL }, async (t) => {
  server = await ByteServer.start(say)
  t.after(() => server[Symbol.asyncDispose]())
  const rows = CASES.filter(({ unlikeCurl }) => unlikeCurl === undefined)
  await Promise.all(rows.map((row) => t.test(row.title, () => compare(row))))
})

async function compare(row: TransferCase): Promise<void> {
  const { status, bytes } = await curl(urlOf('curl', row), ['--max-redirs', '10'])
  if (row.stored === undefined) assert.notEqual(status, 0, `curl takes ${JSON.stringify(bytes)}`)
  else assert.deepEqual({ status, bytes }, { status: 0, bytes: row.stored })
}
