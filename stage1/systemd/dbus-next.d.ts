// The parts of dbus-next below its bus and proxies, which it does not type: values to bytes and back.

declare module 'dbus-next/lib/marshall-compat.js' {
  interface Fields {
    serial: number
    type?: number
    flags?: number
    path?: string
    interface?: string
    member?: string
    destination?: string
    signature?: string
    body?: unknown[]
  }
  const compat: {
    /** The bytes of a message, and its descriptors. */
    marshallMessage(message: Fields): [Buffer, unknown[]]
    messageToJsFmt(message: { signature: string; body: unknown }): { body: unknown[] }
  }
  export default compat
}

declare module 'dbus-next/lib/dbus-buffer.js' {
  export default class DBusBuffer {
    constructor(bytes: Buffer, offset: number, endianness: number, descriptors: null, options: object)
    read(signature: string): unknown
  }
}

declare module 'dbus-next/lib/variant.js' {
  const module: {
    Variant: new (signature: string, value: unknown) => { readonly signature: string; readonly value: unknown }
  }
  export default module
}
