import { createReadStream, readFileSync, statSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/**
 * `bun serve.ts DIRECTORY [PEM-FILE]`: a web server for the files of a directory, on the loopback;
 * prints its port. Uses TLS if a file with a key and its certificate is given.
 */
const [directory = '.', pem] = process.argv.slice(2)

const answer: RequestListener = (request, response) => {
  const path = join(directory, new URL(request.url ?? '/', 'http://localhost').pathname)
  const file = statSync(path, { throwIfNoEntry: false })
  if (file?.isFile() !== true) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-length': file.size })
  createReadStream(path, { highWaterMark: 1 << 20 }).pipe(response)
}

const secret = pem === undefined ? undefined : readFileSync(pem)
const server = secret === undefined ? createServer(answer) : createSecureServer({ key: secret, cert: secret }, answer)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
