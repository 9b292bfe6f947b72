import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** `node serve.js DIRECTORY`: a web server for the files of a directory, on the loopback; prints its port. */
const [directory = '.'] = process.argv.slice(2)

const server = createServer((request, response) => {
  const path = join(directory, new URL(request.url ?? '/', 'http://localhost').pathname)
  const file = statSync(path, { throwIfNoEntry: false })
  if (file?.isFile() !== true) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-length': file.size })
  createReadStream(path, { highWaterMark: 1 << 20 }).pipe(response)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
