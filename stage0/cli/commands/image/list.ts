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
const SORT_KEYS = ['importtime', 'lastused', 'name', 'size', 'id'] as const
type SortKey = (typeof SORT_KEYS)[number]
const FIELDS = ['id', 'name', 'size', 'importtime', 'lastused', 'signedby'] as const
type Field = (typeof FIELDS)[number]

interface Options {
  readonly fields: string
  readonly full: boolean
  readonly 'no-legend': boolean
  readonly quiet: boolean
  readonly sort: SortKey
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
      .option('sort', { choices: SORT_KEYS, default: SORT_KEYS[0], describe: 'what to sort by' })
      .option('order', { choices: ORDERS, default: ORDERS[0], describe: 'smallest or largest first' }),
  run: ({ fields, full, quiet, sort, order, 'no-legend': noLegend }, context) => {
    const selected = parseFields(fields)
    const images = openStore(dataDir(context.dataDir)).list().sort(COMPARISONS[sort])
    if (order === 'desc') images.reverse()
    const problems = images.filter(isDamaged)
    return {
      value: images.map(imageJSON),
      lines: quiet
        ? images.map(({ id }) => id)
        : table(
            selected.map((field) => columns(full, new Date())[field]),
            images,
            { legend: !noLegend, full },
          ),
      notes: problems.map(({ problem }) => `warning: ${problem}`),
    }
  },
}

function parseFields(text: string): Field[] {
  return text.split(',').map((word) => {
    const field = FIELDS.find((name) => name === word.trim())
    if (field !== undefined) return field
    throw new RuntimeError('USAGE', `--fields=${text}: ${word}: expected some of ${FIELDS.join(', ')}`)
  })
}

const nameOf = (entry: StoredEntry): string =>
  isDamaged(entry) ? `${entry.name ?? ''} (damaged)`.trim() : displayName(entry.manifest)
const importTimeOf = (entry: StoredEntry): Date | null => (isDamaged(entry) ? null : entry.importedAt)
const lastUseOf = (entry: StoredEntry): Date | null => (isDamaged(entry) ? null : (entry.lastUsedAt ?? null))
const bytesOf = (entry: StoredEntry): number => (isDamaged(entry) ? 0 : entry.diskBytes)
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const COMPARISONS: Readonly<Record<SortKey, (a: StoredEntry, b: StoredEntry) => number>> = {
  id: (a, b) => compare(a.id, b.id),
  name: (a, b) => compare(nameOf(a), nameOf(b)),
  size: (a, b) => bytesOf(a) - bytesOf(b),
  importtime: (a, b) => Number(importTimeOf(a)) - Number(importTimeOf(b)),
  lastused: (a, b) => Number(lastUseOf(a)) - Number(lastUseOf(b)),
}

function columns(full: boolean, now: Date): Record<Field, Column<StoredEntry>> {
  const time = (date: Date | null): string => (full ? (date?.toISOString() ?? '-') : ago(date, now))
  return {
    id: { heading: 'ID', cell: ({ id }) => (full ? id : shortID(id)) },
    name: { heading: 'NAME', shrinks: true, cell: nameOf },
    size: {
      heading: 'SIZE',
      cell: (entry) => (isDamaged(entry) ? '-' : full ? String(entry.diskBytes) : size(entry.diskBytes)),
    },
    importtime: { heading: 'IMPORT TIME', cell: (entry) => time(importTimeOf(entry)) },
    lastused: { heading: 'LAST USED', cell: (entry) => time(lastUseOf(entry)) },
    signedby: { heading: 'SIGNED BY', shrinks: true, cell: (entry) => signersOf(entry, full) },
  }
}

/**
 * The signers that were verified when the image was fetched; the keystore tells whether they are
 * still trusted.
 */
function signersOf(entry: StoredEntry, full: boolean): string {
  const { signers } = readProvenance(entry)
  const words = signers.map(({ identity, fingerprint }) => (full ? fingerprint : identity))
  return words.length === 0 ? '-' : words.join(', ')
}

/**
 * The recorded origin of an image: its signers, and when root last named it as a file (null if it
 * came only from servers).
 */
function provenanceOf(entry: StoredImage): Record<string, unknown> {
  const { signers, givenAt } = readProvenance(entry)
  const time = (milliseconds: number): string => new Date(milliseconds).toISOString()
  return {
    signed_by: signers.map(({ fingerprint, identity, verifiedAt }) => ({
      fingerprint,
      identity,
      time: time(verifiedAt),
    })),
    given_as_file_time: givenAt === undefined ? null : time(givenAt),
  }
}

/**
 * One image for `--format=json`. `size` is in bytes; `import_time` and `last_used_time` are RFC
 * 3339, and the latter is null before the first use.
 */
const imageJSON = (entry: StoredEntry): Record<string, unknown> =>
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
