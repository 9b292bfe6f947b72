// Types for the part of dbus-next that is used here, below its bus and proxies: the decoding of
// values. dbus-next has no types for it.

declare module 'dbus-next/lib/dbus-buffer.js' {
  export default class DBusBuffer {
    constructor(bytes: Buffer, offset: number, endianness: number, descriptors: null, options: object)
    /**
     * Gives arrays and structs as arrays, numbers of 64 bits as bigints, and a variant as `[type,
     * [value]]`.
     */
    read(signature: string): readonly unknown[]
  }
}
