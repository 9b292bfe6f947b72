import { RuntimeError } from '#schema/errors.js'
import type { Config } from '../config/config.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import { hasFiles } from '../config/has-files.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import { displayName } from '../image/reference.js'
import { shortID } from '../store/id.js'
import { readProvenance } from '../store/provenance.js'
import type { StoredImage } from '../store/store.js'

interface PolicyOptions {
  readonly config: () => Promise<Config>
  readonly configDirs: ConfigDirs
  readonly insecure: InsecureOptions
}

/**
 * Which images of the store may be used now, by their provenance and the host's present
 * configuration. An image needs a good signature by a key that is still trusted for its name in
 * three cases: the configuration requires signatures for all images; the image came only from a
 * server (root never named it as a file); or an image that needs a signature depends on it.
 */
export class Policy {
  readonly #options: PolicyOptions
  #requires: Promise<boolean> | undefined

  constructor(options: PolicyOptions) {
    this.#options = options
  }

  /** Whether the configuration requires a signature for every image. Errors: CONFIG_INVALID. */
  requiresSignature(): Promise<boolean> {
    return (this.#requires ??= this.#readRequires())
  }

  async #readRequires(): Promise<boolean> {
    const { config, configDirs, insecure } = this.#options
    return !insecure.image && hasFiles(configDirs, 'images.d') && (await config()).requireSignature
  }

  /** Whether the dependencies of this image need signatures. Errors: CONFIG_INVALID. */
  async isStrict(image: StoredImage): Promise<boolean> {
    return (await this.requiresSignature()) || (!this.#options.insecure.image && !isFromFile(image))
  }

  /**
   * Why an image of the store may not be used; null where it may. Errors: CONFIG_INVALID,
   * FILE_UNREADABLE.
   *
   * @param signed whether the image needs a signature in any case
   */
  async objection(image: StoredImage, signed: boolean): Promise<RuntimeError | null> {
    if (this.#options.insecure.image) return null
    if (!signed && isFromFile(image) && !(await this.requiresSignature())) return null
    return await this.#judge(image)
  }

  async #judge(image: StoredImage): Promise<RuntimeError | null> {
    const { manifest, id } = image
    const { signers, uncheckedAt } = readProvenance(image)
    const subject = `${displayName(manifest)} (${shortID(id)})`
    if (signers.length === 0) {
      const origin = uncheckedAt === undefined ? '' : ', it came by --insecure-options=image'
      return new RuntimeError('SIGNATURE_MISSING', `${subject}: in the store, but nobody signed it${origin}`, {
        hint: `appc fetch --signature=FILE.asc FILE.aci; --insecure-options=image takes images without a signature`,
      })
    }
    const { checkStanding } = await import('../trust/standing.js')
    const refusals: RuntimeError[] = []
    for (const signer of signers) {
      try {
        await checkStanding(this.#options.configDirs, { subject, imageName: manifest.name, signer })
        return null
      } catch (error) {
        if (!(error instanceof RuntimeError) || error.code === 'FILE_UNREADABLE') throw error
        refusals.push(error)
      }
    }
    const [first] = refusals
    return first === undefined ? null : withHint(first, manifest.name)
  }
}

const withHint = ({ code, message, hint, cause }: RuntimeError, name: string): RuntimeError =>
  new RuntimeError(code, message, { hint: hint ?? `appc fetch ${name} looks for one that is signed anew`, cause })

const isFromFile = (image: StoredImage): boolean => readProvenance(image).givenAt !== undefined
