import type * as OpenPGP from 'openpgp'

/** The types of openpgp; only {@link loadOpenPGP} loads its code. */
export type { OpenPGP }

/** Loads openpgp at its first use: it is ten times the size of the rest of stage0. */
export const loadOpenPGP = (): Promise<typeof OpenPGP> => import('openpgp')
