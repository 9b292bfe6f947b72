import type { RunSpec } from '#schema/run-spec.js'
import type { Caller } from './caller.js'
import { planPod, type Plan } from './plan/plan.js'
import { startOrder } from './plan/start-order.js'
import { initProgram, readFacts } from './pod-directory.js'
import { encodeStart } from './systemd/manager.js'
import { writePlan } from './write-plan.js'

/** A pod that only needs the one call. */
export interface PreparedPod {
  readonly plan: Plan
  readonly call: Awaited<ReturnType<typeof encodeStart>>
}

/**
 * Plans the pod of the current directory, encodes the call that starts it, and writes the files for
 * the in-pod program. While plugins add the pod to its networks, all that does not depend on their
 * results is done. Errors: those of {@link readFacts}, {@link planPod}, {@link encodeStart},
 * {@link writePlan} and of {@link Caller.resolvConf}.
 */
export async function preparePod(
  spec: RunSpec,
  caller: Caller,
  version: Parameters<typeof encodeStart>[0],
): Promise<PreparedPod> {
  const [{ facts, plan, call }, resolvConf] = await Promise.all([planned(spec, caller, version), caller.resolvConf])
  writePlan(resolvConf === undefined ? plan : planPod({ ...facts, resolvConf }))
  return { plan, call }
}

/** No unit depends on the networks' results. */
async function planned(spec: RunSpec, caller: Caller, version: Parameters<typeof encodeStart>[0]) {
  const facts = readFacts(spec, initProgram(), caller)
  const plan = planPod(facts)
  return { facts, plan, call: await encodeStart(version, plan.podUnit.name, startOrder(plan)) }
}
