import { RuntimeError } from '#schema/errors.js'
import { dataDir } from '../../../data-dir.js'
import { displayName } from '../../../image/reference.js'
import { shortID } from '../../../store/id.js'
import { readProvenance } from '../../../store/provenance.js'
import { isDamaged, type StoredEntry } from '../../../store/read.js'
import { openStore, type StoredImage } from '../../../store/store.js'
import type { Command } from '../../command.js'
import { ago, size } from '../../output.js'
import { type Column, table } from '../../table.js'

const ORDERS = ['asc', 'desc'] as const
const SORTS = ['importtime', 'lastused', 'name', 'size', 'id'] as const
type Sort = (typeof SORTS)[number]
const FIELDS = ['id', 'name', 'size', 'importtime', 'lastused', 'signedby'] as const
type Field = (typeof FIELDS)[number]

interface Options {
  readonly fields: string
  readonly full: boolean
  readonly 'no-legend': boolean
  readonly quiet: boolean
  readonly sort: Sort
  readonly order: (typeof ORDERS)[number]
}

export const command: Command<Options> = {
  usage: 'image list',
  describe: 'Lists the images of the store.',
  listing: true,
  shorts: { q: { option: 'quiet' } },
  configure: (parser) =>
    parser
      .option('fields', {
        type: 'string',
        default: FIELDS.join(','),
        describe: `the columns of the table, of ${FIELDS.join(', ')}`,
      })
      .option('full', { type: 'boolean', default: false, describe: 'whole IDs, exact sizes and times' })
      .option('no-legend', { type: 'boolean', default: false, describe: 'no headings' })
      .option('quiet', { type: 'boolean', default: false, describe: 'only the whole IDs of the images' })
      .option('sort', { choices: SORTS, default: SORTS[0], describe: 'what to sort by' })
      .option('order', { choices: ORDERS, default: ORDERS[0], describe: 'smallest or largest first' }),
  run: ({ fields, full, quiet, sort, order, 'no-legend': noLegend }, context) => {
    const wanted = parseFields(fields)
    const images = openStore(dataDir(context.dataDir)).list().sort(BY[sort])
    if (order === 'desc') images.reverse()
    const problems = images.filter(isDamaged)
    return {
      value: images.map(facts),
      lines: quiet
        ? images.map(({ id }) => id)
        : table(
            wanted.map((field) => columns(full, new Date())[field]),
            images,
            { legend: !noLegend, whole: full },
          ),
      notes: problems.map(({ problem }) => `warning: ${problem}`),
    }
  },
}

function parseFields(text: string): Field[] {
  return text.split(',').map((word) => {
    const field = FIELDS.find((one) => one === word.trim())
    if (field !== undefined) return field
    throw new RuntimeError('USAGE', `--fields=${text}: ${word}: expected some of ${FIELDS.join(', ')}`)
  })
}

const nameOf = (entry: StoredEntry): string =>
  isDamaged(entry) ? `${entry.name ?? ''} (damaged)`.trim() : displayName(entry.manifest)
const timeOf = (entry: StoredEntry): Date | null => (isDamaged(entry) ? null : entry.importedAt)
const useOf = (entry: StoredEntry): Date | null => (isDamaged(entry) ? null : (entry.lastUsedAt ?? null))
const bytesOf = (entry: StoredEntry): number => (isDamaged(entry) ? 0 : entry.diskBytes)
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const BY: Readonly<Record<Sort, (a: StoredEntry, b: StoredEntry) => number>> = {
  id: (a, b) => compare(a.id, b.id),
  name: (a, b) => compare(nameOf(a), nameOf(b)),
  size: (a, b) => bytesOf(a) - bytesOf(b),
  importtime: (a, b) => Number(timeOf(a)) - Number(timeOf(b)),
  lastused: (a, b) => Number(useOf(a)) - Number(useOf(b)),
}

function columns(full: boolean, now: Date): Record<Field, Column<StoredEntry>> {
  const time = (then: Date | null): string => (full ? (then?.toISOString() ?? '-') : ago(then, now))
  return {
    id: { heading: 'ID', cell: ({ id }) => (full ? id : shortID(id)) },
    name: { heading: 'NAME', shrinks: true, cell: nameOf },
    size: {
      heading: 'SIZE',
      cell: (entry) => (isDamaged(entry) ? '-' : full ? String(entry.diskBytes) : size(entry.diskBytes)),
    },
    importtime: { heading: 'IMPORT TIME', cell: (entry) => time(timeOf(entry)) },
    lastused: { heading: 'LAST USED', cell: (entry) => time(useOf(entry)) },
    signedby: { heading: 'SIGNED BY', shrinks: true, cell: (entry) => signersOf(entry, full) },
  }
}

/** Who signed an image when it came; whether that counts now, the keystore says. */
function signersOf(entry: StoredEntry, full: boolean): string {
  const { signers } = readProvenance(entry)
  const words = signers.map(({ identity, fingerprint }) => (full ? fingerprint : identity))
  return words.length === 0 ? '-' : words.join(', ')
}

/** What is recorded of how an image came: who signed it, and when root last named a file with it (null: it only came from a server). */
function provenanceOf(entry: StoredImage): Record<string, unknown> {
  const { signers, givenAt } = readProvenance(entry)
  const time = (at: number): string => new Date(at).toISOString()
  return {
    signed_by: signers.map(({ fingerprint, identity, verifiedAt }) => ({
      fingerprint,
      identity,
      time: time(verifiedAt),
    })),
    given_as_file_time: givenAt === undefined ? null : time(givenAt),
  }
}

/** One image under `--format=json`; `size` in bytes, `import_time` and `last_used_time` in RFC 3339, the latter null before the first use. */
const facts = (entry: StoredEntry): Record<string, unknown> =>
  isDamaged(entry)
    ? { id: entry.id, ...(entry.name !== undefined && { name: entry.name }), problem: entry.problem }
    : {
        id: entry.id,
        name: entry.manifest.name,
        labels: Object.fromEntries((entry.manifest.labels ?? []).map(({ name, value }) => [name, value])),
        size: entry.diskBytes,
        import_time: entry.importedAt.toISOString(),
        last_used_time: entry.lastUsedAt?.toISOString() ?? null,
        ...provenanceOf(entry),
        ...(entry.source !== undefined && { source: entry.source }),
      }
