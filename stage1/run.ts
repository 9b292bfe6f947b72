import { closeSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { LOCK_FD, type RunSpec } from '#schema/run-spec.js'
import { appUnit, podSlice, podUnit, unitPrefix } from '#schema/unit-name.js'
import { native } from '#native'
import type { Attachment } from './attachment.js'
import { endingsOf } from './endings.js'
import { checkHost } from './host.js'
import { planPod } from './plan/plan.js'
import { startOrder } from './plan/start-order.js'
import { initProgram, readExit, readFacts, readRunSpec } from './pod-directory.js'
import { warn } from './report.js'
import { stopOnSignal } from './stop-on-signal.js'
import { Bus } from './systemd/bus.js'
import { askVersion, encodeStart, startTransient, stopUnit, type StartCall } from './systemd/manager.js'
import { UnitWatch } from './systemd/unit-watch.js'
import { stopTimeouts } from './timeouts.js'
import { verdict } from './verdict.js'
import { writePlan } from './write-plan.js'

/**
 * Starts the pod whose directory is the current one. Detached: 0 as soon as its apps run. Otherwise: when it has ended, with
 * the status of the app that failed first.
 *
 * @throws RuntimeError POD_START_FAILED where the pod or one of its apps could not start
 */
export async function run(uuid: string): Promise<number> {
  checkHost()
  const connecting = Bus.open()
  const version = askVersion(connecting)
  version.catch(() => undefined)
  try {
    const spec = readRunSpec()
    // until this process ends: no collector takes the records away before they are read here
    native.tryLock(POD_DIR.runSpec, 'shared')
    if (spec.uuid !== uuid) throw new RuntimeError('INTERNAL', `pod ${uuid}: this is the directory of ${spec.uuid}`)
    const terminal = spec.interactive ? (await import('./terminal.js')).openTerminal() : undefined
    const plan = planPod(readFacts(spec, initProgram(), terminal))
    plan.warnings.forEach(warn)
    writePlan(plan)
    const call = await encodeStart(version, plan.podUnit.name, startOrder(plan))
    return await start(await connecting, spec, call, terminal)
  } catch (error) {
    connecting.then((bus) => bus.close()).catch(() => undefined)
    throw error
  }
}

const journalOf = async (spec: RunSpec): Promise<Attachment> =>
  (await import('./journal/attachment.js')).attachJournal(spec)

async function start(bus: Bus, spec: RunSpec, call: StartCall, terminal: Attachment | undefined): Promise<number> {
  const pod = podUnit(spec.id)
  const apps = spec.apps.map(({ name }) => appUnit(spec.id, name))
  const units = [pod, ...apps, podSlice(spec.id)]
  const watch = new UnitWatch(bus, unitPrefix(spec.id), units, 'start')
  try {
    stopOnSignal({
      stop: async () => (await import('./pod-units.js')).askToStop(watch.bus, spec),
      kill: async () => (await import('./pod-units.js')).killPod(watch.bus, spec),
    })
    await startTransient(bus, call)
    const attachment = terminal ?? (spec.detach ? undefined : await journalOf(spec))
    attachment?.begin()
    const started = apps.map((unit) => watch.started(unit))
    await Promise.race(started)
    // No app starts, or fails, before the pod's init holds the lock or will never do so.
    closeSync(LOCK_FD)
    if (attachment === undefined && (await Promise.all(started)).every((result) => result === 'done')) return 0
    // An app that has ended may start again, where a drop-in says Restart=, as long as the pod is there. Without it none does, but
    // systemd would go on trying.
    await watch.ending(pod)
    const stopped = watch
      .ended([pod])
      .then(() => Promise.all(watch.going(apps).map((unit) => stopUnit(watch.bus, unit))))
    // it is waited for further down
    stopped.catch(() => undefined)
    // Nothing of the apps is written after their units ended: what they wrote is fetched while the pod itself goes.
    await watch.ended(apps)
    await Promise.all([attachment?.finish(), stopped, watch.ended(units)])
    // What is not on the terminal is told from the journal: why an app could not start, what handlers wrote.
    if (attachment === undefined || terminal !== undefined) await (await journalOf(spec)).finish()
    stopTimeouts(spec, (unit, limit) => watch.timedOut(unit, limit), readExit).forEach(warn)
    return verdict(
      spec,
      endingsOf(spec, (unit) => watch.mainExit(unit)),
    )
  } finally {
    watch.close()
  }
}
