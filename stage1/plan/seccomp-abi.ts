/**
 * A system call interface of a machine: its ID in filters (linux/audit.h), and its numbers of the
 * guarded calls.
 */
export interface ABI {
  readonly audit: number
  readonly ioctl: number
  readonly socket: number
  readonly socketpair: number
  /**
   * i386 only: socketcall(2) makes any socket, and its arguments are behind a pointer that no
   * filter can follow.
   */
  readonly socketcall?: number
  /** The calls from this number on are those of x32, which shares the audit ID of the machine. */
  readonly x32?: number
}

/** The native ABI of a machine, and the 32-bit ABI that its kernel also has. */
export interface Machine {
  readonly native: ABI
  readonly compat: ABI
}

/** The machines by the name that Node gives them. All are little-endian. */
export const MACHINES: Readonly<Partial<Record<NodeJS.Architecture, Machine>>> = {
  x64: {
    native: { audit: 0xc000_003e, ioctl: 16, socket: 41, socketpair: 53, x32: 0x4000_0000 },
    compat: { audit: 0x4000_0003, ioctl: 54, socket: 359, socketpair: 360, socketcall: 102 },
  },
  arm64: {
    native: { audit: 0xc000_00b7, ioctl: 29, socket: 198, socketpair: 199 },
    compat: { audit: 0x4000_0028, ioctl: 54, socket: 281, socketpair: 288 },
  },
}

/** The 32-bit architectures for which a Linux image can be made (M3). */
const THIRTY_TWO_BITS = ['i386', 'armv6l', 'armv7l', 'armv7b']

/**
 * Whether an image with this `arch` label needs the 32-bit ABI of the machine. An image without the
 * label does not.
 */
export const needsCompat = (arch: string | undefined): boolean => arch !== undefined && THIRTY_TWO_BITS.includes(arch)
