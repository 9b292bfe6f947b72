import type * as OpenPGP from 'openpgp'

/** The types of openpgp, whose code is loaded by {@link loadOpenPGP} alone. */
export type { OpenPGP }

/** openpgp, loaded when it is first needed: it is ten times the size of the rest of stage0. */
export const loadOpenPGP = (): Promise<typeof OpenPGP> => import('openpgp')
