/**
 * Where the programs of CNI plugins are, first found first: Debian's, those of other distributions,
 * those of a hand.
 */
export const PLUGIN_PATH = ['/usr/lib/cni', '/usr/libexec/cni', '/opt/cni/bin'] as const
