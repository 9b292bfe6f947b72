/** What appc keeps until the next boot: absolute paths, which units/tmpfiles.d makes and which are made where they are missing. */
export const RUNTIME_DIR = {
  /** What stage0 has found out about the host: a file for each file system (stage0/prepare/overlay.ts). */
  root: '/run/appc',
  /** A directory for each pod that may start at a time, whose lock is the pod's turn (stage0/pod/turn.ts). */
  starting: '/run/appc/starting',
  /** Seccomp filters that stage1 has compiled (stage1/seccomp-cache.ts). */
  seccomp: '/run/appc/seccomp',
} as const
