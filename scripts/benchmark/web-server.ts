import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A web server in a process of its own. */
export interface WebServer extends AsyncDisposable {
  /** Where the files are: a URL with a slash at its end. */
  readonly url: string
}

/** Serves the files of a directory over http on the loopback until it is disposed of. */
export async function serve(directory: string): Promise<WebServer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.js'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [port] = (await Promise.race([once(child.stdout, 'data'), ended])) as unknown[]
  if (!(port instanceof Buffer)) throw new Error('the web server did not start')
  return {
    url: `http://127.0.0.1:${port.toString().trim()}/`,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}
