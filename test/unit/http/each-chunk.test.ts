import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachChunk } from '../../../stage0/http/each-chunk.js'
import { content } from '../../helpers/downloads.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import { authority } from '../../helpers/authority.js'

const BYTES = content(20_000_000)

for (const tls of [false, true]) {
  test(`a body read over ${tls ? 'https' : 'http'} leaves little memory to the garbage collector`, async (t) => {
    setProxies(t)
    if (tls) authority().trust()
    const server = await serverFor(t, { tls })
    server.route('/a', BYTES)
    const { body } = await clientFor(t).get(server.url('/a'))
    const buffers = new Set<ArrayBufferLike>()
    body.socket.on('data', ({ buffer }: Buffer) => buffers.add(buffer))
    const copies: Buffer[] = []
    await eachChunk(body, (chunk) => {
      buffers.add(chunk.buffer)
      copies.push(Buffer.from(chunk))
    })
    assert.ok(Buffer.concat(copies).equals(BYTES))
    const left = [...buffers].filter((buffer) => buffer instanceof ArrayBuffer && !buffer.detached)
    const bytes = left.reduce((sum, { byteLength }) => sum + byteLength, 0)
    assert.ok(bytes < 1_200_000, `${bytes} bytes in ${left.length} of ${buffers.size} buffers are left`)
    assert.ok(buffers.size > 20)
  })

  test(`a second answer over the same connection comes as it was sent (${tls ? 'https' : 'http'})`, async (t) => {
    setProxies(t)
    if (tls) authority().trust()
    const server = await serverFor(t, { tls })
    server.route('/a', BYTES)
    const client = clientFor(t)
    for (let turn = 0; turn < 3; turn++) {
      const { body } = await client.get(server.url('/a'))
      const { socket } = body
      const copies: Buffer[] = []
      await eachChunk(body, (chunk) => void copies.push(Buffer.from(chunk)))
      assert.ok(Buffer.concat(copies).equals(BYTES))
      const { bytes } = await client.bytes(server.url('/a'), BYTES.length)
      assert.ok(bytes.equals(BYTES))
      assert.equal(socket.destroyed, false)
    }
  })
}
