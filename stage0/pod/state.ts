import type { Place } from '../data-dir.js'

/**
 * The states of a pod: a state follows from the place of the directory and from its lock. No file
 * stores the state, so a crash cannot leave a wrong one.
 */
const STATES = {
  embryo: { locked: 'embryo', unlocked: 'embryo' },
  prepare: { locked: 'preparing', unlocked: 'aborted-prepare' },
  prepared: { locked: 'prepared', unlocked: 'prepared' },
  run: { locked: 'running', unlocked: 'exited' },
  'exited-garbage': { locked: 'exited-deleting', unlocked: 'exited-garbage' },
  garbage: { locked: 'deleting', unlocked: 'garbage' },
} as const satisfies Record<Place, { locked: string; unlocked: string }>

export type PodState = (typeof STATES)[Place]['locked' | 'unlocked']

/** The state of a pod whose directory is in `place`. */
export const stateOf = (place: Place, locked: boolean): PodState => STATES[place][locked ? 'locked' : 'unlocked']

/** The places whose pods users see. An embryo is not a pod yet, and garbage is no pod any more. */
export const VISIBLE: readonly Place[] = ['prepare', 'prepared', 'run', 'exited-garbage']

/**
 * The place to which a discarded pod moves from each place. A pod that ran keeps its records for
 * some time; all others are garbage.
 */
export const DISCARD_PLACE = {
  embryo: 'garbage',
  prepare: 'garbage',
  prepared: 'garbage',
  run: 'exited-garbage',
  'exited-garbage': 'exited-garbage',
  garbage: 'garbage',
} as const satisfies Record<Place, Place>
