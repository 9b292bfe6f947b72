/**
 * The name of a pod's interface: those of its networks are counted in the order of the networks.
 */
export const interfaceName = (index: number): string => `eth${index}`
