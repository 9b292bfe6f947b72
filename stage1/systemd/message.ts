import DBusBuffer from 'dbus-next/lib/dbus-buffer.js'
import { encode } from './encode.js'

const METHOD_CALL = 1
export const METHOD_RETURN = 2
export const ERROR = 3
export const SIGNAL = 4

/** A method call to send. */
export interface Call {
  readonly destination: string
  readonly path: string
  readonly interface: string
  readonly member: string
  readonly signature?: string
  readonly body?: readonly unknown[]
}

/**
 * A received message. Its body is decoded only on demand: decoding is slow, and most messages are
 * not relevant.
 */
export interface Received {
  readonly type: number
  readonly replySerial: number
  readonly path: string
  readonly member: string
  readonly errorName: string
  readonly body: () => readonly unknown[]
  /**
   * The value of a property of type string in the body, found without decoding the rest; undefined
   * where there is none.
   */
  readonly textOf: (property: string) => string | undefined
  /** The same for a property of type int32. */
  readonly numberOf: (property: string) => number | undefined
}

/** The value of a variant as dbus-next decodes it: its type, and its value in an array. */
export const valueOfVariant = (variant: unknown): unknown => (variant as [unknown, [unknown]])[1][0]

const FIELD = { path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, signature: 8 } as const

const HEADER = 'yyyyuua(yv)'
const PROTOCOL = 1
const SERIAL_OFFSET = 8

/** Encodes a method call; the serial number is set later by {@link setSerial}. */
export function encodeCall({
  path,
  interface: interfaceName,
  member,
  destination,
  signature = '',
  body = [],
}: Call): Buffer {
  const content = encode(signature, body)
  const fields = [
    [FIELD.path, { signature: 'o', value: path }],
    [FIELD.interface, { signature: 's', value: interfaceName }],
    [FIELD.member, { signature: 's', value: member }],
    [FIELD.destination, { signature: 's', value: destination }],
    ...(signature === '' ? [] : [[FIELD.signature, { signature: 'g', value: signature }]]),
  ]
  const header = encode(HEADER, [LITTLE_ENDIAN, METHOD_CALL, 0, PROTOCOL, content.length, 0, fields])
  return Buffer.concat([header, Buffer.alloc(-header.length & 7), content])
}

/** Sets the serial number of a message. The reply refers to it. */
export function setSerial(message: Buffer, serial: number): void {
  message.writeUInt32LE(serial, SERIAL_OFFSET)
}

const FIXED_BYTES = 16
const LITTLE_ENDIAN = 0x6c

/** One message, and its length in bytes. */
interface Decoded {
  readonly message: Received
  readonly length: number
}

/**
 * Decodes the first message of `bytes`, which begin with a complete one (D-Bus Specification,
 * Message Format). The sender runs on this machine, so messages are little-endian like it.
 */
export function decodeMessage(bytes: Buffer): Decoded {
  const bodyLength = bytes.readUInt32LE(4)
  const fieldsEnd = FIXED_BYTES + bytes.readUInt32LE(12)
  const bodyStart = (fieldsEnd + 7) & ~7
  const length = bodyStart + bodyLength
  const type = bytes.readUInt8(1)
  const fields = headerFields(bytes, fieldsEnd)
  const text = (code: number) => String(fields.get(code) ?? '')
  const signature = text(FIELD.signature)
  const content = bytes.subarray(bodyStart, length)
  const body = () => new DBusBuffer(content, 0, LITTLE_ENDIAN, null, {}).read(signature)
  const message = {
    type,
    replySerial: Number(fields.get(FIELD.replySerial) ?? 0),
    path: text(FIELD.path),
    member: text(FIELD.member),
    errorName: text(FIELD.errorName),
    body,
    textOf: (property: string) => textOf(content, property),
    numberOf: (property: string) => numberOf(content, property),
  }
  return { message, length }
}

/**
 * In a dictionary the key is a string and the value a variant: the length of the name, `name NUL`,
 * the signature `s`, and the string at the next multiple of 4.
 */
function textOf(body: Buffer, property: string): string | undefined {
  const size = valueAt(body, property, 's')
  if (size === undefined) return undefined
  return body.toString('utf8', size + 4, size + 4 + body.readUInt32LE(size))
}

function numberOf(body: Buffer, property: string): number | undefined {
  const at = valueAt(body, property, 'i')
  return at === undefined ? undefined : body.readInt32LE(at)
}

function valueAt(body: Buffer, property: string, type: string): number | undefined {
  // The key includes the length, so that `Result` does not match the end of `CleanResult`.
  const key = `${String.fromCharCode(property.length)}\0\0\0${property}\0\u0001${type}\0`
  const at = body.indexOf(key, 0, 'latin1')
  return at === -1 ? undefined : (at + key.length + 3) & ~3
}

/** Header fields by code. Each is a variant of a string, a signature or a number. */
function headerFields(bytes: Buffer, end: number): ReadonlyMap<number, string | number> {
  const fields = new Map<number, string | number>()
  let at = FIXED_BYTES
  while (at < end) {
    at = (at + 7) & ~7
    const code = bytes.readUInt8(at)
    const type = String.fromCharCode(bytes.readUInt8(at + 2))
    at += 4
    if (type === 'u') {
      fields.set(code, bytes.readUInt32LE(at))
      at += 4
      continue
    }
    const [size, start] = type === 'g' ? [bytes.readUInt8(at), at + 1] : [bytes.readUInt32LE(at), at + 4]
    fields.set(code, bytes.toString('utf8', start, start + size))
    at = start + size + 1
  }
  return fields
}
