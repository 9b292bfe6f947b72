import { RuntimeError } from '#schema/errors.js'
import { parseImageWord } from '../../image/word.js'
import type { AppRequest } from '../../prepare/request.js'
import { type Option, readOptions } from './option.js'
import { dnsOf } from './dns.js'
import { APP, BOUNDS, DNS, EACH, POD } from './options.js'
import type { RunWords } from './run-words.js'
import { strayImage } from './stray-image.js'
import { readWords, type Word } from './words.js'

/**
 * The texts of each option, in the given order: those before the first image, or those of one
 * image.
 */
type OptionTexts = Map<Option, string[]>

interface ImageArguments {
  readonly image: string
  readonly options: OptionTexts
  args: readonly string[] | null
}

/** A request whose image words are not parsed yet. */
type UnresolvedApp = Omit<AppRequest, 'image'> & Pick<ImageArguments, 'image'>
type UnresolvedPod = Omit<RunWords, 'apps'> & { readonly apps: readonly UnresolvedApp[] }

/**
 * Parses the words after `appc run` in rkt's grammar: the options of an image stand after it,
 * before the next image. Errors: USAGE.
 */
export function parseRunArguments(words: readonly string[]): RunWords {
  const pod: OptionTexts = new Map()
  const images: ImageArguments[] = []
  for (const word of readWords(words)) {
    const current = images.at(-1)
    if (word.kind === 'image') images.push({ image: word.image, options: new Map(), args: null })
    else if (word.kind === 'option') addOption(word, pod, current)
    else if (word.kind === 'help') continue
    else if (current === undefined) throw new RuntimeError('USAGE', '--: arguments must follow an image')
    else if (current.args !== null) throw new RuntimeError('USAGE', `${current.image}: a second -- for the same image`)
    else current.args = word.values
  }
  const parsed = podRequest(pod, images.map(appRequest))
  checkCombination(parsed, pod, images)
  return { ...parsed, apps: resolveImages(parsed.apps, words) }
}

/** Parses the image words, after all other words. */
function resolveImages(apps: readonly UnresolvedApp[], words: readonly string[]): AppRequest[] {
  const images = apps.map(({ image }) => image)
  try {
    return apps.map((app) => ({ ...app, image: parseImageWord(app.image) }))
  } catch (error) {
    throw strayImage(error, words, images)
  }
}

type OptionWord = Extract<Word, { kind: 'option' }>

function addOption({ option, place, text }: OptionWord, pod: OptionTexts, image: ImageArguments | undefined): void {
  const { name, counts } = option
  if (place === 'app' && image === undefined) throw new RuntimeError('USAGE', `--${name} must follow an image`)
  const target = place === 'pod' ? pod : (image?.options ?? pod)
  const texts = target.get(option) ?? []
  if (counts === 'once' && texts.length > 0) throw new RuntimeError('USAGE', `--${name}: given twice`)
  target.set(option, [...texts, text])
}

function podRequest(texts: OptionTexts, apps: readonly UnresolvedApp[]): UnresolvedPod {
  const { setEnvironment, ...options } = readOptions(POD, texts)
  const { environment, mounts } = readOptions(EACH, texts)
  const dns = dnsOf(readOptions(DNS, texts))
  return {
    ...options,
    ...(dns !== undefined && { dns }),
    apps,
    mounts,
    setEnvironment: new Map([...setEnvironment, ...environment]),
    bounds: readOptions(BOUNDS, texts),
  }
}

function appRequest({ image, options, args }: ImageArguments): UnresolvedApp {
  const { capsRetain, capsRemove, ...appOptions } = readOptions(APP, options)
  return {
    image,
    args: args ?? [],
    ...appOptions,
    ...readOptions(EACH, options),
    ...capabilities(image, capsRetain, capsRemove),
  }
}

function capabilities(
  image: string,
  retain: readonly string[] | undefined,
  remove: readonly string[] | undefined,
): Pick<AppRequest, 'capabilities'> {
  if (retain !== undefined && remove !== undefined) {
    throw new RuntimeError('USAGE', `${image}: --caps-retain conflicts with --caps-remove`)
  }
  if (retain !== undefined) return { capabilities: { kind: 'retain', set: retain } }
  return remove === undefined ? {} : { capabilities: { kind: 'remove', set: remove } }
}

/** Checks the combination of options. Errors: USAGE. */
function checkCombination(parsed: UnresolvedPod, pod: OptionTexts, images: readonly ImageArguments[]): void {
  if (parsed.podManifest === undefined) {
    if (images.length === 0) throw new RuntimeError('USAGE', 'appc run: needs an image', { hint: 'appc run --help' })
  } else {
    const option = [...pod.keys()].find(({ inManifest }) => inManifest)
    const conflict = images[0]?.image ?? (option && `--${option.name}`)
    if (conflict !== undefined) {
      throw new RuntimeError('USAGE', `${conflict}: conflicts with --pod-manifest, which says all about the pod's apps`)
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
