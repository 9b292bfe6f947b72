import { RuntimeError } from '#schema/errors.js'
import { PROGRESS_MODES } from '../../fetch/progress-mode.js'
import { PULL_POLICIES } from '../../fetch/session.js'
import { parseImageWord } from '../../image/word.js'
import type { AppRequest, PodRequest, Variables } from '../../prepare/request.js'
import { parseVariable } from '../../prepare/variable.js'
import { parseBounds } from './bounds.js'
import { optionRow, OPTIONS, type OptionName } from './options.js'
import {
  badValue,
  parseAbsolute,
  parseBoolean,
  parseCapabilities,
  parseGIDs,
  parseHostname,
  parseName,
  parseSize,
} from './values.js'
import { parseMount, parseVolume } from './volume.js'
import { strayImage } from './stray-image.js'
import { readWords } from './words.js'

/** The values of each option, in the order given: those before any image, or those of one image. */
type Given = Map<OptionName, string[]>

interface GivenImage {
  readonly image: string
  readonly options: Given
  args: readonly string[] | null
}

/** A request whose images are still words. */
type AppWords = Omit<AppRequest, 'image'> & Pick<GivenImage, 'image'>
type PodWords = Omit<PodRequest, 'apps'> & { readonly apps: readonly AppWords[] }

/**
 * Parses the words after `appc run` (rkt's grammar: an image's options stand after it, before the next one). All errors
 * are USAGE.
 */
export function parseRunArguments(words: readonly string[]): PodRequest {
  const pod: Given = new Map()
  const images: GivenImage[] = []
  for (const word of readWords(words)) {
    const current = images.at(-1)
    if (word.kind === 'image') images.push({ image: word.image, options: new Map(), args: null })
    else if (word.kind === 'option') put(word.name, word.value, pod, current)
    else if (word.kind === 'help') continue
    else if (current === undefined) throw new RuntimeError('USAGE', '--: arguments must follow an image')
    else if (current.args !== null) throw new RuntimeError('USAGE', `${current.image}: a second -- for the same image`)
    else current.args = word.values
  }
  const parsed = podRequest(pod, images.map(appRequest))
  checkWhole(parsed, pod, images)
  return { ...parsed, apps: withImages(parsed.apps, words) }
}

/** Parses what was given for the images, when all else has been parsed. */
function withImages(apps: readonly AppWords[], words: readonly string[]): AppRequest[] {
  const images = apps.map(({ image }) => image)
  try {
    return apps.map((app) => ({ ...app, image: parseImageWord(app.image) }))
  } catch (error) {
    throw strayImage(error, words, images)
  }
}

function put(name: OptionName, value: string, pod: Given, image: GivenImage | undefined): void {
  const row = optionRow(name)
  if (row?.scope === 'image' && image === undefined) throw new RuntimeError('USAGE', `--${name} must follow an image`)
  const given = row?.scope === 'pod' ? pod : (image?.options ?? pod)
  const values = given.get(name) ?? []
  if (row?.kind === 'once' && values.length > 0) throw new RuntimeError('USAGE', `--${name}: given twice`)
  given.set(name, [...values, value])
}

function podRequest(given: Given, apps: readonly AppWords[]): PodWords {
  return {
    apps,
    ...one(given, 'pod-manifest', 'podManifest', (_, value) => value),
    ...one(given, 'pod-name', 'podName', parsePodName),
    ...one(given, 'hostname', 'hostname', parseHostname),
    network: one(given, 'net', 'network', parseNetwork).network ?? 'none',
    volumes: (given.get('volume') ?? []).map(parseVolume),
    mounts: (given.get('mount') ?? []).map(parseMount),
    inheritEnvironment: one(given, 'inherit-env', 'on', parseBoolean).on ?? false,
    setEnvironment: new Map([...variables(given, 'set-env'), ...variables(given, 'environment')]),
    environmentFiles: given.get('set-env-file') ?? [],
    pullPolicy: one(given, 'pull-policy', 'policy', choice(PULL_POLICIES)).policy ?? 'new',
    ...one(given, 'progress', 'progress', choice(PROGRESS_MODES)),
    ...one(given, 'passphrase-file', 'passphraseFile', parseFile),
    ...one(given, 'max-image-size', 'maxImageBytes', parseSize),
    noOverlay: one(given, 'no-overlay', 'on', parseBoolean).on ?? false,
    ...one(given, 'uuid-file-save', 'uuidFileSave', (_, value) => value),
    detach: one(given, 'detach', 'on', parseBoolean).on ?? false,
    interactive: one(given, 'interactive', 'on', parseBoolean).on ?? false,
    bounds: parseBounds((name) => given.get(name)?.at(-1)),
  }
}

