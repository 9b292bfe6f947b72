import { RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { visibleJSON } from '#schema/visible.js'
import { dataDir } from '../../data-dir.js'
import { findPod } from '../../pod/find.js'
import { readText } from '../../pod/records.js'
import type { Command } from '../command.js'
import { podWord } from '../each-pod.js'

interface Options {
  readonly pod: string | undefined
  readonly 'uuid-file': string | undefined
  readonly 'pretty-print': boolean
}

export const command: Command<Options> = {
  usage: 'cat-manifest [pod]',
  describe: 'Prints the manifest of a pod, with every mount point given its volume.',
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', describe: "a pod's name, UUID, or its beginning" })
      .option('uuid-file', { type: 'string', describe: 'take the UUID from a file' })
      .option('pretty-print', {
        type: 'boolean',
        default: true,
        describe: 'indent it (--pretty-print=false: as it is kept)',
      }),
  run: ({ pod: word, 'uuid-file': file, 'pretty-print': pretty }, context) => {
    const { pod } = findPod(dataDir(context.dataDir), podWord('cat-manifest', word, file))
    const text = readText(pod.directory, POD_DIR.manifest)
    if (text === null) {
      throw new RuntimeError('POD_STATE', `${pod.uuid}: has no manifest: its preparation did not get that far`, {
        hint: `appc rm ${pod.uuid}`,
      })
    }
    return { bytes: Buffer.from(pretty ? indent(text) : text) }
  },
}

/** Indents a manifest. A manifest that a crash damaged is returned unchanged. */
function indent(text: string): string {
  try {
    return `${visibleJSON(JSON.parse(text), '\t')}\n`
  } catch {
    return text
  }
}
