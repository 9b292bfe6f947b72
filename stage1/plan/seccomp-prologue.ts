import { answer, assemble, compare, load, type Instruction } from './bpf.js'
import { MACHINES, type ABI } from './seccomp-abi.js'
import { RECENT_CALLS } from './seccomp-calls.js'

/**
 * Offsets in `struct seccomp_data` (seccomp(2)). Of an argument it is the offset of the lower half,
 * which is all that the kernel uses of an `int`.
 */
const NUMBER = 0
const ARCHITECTURE = 4
const argument = (index: number): number => 16 + 8 * index

/** The return values of a filter; an errno is in the lower 16 bits (seccomp(2)). */
const ALLOW = 0x7fff_0000
const KILL_PROCESS = 0x8000_0000
const ERRNO = 0x0005_0000
const EPERM = 1
const ENOSYS = 38

/**
 * Calls that are refused because of the value of an argument. libseccomp cannot do this: it
 * compares all 64 bits, so a value with bits in the upper half passes as another value, and it has
 * no rule for "none of these values".
 */
const GUARDS: readonly {
  readonly call: 'ioctl' | 'socket' | 'socketpair'
  readonly argument: number
  readonly values: readonly number[]
}[] = [
  // Family AF_ALG (38): the ciphers of the kernel work on pages of files that the app may only read
  // (CVE-2026-31431). AF_VSOCK (40) reaches the hypervisor past every network namespace (vsock(7)).
  // socketpair(2) makes a socket before the kernel finds that the family has no pairs.
  { call: 'socket', argument: 0, values: [38, 40] },
  { call: 'socketpair', argument: 0, values: [38, 40] },
  // TIOCSTI and TIOCLINUX put input into a terminal, which the caller of appc may read
  // (CVE-2017-5226, CVE-2023-28100).
  { call: 'ioctl', argument: 1, values: [0x5412, 0x541c] },
]

/**
 * The inputs of a prologue in addition to its arguments, for the key of a cache that outlives this
 * version of appc. `form` must be increased with every other change of the output of
 * {@link withPrologue}.
 */
export const PROLOGUE = {
  form: 1,
  guards: GUARDS,
  recent: RECENT_CALLS.map(({ number }) => number),
  machines: MACHINES,
}

/**
 * Prepends to a compiled filter what libseccomp cannot express: the allowed ABIs, the
 * {@link GUARDS}, and the calls newer than libseccomp, of which those in `recent` are allowed. The
 * filter decides everything else. Errors: Error on a machine that is not in the table of ABIs; the
 * addon is not built for such machines.
 *
 * - A call of a forbidden ABI kills the process, as systemd's SystemCallArchitectures= does. With
 *   an errno, 32-bit programs would run on with nothing working, not even their exit: musl's
 *   exit(3) retries forever.
 * - A call of x32, a call above all known calls, and socketcall(2) of i386 do not exist (ENOSYS),
 *   so that C libraries use other calls. With musl, sockets then work; a glibc for i386 that is
 *   built for kernels before 4.3, as in distributions, has no sockets.
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

/**
 * The instructions for the calls of one ABI. Each path ends at one of the marks at the end of the
 * program.
 */
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
