import { RuntimeError } from '#schema/errors.js'
import { dataDir } from '../../data-dir.js'
import { findPod, type FoundPod } from '../../pod/find.js'
import { listenerText } from '../../pod/listeners.js'
import type { AppListener } from '../../pod/app-listeners.js'
import { readRunSpec } from '../../pod/records.js'
import { viewPod, type AppView, type PodView } from '../../pod/view.js'
import { waitUntilStopped } from '../../pod/wait.js'
import type { Command } from '../command.js'
import { boundFields } from '../bounds.js'
import { parseDuration } from '../duration.js'
import { podWord } from '../each-pod.js'
import { portText } from '../port-text.js'

interface Options {
  readonly pod: string | undefined
  readonly wait: string | undefined
  readonly network: boolean
  readonly 'uuid-file': string | undefined
}

export const command: Command<Options> = {
  usage: 'status [pod]',
  describe: 'Tells the state of a pod and of its apps.',
  listing: true,
  attached: ['wait'],
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', describe: "a pod's name, UUID, or its beginning" })
      .option('wait', {
        type: 'string',
        describe: 'wait until the pod has stopped; --wait=1m: at most that long, then exit status 124',
      })
      .option('network', {
        type: 'boolean',
        default: false,
        describe: 'also have the plugins check that its networks are as they were made',
      })
      .option('uuid-file', { type: 'string', describe: 'take the UUID from a file' }),
  run: async ({ pod, wait, network, 'uuid-file': file }, context) => {
    const dir = dataDir(context.dataDir)
    const { uuid } = findPod(dir, podWord('status', pod, file)).pod
    if (wait !== undefined && wait !== 'false') {
      const limit = wait === '' || wait === 'true' ? null : parseDuration('wait', wait)
      if (!(await waitUntilStopped(dir, uuid, limit))) {
        throw new RuntimeError('POD_WAIT', `${uuid}: still running after ${wait}`, { hint: `appc stop ${uuid}` })
      }
    }
    const found = findPod(dir, uuid)
    const recorded = viewPod(found)
    const view = { ...recorded, listening: await listeningIn(found, recorded) }
    if (!network) return { value: view, lines: statusLines(view) }
    if (found.state !== 'running') {
      throw new RuntimeError('POD_STATE', `${uuid}: is not running (${found.state}), so it has no network to check`, {
        hint: `appc status ${uuid}`,
      })
    }
    const { askStage1 } = await import('../../pod/stage1.js')
    const problems = await askStage1(found.pod, 'check')
    return {
      value: { ...view, network_problems: problems },
      lines: [...statusLines(view), `network-check=${problems.length === 0 ? 'ok' : 'failed'}`],
      notes: problems.map((problem) => `warning: ${problem}`),
      ...(problems.length > 0 && { exit: 1 }),
    }
  },
}

/** A pod, and where it listens if it has the network of the host. */
interface StatusView extends PodView {
  /** Null for a pod with a network of its own, or that does not run. */
  readonly listening: readonly AppListener[] | null
}

/** The code that looks at the processes of a pod is loaded only for one with the host's network. */
async function listeningIn({ pod }: FoundPod, { network, pid, apps }: PodView): Promise<readonly AppListener[] | null> {
  const { id } = readRunSpec(pod.directory)
  if (network !== 'host' || id === null || pid === null) return null
  const { appListeners } = await import('../../pod/app-listeners.js')
  return appListeners({ id, pid, apps: apps.map(({ name }) => name) })
}

function statusLines(pod: StatusView): string[] {
  return formatFields([
    ['uuid', pod.uuid],
    ['name', pod.name],
    ['state', pod.state],
    ['created', pod.created_at],
    ['started', pod.started_at],
    ['network', pod.network],
    ...pod.networks.map((network): Field => [
      `network-${network.name}`,
      `${network.interface},${network.addresses.join(',')}`,
    ]),
    ...pod.ports.map((port): Field => [`port-${port.name}`, portText(port)]),
    ...(pod.bounds === null ? [] : boundFields(pod.bounds)),
    ['pid', pod.pid],
    ['exited', pod.state === 'exited' || pod.state.startsWith('exited-')],
    ...pod.apps.flatMap((app) => appFields(app, pod.listening)),
  ])
}

/** `app-NAME=CODE` as in rkt, for an app that has ended, and the other known fields of the app. */
const appFields = (
  { name, state, capabilities, exit_code, signal, ...app }: AppView,
  listening: readonly AppListener[] | null,
): Field[] => [
  [`app-${name}`, exit_code],
  [`app-${name}-state`, state],
  [`app-${name}-signal`, signal],
  [`app-${name}-capabilities`, capabilities?.join(',') ?? null],
  [`app-${name}-listening`, listeningText(listening?.filter((socket) => socket.app === name) ?? [])],
  [`app-${name}-result`, app.result],
  [`app-${name}-started`, app.started_at],
  [`app-${name}-finished`, app.finished_at],
]

const listeningText = (sockets: readonly AppListener[]): string | null =>
  sockets.length === 0 ? null : sockets.map(listenerText).join(',')

type Field = readonly [string, string | number | boolean | null]

const formatFields = (all: readonly Field[]): string[] =>
  all.flatMap(([name, value]) => (value === null ? [] : [`${name}=${String(value)}`]))
