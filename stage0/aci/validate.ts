import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { messageOf, plainReason, RuntimeError } from '#schema/errors.js'
import { ManifestError } from '#schema/manifest-error.js'
import { manifestVerdict, validateManifest } from '#schema/validate-manifest.js'
import { kindOf, SNIFF_BYTES } from './file-type.js'
import { checkLayout } from './layout.js'
import { checkArchive } from './check-archive.js'

export const VALIDATE_TYPES = ['appimage', 'layout', 'manifest'] as const
export type ValidateType = (typeof VALIDATE_TYPES)[number]

/** What `validate` says of one file, in actool's words (V2). */
export interface Verdict {
  /** `FILE: valid ImageManifest`, or the first fault. */
  readonly line: string
  readonly valid: boolean
  /** What is allowed and still deserves a word: lines like `line`. */
  readonly warnings: readonly string[]
  /** The file could not be judged at all: those after it are not looked at. */
  readonly fatal?: true
}

/** Judges one file as `type`, or as what it looks like. */
export async function validate(path: string, type: ValidateType | undefined): Promise<Verdict> {
  const stat = attempt(() => statSync(path))
  if (stat instanceof Error) return fatal(`unable to access ${path}: stat ${path}: ${plainReason(stat)}`)
  if (stat.isDirectory()) {
    if (type === undefined || type === 'layout') return layout(path)
    return fatal(`${path} is a directory (wrong --type?)`)
  }
  const fd = attempt(() => openSync(path, 'r'))
  if (fd instanceof Error) return fatal(`${path}: unable to open: open ${path}: ${plainReason(fd)}`)
  try {
    return await file(path, fd, type ?? sniff(fd))
  } finally {
    closeSync(fd)
  }
}

async function file(path: string, fd: number, type: ValidateType | null): Promise<Verdict> {
  switch (type) {
    case 'layout':
      return layout(path)
    case 'appimage':
      return await image(path, fd)
    case 'manifest':
      return manifest(path)
    case null:
      return fatal(`${path}: unable to detect filetype (try --type)`)
  }
}

function layout(path: string): Verdict {
  try {
    return valid(`${path}: valid image layout`, warningsOf(path, checkLayout(path)))
  } catch (error) {
    return { line: `${path}: invalid image layout: ${known(error)}`, valid: false, warnings: [] }
  }
}

async function image(path: string, fd: number): Promise<Verdict> {
  try {
    return valid(`${path}: valid app container image`, warningsOf(path, await checkArchive(fd)))
  } catch (error) {
    return { line: `${path}: error validating: ${known(error)}`, valid: false, warnings: [] }
  }
}

function manifest(path: string): Verdict {
  const bytes = attempt(() => readFileSync(path))
  if (bytes instanceof Error) return fatal(`${path}: unable to read file read ${path}: ${plainReason(bytes)}`)
  try {
    const { kind, warnings } = validateManifest(bytes, path)
    return valid(`${path}: valid ${kind}`, prefixed(path, warnings))
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const verdict: Verdict = { line: `${path}: ${manifestVerdict(error)}`, valid: false, warnings: [] }
    return error.kind === undefined ? { ...verdict, fatal: true } : verdict
  }
}

const valid = (line: string, warnings: readonly string[]): Verdict => ({ line, valid: true, warnings })
const fatal = (line: string): Verdict => ({ line, valid: false, warnings: [], fatal: true })
const warningsOf = (path: string, bytes: Buffer): string[] => prefixed(path, validateManifest(bytes, path).warnings)
const prefixed = (path: string, lines: readonly string[]): string[] => lines.map((line) => `${path}: warning: ${line}`)

function known(error: unknown): string {
  if (!(error instanceof RuntimeError)) throw error
  return error.message
}

function sniff(fd: number): ValidateType | null {
  const head = Buffer.alloc(SNIFF_BYTES)
  return kindOf(head.subarray(0, readSync(fd, head, 0, SNIFF_BYTES, 0)))
}

function attempt<T>(call: () => T): T | Error {
  try {
    return call()
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error))
  }
}
