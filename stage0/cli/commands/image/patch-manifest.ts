import { realpathSync } from 'node:fs'
import { extname } from 'node:path'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { firstProblem, ManifestError } from '#schema/manifest-error.js'
import { parseImageWord } from '../../../image/word.js'
import type { ManifestEdits } from '../../../aci/manifest-edits.js'
import { type NewManifest, patchImage } from '../../../aci/patch-image.js'
import type { Command, Context, Outcome } from '../../command.js'

interface Options extends ManifestEdits {
  readonly input: string | undefined
  readonly output: string | undefined
  readonly manifest: string | undefined
  readonly replace: boolean
  readonly overwrite: boolean
  readonly 'no-compression': boolean
}

/** The possible edits and their help. */
const EDITS: Readonly<Record<keyof ManifestEdits, string>> = {
  name: 'NAME: the name of the image',
  exec: '"COMMAND ARG…": what is executed, split at blanks',
  user: 'USER',
  group: 'GROUP',
  'supplementary-groups': 'GID,…',
  capability: 'CAP_…,…: the capabilities that are kept',
  'revoke-capability': 'CAP_…,…: the capabilities that are taken away',
  mounts: 'NAME,path=P[,readOnly=BOOL][:…]: the mount points',
  ports: 'NAME,protocol=P,port=N[,count=N][,socketActivated=BOOL][:…]: the ports',
  isolators:
    'NAME,KEY=VALUE…[:…]: the isolators resource/…, os/linux/no-new-privileges,BOOL and os/linux/oom-score-adj,N; others stay',
  'seccomp-mode': 'retain|remove[,errno=E]',
  'seccomp-set': 'CALL,…: the system calls',
}

const NAMES = Object.keys(EDITS) as (keyof ManifestEdits)[]

/** The messages and exit statuses are those of actool (V3). */
export const command: Command<Options> = {
  usage: 'image patch-manifest [input] [output]',
  describe: 'Copies an image with changes to its manifest. Whatever an option names is replaced as a whole.',
  singleDash: true,
  unprivileged: true,
  configure: (parser) => {
    const common = parser
      .positional('input', { type: 'string', describe: 'an image: FILE.aci, or one of the store by ID or name' })
      .positional('output', { type: 'string', describe: 'the new image, FILE.aci' })
      .option('manifest', { type: 'string', describe: 'FILE: a whole manifest; no other change then' })
      .option('replace', { type: 'boolean', default: false, describe: 'put the new image in the place of the old one' })
      .option('overwrite', { type: 'boolean', default: false, describe: 'replace OUTPUT where it is' })
      .option('no-compression', { type: 'boolean', default: false, describe: 'a plain tar instead of a gzipped one' })
    for (const name of NAMES) common.option(name, { type: 'string', describe: EDITS[name] })
    return common
  },
  run: async (options, context) => {
    const problem = problemOf(options)
    if (problem !== undefined) return failed(problem, 2)
    const { input = '', output = '', overwrite, replace, 'no-compression': plain } = options
    try {
      await patch(input, replace ? undefined : output, changeOf(options), { overwrite, compress: !plain }, context)
      return {}
    } catch (error) {
      if (error instanceof RuntimeError && (error.code === 'NOT_ROOT' || error.code.startsWith('IMAGE_'))) throw error
      return failed(actoolMessage(error, input, output))
    }
  },
}

/** The first problem of the options, in actool's words; undefined where there is none. */
function problemOf(options: Options): string | undefined {
  const { input, output, replace, overwrite, manifest = '' } = options
  if (replace && overwrite) return 'Cannot use both --replace and --overwrite'
  if (!replace && (input === undefined || output === undefined)) {
    return 'Must provide input and output files (or use --replace)'
  }
  if (replace && (input === undefined || output !== undefined)) return 'Must provide one file'
  if (manifest !== '' && NAMES.some((name) => (options[name] ?? '') !== '')) {
    return '--manifest is incompatible with other manifest editing options'
  }
  if (output !== undefined && extname(output) !== '.aci') return `Extension must be .aci (given ${extname(output)})`
  return undefined
}

const changeOf = (options: Options): NewManifest =>
  options.manifest !== undefined && options.manifest !== ''
    ? { file: options.manifest }
    : { edits: Object.fromEntries(NAMES.map((name) => [name, options[name]])) }

/** @param output undefined replaces the input */
async function patch(
  input: string,
  output: string | undefined,
  change: NewManifest,
  options: { readonly overwrite: boolean; readonly compress: boolean },
  context: Context,
): Promise<void> {
  const argument = parseImageWord(input)
  if (argument.kind === 'file') {
    // if the input is a symlink, its target is replaced
    if (output === undefined)
      await patchImage(argument.path, realpathSync(argument.path), change, { ...options, overwrite: true })
    else await patchImage(argument.path, output, change, options)
    return
  }
  if (argument.kind !== 'id' && argument.kind !== 'name')
    throw new RuntimeError('USAGE', 'only files and stored images')
  if (output === undefined) throw new RuntimeError('USAGE', 'an image of the store cannot be replaced')
  const { patchStoredImage } = await import('../../../store/patch.js')
  await patchStoredImage(context.dataDir, argument, output, change, options)
}

const failed = (message: string, exit = 1): Outcome => ({ notes: [`patch-manifest: ${message}`], exit })

function actoolMessage(error: unknown, input: string, output: string): string {
  if (error instanceof ManifestError) return `Unable to read ${input}: ${firstProblem(error)}`
  if (!(error instanceof RuntimeError)) {
    if (error instanceof Error && 'syscall' in error) return `Unable to write ${output}: ${messageOf(error)}`
    throw error
  }
  if (error.code === 'FILE_EXISTS') return 'Output file exists (try --overwrite)'
  if (error.code === 'FILE_UNREADABLE') return `Cannot open ${error.message.replace(/^open /, '')}`
  return `Unable to read ${input}: ${error.message}`
}
