import { answer, assemble, compare, load, type Instruction } from './bpf.js'
import { MACHINES, type ABI } from './seccomp-abi.js'
import { RECENT_CALLS } from './seccomp-calls.js'

/** Offsets in `struct seccomp_data` (seccomp(2)); of an argument the lower half, which is all that the kernel takes of an `int`. */
const NUMBER = 0
const ARCHITECTURE = 4
const argument = (index: number): number => 16 + 8 * index

/** What a filter answers, and with an errno, in the lower 16 bits (seccomp(2)). */
const ALLOW = 0x7fff_0000
const KILL_PROCESS = 0x8000_0000
const ERRNO = 0x0005_0000
const EPERM = 1
const ENOSYS = 38

/**
 * Calls that are refused for the value of an argument. That is no work for libseccomp: it compares all 64 bits, so that a value with
 * something in the upper half passes for another one, and it has no rule for "none of these values".
 */
const GUARDS: readonly {
  readonly call: 'ioctl' | 'socket' | 'socketpair'
  readonly argument: number
  readonly values: readonly number[]
}[] = [
  // Family AF_ALG: the kernel's ciphers work on pages of files that the app may only read (CVE-2026-31431). AF_VSOCK talks to
  // the hypervisor past every network namespace (vsock(7)). socketpair(2) makes a socket before it learns that there are no pairs.
  { call: 'socket', argument: 0, values: [38, 40] },
  { call: 'socketpair', argument: 0, values: [38, 40] },
  // TIOCSTI and TIOCLINUX put input into a terminal, which may be read by who started the pod (CVE-2017-5226, CVE-2023-28100).
  { call: 'ioctl', argument: 1, values: [0x5412, 0x541c] },
]

/**
 * What a prologue depends on beside its arguments, for the key of a cache that outlives this version of appc. `form` is to be raised
 * with every other change of what {@link withPrologue} makes.
 */
export const PROLOGUE = {
  form: 1,
  guards: GUARDS,
  recent: RECENT_CALLS.map(({ number }) => number),
  machines: MACHINES,
}

/**
 * Puts before a compiled filter what it cannot say: which ABIs there are, the {@link GUARDS}, and the calls younger than
 * libseccomp, of which those in `recent` are allowed. Everything else is the filter's.
 *
 * - A call of an ABI that the app must not use kills the process, as systemd's SystemCallArchitectures= does. An errno would let
 *   32-bit programs run on in which nothing works, not even their end: musl's exit(3) tries for ever.
 * - One of x32, one above all known calls, and i386's socketcall(2) do not exist (ENOSYS), so that C libraries do without. musl has sockets
 *   then; a glibc for i386 that is built for kernels before 4.3, as distributions have it, has none.
 *
 * @throws Error on a machine without a row in the table of ABIs; the addon is not built for such
 */
export function withPrologue(
  filter: Buffer,
  { recent, compat, machine }: { recent: readonly number[]; compat: boolean; machine: NodeJS.Architecture },
): Buffer {
  const abis = MACHINES[machine]
  if (abis === undefined) throw new Error(`machine ${machine}: no system call numbers`)
  const used = compat ? [abis.native, abis.compat] : [abis.native]
  const program = [
    load(ARCHITECTURE),
    ...used.map(({ audit }) => compare('equal', audit, `ABI ${audit}`)),
    answer(KILL_PROCESS),
    ...used.flatMap((abi) => callsOf(abi, recent)),
    'allow',
    answer(ALLOW),
    'missing',
    answer(ERRNO | ENOSYS),
    'refuse',
    answer(ERRNO | EPERM),
    'filter',
  ]
  return Buffer.concat([assemble(program), filter])
}

/** Each way through ends at one of the marks at the end of the program. */
function callsOf(abi: ABI, recent: readonly number[]): readonly (Instruction | string)[] {
  const numbers = RECENT_CALLS.map(({ number }) => number)
  return [
    `ABI ${abi.audit}`,
    load(NUMBER),
    ...(abi.x32 === undefined ? [] : [compare('at least', abi.x32, 'missing')]),
    ...(abi.socketcall === undefined ? [] : [compare('equal', abi.socketcall, 'missing')]),
    ...GUARDS.flatMap(({ call, argument: index, values }) => {
      const others = `not ${call} of ${abi.audit}`
      return [
        compare('equal', abi[call], undefined, others),
        load(argument(index)),
        ...values.map((value, at) =>
          compare('equal', value, 'refuse', at === values.length - 1 ? 'filter' : undefined),
        ),
        others,
      ]
    }),
    compare('at least', Math.min(...numbers), undefined, 'filter'),
    ...recent.map((number) => compare('equal', number, 'allow')),
    compare('greater', Math.max(...numbers), 'missing', 'filter'),
  ]
}
