/**
 * The calls that apps may not make, written independently of the product's tables: names with the
 * numbers of x86-64 and i386 (`-`: none), and the capabilities that permit them. Every other number
 * up to {@link LAST} that has a meaning is allowed to all apps.
 */
const REFUSED = `
  acct                     163  51   CAP_SYS_PACCT
  add_key                  248  286
  bpf                      321  357  CAP_SYS_ADMIN CAP_BPF
  clock_settime            227  264  CAP_SYS_TIME
  clock_settime64          -    404  CAP_SYS_TIME
  delete_module            176  129  CAP_SYS_MODULE
  fanotify_init            300  338  CAP_SYS_ADMIN
  finit_module             313  350  CAP_SYS_MODULE
  fsconfig                 431  431  CAP_SYS_ADMIN
  fsmount                  432  432  CAP_SYS_ADMIN
  fsopen                   430  430  CAP_SYS_ADMIN
  fspick                   433  433  CAP_SYS_ADMIN
  init_module              175  128  CAP_SYS_MODULE
  io_uring_enter           426  426
  io_uring_register        427  427
  io_uring_setup           425  425
  ioperm                   173  101  CAP_SYS_RAWIO
  iopl                     172  110  CAP_SYS_RAWIO
  kcmp                     312  349  CAP_SYS_PTRACE
  kexec_file_load          320  -    CAP_SYS_BOOT
  kexec_load               246  283  CAP_SYS_BOOT
  keyctl                   250  288
  listmount                458  458  CAP_SYS_ADMIN
  lookup_dcookie           212  253  CAP_SYS_ADMIN
  mbind                    237  274  CAP_SYS_NICE
  migrate_pages            256  294  CAP_SYS_NICE
  mount                    165  21   CAP_SYS_ADMIN
  mount_setattr            442  442  CAP_SYS_ADMIN
  move_mount               429  429  CAP_SYS_ADMIN
  move_pages               279  317  CAP_SYS_NICE
  name_to_handle_at        303  341  CAP_SYS_ADMIN CAP_DAC_READ_SEARCH
  open_by_handle_at        304  342  CAP_DAC_READ_SEARCH
  open_tree                428  428  CAP_SYS_ADMIN
  open_tree_attr           467  467  CAP_SYS_ADMIN
  perf_event_open          298  336  CAP_SYS_ADMIN CAP_PERFMON
  pidfd_getfd              438  438  CAP_SYS_PTRACE
  pivot_root               155  217  CAP_SYS_ADMIN
  quotactl                 179  131  CAP_SYS_ADMIN
  quotactl_fd              443  443  CAP_SYS_ADMIN
  reboot                   169  88   CAP_SYS_BOOT
  request_key              249  287
  set_mempolicy            238  276  CAP_SYS_NICE
  set_mempolicy_home_node  450  450  CAP_SYS_NICE
  setdomainname            171  121  CAP_SYS_ADMIN
  sethostname              170  74   CAP_SYS_ADMIN
  setns                    308  346  CAP_SYS_ADMIN
  settimeofday             164  79   CAP_SYS_TIME
  statmount                457  457  CAP_SYS_ADMIN
  stime                    -    25   CAP_SYS_TIME
  swapoff                  168  115  CAP_SYS_ADMIN
  swapon                   167  87   CAP_SYS_ADMIN
  syslog                   103  103  CAP_SYSLOG
  umount                   -    22   CAP_SYS_ADMIN
  umount2                  166  52   CAP_SYS_ADMIN
  userfaultfd              323  374
  vhangup                  153  111  CAP_SYS_TTY_CONFIG
  vm86                     -    166
  vm86old                  -    113
`

/** Numbers of calls that no kernel has any more, or that never were one; they are refused too. */
const WITHOUT_MEANING = {
  x64: [134, 136, 139, 156, 174, 177, 178, 180, 181, 182, 183, 184, 185, 236],
  i386: [
    ...[17, 31, 32, 35, 44, 53, 56, 58, 59, 62, 86, 98, 109, 112, 127, 130, 134, 135, 137, 149, 167, 169, 188, 189],
    ...[222, 223, 251, 273, 285, 387, 388, 389, 390, 391, 392, 415],
  ],
}

/**
 * The highest number of a kernel known to appc; from 424 on all architectures have the same
 * numbers.
 */
const LAST = 469

/** The numbers to test; those of x86-64 between the old and the new ones were never assigned. */
const NUMBERS = {
  x64: Array.from({ length: LAST + 1 }, (_, number) => number).filter((number) => number < 335 || number >= 424),
  i386: Array.from({ length: LAST + 1 }, (_, number) => number),
}

/**
 * Arguments by number, where -1 would have an effect or would prove nothing. clone: CLONE_SIGHAND
 * alone, which is invalid; unshare: nothing; modify_ldt: reads; nice: by 0 (a negative value needs
 * root); futex: an existing operation; sigsuspend: with no signal blocked.
 */
const ARGUMENTS: Readonly<Record<'x64' | 'i386', Readonly<Record<number, string>>>> = {
  x64: { 56: '0x800', 154: '0,-1,1', 202: '1,0', 272: '0' },
  i386: { 34: '0', 72: '0,0,0', 120: '0x800', 123: '0,-1,1', 240: '1,0', 310: '0' },
}

/**
 * clone3, whose flags no filter can read: it returns ENOSYS to apps that may not create namespaces.
 */
const CLONE3 = 435

export type ABIName = keyof typeof NUMBERS

/**
 * landlock_restrict_self: the kernel itself returns EPERM if the process has neither
 * no_new_privs nor CAP_SYS_ADMIN.
 */
const SAYS_EPERM_ITSELF = 446

/**
 * The expected answer: EPERM from the filter, ENOSYS from the filter, or one of the kernel
 * (anything but EPERM).
 */
export type Verdict = 'EPERM' | 'ENOSYS' | 'kernel'

export interface CallRow {
  readonly number: number
  /** The call as an argument of the probe. */
  readonly word: string
  readonly name: string
  readonly verdict: Verdict
}

/**
 * All calls of an ABI, and the expected answer to an app with these capabilities (and
 * CAP_SYS_CHROOT).
 */
export function expectedVerdicts(abi: ABIName, capabilities: readonly string[]): readonly CallRow[] {
  const refused = new Map<number, string>()
  for (const [name = '', x64, i386, ...bringing] of rows()) {
    const number = Number(abi === 'x64' ? x64 : i386)
    if (!bringing.some((one) => capabilities.includes(one)) && !Number.isNaN(number)) refused.set(number, name)
  }
  for (const number of WITHOUT_MEANING[abi]) refused.set(number, 'a call without a meaning')
  const missing = new Map<number, string>()
  if (!capabilities.includes('CAP_SYS_ADMIN')) missing.set(CLONE3, 'clone3')
  if (abi === 'i386') missing.set(102, 'socketcall')
  return NUMBERS[abi]
    .filter((number) => number !== SAYS_EPERM_ITSELF)
    .map((number) => {
      const list = ARGUMENTS[abi][number]
      const word = `${abi === 'i386' ? '32/' : ''}${number}${list === undefined ? '' : `:${list}`}`
      const verdict = refused.has(number) ? 'EPERM' : missing.has(number) ? 'ENOSYS' : 'kernel'
      return { number, word, name: refused.get(number) ?? missing.get(number) ?? 'an ordinary call', verdict }
    })
}

/** Every capability that permits a call. */
export const BRINGING: readonly string[] = [...new Set(rows().flatMap(([, , , ...bringing]) => bringing))].sort()

function rows(): string[][] {
  return REFUSED.trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/))
}
