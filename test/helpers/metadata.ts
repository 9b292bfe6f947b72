import assert from 'node:assert/strict'
import { connect } from 'node:net'

/** A shell function: `sign CONTENT` prints a signature of this pod. */
const SIGN = 'sign() { wget -qO- --post-data "content=$1" $AC_METADATA_URL/acMetadata/v1/pod/hmac/sign; }'

/** A shell function: `verify CONTENT UUID SIGNATURE` succeeds where that pod signed the content. */
const VERIFY = [
  'escape() { echo -n "$1" | sed \'s/+/%2B/g; s:/:%2F:g; s/=/%3D/g\'; }',
  'verify() { wget -qO- --post-data "content=$1&uuid=$2&signature=$(escape "$3")" $AC_METADATA_URL/acMetadata/v1/pod/hmac/verify; }',
].join('\n')

/** A shell function: `get PATH` prints a resource. */
const GET = 'get() { wget -qO- $AC_METADATA_URL/acMetadata/v1/$1; }'

/** Shell functions for scripts in pods. */
export const FUNCTIONS = `${GET}\n${SIGN}\n${VERIFY}\n`

/** Sends bytes to a port of 127.0.0.1; gives the status of the answer, '' where there is none. */
export async function statusOf(port: number, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')))
  for (const piece of pieces) socket.write(piece)
  await new Promise((resolve) => socket.once('close', resolve))
  return text.split(' ')[1] ?? ''
}

/** The port, the token and the path of a URL of AC_METADATA_URL. */
export function partsOf(url: string): { readonly port: number; readonly token: string } {
  const [, port = '', token = ''] = /^http:\/\/127\.0\.0\.1:(\d+)\/([0-9a-f]{32})$/.exec(url.trim()) ?? []
  assert.notEqual(port, '', `no URL of a metadata service: ${url}`)
  return { port: Number(port), token }
}
