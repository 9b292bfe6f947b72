/** A system call interface of a machine: how the kernel names it to filters (linux/audit.h), and its numbers of guarded calls. */
export interface ABI {
  readonly audit: number
  readonly ioctl: number
  readonly socket: number
  readonly socketpair: number
  /** i386 only: makes any socket, and its arguments are behind a pointer that no filter can follow. */
  readonly socketcall?: number
  /** From this number on the calls are those of x32, which shares the machine's audit number. */
  readonly x32?: number
}

/** A machine's own ABI, and the 32-bit one that its kernel has too. */
export interface Machine {
  readonly native: ABI
  readonly compat: ABI
}

/** By Node's name of the machine. All are little-endian. */
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

/** The 32-bit ones of the architectures that a Linux image can be made for (M3). */
const THIRTY_TWO_BITS = ['i386', 'armv6l', 'armv7l', 'armv7b']

/** Tells whether an image of that `arch` label needs the machine's 32-bit ABI; one without the label does not. */
export const needsCompat = (arch: string | undefined): boolean => arch !== undefined && THIRTY_TWO_BITS.includes(arch)
