import { isObject } from './check.js'

/** A network that a pod has joined: an item of `networks.json` of the pod directory. */
export interface NetworkState {
  readonly name: string
  readonly interface: string
  /** With the length of the prefix: `10.72.0.2/16`. */
  readonly addresses: readonly string[]
}

/** The networks in a file of a pod directory; what is broken is left out. */
export function parseNetworkStates(text: string): readonly NetworkState[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  return Array.isArray(value) ? value.filter(isNetworkState) : []
}

const isNetworkState = (value: unknown): value is NetworkState =>
  isObject(value) &&
  typeof value['name'] === 'string' &&
  typeof value['interface'] === 'string' &&
  Array.isArray(value['addresses']) &&
  value['addresses'].every((address) => typeof address === 'string')
