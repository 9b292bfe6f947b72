import { RuntimeError } from '#schema/errors.js'
import { boundsOf, type RunSpec } from '#schema/run-spec.js'
import { appUnit, podUnit } from '#schema/unit-name.js'
import { firstFailure, podStatus, type Ending } from './exit-status.js'
import { hasStarted, isReady } from './pod-directory.js'
import { formatBound } from './timeouts.js'

/**
 * The exit status of an ended pod, given how its apps ended. Errors: POD_START_FAILED where the pod
 * or the app that failed first did not start; END_UNKNOWN where nothing failed but the end of an
 * app is not known.
 */
export function verdict(spec: RunSpec, endings: readonly Ending[]): number {
  if (!isReady()) {
    const failed = endings.find(({ exit }) => exit?.code === null && exit.result === 'exit-code')
    if (failed !== undefined) throw notStarted(`app ${failed.app}`, appUnit(spec.id, failed.app))
    throw notStarted(`pod ${spec.podName ?? spec.uuid}`, podUnit(spec.id))
  }
  const first = firstFailure(endings)
  if (first === undefined) return 0
  const unit = appUnit(spec.id, first.app)
  if (hasStarted(first.app)) {
    if (first.exit === undefined) throw endUnknown(first.app, unit)
    return podStatus(first)
  }
  if (first.exit?.preStart !== undefined) return podStatus(first)
  if (first.exit?.result === 'timeout') {
    const limit = formatBound(boundsOf(spec).startTimeout)
    throw new RuntimeError('POD_START_FAILED', `app ${first.app}: did not start within ${limit}`, {
      hint: 'appc run --start-timeout=TIME gives it longer',
    })
  }
  throw notStarted(`app ${first.app}`, unit)
}

const notStarted = (subject: string, unit: string): RuntimeError =>
  new RuntimeError('POD_START_FAILED', `${subject}: did not start`, { hint: `journalctl --unit=${unit}` })

const endUnknown = (app: string, unit: string): RuntimeError =>
  new RuntimeError('END_UNKNOWN', `app ${app}: how it ended is not known: neither its record nor systemd tells it`, {
    hint: `journalctl --unit=${unit}`,
  })
