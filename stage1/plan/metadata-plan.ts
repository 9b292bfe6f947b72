import { dirname, join } from 'node:path'
import { boundsOf } from '#schema/run-spec.js'
import type { MetadataFacts } from '#schema/metadata-facts.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { SIGNING_SECRETS } from '#schema/signing-secrets.js'
import { metadataUnit, podUnit } from '#schema/unit-name.js'
import type { PodFacts } from './pod-facts.js'
import type { UnitPlan } from './unit-plan.js'
import { ENDS_OF_POD, logRateLimit, podDescription } from './units.js'

/** The metadata service of a pod (S1 to S6): two files for it, and its two units. */
export interface MetadataPlan {
  readonly token: string
  readonly facts: MetadataFacts
  readonly socket: UnitPlan
  readonly service: UnitPlan
}

/** The port in a network namespace of the pod's own: that of rkt's service. */
export const METADATA_PORT = 18112

/** The value of AC_METADATA_URL (S1); undefined where the pod has no metadata service. */
export const metadataURL = ({ metadata }: PodFacts): string | undefined =>
  metadata && `http://127.0.0.1:${metadata.port}/${metadata.token}`

/** The plan of the metadata service; undefined where the pod has none. */
export function metadataPlan(pod: PodFacts): MetadataPlan | undefined {
  if (pod.metadata === undefined) return undefined
  const { spec, manifest, images, metadata } = pod
  return {
    token: metadata.token,
    facts: {
      uuid: spec.uuid,
      manifest,
      images: Object.fromEntries(
        spec.apps.flatMap(({ name, imageID }) => {
          const image = images.get(name)
          return image === undefined ? [] : [[name, { id: imageID, manifest: image }]]
        }),
      ),
    },
    socket: socketUnit(pod, metadata.port),
    service: serviceUnit(pod),
  }
}

/**
 * The socket listens in the network namespace of the pod, and keeps listening there when the
 * launcher has ended. The apps require it, and it ends when none is left. It is ordered after the
 * pod because systemd blocks while it makes the socket: the pod init works meanwhile. It is not in
 * the slice of the pod: systemd freezes no slice that contains a socket.
 */
const socketUnit = ({ spec, network }: PodFacts, port: number): UnitPlan => ({
  name: metadataUnit(spec, 'socket'),
  properties: {
    Description: `metadata of ${podDescription(spec)}`,
    CollectMode: 'inactive-or-failed',
    StopWhenUnneeded: true,
    After: [podUnit(spec.id)],
    ...(network !== 'host' && { NetworkNamespacePath: `/proc/${network.join.pid}/fd/${network.join.fd}` }),
    Listen: [['Stream', `127.0.0.1:${port}`]],
  },
})

/** Where the service sees the facts. */
const FACTS = '/var/metadata.json'

/** The directories of the host's libraries; not every machine has both. */
const LIBRARIES = ['/lib', '/lib64']

/**
 * systemd starts the service for the first connection; the service ends when it is idle, and with
 * its socket. It serves clients that may be hostile, so it has a user of its own without any
 * capability, and can open no socket. Its root has only its program, the libraries of the host, the
 * facts of the pod, and its own entries of /proc: systemd reads the table of all mounts again for
 * each mount that it changes, so a root of few mounts takes half the time of a protected view of
 * the host. It is not in the slice of the pod: the limits of a pod are for its apps, and a stop of
 * the slice would end it before the post-stop handlers, which may use it. The JavaScript engine
 * writes code, so MemoryDenyWriteExecute= is not possible.
 */
function serviceUnit({ spec, directory, init }: PodFacts): UnitPlan {
  const library = dirname(init)
  const data = dirname(dirname(dirname(directory)))
  return {
    name: metadataUnit(spec, 'service'),
    properties: {
      Description: `metadata of ${podDescription(spec)}`,
      CollectMode: 'inactive-or-failed',
      Slice: 'appc.slice',
      PartOf: [metadataUnit(spec, 'socket')],
      Type: 'simple',
      RestartPreventExitStatus: ENDS_OF_POD,
      // A client that makes the service fail again and again must not end the socket.
      StartLimitIntervalUSec: 0n,
      TimeoutStopUSec: 2_000_000n,
      ExecStart: [{ path: join(library, 'runtime'), argv: ['metadata', FACTS] }],
      // As native/launcher sets it: the service lives too short for the optimizing compilers.
      Environment: ['BUN_JSC_useDFGJIT=0'],
      LoadCredential: [
        ['token', join(directory, POD_DIR.metadataToken)],
        ['secrets', join(data, SIGNING_SECRETS)],
      ],
      DynamicUser: true,
      CapabilityBoundingSet: 0n,
      NoNewPrivileges: true,
      RootDirectory: join(directory, POD_DIR.metadataRoot),
      BindReadOnlyPaths: [
        ...LIBRARIES.map((path): [string, string, boolean, bigint] => [path, path, true, 0n]),
        [library, library, false, 0n],
        [join(directory, POD_DIR.metadata), FACTS, false, 0n],
      ],
      ProtectSystem: 'strict',
      ProtectProc: 'invisible',
      ProcSubset: 'pid',
      InaccessiblePaths: ['+/sys'],
      PrivateDevices: true,
      ProtectKernelModules: true,
      ProtectKernelLogs: true,
      ProtectClock: true,
      RestrictAddressFamilies: [true, []],
      RestrictNamespaces: 0n,
      RestrictRealtime: true,
      LockPersonality: true,
      SystemCallArchitectures: ['native'],
      UMask: 0o077,
      LimitCORE: 0n,
      LimitCORESoft: 0n,
      TasksMax: 64n,
      MemoryMax: 256n << 20n,
      StandardOutput: 'journal',
      SyslogIdentifier: 'appc-metadata',
      ...logRateLimit(boundsOf(spec)),
    },
  }
}
