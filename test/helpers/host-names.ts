import dns from 'node:dns'
import { isIP } from 'node:net'
import type { TestContext } from 'node:test'

type Callback = (error: Error | null, found: unknown, family?: number) => void

/** Lets host names lead to this machine for the time of a test; a name that is not given does not exist. */
export function leadHere(t: TestContext, names: readonly string[]): void {
  const lookup = (name: string, options: { readonly all?: boolean }, callback: Callback): void => {
    if (!names.includes(name) && isIP(name) === 0) {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), [])
    } else if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }
  t.mock.method(dns, 'lookup', lookup as never)
}
