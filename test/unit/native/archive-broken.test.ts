import { END, MANIFEST, ROOTFS, blocks, extra, image, record, tar } from '../../helpers/archive.js'
import { refused, type Attack } from '../../helpers/attack.js'
import { bzip2, gzip, xz, zstd, type Packer } from '../../helpers/compress.js'

const good = image({ path: 'rootfs/a', content: 'a'.repeat(3000) })
const long = 'x'.repeat(256)
const patch = (at: number, bytes: string | number[]) => (block: Buffer) => {
  Buffer.from(bytes as string).copy(block, at)
}

const attacks: Record<string, Attack> = {
  'NUL byte in a pax path': {
    bytes: image({ path: 'rootfs/a', pax: [['path', 'rootfs/a\0.png']] }),
    says: 'rootfs/a\\u{0}.png: the name holds a NUL byte',
  },
  'NUL byte in a GNU long name': {
    bytes: image(extra('L', Buffer.from('rootfs/a\0b\0')), { path: 'rootfs/a' }),
    says: '././@LongLink: a GNU long name holds a NUL byte',
  },
  'empty name': { bytes: image({ path: '' }), says: ': the name is empty' },
  'name of 256 bytes': {
    bytes: image({ path: 'x', pax: [['path', `rootfs/${long}`]] }),
    says: `rootfs/${long}: a name is longer than 255 bytes`,
  },
  'path of 8,000 bytes': {
    bytes: image({ path: 'x', pax: [['path', `rootfs${'/abcdefg'.repeat(1000)}`]] }),
    says: /^rootfs\/abc.*….*efg: the path is longer than 4095 bytes$/,
  },
  'two names for one entry': {
    bytes: image(extra('L', Buffer.from('rootfs/a\0')), extra('x', record('path', 'rootfs/b')), { path: 'rootfs/c' }),
    says: 'rootfs/c: it has both a GNU long name and a pax path',
  },
  'pax header twice before one entry': {
    bytes: image(extra('x', record('path', 'rootfs/a')), extra('x', record('path', 'rootfs/b')), { path: 'rootfs/c' }),
    says: 'PaxHeader: the same extra header stands twice before one entry',
  },
  'pax header of no entry': {
    bytes: image(extra('x', record('path', 'rootfs/a'))),
    says: 'archive: an extra header at its end belongs to no entry',
  },
  'pax record of a wrong length': {
    bytes: image(extra('x', Buffer.from('99 path=rootfs/a\n')), { path: 'rootfs/a' }),
    says: 'PaxHeader: bad pax record: its length does not fit',
  },
  'pax header of more than 1 MiB': {
    bytes: image(extra('x', record('comment', 'c'.repeat(2 ** 20))), { path: 'rootfs/a' }),
    says: /^PaxHeader: an extra header of 10485\d\d bytes \(the most is 1048576\)$/,
  },
  'GNU long name of 2 GiB': {
    bytes: image(blocks({ path: '././@LongLink', type: 'L', size: 2 ** 31 })),
    says: '././@LongLink: an extra header of 2147483648 bytes (the most is 1048576)',
  },
  'attribute of more than 64 KiB': {
    bytes: image({ path: 'rootfs/a', pax: [['SCHILY.xattr.user.a', 'v'.repeat(65537)]] }),
    says: 'PaxHeader: extended attribute of more than 65536 bytes',
  },
  'unknown type flag': { bytes: image({ path: 'rootfs/a', type: 'Z' }), says: "rootfs/a: unknown type flag 'Z'" },
  socket: { bytes: image({ path: 'rootfs/s', mode: 0o140777 }), says: 'rootfs/s: a socket cannot be part of an image' },
  'GNU sparse file': {
    bytes: image({ path: 'rootfs/s', type: 'S', format: 'gnu' }),
    says: 'rootfs/s: sparse files (GNU) are not supported, repack without --sparse',
  },
  'pax sparse file': {
    bytes: image({ path: 'rootfs/s', pax: [['GNU.sparse.major', '1']] }),
    says: 'rootfs/s: sparse files (GNU.sparse.major) are not supported, repack without --sparse (bsdtar: with --no-read-sparse)',
  },
  'negative size in base 256': {
    bytes: image({ path: 'rootfs/a', header: patch(124, Array<number>(12).fill(255)) }),
    says: 'rootfs/a: its size is negative',
  },
  'overflowing size in base 256': {
    bytes: image({ path: 'rootfs/a', header: patch(124, [0x80, ...Array<number>(11).fill(255)]) }),
    says: "rootfs/a: the header's size is too large or no number",
  },
  'size that is no number': {
    bytes: image({ path: 'rootfs/a', header: patch(124, '0000000001z') }),
    says: "rootfs/a: the header's size is too large or no number",
  },
  'negative pax size': {
    bytes: image({ path: 'rootfs/a', pax: [['size', '-1']] }),
    says: 'PaxHeader: bad pax record: size is negative, too large, or no number',
  },
  'uid that means "unchanged"': {
    bytes: image({ path: 'rootfs/a', pax: [['uid', '4294967295']] }),
    says: 'rootfs/a: its uid 4294967295 is out of range',
  },
  'size beyond the limit': {
    bytes: image({ path: 'rootfs/a', pax: [['size', '9000000000000000000']] }),
    code: 'ARCHIVE_SIZE',
    says: /^rootfs\/a: 9000000000000000000 bytes, and the archive may have \d+ more \(the most is 1073741824\)$/,
  },
  'more entries than the limit': {
    bytes: image({ path: 'rootfs/a/b/c/d/e/f' }),
    limits: { entries: 5 },
    code: 'ARCHIVE_LIMIT',
    says: 'archive: more than 5 entries',
  },
  'tar larger than the limit': {
    bytes: image({ path: 'rootfs/a', content: Buffer.alloc(4 << 20) }),
    limits: { tarBytes: 2 << 20 },
    code: 'ARCHIVE_SIZE',
    says: /^(archive: more than 2097152 bytes uncompressed|rootfs\/a: 4194304 bytes, and .*)$/,
  },
  // deflate cannot expand 1,100 times, so a gzip bomb is detected by its size only.
  'gzip bomb that expands as far as gzip can': {
    bytes: gzip(image({ path: 'rootfs/a', content: Buffer.alloc(80 << 20) })),
    limits: { expansion: 1100, tarBytes: 16 << 20 },
    code: 'ARCHIVE_SIZE',
    says: /^(archive: more than 16777216 bytes uncompressed|rootfs\/a: 83886080 bytes, and .* \(the most is 16777216\))$/,
  },
  'decompression bomb': {
    bytes: gzip(image({ path: 'rootfs/a', content: Buffer.alloc(80 << 20) })),
    limits: { expansion: 100 },
    code: 'ARCHIVE_LIMIT',
    says: /^archive: \d+ bytes expand to more than \d+ \(the most is 100 times as many\)$/,
  },
  'device number out of range': {
    bytes: image({ path: 'rootfs/n', type: '4', device: [4096, 0] }),
    says: 'rootfs/n: no such device: 4096:0',
  },
  'bad header checksum': {
    bytes: image({ path: 'rootfs/a', damage: patch(0, 'R') }),
    says: 'archive: bad checksum of the header at byte 1536',
  },
  'content cut short': { bytes: good.subarray(0, 3000), says: 'rootfs/a: the archive is truncated' },
  'header cut short': {
    bytes: good.subarray(0, 1700),
    says: 'archive: truncated at byte 1700, inside a header',
  },
  'lone block of zeros': {
    bytes: Buffer.concat([
      tar(MANIFEST, ROOTFS).subarray(0, 1536),
      Buffer.alloc(512),
      blocks({ path: 'rootfs/a' }),
      END,
    ]),
    says: 'archive: a lone block of zeros at byte 1536',
  },
  'a second archive behind the end, without bound': {
    bytes: Buffer.concat([good, Buffer.alloc(2 << 20, 7)]),
    says: 'archive: more than 1048576 bytes behind its end',
  },
  'gzip cut short': { bytes: gzip(good).subarray(0, -20), says: 'archive: the gzip stream is truncated' },
  'gzip with a wrong checksum': {
    bytes: Buffer.concat([gzip(good).subarray(0, -8), Buffer.from('12345678')]),
    says: /^archive: the gzip stream is damaged \(.+\)$/,
  },
  'garbage behind gzip': {
    bytes: Buffer.concat([gzip(good), Buffer.from('garbage garbage garbage')]),
    says: /^archive: the gzip stream is damaged \(.+\)$/,
  },
  'zstd cut short': { bytes: zstd(good).subarray(0, -5), says: 'archive: the zstd stream is truncated' },
  'empty input': { bytes: Buffer.alloc(0), says: 'archive: it is empty' },
  'a text file': { bytes: Buffer.from('#!/bin/sh\n'.repeat(100)), says: 'archive: it is not a tar' },
  'a short text file': { bytes: Buffer.from('hello'), says: 'archive: truncated at byte 5, inside a header' },
}

const flawed: readonly [string, Packer][] = [
  ['bzip2', bzip2],
  ['xz', xz],
]
for (const [name, pack] of flawed) {
  const packed = pack(good)
  if (packed === undefined) continue
  attacks[`${name} cut short`] = {
    bytes: packed.subarray(0, -10),
    says: /^archive: the \w+ stream is (truncated|damaged)/,
  }
  const flipped = Buffer.from(packed)
  flipped.writeUInt8(flipped.readUInt8(packed.length >> 1) ^ 0x40, packed.length >> 1)
  attacks[`${name} with a flipped bit`] = { bytes: flipped, says: /^archive: the \w+ stream is (truncated|damaged)/ }
}

refused('archives that are broken, odd, or too much', attacks)
