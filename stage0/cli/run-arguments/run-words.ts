import type { NetworkChoice } from '../../config/choose-networks.js'
import type { PodRequest } from '../../prepare/request.js'

/**
 * The words of `appc run`, parsed: a request whose networks are names that no configuration was
 * asked for yet.
 */
export type RunWords = Omit<PodRequest, 'network'> & { readonly network: NetworkChoice }
