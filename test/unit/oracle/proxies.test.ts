import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { caseName, PROXY_CASES, type ProxyCase } from '../http/proxy-cases.js'

const version = spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout
const skip = /^curl (7\.8[6-9]|8)/.test(version) ? false : 'needs curl 7.86 or newer'

/** curl's behaviour for a row: no server listens, and curl reports where it tried to connect. */
function curl({ url, environment }: ProxyCase): string {
  const { hostname, port, protocol } = new URL(url)
  const at = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}:127.0.0.9`
  const own = hostname.startsWith('[') ? [] : ['--resolve', at]
  const hosts = ['p:3128', 'p:80', 'p:443', 'p:1080', 'p:8443'].flatMap((host) => ['--resolve', `${host}:127.0.0.8`])
  const words = ['--verbose', '--silent', '--max-time', '5', ...own, ...hosts, '--output', '/dev/null', url]
  return spawnSync('curl', words, { encoding: 'utf8', env: { PATH: process.env['PATH'], ...environment } }).stderr
}

describe('proxies are read as curl reads them', { skip, concurrency: 2 }, () => {
  for (const row of PROXY_CASES.filter(({ unlikeCurl }) => unlikeCurl === undefined)) {
    test(caseName(row), () => {
      const said = curl(row)
      if (row.expected === undefined) assert.doesNotMatch(said, /Trying (127\.0\.0\.8|\[::1\]:3128)|Unsupported/)
      else if (row.expected instanceof RegExp) assert.match(said, /Unsupported proxy/)
      else {
        assert.match(said, /Uses proxy env variable/)
        const { hostname, port, protocol } = new URL(row.expected)
        const address = hostname === 'p' ? '127.0.0.8' : hostname.replace(/[[\]]/g, '')
        const tried = new RegExp(
          `(${address}|\\[${address}\\])[: ](port )?${port || (protocol === 'https:' ? 443 : 80)}\\b`,
        )
        assert.match(said, tried)
      }
    })
  }
})
