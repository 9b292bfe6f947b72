import { RuntimeError } from '#schema/errors.js'
import { dataDir } from '../../../data-dir.js'
import { parseReference } from '../../../image/reference.js'
import { repairImage } from '../../../fetch/repair.js'
import type { HttpClient } from '../../../http/client.js'
import { auditImage, auditTrees, type Finding, type ImageFinding } from '../../../render/audit.js'
import { shortID } from '../../../store/id.js'
import { ids, readInfo } from '../../../store/read.js'
import { openStore } from '../../../store/store.js'
import type { Command, Context } from '../../command.js'

interface Options {
  readonly image: readonly string[] | undefined
  readonly all: boolean
}

export const command: Command<Options> = {
  usage: 'image verify [image..]',
  describe: 'Checks every file of images and of the trees rendered from them, and gets damaged images again.',
  listing: true,
  configure: (parser) =>
    parser
      .positional('image', {
        type: 'string',
        array: true,
        describe: 'an image ID, its beginning (sha512-…), or name[:version][,label=value…]',
      })
      .option('all', { type: 'boolean', default: false, describe: 'every image and tree of the store' }),
  run: async ({ image: words = [], all }, context) => {
    if (all === words.length > 0) {
      throw new RuntimeError('USAGE', 'image verify: give either images or --all', { hint: 'appc image verify --help' })
    }
    const store = openStore(dataDir(context.dataDir))
    const failures: unknown[] = []
    const onFailure = (error: unknown): void => void failures.push(error)
    const imageIDs = new Set(
      all ? ids(store.dir) : words.flatMap((word) => attempt(() => store.resolve(parseReference(word)), onFailure)),
    )
    using client = lazyClient(context)
    const images: ImageFinding[] = []
    for (const id of imageIDs) {
      const repair = (): Promise<void> => repairImage(store, readInfo(store.dir, id), client.get)
      try {
        images.push(await auditImage(store, id, repair, onFailure))
      } catch (error) {
        // with `--all`, another process may have removed an image since the list was read
        if (!all || !isNotFound(error)) onFailure(error)
      }
    }
    const trees = await auditTrees(store, all ? 'all' : imageIDs, onFailure)
    return {
      value: { images, trees },
      lines: [...images.flatMap(imageLine), ...trees.flatMap(treeLine)],
      notes: [...images, ...trees].flatMap(problemLines),
      failures,
    }
  },
}

const isNotFound = (error: unknown): boolean => error instanceof RuntimeError && error.code === 'IMAGE_NOT_FOUND'

function attempt<T>(action: () => T, onFailure: (error: unknown) => void): T[] {
  try {
    return [action()]
  } catch (error) {
    onFailure(error)
    return []
  }
}

/** The client is loaded for the first image that must be fetched from a server. */
function lazyClient(context: Context): Disposable & { readonly get: () => Promise<HttpClient> } {
  let client: Promise<HttpClient> | undefined
  const open = async (): Promise<HttpClient> => {
    const { HttpClient: Client } = await import('../../../http/client.js')
    return new Client({ config: await context.config(), insecure: context.insecure })
  }
  return {
    get: () => (client ??= open()),
    [Symbol.dispose]: () => void client?.then((openClient) => openClient.close()),
  }
}

function imageLine({ id, name, state }: ImageFinding): string[] {
  if (state === 'whole') return [`successfully verified checksum for image: "${name}" ("${id}")`]
  return state === 'repaired' ? [`successfully repaired image: "${name}" ("${id}")`] : []
}

function treeLine({ id, state }: Finding): string[] {
  if (state === 'whole') return [`successfully verified tree: "${id}"`]
  return state === 'removed' ? [`removed damaged tree, which is made anew when needed: "${id}"`] : []
}

/** The maximum number of problems that are shown for each image or tree. */
const MAX_PROBLEMS = 20

const problemLines = ({ id, problems }: Finding): string[] => [
  ...problems.slice(0, MAX_PROBLEMS).map(({ path, problem }) => `${shortTreeID(id)}: ${path}: ${problem}`),
  ...(problems.length > MAX_PROBLEMS ? [`${shortTreeID(id)}: and ${problems.length - MAX_PROBLEMS} more`] : []),
]

const shortTreeID = (id: string): string =>
  id.startsWith('deps-') ? `deps-${shortID(id.slice('deps-'.length))}` : shortID(id)
