import { RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import { checkHost } from './host.js'
import { openNetwork } from './network/namespace.js'
import { readRunSpec } from './pod-directory.js'
import { warn } from './report.js'

/**
 * Runs the pod whose directory is the current one. Detached: gives 0 as soon as its apps run.
 * Otherwise: waits for its end and gives the status of the app that failed first. A pod of which
 * nothing was started is removed. Errors: those of {@link readRunSpec}, {@link openNetwork} and of
 * `startPod`.
 */
export async function run(uuid: string): Promise<number> {
  // True while nothing of the pod has been started and the current directory is certainly its own.
  const unstarted = { pod: false }
  let joining: Promise<unknown> = Promise.resolve()
  try {
    const spec = readRunSpec()
    // Held until this process ends: the collector keeps the records until this process has read
    // them.
    native.tryLock(POD_DIR.runSpec, 'shared')
    // ps(1) shows which pod this process belongs to.
    native.setTitle(`appc: run ${spec.podName ?? uuid}`)
    if (spec.uuid !== uuid) throw new RuntimeError('INTERNAL', `pod ${uuid}: this is the directory of ${spec.uuid}`)
    unstarted.pod = true
    checkHost()
    // Plugins are at work while the code for everything else is loaded.
    const network = openNetwork(spec, warn)
    joining = network.then(({ resolvConf }) => resolvConf)
    // The error is reported where the network is awaited; an earlier error takes precedence.
    joining.catch(() => undefined)
    const { startPod } = await import('./start-pod.js')
    return await startPod(spec, network, unstarted)
  } catch (error) {
    if (unstarted.pod) {
      // No plugin is at work when the pod is withdrawn.
      await Promise.allSettled([joining])
      await (await import('./withdraw.js')).withdraw(uuid)
    }
    throw error
  }
}
