import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { planPod } from '../../../stage1/plan/plan.js'
import { factsOf, UUID, type AppInput } from './facts.js'

const planOf = (input: AppInput, more = {}) => {
  const [plan] = planPod(factsOf({ one: input }, {}, {}, more)).apps
  assert.ok(plan)
  return plan
}

test('golden: the plan of an app with only the required fields', () => {
  // mounts.test.ts compares its mounts.
  const { mounts, ...plan } = planOf({})
  assert.ok(mounts.length > 0)
  assert.deepEqual(plan, {
    version: 1,
    name: 'one',
    unit: `appc-${UUID.slice(0, 8)}-one.service`,
    exec: ['/bin/true'],
    user: '0',
    group: '0',
    supplementaryGIDs: [],
    workingDirectory: '/',
    environment: [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'SHELL=/bin/sh',
      'HOME=/root',
      'USER=root',
      'LOGNAME=root',
      'AC_APP_NAME=one',
      'container=appc',
    ],
    capabilities: [
      'CAP_AUDIT_WRITE',
      'CAP_CHOWN',
      'CAP_DAC_OVERRIDE',
      'CAP_FOWNER',
      'CAP_FSETID',
      'CAP_KILL',
      'CAP_MKNOD',
      'CAP_NET_BIND_SERVICE',
      'CAP_NET_RAW',
      'CAP_SETFCAP',
      'CAP_SETGID',
      'CAP_SETPCAP',
      'CAP_SETUID',
      'CAP_SYS_CHROOT',
    ],
    noNewPrivileges: false,
    seccomp: 'stage1/apps/one.bpf',
    terminal: null,
    stdin: false,
    cgroup: true,
    journalFields: [
      `APPC_POD_UUID=${UUID}`,
      `APPC_POD=${UUID.slice(0, 8)}`,
      'APPC_APP=one',
      'APPC_IMAGE_ID=sha512-1',
      'APPC_IMAGE_NAME=example.com/image:1',
      'SYSLOG_IDENTIFIER=one',
      `OBJECT_SYSTEMD_UNIT=appc-${UUID.slice(0, 8)}-one.service`,
    ],
    preStart: null,
    postStop: null,
  })
})

test('SPEC E12: values of the image replace our defaults; our values that identify the app and the runtime replace those of the image', () => {
  const environment = ['PATH', 'HOME', 'AC_APP_NAME', 'container', 'OTHER'].map((name) => ({
    name,
    value: `its ${name}`,
  }))
  assert.deepEqual(planOf({ image: { environment } }).environment, [
    'PATH=its PATH',
    'SHELL=/bin/sh',
    'HOME=its HOME',
    'USER=root',
    'LOGNAME=root',
    'AC_APP_NAME=one',
    'container=appc',
    'OTHER=its OTHER',
  ])
})

test('HOME, USER and LOGNAME follow from the user, as far as they are known without the image', () => {
  const identity = (user: string) =>
    planOf({ image: { user } }).environment.filter((variable) => /^(HOME|USER|LOGNAME)=/.test(variable))
  assert.deepEqual(identity('nobody'), ['HOME=/', 'USER=nobody', 'LOGNAME=nobody'])
  assert.deepEqual(identity('1000'), ['HOME=/'])
  assert.deepEqual(identity('/etc/hostname'), ['HOME=/'])
})

test('an interactive app has the terminal, and its TERM unless the image sets one', () => {
  const terminal = { size: { rows: 24, columns: 80 }, type: 'xterm' }
  const plan = planOf({}, { terminal })
  assert.deepEqual(plan.terminal, { rows: 24, columns: 80 })
  assert.ok(plan.environment.includes('TERM=xterm'))
})

test('SPEC P4: the pod manifest’s app replaces that of the image completely', () => {
  const plan = planOf({
    image: { exec: ['/image'], environment: [{ name: 'A', value: '1' }] },
    app: { exec: ['/pod'], user: '1', group: '2' },
  })
  assert.deepEqual([plan.exec, plan.user, plan.environment.includes('A=1')], [['/pod'], '1', false])
})

test('an app without anything to execute is refused', () => {
  assert.throws(() => planOf({ image: { exec: [] } }), {
    code: 'MANIFEST_INVALID',
    message: 'app one: nothing to execute',
    hint: 'appc run example.com/image:1 --exec PROGRAM',
  })
})

test('capabilities are those of the run spec; without them no isolator gives more than the default', () => {
  const isolators = [{ name: 'os/linux/capabilities-retain-set', value: { set: ['CAP_SYS_ADMIN', 'CAP_KILL'] } }]
  assert.deepEqual(planOf({ image: { isolators } }).capabilities, ['CAP_KILL'])
  const [app] = factsOf({ one: {} }).spec.apps
  assert.ok(app)
  const [plan] = planPod(
    factsOf({ one: { image: { isolators } } }, { apps: [{ ...app, capabilities: ['CAP_SYS_TIME'] }] }),
  ).apps
  assert.deepEqual(plan?.capabilities, ['CAP_SYS_TIME'])
})

test('SPEC I7: no-new-privileges', () => {
  const isolators = [{ name: 'os/linux/no-new-privileges', value: true }]
  assert.equal(planOf({ image: { isolators } }).noNewPrivileges, true)
})
