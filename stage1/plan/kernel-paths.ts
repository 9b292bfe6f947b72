/**
 * Parts of /proc and /sys that show the host or change it. They belong to the whole kernel, so no
 * namespace makes them private to a pod (proc(5), sysfs(5)).
 */

/** The paths that apps cannot see. */
export const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/config.gz',
  '/proc/interrupts',
  '/proc/kallsyms',
  '/proc/kcore',
  '/proc/keys',
  '/proc/kmem',
  '/proc/latency_stats',
  '/proc/mem',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/hypervisor',
  '/sys/module',
  '/sys/power',
] as const

/** The paths that apps can only read. /sys as a whole is read-only too. */
export const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'] as const
