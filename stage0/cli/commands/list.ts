import { dataDir } from '../../data-dir.js'
import { scan, locatePod } from '../../pod/pod.js'
import { VISIBLE } from '../../pod/state.js'
import { viewPod, type AppView, type PodView } from '../../pod/view.js'
import type { Command } from '../command.js'
import { ago } from '../output.js'
import { portText } from '../port-text.js'
import { podFilter } from '../pod-filter.js'
import { type Column, table } from '../table.js'

interface Options {
  readonly full: boolean
  readonly 'no-legend': boolean
  readonly quiet: boolean
  readonly filter: readonly string[] | undefined
}

export const command: Command<Options> = {
  usage: 'list',
  describe: 'Lists pods and their apps, the newest last.',
  listing: true,
  repeatable: ['filter'],
  shorts: { q: { option: 'quiet' } },
  configure: (parser) =>
    parser
      .option('full', { type: 'boolean', default: false, describe: 'whole UUIDs, image IDs, exact times' })
      .option('no-legend', { type: 'boolean', default: false, describe: 'no headings' })
      .option('quiet', { type: 'boolean', default: false, describe: 'only the UUIDs of the pods' })
      .option('filter', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'only pods with state=, name=, app= or image= a value; repeatable',
      }),
  run: ({ full, quiet, filter = [], 'no-legend': noLegend }, context) => {
    const passes = podFilter(filter)
    const dir = dataDir(context.dataDir)
    const pods = scan(dir)
      .flatMap(({ uuid }) => locatePod(dir, uuid) ?? [])
      .filter(({ pod }) => VISIBLE.includes(pod.place))
      .map(viewPod)
      .filter(passes)
      .sort((a, b) => compare(a.created_at ?? '', b.created_at ?? '') || compare(a.uuid, b.uuid))
    const lines = quiet
      ? pods.map(({ uuid }) => uuid)
      : table(columns(full, new Date(), pods), pods.flatMap(rows), { legend: !noLegend, full })
    return { value: pods, lines }
  },
}

/** The networks of a pod, each with its first address while that is the pod's. */
function networkOf({ network, networks, state }: PodView): string | null {
  if (state !== 'running' || networks.length === 0) return network
  return networks.map(({ name, addresses: [first = ''] }) => `${name}:${first.replace(/\/.*/, '')}`).join(',')
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** A line of the table. The pod is shown on its first line only, and is null on the others. */
interface Row {
  readonly pod: PodView | null
  readonly app: AppView | null
}

const rows = (pod: PodView): Row[] =>
  pod.apps.length === 0 ? [{ pod, app: null }] : pod.apps.map((app, index) => ({ pod: index === 0 ? pod : null, app }))

function columns(full: boolean, now: Date, pods: readonly PodView[]): Column<Row>[] {
  const ofPod =
    (cell: (pod: PodView) => string | null) =>
    ({ pod }: Row): string =>
      pod === null ? '' : (cell(pod) ?? '-')
  const ofApp =
    (cell: (app: AppView) => string | null) =>
    ({ app }: Row): string =>
      (app === null ? null : cell(app)) ?? '-'
  const time = (text: string | null): string | null => (full || text === null ? text : ago(new Date(text), now))
  return [
    { heading: 'UUID', cell: ofPod(({ uuid }) => (full ? uuid : uuid.slice(0, 8))) },
    { heading: 'NAME', shrinks: true, cell: ofPod(({ name }) => name) },
    { heading: 'APP', shrinks: true, cell: ofApp(({ name }) => name) },
    { heading: 'IMAGE', shrinks: true, cell: ofApp(({ image_name }) => image_name) },
    ...(full ? [{ heading: 'IMAGE ID', cell: ofApp(({ image_id }) => image_id?.slice(0, 19) ?? null) }] : []),
    { heading: 'STATE', cell: ofPod(({ state }) => state) },
    { heading: 'CREATED', cell: ofPod(({ created_at }) => time(created_at)) },
    { heading: 'STARTED', cell: ofPod(({ started_at }) => time(started_at)) },
    { heading: 'NETWORK', cell: ofPod(networkOf) },
    ...(pods.every(({ ports }) => ports.length === 0)
      ? []
      : [{ heading: 'PORTS', cell: ofPod(({ ports }) => ports.map(portText).join(',') || null) }]),
  ]
}
