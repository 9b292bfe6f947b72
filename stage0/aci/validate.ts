import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { messageOf, plainReason, RuntimeError } from '#schema/errors.js'
import { ManifestError } from '#schema/manifest-error.js'
import { manifestVerdict, validateManifest } from '#schema/validate-manifest.js'
import { kindOf, SNIFF_BYTES } from './file-type.js'
import { checkLayout } from './layout.js'
import { checkArchive } from './check-archive.js'

export const VALIDATE_TYPES = ['appimage', 'layout', 'manifest'] as const
export type ValidateType = (typeof VALIDATE_TYPES)[number]

/** The result of `validate` for one file, in actool's words (V2). */
export interface Verdict {
  /** `FILE: valid ImageManifest`, or the first problem. */
  readonly line: string
  readonly valid: boolean
  /** Problems that the specification allows: one line each, in the form of `line`. */
  readonly warnings: readonly string[]
  /** The file could not be validated at all; the caller skips the files after it. */
  readonly fatal?: true
}

/** Validates one file as `type`, or as the kind that it detects. */
export async function validate(path: string, type: ValidateType | undefined): Promise<Verdict> {
  const stat = attempt(() => statSync(path))
  if (stat instanceof Error) return fatal(`unable to access ${path}: stat ${path}: ${plainReason(stat)}`)
  if (stat.isDirectory()) {
    if (type === undefined || type === 'layout') return validateLayout(path)
    return fatal(`${path} is a directory (wrong --type?)`)
  }
  const fd = attempt(() => openSync(path, 'r'))
  if (fd instanceof Error) return fatal(`${path}: unable to open: open ${path}: ${plainReason(fd)}`)
  try {
    return await validateFile(path, fd, type ?? sniff(fd))
  } finally {
    closeSync(fd)
  }
}

async function validateFile(path: string, fd: number, type: ValidateType | null): Promise<Verdict> {
  switch (type) {
    case 'layout':
      return validateLayout(path)
    case 'appimage':
      return await validateImage(path, fd)
    case 'manifest':
      return validateManifestFile(path)
    case null:
      return fatal(`${path}: unable to detect filetype (try --type)`)
  }
}

function validateLayout(path: string): Verdict {
  try {
    return valid(`${path}: valid image layout`, warningsOf(path, checkLayout(path)))
  } catch (error) {
    return { line: `${path}: invalid image layout: ${runtimeMessage(error)}`, valid: false, warnings: [] }
  }
}

async function validateImage(path: string, fd: number): Promise<Verdict> {
  try {
    return valid(`${path}: valid app container image`, warningsOf(path, await checkArchive(fd)))
  } catch (error) {
    return { line: `${path}: error validating: ${runtimeMessage(error)}`, valid: false, warnings: [] }
  }
}

function validateManifestFile(path: string): Verdict {
  const bytes = attempt(() => readFileSync(path))
  if (bytes instanceof Error) return fatal(`${path}: unable to read file read ${path}: ${plainReason(bytes)}`)
  try {
    const { kind, warnings } = validateManifest(bytes, path)
    return valid(`${path}: valid ${kind}`, prefixWarnings(path, warnings))
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const verdict: Verdict = { line: `${path}: ${manifestVerdict(error)}`, valid: false, warnings: [] }
    return error.kind === undefined ? { ...verdict, fatal: true } : verdict
  }
}

const valid = (line: string, warnings: readonly string[]): Verdict => ({ line, valid: true, warnings })
const fatal = (line: string): Verdict => ({ line, valid: false, warnings: [], fatal: true })
const warningsOf = (path: string, bytes: Buffer): string[] =>
  prefixWarnings(path, validateManifest(bytes, path).warnings)
const prefixWarnings = (path: string, lines: readonly string[]): string[] =>
  lines.map((line) => `${path}: warning: ${line}`)

function runtimeMessage(error: unknown): string {
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
