// The part of dbus-next below its bus and proxies that is used here, which it does not type: bytes to values.

declare module 'dbus-next/lib/dbus-buffer.js' {
  export default class DBusBuffer {
    constructor(bytes: Buffer, offset: number, endianness: number, descriptors: null, options: object)
    /** Arrays and structs become arrays, numbers of 64 bits bigints, a variant `[type, [value]]`. */
    read(signature: string): readonly unknown[]
  }
}
