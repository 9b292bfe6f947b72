import { readFileSync } from 'node:fs'

/**
 * A random UUID (RFC 4122, version 4), read from random(4). Loading node:crypto would take longer
 * than all other modules together.
 */
export const randomUUID = (): string => readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim()

/** 12 random hex digits, for the name of a temporary file. */
export const randomName = (): string => randomUUID().slice(-12)
