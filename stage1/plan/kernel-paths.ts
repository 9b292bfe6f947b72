/**
 * Parts of /proc and /sys that speak about the host or change it. They belong to the kernel as a whole, so no namespace
 * makes them the pod's own (proc(5), sysfs(5)).
 */

/** Not to be seen at all. */
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

/** To be read only. /sys is as a whole. */
export const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'] as const
