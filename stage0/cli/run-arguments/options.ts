import type { Bounds } from '#schema/bounds.js'
import { PROGRESS_MODES } from '../../fetch/progress-mode.js'
import { PULL_POLICIES } from '../../fetch/session.js'
import type { AppRequest } from '../../prepare/request.js'
import { orInfinity, parseCoreSize, parseLogRateLimit, parseTasks, parseTerminals, parseTimeout } from './bounds.js'
import { flag, last, list, map, once, together } from './kinds.js'
import { type DNSOptions, parseDomain, parseHosts, parseServers, parseWords } from './dns.js'
import { parseNetworks } from './net.js'
import type { Option, Options } from './option.js'
import {
  choice,
  parseAbsolute,
  parseAssignment,
  parseBoolean,
  parseCapabilities,
  parseFile,
  parseGIDs,
  parseHostname,
  parseName,
  parseOwner,
  parsePodName,
  parseProgram,
  parseSize,
  parseText,
} from './values.js'
import { parsePort } from './port.js'
import type { RunWords } from './run-words.js'
import { parseMount, parseVolume } from './volume.js'

// One row for each option: its field, its synopsis, its help, and its parser. The help, the parser
// and the suggestions for unknown options use these rows, in this order.

/** Invalid with `--pod-manifest`, which contains this setting. */
const IN_MANIFEST = { inManifest: true } as const

type PodOptions = Omit<RunWords, 'apps' | 'mounts' | 'bounds' | 'dns'>

/** Options for the pod: anywhere outside `--` blocks. */
export const POD: Options<PodOptions> = {
  podName: last('--pod-name=NAME', 'name of the pod and of its units: appc-NAME', parsePodName),
  hostname: last('--hostname=NAME', "the pod's hostname (its name, else appc-UUID)", parseHostname),
  network: together(
    '--net=none|host|all|NAME[:KEY=VALUE;…],…',
    'its networks (default); none; host; appc network list shows them',
    parseNetworks,
  ),
  hosts: together('--hosts-entry=IP=NAME|host', "a line of the apps' /etc/hosts; host: as the host's", parseHosts),
  ports: list(
    '--port=NAME:[IP:]PORT',
    'make the port NAME of an app reachable on the host (not by [::1])',
    parsePort,
    IN_MANIFEST,
  ),
  metadata: last('--mds-register', 'give the pod a metadata service, AC_METADATA_URL (true)', parseBoolean, {
    default: true,
  }),
  volumes: list(
    '-v, --volume=NAME,kind=host,source=PATH[,readOnly=BOOL][,recursive=BOOL]',
    'a volume; or NAME,kind=empty[,mode=0755][,uid=0][,gid=0][,readOnly=BOOL]',
    parseVolume,
    IN_MANIFEST,
  ),
  inheritEnvironment: flag('--inherit-env', 'pass the environment of appc on', IN_MANIFEST),
  setEnvironment: map('--set-env=NAME=VALUE', 'set a variable in every app', parseAssignment, IN_MANIFEST),
  environmentFiles: list(
    '--set-env-file=FILE',
    'set the variables of a file in every app: NAME=VALUE lines, # and ; comments',
    parseText,
    IN_MANIFEST,
  ),
  podManifest: once('--pod-manifest=FILE', 'run this pod manifest as it is; no IMAGE then', parseText),
  pullPolicy: last(
    '--pull-policy=new|never|update',
    'ask servers for images that the store does not have (default), never, or always',
    choice(...PULL_POLICIES),
    { default: 'new', ...IN_MANIFEST },
  ),
  progress: last(
    '--progress=plain|json|none',
    'how stderr shows downloads (bars on a terminal, else plain)',
    choice(...PROGRESS_MODES),
  ),
  passphraseFile: last('--passphrase-file=FILE', 'opens encrypted images', parseFile, IN_MANIFEST),
  maxImageBytes: last(
    '--max-image-size=SIZE',
    'the most an image may hold when it is unpacked (32G)',
    parseSize,
    IN_MANIFEST,
  ),
  noOverlay: flag('--no-overlay', 'copy the roots of the apps instead of overlaying their images'),
  uuidFileSave: last('--uuid-file-save=FILE', "write the pod's UUID to FILE", parseText),
  detach: flag('-d, --detach', "print the pod's UUID and return once its apps run"),
  interactive: flag(
    '-i, --interactive',
    'connect stdin of appc to the app: a terminal if it is one, else a pipe (exactly one image)',
    // users of other programs type `-it`
    { letter: 't' },
  ),
}

