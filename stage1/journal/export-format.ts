/** One journal entry: fields as bytes, because a value may hold anything. */
export type Entry = ReadonlyMap<string, Buffer>

const NEWLINE = 0x0a
const EQUALS = 0x3d
const SIZE_BYTES = 8

/**
 * Reads the Journal Export Format (systemd.io/JOURNAL_EXPORT_FORMATS), whose pieces may be cut anywhere: text fields as
 * `NAME=value`, binary ones as `NAME`, a little-endian length and the bytes, an empty line after each entry.
 */
export class ExportReader {
  #rest: Buffer = Buffer.alloc(0)
  #entry = new Map<string, Buffer>()

  /** Takes the next piece; gives the entries it completes. */
  push(piece: Buffer): readonly Entry[] {
    const buffer = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const entries: Entry[] = []
    let position = 0
    for (;;) {
      const next = this.#takeLine(buffer, position, entries)
      if (next === null) break
      position = next
    }
    this.#rest = buffer.subarray(position)
    return entries
  }

  /** Takes one line, or one binary field; gives where the next begins, or null where not all of it is there yet. */
  #takeLine(buffer: Buffer, start: number, entries: Entry[]): number | null {
    const end = buffer.indexOf(NEWLINE, start)
    if (end === -1) return null
    if (end === start) {
      if (this.#entry.size > 0) entries.push(this.#entry)
      this.#entry = new Map()
      return end + 1
    }
    const line = buffer.subarray(start, end)
    const equals = line.indexOf(EQUALS)
    if (equals !== -1) {
      this.#entry.set(line.toString('latin1', 0, equals), line.subarray(equals + 1))
      return end + 1
    }
    const data = end + 1 + SIZE_BYTES
    if (buffer.length < data) return null
    const after = data + Number(buffer.readBigUInt64LE(end + 1))
    if (buffer.length <= after) return null
    this.#entry.set(line.toString('latin1'), buffer.subarray(data, after))
    return after + 1
  }
}
