import { RuntimeError } from '#schema/errors.js'
import { dataDir } from '../../data-dir.js'
import { findPod } from '../../pod/find.js'
import { becomeStage1 } from '../../pod/handoff.js'
import { readRunSpec } from '../../pod/records.js'
import type { Command } from '../command.js'

interface Options {
  readonly pod: string
  readonly app: string | undefined
  readonly stdin: boolean
}

export const command: Command<Options> = {
  usage: 'attach <pod> [app]',
  describe:
    'Shows what the apps of a running pod write from now on, byte for byte, until the pod or that app has ended. Ctrl-C detaches; the pod goes on.',
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', demandOption: true, describe: "a pod's name, UUID, or its beginning" })
      .positional('app', { type: 'string', describe: 'only this app' })
      .option('stdin', {
        type: 'boolean',
        default: false,
        describe: 'give what is typed to the app, which was started with --interactive; its end, too',
      }),
  run: ({ pod: reference, app, stdin }, context) => {
    const { pod, state } = findPod(dataDir(context.dataDir), reference)
    if (state !== 'running')
      throw new RuntimeError('POD_STATE', `${pod.uuid}: is not running (${state})`, { hint: `appc status ${pod.uuid}` })
    const names = readRunSpec(pod.directory).apps.map(({ name }) => name)
    if (app !== undefined && !names.includes(app)) {
      throw new RuntimeError('APP_NOT_FOUND', `${app}: pod ${pod.uuid} has no such app; it has ${names.join(', ')}`, {
        hint: `appc attach ${reference} ${names[0] ?? 'APP'}`,
      })
    }
    return becomeStage1(pod, 'attach', [...(stdin ? ['--stdin'] : []), ...(app === undefined ? [] : [app])])
  },
}
