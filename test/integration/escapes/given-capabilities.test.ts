import { describe } from 'node:test'
import { canary, UP } from '../../helpers/escapes/canary.js'
import { probes, type Probe } from '../../helpers/escapes/probes.js'
import { noPods, podHost } from '../../helpers/pods.js'

/**
 * The capabilities of the default set that open files of any owner, and the one that inspects every
 * process of the pod.
 */
const GIVEN = ['CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_KILL', 'CAP_SYS_CHROOT', 'CAP_MKNOD']

describe('escapes by an app whose operator lets it look into all processes of the pod', { skip: noPods }, () => {
  const host = podHost()
  const outside = canary()
  const secret = `${outside.directory}/secret`
  const by = (path: string): Probe => ({ name: `a file of the host by ${path}`, script: `cat ${path}${secret}` })

  probes(
    host,
    outside,
    [
      {
        name: 'the capability is not there, and the rest says nothing',
        script: '! readlink /proc/1/root',
        who: ['root app', 'pre-start', 'post-stop', 'enter'],
      },
      by('/proc/1/root'),
      by(`/proc/1/root${UP}`),
      by('/proc/1/cwd'),
      by(`/proc/1/cwd${UP}`),
      ...[2, 3, 4].flatMap((fd) => [by(`/proc/1/fd/${fd}`), by(`/proc/1/fd/${fd}${UP}`)]),
      {
        name: 'a directory that the pod init holds',
        script: 'for fd in /proc/1/fd/*; do [ -d $fd ] && exit; done; exit 1',
      },
      {
        name: 'a file of the host by a process of the pod',
        script: `for it in /proc/[0-9]*/root /proc/[0-9]*/cwd /proc/[0-9]*/fd/*; do
          [ -e $it${secret} ] && exit; [ -e $it${UP}${secret} ] && exit; done; exit 1`,
      },
      { name: 'a program of the host by chroot', script: `chroot /proc/1/root${UP} ${outside.directory}/echo` },
      { name: 'our program is opened for writing', script: ': >>/proc/1/exe' },
    ],
    { appOptions: [`--caps-retain=${GIVEN.join(',')}`] },
  )
})
