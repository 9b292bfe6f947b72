import { dataDir } from '../../../data-dir.js'
import { isLocked } from '../../../pod/lock.js'
import { scan } from '../../../pod/pod.js'
import { askStage1 } from '../../../pod/stage1.js'
import { rotateSigningSecret } from '../../../prepare/signing-secrets.js'
import type { Command } from '../../command.js'

export const command: Command = {
  usage: 'metadata rotate',
  describe:
    'Makes a new secret, with which the metadata services of pods sign from now on. ' +
    'What was signed with the secret before is still verified, until the next rotation.',
  configure: (parser) => parser,
  run: async (_, context) => {
    const dir = dataDir(context.dataDir)
    await rotateSigningSecret(dir)
    const failures: unknown[] = []
    for (const pod of scan(dir, ['run'])) {
      if (isLocked(pod.directory) !== true) continue
      await askStage1(pod, 'renew').catch((error: unknown) => failures.push(error))
    }
    return { failures }
  },
}
