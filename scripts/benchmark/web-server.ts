import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { output } from './commands.js'

/** A web server in a process of its own. */
export interface WebServer extends AsyncDisposable {
  /** The base URL of the files, with a slash at its end. */
  readonly url: string
}

/**
 * Serves the files of a directory on the loopback until it is disposed of: over http, or over TLS
 * if there is a `pem`, a file with a key and its certificate.
 */
export async function serve(directory: string, pem?: string): Promise<WebServer> {
  const words = [join(import.meta.dirname, 'serve.ts'), directory, ...(pem === undefined ? [] : [pem])]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [port] = (await Promise.race([once(child.stdout, 'data'), ended])) as unknown[]
  if (!(port instanceof Buffer)) throw new Error('the web server did not start')
  return {
    url: `${pem === undefined ? 'http' : 'https'}://127.0.0.1:${port.toString().trim()}/`,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}

/** Creates a key and a self-signed certificate for the loopback; returns the file with both. */
export function makeCertificate(directory: string): string {
  const [key, certificate, both] = ['key', 'certificate', 'pem'].map((name) => join(directory, `loopback.${name}`))
  if (key === undefined || certificate === undefined || both === undefined) throw new Error('unreachable')
  const made = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
  ]
  output('openssl', 'req', ...made, '-subj', '/CN=loopback', '-addext', 'subjectAltName=IP:127.0.0.1')
  writeFileSync(both, [key, certificate].map((file) => readFileSync(file, 'utf8')).join(''), { mode: 0o600 })
  return both
}
