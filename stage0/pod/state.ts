import type { Place } from '../data-dir.js'

/**
 * The life of a pod as a table: its state is where its directory is and whether somebody holds the lock on it. Nothing
 * writes a state down, so a crash cannot leave a wrong one.
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

/** The places whose pods users see: an embryo is not a pod yet, garbage is none any more. */
export const VISIBLE: readonly Place[] = ['prepare', 'prepared', 'run', 'exited-garbage']

/** Where a pod goes that is done with in `place`: what ran keeps its records for a while, the rest is debris. */
export const GRAVE = {
  embryo: 'garbage',
  prepare: 'garbage',
  prepared: 'garbage',
  run: 'exited-garbage',
  'exited-garbage': 'exited-garbage',
  garbage: 'garbage',
} as const satisfies Record<Place, Place>
