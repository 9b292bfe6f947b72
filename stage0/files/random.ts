import { readFileSync } from 'node:fs'

/** A random UUID (RFC 4122, version 4) from random(4): node:crypto would take longer to load than all the rest. */
export const randomUUID = (): string => readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim()

/** 12 random hex digits, for the name of a file that is being written. */
export const randomName = (): string => randomUUID().slice(-12)
