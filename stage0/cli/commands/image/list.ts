import { dataDir } from '../../../data-dir.js'
import { displayName } from '../../../image/reference.js'
import { shortID } from '../../../store/id.js'
import { isDamaged, type StoredEntry } from '../../../store/read.js'
import { openStore } from '../../../store/store.js'
import type { Command } from '../../command.js'
import { ago, type Column, size, table } from '../../output.js'

const ORDERS = ['asc', 'desc'] as const
const SORTS = ['importtime', 'name', 'size', 'id'] as const
type Sort = (typeof SORTS)[number]

interface Options {
  readonly full: boolean
  readonly 'no-legend': boolean
  readonly sort: Sort
  readonly order: (typeof ORDERS)[number]
}

export const command: Command<Options> = {
  usage: 'image list',
  describe: 'Lists the images of the store.',
  listing: true,
  configure: (parser) =>
    parser
      .option('full', { type: 'boolean', default: false, describe: 'whole IDs, exact sizes and times' })
      .option('no-legend', { type: 'boolean', default: false, describe: 'no headings' })
      .option('sort', { choices: SORTS, default: SORTS[0], describe: 'what to sort by' })
      .option('order', { choices: ORDERS, default: ORDERS[0], describe: 'smallest or largest first' }),
  run: ({ full, sort, order, 'no-legend': noLegend }, context) => {
    const images = openStore(dataDir(context.dataDir)).list().sort(BY[sort])
    if (order === 'desc') images.reverse()
    const problems = images.filter(isDamaged)
    return {
      value: images.map(facts),
      lines: table(columns(full, new Date()), images, !noLegend),
      notes: problems.map(({ problem }) => `warning: ${problem}`),
    }
  },
}

const nameOf = (entry: StoredEntry): string =>
  isDamaged(entry) ? `${entry.name ?? ''} (damaged)`.trim() : displayName(entry.manifest)
const timeOf = (entry: StoredEntry): Date | null => (isDamaged(entry) ? null : entry.importedAt)
const bytesOf = (entry: StoredEntry): number => (isDamaged(entry) ? 0 : entry.diskBytes)
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const BY: Readonly<Record<Sort, (a: StoredEntry, b: StoredEntry) => number>> = {
  id: (a, b) => compare(a.id, b.id),
  name: (a, b) => compare(nameOf(a), nameOf(b)),
  size: (a, b) => bytesOf(a) - bytesOf(b),
  importtime: (a, b) => Number(timeOf(a)) - Number(timeOf(b)),
}

const columns = (full: boolean, now: Date): Column<StoredEntry>[] => [
  { heading: 'ID', cell: ({ id }) => (full ? id : shortID(id)) },
  { heading: 'NAME', cell: nameOf },
  {
    heading: 'SIZE',
    cell: (entry) => (isDamaged(entry) ? '-' : full ? String(entry.diskBytes) : size(entry.diskBytes)),
  },
  {
    heading: 'IMPORT TIME',
    cell: (entry) => (full ? (timeOf(entry)?.toISOString() ?? '-') : ago(timeOf(entry), now)),
  },
]

/** One image under `--format=json`; `size` in bytes, `import_time` in RFC 3339. */
const facts = (entry: StoredEntry): Record<string, unknown> =>
  isDamaged(entry)
    ? { id: entry.id, ...(entry.name !== undefined && { name: entry.name }), problem: entry.problem }
    : {
        id: entry.id,
        name: entry.manifest.name,
        labels: Object.fromEntries((entry.manifest.labels ?? []).map(({ name, value }) => [name, value])),
        size: entry.diskBytes,
        import_time: entry.importedAt.toISOString(),
        ...(entry.source !== undefined && { source: entry.source }),
      }
