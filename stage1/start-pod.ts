import { closeSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { LOCK_FD, TURN_FD, type RunSpec } from '#schema/run-spec.js'
import { appUnit, metadataUnit, podSlice, podUnit, unitPrefix } from '#schema/unit-name.js'
import { type Caller, openCaller } from './caller.js'
import { endingsOf } from './endings.js'
import type { PodNetwork } from './network/namespace.js'
import { readExit } from './pod-directory.js'
import { preparePod } from './prepare-pod.js'
import { warn } from './report.js'
import { stopOnSignal } from './stop-on-signal.js'
import { Bus, BusError } from './systemd/bus.js'
import { requestVersion, startTransient, stopUnit } from './systemd/manager.js'
import { UnitWatch } from './systemd/unit-watch.js'
import { stopTimeouts } from './timeouts.js'
import { verdict } from './verdict.js'

/**
 * Starts the pod of the current directory, and gives its status as `run` does. `unstarted.pod` is
 * true where nothing of the pod has been started. Errors: POD_START_FAILED where the pod or one of
 * its apps could not start; OUTPUT_FAILED where output could not be written; those of
 * {@link preparePod}, {@link startTransient} and {@link verdict}.
 */
export async function startPod(
  spec: RunSpec,
  network: Promise<PodNetwork>,
  unstarted: { pod: boolean },
): Promise<number> {
  const connecting = Bus.open()
  const version = requestVersion(connecting)
  version.catch(() => undefined)
  try {
    const caller = await openCaller(spec, network)
    const { plan, call } = await preparePod(spec, caller, version)
    plan.warnings.forEach(warn)
    const begin = async (bus: Bus): Promise<void> => {
      unstarted.pod = false
      try {
        await startTransient(bus, call)
      } catch (error) {
        // An error reply says that systemd starts nothing. After a lost connection it is unknown.
        unstarted.pod = error instanceof Error && error.cause instanceof BusError
        throw error
      }
    }
    const withHandlers = plan.apps.some(({ preStart }) => preStart !== null)
    return await start(await connecting, spec, caller, { begin, withHandlers })
  } catch (error) {
    connecting.then((bus) => bus.close()).catch(() => undefined)
    throw error
  }
}

/** How a pod is started. */
interface Beginning {
  /** Sends the call that creates and starts all units. */
  readonly begin: (bus: Bus) => Promise<void>
  /** An app has a pre-start handler, which may take any time, before it counts as started. */
  readonly withHandlers: boolean
}

async function start(
  bus: Bus,
  spec: RunSpec,
  { streams, terminal, handedOver }: Caller,
  { begin, withHandlers }: Beginning,
): Promise<number> {
  const pod = podUnit(spec.id)
  const apps = spec.apps.map(({ name }) => appUnit(spec.id, name))
  const socket = spec.metadata === false ? [] : [metadataUnit(spec, 'socket')]
  const units = [pod, ...apps, podSlice(spec.id), ...socket]
  const watch = new UnitWatch(bus, unitPrefix(spec.id), units, 'start')
  try {
    stopOnSignal({
      stop: async () => (await import('./pod-units.js')).askToStop(watch.bus, spec),
      kill: async () => (await import('./pod-units.js')).killPod(watch.bus, spec),
    })
    await begin(bus)
    streams.begin()
    terminal?.begin()
    const started = apps.map((unit) => watch.started(unit))
    // An error here ends this process, which closes the descriptor too.
    Promise.race(withHandlers ? [watch.started(pod)] : started).then(
      () => closeSync(TURN_FD),
      () => undefined,
    )
    await Promise.race(started)
    // No app starts or fails before the pod init has taken over the lock and the other descriptors,
    // or never will.
    closeSync(LOCK_FD)
    handedOver()
    if (spec.detach && (await Promise.all(started)).every((result) => result === 'done')) {
      await streams.leave()
      const lost = (await import('./output/journal-storage.js')).unstored()
      if (lost !== undefined) warn(`${lost}: only appc attach shows what the pod writes`)
      return 0
    }
    // A drop-in may set Restart= for apps: an app that has ended may start again as long as the pod
    // runs. After the end of the pod no app can start, but systemd would keep trying, so the units
    // are stopped. A restart of the slice may have left the socket active, too.
    await watch.ending(pod)
    const stopped = watch
      .ended([pod])
      .then(() => Promise.all(watch.running([...apps, ...socket]).map((unit) => stopUnit(watch.bus, unit))))
    const [unwritten] = await Promise.all([streams.finish(), terminal?.finish(), stopped, watch.ended(units)])
    stopTimeouts(spec, (unit, limit) => watch.timedOut(unit, limit), readExit).forEach(warn)
    const endings = endingsOf(spec, (unit) => watch.mainExit(unit))
    return withOutput(verdict(spec, endings), unwritten, spec.uuid)
  } finally {
    watch.close()
  }
}

/**
 * The exit status of a pod. Errors: OUTPUT_FAILED where output could not be written and no app has
 * failed.
 */
function withOutput(status: number, unwritten: string | null, uuid: string): number {
  if (unwritten === null) return status
  if (status === 0) throw new RuntimeError('OUTPUT_FAILED', unwritten, { hint: `appc logs ${uuid}` })
  warn(unwritten)
  return status
}
