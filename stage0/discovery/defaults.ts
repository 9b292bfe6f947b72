import { architectures } from '../image/host-platform.js'

/** What the variables of templates stand for if no such label was asked for (D3). The image may have other labels (D7). */
export const defaultLabels = (): ReadonlyMap<string, string> =>
  new Map([
    ['version', 'latest'],
    ['os', 'linux'],
    ['arch', architectures()[0]],
  ])