/** What the apps' /etc/resolv.conf says; these options stand where the options for the pod do. */
export const DNS: Options<DNSOptions> = {
  servers: together(
    '--dns=IP|host|none',
    "servers of the apps' /etc/resolv.conf; host: as the host's; none: not by appc",
    parseServers,
  ),
  search: together('--dns-search=DOMAIN', 'domains of its search list', parseWords),
  options: together('--dns-opt=OPTION', 'its options', parseWords),
  domain: last('--dns-domain=DOMAIN', 'its domain', parseDomain),
}

/** Limits of the pod on resources of the host; they stand where the options for the pod do. */
export const BOUNDS: Options<Partial<Bounds>> = {
  shmSize: last('--shm-size=SIZE', '/dev/shm of the pod (64M)', parseSize),
  tasksMax: last('--tasks-max=N|infinity', 'processes and threads of the pod (4096)', orInfinity(parseTasks)),
  terminals: last('--terminals=N', 'pseudo-terminals of each app (1024)', parseTerminals),
  startTimeout: last(
    '--start-timeout=TIME|infinity',
    'for each pre-start handler, and then for the start of its app (90s)',
    orInfinity(parseTimeout),
  ),
  stopTimeout: last(
    '--stop-timeout=TIME|infinity',
    'for each app to end after SIGTERM, and again for its post-stop; then SIGKILL (10s)',
    orInfinity(parseTimeout),
  ),
  core: last('--core=SIZE|infinity', 'largest core dump of the apps (0: none)', orInfinity(parseCoreSize)),
  logRateLimit: last(
    '--log-rate-limit=TIME:LINES|none|host',
    'what journald keeps of the pod: LINES in TIME, all, or as journald.conf(5) says (host)',
    parseLogRateLimit,
  ),
}

type EachOptions = Pick<AppRequest, 'mounts' | 'environment'>

/** Options before the first image for every app, or after an image for its app. */
export const EACH: Options<EachOptions> = {
  mounts: list(
    '--mount=volume=NAME,target=PATH',
    'mount a volume; before the first image: in every app',
    parseMount,
    IN_MANIFEST,
  ),
  environment: map('-e, --environment=NAME=VALUE', 'set a variable', parseAssignment, IN_MANIFEST),
}

type AppOptions = Omit<AppRequest, 'image' | 'args' | 'capabilities' | keyof EachOptions> & {
  readonly capsRetain?: readonly string[]
  readonly capsRemove?: readonly string[]
}

/** Options for one app, after its image. */
export const APP: Options<AppOptions> = {
  signature: once('--signature=FILE', 'the signature of an image that is a file or a URL', parseFile),
  name: last('--name=NAME', 'name of the app (last element of the image name)', parseName),
  exec: once('--exec=PROGRAM', "replaces the image's program and its arguments", parseProgram),
  user: last('-u, --user=USER', 'name, number, or /PATH in the image whose owner it is', parseOwner),
  group: last('--group=GROUP', 'name, number, or /PATH in the image', parseOwner),
  supplementaryGIDs: last('--supplementary-gids=GID,…', 'further groups, as numbers', parseGIDs),
  workingDirectory: last('-w, --working-dir=PATH', 'where the app starts, absolute', parseAbsolute),
  capsRetain: once(
    '--caps-retain=CAP_NAME,…',
    'the app has exactly these capabilities, whatever its image says',
    parseCapabilities,
  ),
  capsRemove: once(
    '--caps-remove=CAP_NAME,…',
    'the app has the default capabilities less these, whatever its image says',
    parseCapabilities,
  ),
  readOnlyRootFS: last('--readonly-rootfs', "the app's root cannot be written", parseBoolean),
}

/** Where an option may stand. `each`: before the first image, or after an image. */
export type Place = 'pod' | 'each' | 'app'

/** All options, in the order of the help. */
export const OPTIONS: Readonly<Record<Place, readonly Option[]>> = {
  pod: [POD, DNS, BOUNDS].flatMap((options) => Object.values<Option>(options)),
  each: Object.values<Option>(EACH),
  app: Object.values<Option>(APP),
}
