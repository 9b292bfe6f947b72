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

/** What became of an image or a tree that was looked at. */
export interface Finding {
  readonly id: string
  /**
   * `repaired`: it is whole again; `removed`: it is made anew when it is needed; `unknown`: a tree of images that are not in the
   * store any more.
   */
  readonly state: 'whole' | 'damaged' | 'repaired' | 'removed' | 'unknown'
  /** What was found. */
  readonly problems: readonly TreeProblem[]
}

/** One image that was looked at. */
export interface ImageFinding extends Finding {
  /** `example.com/app:1`, or the ID where the manifest cannot be read. */
  readonly name: string
}

/**
 * Checks every file of an image against its record, and gets it again by `repair` where something is wrong. Errors: IMAGE_NOT_FOUND;
 * those of `repair` are told to `onFailure`.
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
  const held = await store.share(id)
  try {
    return await examineHeld(store, id)
  } finally {
    held.release()
  }
}

async function examineHeld(store: Store, id: string): Promise<Pick<ImageFinding, 'name' | 'problems'>> {
  const entry = store.entry(id) ?? store.get(id)
  const name = isDamaged(entry) ? (entry.name ?? id) : displayName(entry.manifest)
  const said = isDamaged(entry) ? [{ path: 'manifest', problem: entry.problem }] : []
  try {
    return { name, problems: [...said, ...(await native.verifyTree(store.dir.image(id)))] }
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ARCHIVE_INVALID', 'ARCHIVE_LIMIT')) throw error
    return { name, problems: [...said, { path: 'record', problem: messageOf(error) }] }
  }
}

/**
 * Checks the rendered trees in which there is something of these images; one that is not what its images give is removed, because it is
 * made anew when it is needed. What cannot be checked or removed is told to `onFailure`.
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
      if (!isGone(error)) onFailure(error)
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

const isGone = (error: unknown): error is RuntimeError =>
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
