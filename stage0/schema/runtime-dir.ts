/**
 * The directories that appc keeps until the next boot: absolute paths. units/tmpfiles.d creates
 * them; appc creates missing ones.
 */
export const RUNTIME_DIR = {
  /**
   * Results of stage0's checks of the host: a file for each file system
   * (stage0/prepare/overlay.ts).
   */
  root: '/run/appc',
  /**
   * A directory for each pod that may start at the same time; its lock is the pod's turn
   * (stage0/pod/turn.ts).
   */
  starting: '/run/appc/starting',
  /** Seccomp filters that stage1 has compiled (stage1/seccomp-cache.ts). */
  seccomp: '/run/appc/seccomp',
} as const
