import { RuntimeError } from '#schema/errors.js'
import { parseImageWord } from '../../image/word.js'
import type { AppRequest } from '../../prepare/request.js'
import { type Option, readOptions } from './option.js'
import { APP, BOUNDS, EACH, POD } from './options.js'
import type { RunWords } from './run-words.js'
import { strayImage } from './stray-image.js'
import { readWords, type Word } from './words.js'

/** The texts of each option, in the order given: those before any image, or those of one image. */
type Given = Map<Option, string[]>

interface GivenImage {
  readonly image: string
  readonly options: Given
  args: readonly string[] | null
}

/** A request whose images are still words. */
type AppWords = Omit<AppRequest, 'image'> & Pick<GivenImage, 'image'>
type PodWords = Omit<RunWords, 'apps'> & { readonly apps: readonly AppWords[] }

/**
 * Parses the words after `appc run` (rkt's grammar: an image's options stand after it, before the next one). All errors
 * are USAGE.
 */
export function parseRunArguments(words: readonly string[]): RunWords {
  const pod: Given = new Map()
  const images: GivenImage[] = []
  for (const word of readWords(words)) {
    const current = images.at(-1)
    if (word.kind === 'image') images.push({ image: word.image, options: new Map(), args: null })
    else if (word.kind === 'option') put(word, pod, current)
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

type OptionWord = Extract<Word, { kind: 'option' }>

function put({ option, place, text }: OptionWord, pod: Given, image: GivenImage | undefined): void {
  const { name, counts } = option
  if (place === 'app' && image === undefined) throw new RuntimeError('USAGE', `--${name} must follow an image`)
  const given = place === 'pod' ? pod : (image?.options ?? pod)
  const texts = given.get(option) ?? []
  if (counts === 'once' && texts.length > 0) throw new RuntimeError('USAGE', `--${name}: given twice`)
  given.set(option, [...texts, text])
}

function podRequest(given: Given, apps: readonly AppWords[]): PodWords {
  const { setEnvironment, ...options } = readOptions(POD, given)
  const { environment, mounts } = readOptions(EACH, given)
  return {
    ...options,
    apps,
    mounts,
    setEnvironment: new Map([...setEnvironment, ...environment]),
    bounds: readOptions(BOUNDS, given),
  }
}

function appRequest({ image, options, args }: GivenImage): AppWords {
  const { capsRetain, capsRemove, ...others } = readOptions(APP, options)
  return {
    image,
    args: args ?? [],
    ...others,
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

/** What no single option can see. */
function checkWhole(parsed: PodWords, pod: Given, images: readonly GivenImage[]): void {
  if (parsed.podManifest === undefined) {
    if (images.length === 0) throw new RuntimeError('USAGE', 'appc run: needs an image', { hint: 'appc run --help' })
  } else {
    const option = [...pod.keys()].find(({ inManifest }) => inManifest)
    const clash = images[0]?.image ?? (option && `--${option.name}`)
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
