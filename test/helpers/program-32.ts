/** The output of {@link program32}. */
export const SAID = '32 bits\n'

const HEADER_BYTES = 52
const SEGMENT_BYTES = 32
const BASE = 0x0804_8000

/** A static program for i386 (elf(5)): prints {@link SAID} with write(2), and ends with exit(2). */
export function program32(): Buffer {
  const start = HEADER_BYTES + SEGMENT_BYTES
  const text = Buffer.from(SAID)
  const code = (address: number): Buffer =>
    Buffer.concat([
      ...[move(EAX, 4), move(EBX, 1), move(ECX, address), move(EDX, text.length), INT80],
      ...[move(EAX, 1), move(EBX, 0), INT80],
    ])
  const address = BASE + start + code(0).length
  const length = start + code(0).length + text.length
  const header = Buffer.concat([
    Buffer.from('\x7fELF\x01\x01\x01'.padEnd(16, '\0'), 'latin1'),
    halves(2, 3),
    words(1, BASE + start, HEADER_BYTES, 0, 0),
    halves(HEADER_BYTES, SEGMENT_BYTES, 1, 0, 0, 0),
  ])
  const readAndExecute = 5
  const segment = words(1, 0, BASE, BASE, length, length, readAndExecute, 0x1000)
  return Buffer.concat([header, segment, code(address), text])
}

const [EAX, EBX, ECX, EDX] = [0xb8, 0xbb, 0xb9, 0xba]
const INT80 = Buffer.of(0xcd, 0x80)
const move = (register: number, value: number): Buffer => Buffer.concat([Buffer.of(register), words(value)])

const words = (...values: readonly number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer)
const halves = (...values: readonly number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer)
