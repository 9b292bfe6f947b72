import assert from 'node:assert/strict'

/**
 * linux/capability.h, in the order of the numbers, from 0: written a second time, so that a test
 * finds errors of the product.
 */
export const CAPABILITIES: readonly string[] = `
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`)

/** The capabilities of an app without an isolator (I6). */
export const DEFAULT_CAPABILITIES: readonly string[] = `
  CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT MKNOD AUDIT_WRITE SETFCAP`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`)

/** The capability sets in /proc/PID/status, by the line's name (`CapBnd`), sorted by number. */
export function setsIn(status: string): Readonly<Record<string, readonly string[]>> {
  const lines = [...status.matchAll(/^(Cap\w+):\s*([0-9a-f]{16})$/gm)]
  return Object.fromEntries(lines.map(([, name = '', digits = '']) => [name, namesOf(BigInt(`0x${digits}`))]))
}

function namesOf(mask: bigint): readonly string[] {
  assert.equal(mask >> BigInt(CAPABILITIES.length), 0n, 'a capability that is unknown here')
  return CAPABILITIES.filter((_, number) => (mask >> BigInt(number)) & 1n)
}
