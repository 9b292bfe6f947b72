/**
 * System calls by purpose (syscalls(2)), with the names of 32-bit compat architectures. These calls
 * are safe for an app that shares the kernel with others: a call works on the app's own files,
 * memory, processes and sockets, or the kernel checks a capability that the app does not get by
 * default.
 *
 * The following calls are neither here nor in {@link CALLS_OF_CAPABILITY}, so no app has them:
 * - io_uring: its requests are not system calls, so it opens files and makes sockets without any
 *   filter;
 * - add_key, keyctl, request_key: the kernel's keyrings are the same in all pods and on the host
 *   (keyrings(7));
 * - userfaultfd: lets a program stop the kernel in the middle of a copy, with which most attacks on
 *   race conditions in the kernel begin;
 * - vm86 and the calls that kernels no longer have (uselib, sysfs, ustat, _sysctl, …).
 *
 * modify_ldt is allowed: Wine needs it, and it works on the segments of the process only.
 */
export const ORDINARY_CALLS = {
  files: `access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
    fadvise64_64 arm_fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync
    flock fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd
    getdents getdents64 ioctl lchown lchown32 link linkat lseek _llseek lstat lstat64 mkdir mkdirat mknod mknodat newfstatat
    _newselect oldfstat oldlstat oldstat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead
    readdir readlink readlinkat readv rename renameat renameat2 rmdir sendfile sendfile64 splice stat stat64 statfs statfs64
    statx symlink symlinkat sync sync_file_range sync_file_range2 syncfs tee truncate truncate64 umask unlink unlinkat utime
    utimensat utimensat_time64 utimes vmsplice write writev cachestat`,
  attributes: `fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr
    lremovexattr lsetxattr removexattr setxattr `,
  waiting: `epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
    eventfd2 inotify_add_watch inotify_init inotify_init1 inotify_rm_watch pipe pipe2 poll ppoll ppoll_time64 pselect6
    pselect6_time64 select signalfd signalfd4 fanotify_mark io_cancel io_destroy io_getevents io_pgetevents
    io_pgetevents_time64 io_setup io_submit`,
  memory: `brk get_mempolicy madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap
    mmap2 mprotect mremap msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_madvise
    process_mrelease remap_file_pages`,
  processes: `capget capset execve execveat exit exit_group fork getpgid getpgrp getpid getppid getpriority getrlimit getrusage
    getsid gettid pidfd_open pidfd_send_signal prctl arch_prctl prlimit64 process_vm_readv process_vm_writev
    ptrace rseq seccomp set_robust_list get_robust_list set_thread_area get_thread_area set_tid_address set_tls
    setpgid setpriority setrlimit setsid ugetrlimit vfork wait4 waitid waitpid landlock_add_rule
    landlock_create_ruleset landlock_restrict_self
    cacheflush breakpoint`,
  identity: `getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid
    getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid
    setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`,
  scheduling: `getcpu ioprio_get ioprio_set nice sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
    sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
    sched_setparam sched_setscheduler sched_yield`,
  signals: `alarm kill pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
    rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sgetmask sigaction sigaltstack signal sigpending
    sigprocmask sigreturn sigsuspend ssetmask tgkill tkill`,
  synchronization: `futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake`,
  time: `adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
    clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete timer_getoverrun
    timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64
    timerfd_settime timerfd_settime64 times`,
  sockets: `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
    send sendmmsg sendmsg sendto setsockopt shutdown socket socketpair`,
  queues: `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
    msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  system: `getrandom sysinfo uname modify_ldt`,
} as const

/**
 * Calls newer than libseccomp 2.5 (Linux 6.8 and later), by their numbers, which are the same on
 * all architectures. `capability` is the capability that a call requires, if any.
 */
export const RECENT_CALLS: readonly { readonly name: string; readonly number: number; readonly capability?: string }[] =
  [
    { name: 'statmount', number: 457, capability: 'CAP_SYS_ADMIN' },
    { name: 'listmount', number: 458, capability: 'CAP_SYS_ADMIN' },
    { name: 'lsm_get_self_attr', number: 459 },
    { name: 'lsm_set_self_attr', number: 460 },
    { name: 'lsm_list_modules', number: 461 },
    { name: 'mseal', number: 462 },
    { name: 'setxattrat', number: 463 },
    { name: 'getxattrat', number: 464 },
    { name: 'listxattrat', number: 465 },
    { name: 'removexattrat', number: 466 },
    { name: 'open_tree_attr', number: 467, capability: 'CAP_SYS_ADMIN' },
    { name: 'file_getattr', number: 468 },
    { name: 'file_setattr', number: 469 },
  ]

/**
 * The additional calls that each capability allows, for an app that was explicitly granted it
 * (capabilities(7)).
 */
export const CALLS_OF_CAPABILITY: Readonly<Record<string, string>> = {
  CAP_BPF: `bpf`,
  CAP_DAC_READ_SEARCH: `name_to_handle_at open_by_handle_at`,
  CAP_PERFMON: `perf_event_open`,
  CAP_SYS_ADMIN: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr
    move_mount name_to_handle_at open_tree perf_event_open pivot_root quotactl quotactl_fd setdomainname
    sethostname setns swapoff swapon umount umount2 unshare`,
  CAP_SYS_BOOT: `kexec_file_load kexec_load reboot`,
  CAP_SYS_CHROOT: `chroot`,
  CAP_SYS_MODULE: `delete_module finit_module init_module`,
  CAP_SYS_NICE: `get_mempolicy mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node`,
  CAP_SYS_PACCT: `acct`,
  CAP_SYS_PTRACE: `kcmp pidfd_getfd`,
  CAP_SYS_RAWIO: `ioperm iopl`,
  CAP_SYS_TIME: `clock_settime clock_settime64 settimeofday stime`,
  CAP_SYS_TTY_CONFIG: `vhangup`,
  CAP_SYSLOG: `syslog`,
}
