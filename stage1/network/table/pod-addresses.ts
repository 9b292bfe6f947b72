/** Addresses of the results of plugins (`10.72.0.2/16`) without the length of the prefix. */
export const podAddresses = (addresses: readonly string[] = []): readonly string[] =>
  addresses.map((address) => address.replace(/\/.*/, '')).filter((address) => /^[0-9a-fA-F.:]+$/.test(address))
