import { livePods } from './live-pods.js'
import { repairTable } from './load-table.js'

/**
 * Repairs what other programs of the host have removed of the networks of the pods in the parent of
 * the current directory: the table `inet appc`. Gives a warning where it was missing. Errors: those
 * of {@link repairTable}.
 */
export const repairNetworks = async (): Promise<readonly string[]> =>
  livePods().length === 0 ? [] : await repairTable(livePods)
