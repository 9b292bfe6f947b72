import { closeSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { boundsOf, LOCK_FD, type RunSpec } from '#schema/run-spec.js'
import { appUnit, podSlice, podUnit, unitPrefix } from '#schema/unit-name.js'
import { native } from '#native'
import { firstFailure, podStatus, type Ending } from './exit-status.js'
import type { Attachment } from './attachment.js'
import { checkHost } from './host.js'
import { planPod } from './plan/plan.js'
import { hasStarted, initProgram, isReady, readExit, readFacts, readRunSpec } from './pod-directory.js'
import { warn } from './report.js'
import { stopOnSignal } from './stop-on-signal.js'
import { Bus, BusError } from './systemd/bus.js'
import { encodeStart, startTransient, stopUnit } from './systemd/manager.js'
import { shown, stopTimeouts } from './timeouts.js'
import { UnitWatch } from './systemd/unit-watch.js'
import { writePlan } from './write-plan.js'

/**
 * Starts the pod whose directory is the current one. Detached: 0 as soon as its apps run. Otherwise: when it has ended, with
 * the status of the app that failed first.
 *
 * @throws RuntimeError POD_START_FAILED where the pod or one of its apps could not start
 */
export async function run(uuid: string): Promise<number> {
  const connecting = Bus.open()
  // nothing of it was started, and the current directory is surely its own
  const refused = { pod: false }
  try {
    const spec = readRunSpec()
    // until this process ends: no collector takes the records away before they are read here
    native.tryLock(POD_DIR.runSpec, 'shared')
    // in ps it is told from others like it
    process.title = `appc: run ${spec.podName ?? uuid}`
    if (spec.uuid !== uuid) throw new RuntimeError('INTERNAL', `pod ${uuid}: this is the directory of ${spec.uuid}`)
    refused.pod = true
    checkHost()
    const terminal = spec.interactive ? (await import('./terminal.js')).openTerminal() : undefined
    const plan = planPod(readFacts(spec, initProgram(), terminal))
    plan.warnings.forEach(warn)
    writePlan(plan)
    const call = await encodeStart(connecting, plan.podUnit, plan.otherUnits)
    const begin = async (bus: Bus): Promise<void> => {
      refused.pod = false
      try {
        await startTransient(bus, call)
      } catch (error) {
        // systemd's answer is that it starts nothing; of a lost connection nobody knows
        refused.pod = error instanceof Error && error.cause instanceof BusError
        throw error
      }
    }
    return await start(await connecting, spec, begin, terminal)
  } catch (error) {
    if (refused.pod) (await import('./withdraw.js')).withdraw(uuid)
    connecting.then((bus) => bus.close()).catch(() => undefined)
    throw error
  }
}

const journalOf = async (spec: RunSpec): Promise<Attachment> =>
  (await import('./journal/attachment.js')).attachJournal(spec)

async function start(
  bus: Bus,
  spec: RunSpec,
  begin: (bus: Bus) => Promise<void>,
  terminal: Attachment | undefined,
): Promise<number> {
  const pod = podUnit(spec.id)
  const apps = spec.apps.map(({ name }) => appUnit(spec.id, name))
  const units = [pod, ...apps, podSlice(spec.id)]
  const watch = new UnitWatch(bus, unitPrefix(spec.id), units, 'start')
  try {
    stopOnSignal({
      stop: () => stopUnit(watch.bus, pod),
      kill: async () => (await import('./pod-units.js')).killPod(watch.bus, spec),
    })
    await begin(bus)
    const attachment = terminal ?? (spec.detach ? undefined : await journalOf(spec))
    attachment?.begin()
    const started = apps.map((unit) => watch.started(unit))
    await Promise.race(started)
    // No app starts, or fails, before the pod's init holds the lock or will never do so.
    closeSync(LOCK_FD)
    if (attachment === undefined && (await Promise.all(started)).every((result) => result === 'done')) return 0
    // Nothing of the apps is written after their units ended: what they wrote is fetched while the pod itself goes.
    await Promise.all(apps.map((unit) => watch.ended(unit)))
    await Promise.all([attachment?.finish(), ...units.map((unit) => watch.ended(unit))])
    // What is not on the terminal is told from the journal: why an app could not start, what handlers wrote.
    if (attachment === undefined || terminal !== undefined) await (await journalOf(spec)).finish()
    stopTimeouts(spec, (unit, limit) => watch.timedOut(unit, limit), readExit).forEach(warn)
    return verdict(spec)
  } finally {
    watch.close()
  }
}

/** What the ended pod's exit status is, told from the records of its apps. */
function verdict(spec: RunSpec): number {
  if (!isReady()) throw notStarted(`pod ${spec.podName ?? spec.uuid}`, podUnit(spec.id))
  const endings: Ending[] = spec.apps.map(({ name }) => ({ app: name, exit: readExit(name) }))
  const first = firstFailure(endings)
  if (first === undefined || hasStarted(first.app) || first.exit?.preStart !== undefined) return podStatus(first)
  if (first.exit?.result === 'timeout') {
    const limit = shown(boundsOf(spec).startTimeout)
    throw new RuntimeError('POD_START_FAILED', `app ${first.app}: did not start within ${limit}`, {
      hint: 'appc run --start-timeout=TIME gives it longer',
    })
  }
  throw notStarted(`app ${first.app}`, appUnit(spec.id, first.app))
}

const notStarted = (subject: string, unit: string): RuntimeError =>
  new RuntimeError('POD_START_FAILED', `${subject}: did not start`, { hint: `journalctl --unit=${unit}` })
