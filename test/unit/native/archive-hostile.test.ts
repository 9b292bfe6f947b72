import { MANIFEST, ROOTFS, extra, image, record, tar } from '../../helpers/archive.js'
import { refused, type Attack } from '../../helpers/attack.js'

const evil = 'root::0:0::/:/bin/sh\n'
const patch = (at: number, bytes: string | number[]) => (block: Buffer) => {
  Buffer.from(bytes as string).copy(block, at)
}

const attacks: Record<string, Attack> = {
  'absolute path': {
    bytes: image({ path: '/etc/passwd', content: evil }),
    says: '/etc/passwd: the path is absolute',
  },
  'path that climbs out': {
    bytes: image({ path: 'rootfs/../../outside/evil', content: evil }),
    says: 'rootfs/../../outside/evil: the path holds ".."',
  },
  'pax path that climbs out': {
    bytes: image({ path: 'rootfs/a', content: evil, pax: [['path', 'rootfs/../../outside/evil']] }),
    says: 'rootfs/../../outside/evil: the path holds ".."',
  },
  'global pax path that climbs out': {
    bytes: image(extra('g', record('path', '../outside/evil')), { path: 'rootfs/a', content: evil }),
    says: '../outside/evil: the path holds ".."',
  },
  'GNU long name that climbs out': {
    bytes: image(extra('L', Buffer.from('rootfs/../../outside/evil\0')), { path: 'rootfs/a', content: evil }),
    says: 'rootfs/../../outside/evil: the path holds ".."',
  },
  'ustar prefix that climbs out': {
    bytes: image({ path: 'evil', content: evil, header: patch(345, 'rootfs/../../outside') }),
    says: 'rootfs/../../outside/evil: the path holds ".."',
  },
  'file through a symlink to the outside': {
    bytes: image({ path: 'rootfs/out', type: '2', link: '../../outside' }, { path: 'rootfs/out/evil', content: evil }),
    says: 'rootfs/out/evil: it stands beneath the symlink rootfs/out',
  },
  'file deep beneath a symlink': {
    bytes: image({ path: 'rootfs/out', type: '2', link: '/' }, { path: 'rootfs/out/tmp/x/evil', content: evil }),
    says: 'rootfs/out/tmp/x/evil: it stands beneath the symlink rootfs/out',
  },
  'symlink in place of a directory already used': {
    bytes: image({ path: 'rootfs/d/f' }, { path: 'rootfs/d', type: '2', link: '../../outside' }),
    says: 'rootfs/d: entries above stand beneath it, but it is no directory',
  },
  'directory replaced by a symlink': {
    bytes: image({ path: 'rootfs/d', type: '5' }, { path: 'rootfs/d', type: '2', link: '../../outside' }),
    says: 'duplicate file entry in archive: rootfs/d',
  },
  'file beneath a file': {
    bytes: image({ path: 'rootfs/f' }, { path: 'rootfs/f/g' }),
    says: 'rootfs/f/g: it stands beneath rootfs/f, which is no directory',
  },
  'hard link to an absolute path': {
    bytes: image({ path: 'rootfs/l', type: '1', link: '/etc/shadow' }),
    says: 'rootfs/l: hard link to /etc/shadow: the path is absolute',
  },
  'hard link that climbs out': {
    bytes: image({ path: 'rootfs/l', type: '1', link: 'rootfs/../../outside/sentinel' }),
    says: 'rootfs/l: hard link to rootfs/../../outside/sentinel: the path holds ".."',
  },
  'pax hard link that climbs out': {
    bytes: image({ path: 'rootfs/l', type: '1', link: 'x', pax: [['linkpath', '../outside/sentinel']] }),
    says: 'rootfs/l: hard link to ../outside/sentinel: the path holds ".."',
  },
  'GNU long link that climbs out': {
    bytes: image(extra('K', Buffer.from('../outside/sentinel\0')), { path: 'rootfs/l', type: '1', link: 'x' }),
    says: 'rootfs/l: hard link to ../outside/sentinel: the path holds ".."',
  },
  'hard link to the manifest': {
    bytes: image({ path: 'rootfs/l', type: '1', link: 'manifest' }),
    says: 'rootfs/l: hard link to manifest outside the rootfs',
  },
  'hard link to nothing': {
    bytes: image({ path: 'rootfs/l', type: '1', link: 'rootfs/later' }, { path: 'rootfs/later' }),
    says: 'rootfs/l: hard link to rootfs/later which is not in the archive before it',
  },
  'hard link through a symlink': {
    bytes: image(
      { path: 'rootfs/out', type: '2', link: '../../outside' },
      { path: 'rootfs/l', type: '1', link: 'rootfs/out/sentinel' },
    ),
    says: 'rootfs/l: hard link to rootfs/out/sentinel which is not in the archive before it',
  },
  'file beneath a hard link to a symlink': {
    bytes: image(
      { path: 'rootfs/s', type: '2', link: '../../outside' },
      { path: 'rootfs/l', type: '1', link: 'rootfs/s' },
      { path: 'rootfs/l/sentinel', content: evil },
    ),
    says: 'rootfs/l/sentinel: it stands beneath the symlink rootfs/l',
  },
  'hard link through a hard link to a symlink': {
    bytes: image(
      { path: 'rootfs/s', type: '2', link: '../../outside' },
      { path: 'rootfs/l', type: '1', link: 'rootfs/s' },
      { path: 'rootfs/m', type: '1', link: 'rootfs/l/sentinel' },
    ),
    says: 'rootfs/m: hard link to rootfs/l/sentinel which is not in the archive before it',
  },
  'hard link to a directory': {
    bytes: image({ path: 'rootfs/d', type: '5' }, { path: 'rootfs/l', type: '1', link: 'rootfs/d' }),
    says: 'rootfs/l: hard link to rootfs/d which is a directory',
  },
  'hard link to itself': {
    bytes: image({ path: 'rootfs/l', type: '1', link: './rootfs/l' }),
    says: 'rootfs/l: hard link to rootfs/l itself',
  },
  'hard link with content': {
    bytes: image({ path: 'rootfs/a' }, { path: 'rootfs/l', type: '1', link: 'rootfs/a', content: evil }),
    says: 'rootfs/l: a hard link with content',
  },
  'directory with content': {
    bytes: image({ path: 'rootfs/d', type: '5', content: evil }),
    says: 'rootfs/d: a directory with content',
  },
  'overlay whiteout': {
    bytes: image({ path: 'rootfs/gone', type: '3', device: [0, 0] }),
    says: 'rootfs/gone: a whiteout of overlay (character device 0:0)',
  },
  'trusted.overlay attribute': {
    bytes: image({ path: 'rootfs/d', type: '5', pax: [['SCHILY.xattr.trusted.overlay.opaque', 'y']] }),
    says: 'rootfs/d: the attribute trusted.overlay.opaque belongs to overlay',
  },
  'user.overlay attribute in the spelling of libarchive': {
    bytes: image({ path: 'rootfs/d', type: '5', pax: [['LIBARCHIVE.xattr.user.overlay%2Eredirect', 'L2V0Yw==']] }),
    says: 'rootfs/d: the attribute user.overlay.redirect belongs to overlay',
  },
  'the same file twice': {
    bytes: image({ path: 'rootfs/a' }, { path: 'rootfs/a' }),
    says: 'duplicate file entry in archive: rootfs/a',
  },
  'the same file twice, once as ./': {
    bytes: image({ path: 'rootfs/a' }, { path: './rootfs//./a' }),
    says: 'duplicate file entry in archive: rootfs/a',
  },
  'the same directory twice, once without its slash': {
    bytes: image({ path: 'rootfs/d/', type: '5' }, { path: 'rootfs/d', type: '5' }),
    says: 'duplicate file entry in archive: rootfs/d',
  },
  'second manifest': { bytes: image(MANIFEST), says: 'duplicate file entry in archive: manifest' },
  'the root itself twice': {
    bytes: image({ path: './', type: '5' }, { path: '.', type: '5' }),
    says: 'duplicate file entry in archive: .',
  },
  'third top-level name': {
    bytes: image({ path: 'etc/passwd', content: evil }),
    says: 'unrecognized file path in layout: "etc/passwd"',
  },
  'top-level name that starts with rootfs': {
    bytes: image({ path: 'rootfs2/a' }),
    says: 'unrecognized file path in layout: "rootfs2/a"',
  },
  'manifest as a symlink': {
    bytes: tar({ path: 'manifest', type: '2', link: '/etc/shadow' }, ROOTFS),
    says: 'manifest is not a regular file',
  },
  'manifest as a directory': {
    bytes: tar({ path: 'manifest', type: '5' }, ROOTFS),
    says: 'manifest is not a regular file',
  },
  'file beneath manifest': {
    bytes: image({ path: 'manifest/x' }),
    says: 'manifest/x: it stands beneath manifest, which is no directory',
  },
  'manifest missing': { bytes: tar(ROOTFS), says: 'no image manifest found in layout' },
  'manifest too large': {
    bytes: image(),
    limits: { manifestBytes: 10 },
    code: 'ARCHIVE_LIMIT',
    says: /^manifest: \d+ bytes \(the most is 10\)$/,
  },
  'rootfs missing': { bytes: tar(MANIFEST), says: 'no rootfs found in layout' },
  'rootfs only implied': { bytes: tar(MANIFEST, { path: 'rootfs/a' }), says: 'no rootfs found in layout' },
  'rootfs as a symlink': {
    bytes: tar(MANIFEST, { path: 'rootfs', type: '2', link: '../outside' }),
    says: 'rootfs is not a directory',
  },
  'rootfs as a file': { bytes: tar(MANIFEST, { path: 'rootfs' }), says: 'rootfs is not a directory' },
}

refused('archives that reach for what is not theirs', attacks)
