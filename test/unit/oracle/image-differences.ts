import type { Difference } from './differences.js'

const refuse = (rule: string, why: string, cases: RegExp): Difference => ({ rule, verdict: 'we refuse', why, cases })
const accept = (rule: string, why: string, cases: RegExp): Difference => ({ rule, verdict: 'we accept', why, cases })

/**
 * All differences in verdicts on layouts and images; those on their manifests are in
 * differences.ts.
 */
export const IMAGE_DIFFERENCES: readonly Difference[] = [
  refuse('A2', 'rootfs is an entry like any other: there once', /^image: (two rootfs|a name of dots)$/),
  refuse('A3', 'rootfs2 is not in rootfs', /^(layout|image): a third name that begins alike$/),
  refuse('A4', 'an entry of unknown kind cannot be kept', /^image: an unknown type$/),
  refuse('A4', 'an entry has a name', /^image: an empty name$/),
  refuse('A4', 'a hard link names a file of the archive', /^image: a hard link (out|to nothing)$/),
  refuse('A4', 'a file stands in a directory', /^image: a file (through a symlink|below a file)$/),
  refuse('A4', 'a name has no way up', /^image: a name that leaves rootfs and comes back$/),
  refuse('A4', "overlay's own marks are no files of an image", /^image: an overlay (whiteout|attribute)$/),
  accept('A5', 'zstd is our addition', /^zstd$/),
  refuse('A8', 'what is damaged behind the end of the tar is damaged', /^(gzip with a wrong checksum|xz cut short)$/),
  refuse('M15', 'the whitelist holds absolute paths', /^(layout|image) with a relative whitelist$/),
]

/** actool's messages that differ from ours, if both refuse. */
export const IMAGE_WORDS: readonly { readonly why: string; readonly actool?: RegExp; readonly cases?: RegExp }[] = [
  { why: "Go's own words for what is cut short", actool: /: unexpected EOF$/ },
  { why: "Go's own words for a bad header", actool: /: archive\/tar: / },
  { why: "Go's own words for JSON", actool: /unexpected end of JSON input|json: cannot unmarshal|: invalid character/ },
  { why: "Go's own words for system errors", actool: /\/manifest: (is a directory|no such file or directory)$/ },
  { why: 'actool reads two manifests as one text', cases: /^image: two manifests/ },
  { why: 'a path that leads out is named as such', cases: /^image: (an absolute name|a name that leaves)/ },
]
