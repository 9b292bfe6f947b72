import { architectures } from '../image/host-platform.js'

/**
 * The values of template variables without a requested label (D3). The image may have other labels
 * (D7).
 */
export const defaultLabels = (): ReadonlyMap<string, string> =>
  new Map([
    ['version', 'latest'],
    ['os', 'linux'],
    ['arch', architectures()[0]],
  ])