function appRequest({ image, options, args }: GivenImage): AppWords {
  return {
    image,
    ...one(options, 'signature', 'signature', parseFile),
    ...one(options, 'name', 'name', parseName),
    ...one(options, 'exec', 'exec', parseProgram),
    args: args ?? [],
    ...one(options, 'user', 'user', parseOwner),
    ...one(options, 'group', 'group', parseOwner),
    ...one(options, 'supplementary-gids', 'supplementaryGIDs', parseGIDs),
    ...one(options, 'working-dir', 'workingDirectory', parseAbsolute),
    environment: variables(options, 'environment'),
    mounts: (options.get('mount') ?? []).map(parseMount),
    ...one(options, 'readonly-rootfs', 'readOnlyRootFS', parseBoolean),
    ...capabilities(image, options),
  }
}

function capabilities(image: string, options: Given): Pick<AppRequest, 'capabilities'> {
  const { retain } = one(options, 'caps-retain', 'retain', parseCapabilities)
  const { remove } = one(options, 'caps-remove', 'remove', parseCapabilities)
  if (retain !== undefined && remove !== undefined) {
    throw new RuntimeError('USAGE', `${image}: --caps-retain conflicts with --caps-remove`)
  }
  if (retain !== undefined) return { capabilities: { kind: 'retain', set: retain } }
  return remove === undefined ? {} : { capabilities: { kind: 'remove', set: remove } }
}

/** The last value of an option, parsed, under `key`; nothing where it was not given. */
function one<Key extends string, Value>(
  given: Given,
  name: OptionName,
  key: Key,
  parse: (option: string, value: string) => Value,
): Partial<Record<Key, Value>> {
  const value = given.get(name)?.at(-1)
  return value === undefined ? {} : ({ [key]: parse(name, value) } as Partial<Record<Key, Value>>)
}

function variables(given: Given, option: OptionName): Variables {
  const found = new Map<string, string>()
  for (const text of given.get(option) ?? []) {
    const [name, value] = parseVariable(text, (problem) => badValue(option, text, problem))
    if (found.has(name)) throw badValue(option, text, `${name}: set twice`)
    found.set(name, value)
  }
  return found
}

function parsePodName(option: string, value: string): string {
  // units are named by it or by the first 8 digits of a UUID: the two must never meet
  if (/^[0-9a-f]{8}$/.test(value)) throw badValue(option, value, "eight hex digits look like a pod's UUID")
  if (value.length > 64) throw badValue(option, value, 'expected at most 64 letters')
  return parseName(option, value)
}

function parseNetwork(option: string, value: string): 'host' | 'none' {
  if (value === 'host' || value === 'none') return value
  throw badValue(option, value, 'expected none or host')
}

const choice =
  <Word extends string>(words: readonly Word[]) =>
  (option: string, value: string): Word => {
    const word = words.find((one) => one === value)
    if (word === undefined)
      throw badValue(option, value, `expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`)
    return word
  }

function parseFile(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a file')
  return value
}

function parseProgram(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a program')
  return value
}

function parseOwner(option: string, value: string): string {
  if (value === '') throw badValue(option, value, 'expected a name, a number or an absolute path in the image')
  return value
}

/** What no single option can see. */
function checkWhole(parsed: PodWords, pod: Given, images: readonly GivenImage[]): void {
  if (parsed.podManifest === undefined) {
    if (images.length === 0) throw new RuntimeError('USAGE', 'appc run: needs an image', { hint: 'appc run --help' })
  } else {
    const clash =
      images[0]?.image ?? [...pod.keys()].filter((name) => 'manifest' in OPTIONS[name]).map((name) => `--${name}`)[0]
    if (clash !== undefined) {
      throw new RuntimeError('USAGE', `${clash}: conflicts with --pod-manifest, which says all about the pod's apps`)
    }
  }
  if (parsed.interactive && parsed.podManifest === undefined && images.length !== 1) {
    throw new RuntimeError('USAGE', '--interactive: needs exactly one image')
  }
  const names = new Set<string>()
  for (const { name } of parsed.volumes) {
    if (names.has(name)) throw new RuntimeError('USAGE', `--volume ${name}: duplicate volume name`)
    names.add(name)
  }
}
