import dns from 'node:dns'
import { isIP } from 'node:net'
import type { TestContext } from 'node:test'

type Callback = (error: Error | null, found: unknown, family?: number) => void

/** Makes host names resolve to these addresses during a test; other names do not exist. */
export function resolveTo(t: TestContext, names: readonly string[], addresses: readonly string[]): void {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  const lookup = (name: string, options: { readonly all?: boolean }, callback: Callback): void => {
    if (!names.includes(name) && isIP(name) === 0) {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), [])
    } else if (options.all === true) callback(null, found)
    else callback(null, found[0]?.address, found[0]?.family)
  }
  t.mock.method(dns, 'lookup', lookup as never)
}

/** Makes host names resolve to this machine during a test. */
export const resolveLocally = (t: TestContext, names: readonly string[]): void => resolveTo(t, names, ['127.0.0.1'])
