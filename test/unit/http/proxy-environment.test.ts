import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { proxyFor } from '../../../stage0/http/proxy.js'
import { caseName, PROXY_CASES } from './proxy-cases.js'

describe('which proxy the environment names', () => {
  for (const row of PROXY_CASES) {
    test(caseName(row), () => {
      const { url, environment, expected } = row
      const find = () => proxyFor(new URL(url), environment)
      if (!(expected instanceof RegExp)) {
        assert.equal(find()?.href, expected)
        return
      }
      assert.throws(find, ({ message, code }: Error & { code?: string }) => {
        assert.match(message.replace(`${url}: `, ''), expected)
        assert.equal(code, 'DOWNLOAD_FAILED')
        assert.doesNotMatch(message, /word/)
        return true
      })
    })
  }

  test('the name of a proxy holds the variable and no password', () => {
    const name = proxyFor(new URL('https://example.com/'), { ALL_PROXY: 'http://user:word@p' })?.name
    assert.equal(name, 'http://p:1080 (ALL_PROXY)')
  })
})
