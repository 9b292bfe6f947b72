import type { PodNetworks } from '#schema/network.js'
import type { NetworkChoice } from '../../config/choose-networks.js'
import type { ConfigDirs } from '../../config/config-dirs.js'
import { dataDir } from '../../data-dir.js'
import { startPod } from '../../pod/start.js'
import { Turn } from '../../pod/turn.js'
import { preparePod } from '../../prepare/prepare.js'
import { openStore } from '../../store/store.js'
import type { RawCommand } from '../command.js'
import { openFetcher } from '../fetcher.js'
import { emit } from '../output.js'
import { runHelp } from '../run-arguments/help.js'
import { parseRunArguments } from '../run-arguments/parse-run-arguments.js'
import { strayImage } from '../run-arguments/stray-image.js'
import { asksForHelp } from '../run-arguments/words.js'

/**
 * Loaded when it is needed: a pod without networks needs no configuration of them. Errors: those of
 * {@link chooseNetworks}.
 */
async function networksOf(choice: NetworkChoice, dirs: ConfigDirs): Promise<PodNetworks> {
  if (choice === 'host' || choice === 'none') return choice
  const { chooseNetworks } = await import('../../config/choose-networks.js')
  return chooseNetworks(dirs, choice)
}

export const command: RawCommand = {
  usage: 'run [options] IMAGE… [-- ARGS…] [---]',
  describe: 'Runs images as one pod.',
  help: runHelp,
  runRaw: async (words, context) => {
    if (asksForHelp(words)) return { lines: runHelp().split('\n') }
    const parsed = parseRunArguments(words)
    const request = { ...parsed, network: await networksOf(parsed.network, context.configDirs) }
    const images = request.apps.map(({ image }) => image.text)
    const dir = dataDir(context.dataDir)
    const store = openStore(dir)
    const turn = new Turn()
    const prepared = await preparePod(request, {
      store,
      openFetcher: (pullPolicy) => openFetcher(store, context, { ...request, pullPolicy }),
      trustCapabilities: context.insecure.capabilities,
      warn: context.warn,
      log: context.log,
      explain: (error) => strayImage(error, words, images),
      mayBegin: () => turn.wait(),
      // as with the UUID file, the UUID is published before the start, so that the user can examine
      // a pod that fails to start
      ...(request.detach && { announce: (uuid: string) => emit(1, `${uuid}\n`) }),
    })
    return startPod(dir, prepared, turn)
  },
}
