import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseRunArguments } from '../../../stage0/cli/run-arguments/parse-run-arguments.js'

const parse = (...words: readonly string[]) => {
  const { dns, hosts } = parseRunArguments([...words, 'example.com/one'])
  return { dns, hosts }
}

describe('--dns, --dns-search, --dns-opt, --dns-domain, --hosts-entry', () => {
  for (const [words, dns, hosts] of [
    [[], undefined, undefined],
    [['--dns=host'], 'host', undefined],
    [['--dns=none'], 'none', undefined],
    [['--dns=1.1.1.1,fd00::1', '--dns=8.8.8.8'], { nameservers: ['1.1.1.1', 'fd00::1', '8.8.8.8'] }, undefined],
    [
      ['--dns-search=a.example,b', '--dns-search=c', '--dns-opt=ndots:2', '--dns-domain=d'],
      { search: ['a.example', 'b', 'c'], options: ['ndots:2'], domain: 'd' },
      undefined,
    ],
    [['--hosts-entry=host'], undefined, 'host'],
    [
      ['--hosts-entry=10.0.0.1=a,fd00::1=b', '--hosts-entry=10.0.0.1=c.example'],
      undefined,
      [
        { address: '10.0.0.1', names: ['a', 'c.example'] },
        { address: 'fd00::1', names: ['b'] },
      ],
    ],
  ] as const) {
    test(words.join(' ') || 'none of them', () => {
      assert.deepEqual(parse(...words), { dns, hosts })
    })
  }

  for (const [words, message] of [
    [['--dns=1.1.1.1', '--dns=host'], /--dns=host: host: goes with no other value$/],
    [['--dns='], /an empty word: no IP address$/],
    [['--dns=1.2.3'], /1\.2\.3: no IP address$/],
    [['--dns=1.2.3.400'], /no IP address$/],
    [['--dns=01.2.3.4'], /no IP address$/],
    [['--dns=fe80::1%eth0'], /no IP address$/],
    [['--dns=1.1.1.1\nsearch evil'], /no IP address$/],
    [['--dns=host', '--dns-search=a'], /goes with no --dns-search/],
    [['--dns-search=a b'], /--dns-search=a b: expected letters/],
    [['--dns-opt='], /--dns-opt=: expected letters/],
    [['--dns-domain=a\nnameserver 1.1.1.1'], /expected letters/],
    [['--hosts-entry=a'], /a: no IP address$/],
    [['--hosts-entry=1.1.1.1'], /an empty name: no name of a host$/],
    [['--hosts-entry=1.1.1.1=a b'], /a b: no name of a host$/],
    [['--hosts-entry=1.1.1.1=a\n2.2.2.2 b'], /no name of a host$/],
    [['--hosts-entry=1.1.1.1=a,host'], /host: goes with no other value$/],
  ] as const) {
    test(`${JSON.stringify(words)} is refused`, () => {
      assert.throws(() => parse(...words), { code: 'USAGE', message })
    })
  }
})
