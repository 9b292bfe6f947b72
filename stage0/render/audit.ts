import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { displayName } from '../image/reference.js'
import { imageUsers } from '../store/image-users.js'
import { isDamaged } from '../store/read.js'
import type { Store } from '../store/store.js'
import type { TreeProblem } from './compare-trees.js'
import { isTreeID } from './recipe.js'
import { discardTree, readTree } from './tree.js'
import { imagesIn, verifyRendered } from './verify.js'

/** The result of the check of an image or a tree. */
export interface Finding {
  readonly id: string
  /**
   * `repaired`: damage was repaired; `removed`: a damaged tree was removed and is built again when
   * it is needed; `unknown`: a tree of images that are no longer in the store.
   */
  readonly state: 'whole' | 'damaged' | 'repaired' | 'removed' | 'unknown'
  /** The problems that were found. */
  readonly problems: readonly TreeProblem[]
}

/** The result of the check of an image. */
export interface ImageFinding extends Finding {
  /** `example.com/app:1`, or the ID if the manifest cannot be read. */
  readonly name: string
}

/**
 * Checks every file of an image against its record, and calls `repair` if there is a problem. An
 * error of `repair` is passed to `onFailure`. Errors: IMAGE_NOT_FOUND.
 */
export async function auditImage(
  store: Store,
  id: string,
  repair: (id: string) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<ImageFinding> {
  const { name, problems } = await examine(store, id)
  if (problems.length === 0) return { id, name, state: 'whole', problems }
  try {
    await repair(id)
    return { id, name, state: 'repaired', problems }
  } catch (error) {
    onFailure(error)
    return { id, name, state: 'damaged', problems }
  }
}

async function examine(store: Store, id: string): Promise<Pick<ImageFinding, 'name' | 'problems'>> {
  const lock = await store.share(id)
  try {
    return await examineLocked(store, id)
  } finally {
    lock.release()
  }
}

async function examineLocked(store: Store, id: string): Promise<Pick<ImageFinding, 'name' | 'problems'>> {
  const entry = store.entry(id) ?? store.get(id)
  const name = isDamaged(entry) ? (entry.name ?? id) : displayName(entry.manifest)
  const manifestProblems = isDamaged(entry) ? [{ path: 'manifest', problem: entry.problem }] : []
  try {
    return { name, problems: [...manifestProblems, ...(await native.verifyTree(store.dir.image(id)))] }
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ARCHIVE_INVALID', 'ARCHIVE_LIMIT')) throw error
    return { name, problems: [...manifestProblems, { path: 'record', problem: messageOf(error) }] }
  }
}

/**
 * Checks the rendered trees that are built from these images. A tree that differs from its images
 * is removed, because it is built again when it is needed. Errors of a check or removal are passed
 * to `onFailure`.
 */
export async function auditTrees(
  store: Store,
  images: ReadonlySet<string> | 'all',
  onFailure: (error: unknown) => void,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const id of readdirSync(store.dir.trees).filter(isTreeID).sort()) {
    const facts = readTree(store.dir, id)
    if (images !== 'all' && facts !== null && ![...imagesIn(store, facts.recipe)].some((image) => images.has(image)))
      continue
    try {
      const problems = await verifyRendered(store, id)
      if (problems === null) continue
      if (problems.length === 0) findings.push({ id, state: 'whole', problems })
      else findings.push({ id, state: 'removed', problems: removeTree(store, id, problems) })
    } catch (error) {
      if (!isMissingImage(error)) onFailure(error)
      else
        findings.push({
          id,
          state: 'unknown',
          problems: [{ path: '/', problem: `cannot be compared: ${error.message}` }],
        })
    }
  }
  return findings
}

const isMissingImage = (error: unknown): error is RuntimeError =>
  error instanceof RuntimeError && error.code === 'IMAGE_NOT_FOUND'

function removeTree(store: Store, id: string, problems: readonly TreeProblem[]): readonly TreeProblem[] {
  const pods = imageUsers(store.dir, id)
  if (discardTree(store.dir, id, () => imageUsers(store.dir, id).length > 0)) return problems
  if (!existsSync(join(store.dir.trees, id))) return problems
  const [first] = problems
  const user = pods.length === 0 ? 'another appc' : `pod ${pods.join(', ')}`
  throw new RuntimeError(
    'IMAGE_IN_USE',
    `${id}: is damaged (${first?.path}: ${first?.problem}) and in use by ${user}`,
    {
      ...(pods.length > 0 && { hint: `appc stop ${pods.join(' ')} && appc rm ${pods.join(' ')}` }),
    },
  )
}
