import type { ShortOptions } from '../short-options.js'

/** Where an option may stand, and so whom it is about. `either`: before the first image the pod, after it that image. */
export type Scope = 'pod' | 'image' | 'either'

/** `switch`: alone or `=true|false`; `value`: the last one counts; `once`: twice is an error; `list`: may be repeated. */
export type Kind = 'switch' | 'value' | 'once' | 'list'

export interface OptionRow {
  readonly scope: Scope
  readonly kind: Kind
  /** What stands for the value in the help. */
  readonly value?: string
  readonly describe: string
  /** A letter that stands for it. */
  readonly short?: string
  /** Makes no sense beside `--pod-manifest`, which says the same. */
  readonly manifest?: true
}

/** Every option of `appc run`: the parser and the help are made from this. */
export const OPTIONS = {
  'pod-name': { scope: 'pod', kind: 'value', value: 'NAME', describe: 'name of the pod and of its units: appc-NAME' },
  hostname: { scope: 'pod', kind: 'value', value: 'NAME', describe: "the pod's hostname (its name, else appc-UUID)" },
  net: {
    scope: 'pod',
    kind: 'value',
    value: 'none|host',
    describe: 'none: loopback only (default); host: as the host',
  },
  volume: {
    scope: 'pod',
    kind: 'list',
    short: 'v',
    value: 'NAME,kind=host,source=PATH[,readOnly=BOOL][,recursive=BOOL]',
    describe: 'a volume; or NAME,kind=empty[,mode=0755][,uid=0][,gid=0][,readOnly=BOOL]',
    manifest: true,
  },
  'inherit-env': { scope: 'pod', kind: 'switch', describe: 'pass the environment of appc on', manifest: true },
  'set-env': {
    scope: 'pod',
    kind: 'list',
    value: 'NAME=VALUE',
    describe: 'set a variable in every app',
    manifest: true,
  },
  'set-env-file': {
    scope: 'pod',
    kind: 'list',
    value: 'FILE',
    describe: 'set the variables of a file in every app: NAME=VALUE lines, # and ; comments',
    manifest: true,
  },
  'pod-manifest': {
    scope: 'pod',
    kind: 'once',
    value: 'FILE',
    describe: 'run this pod manifest as it is; no IMAGE then',
  },
  'pull-policy': {
    scope: 'pod',
    kind: 'value',
    value: 'new|never|update',
    describe: 'when servers are asked: for what the store lacks (default), never, always',
    manifest: true,
  },
  progress: {
    scope: 'pod',
    kind: 'value',
    value: 'plain|json|none',
    describe: 'how stderr tells of downloads (bars on a terminal, else plain)',
  },
  'passphrase-file': { scope: 'pod', kind: 'value', value: 'FILE', describe: 'opens encrypted images', manifest: true },
  'max-image-size': {
    scope: 'pod',
    kind: 'value',
    value: 'SIZE',
    describe: 'the most an image may hold when it is unpacked (32G)',
    manifest: true,
  },
  'no-overlay': {
    scope: 'pod',
    kind: 'switch',
    describe: 'copy the roots of the apps instead of overlaying their images',
  },
  'uuid-file-save': { scope: 'pod', kind: 'value', value: 'FILE', describe: "write the pod's UUID to FILE" },
  detach: {
    scope: 'pod',
    kind: 'switch',
    short: 'd',
    describe: "print the pod's UUID and return once its apps run",
  },
  interactive: {
    scope: 'pod',
    kind: 'switch',
    short: 'i',
    describe: 'give the app our stdin: a terminal where we are at one, else a pipe (exactly one image)',
  },
  'shm-size': { scope: 'pod', kind: 'value', value: 'SIZE', describe: '/dev/shm of the pod (64M)' },
  'tasks-max': {
    scope: 'pod',
    kind: 'value',
    value: 'N|infinity',
    describe: 'processes and threads of the pod (4096)',
  },
  terminals: { scope: 'pod', kind: 'value', value: 'N', describe: 'pseudo-terminals of each app (1024)' },
  'start-timeout': {
    scope: 'pod',
    kind: 'value',
    value: 'TIME|infinity',
    describe: 'for each pre-start handler, and then for the start of its app (90s)',
  },
  'stop-timeout': {
    scope: 'pod',
    kind: 'value',
    value: 'TIME|infinity',
    describe: 'for each app to end after SIGTERM, and again for its post-stop; then SIGKILL (10s)',
  },
  core: { scope: 'pod', kind: 'value', value: 'SIZE|infinity', describe: 'largest core dump of the apps (0: none)' },
  'log-rate-limit': {
    scope: 'pod',
    kind: 'value',
    value: 'TIME:LINES|none|host',
    describe: 'what journald keeps of the pod: LINES in TIME, all, or as journald.conf(5) says (host)',
  },
  mount: {
    scope: 'either',
    kind: 'list',
    value: 'volume=NAME,target=PATH',
    describe: 'mount a volume; before the first image: in every app',
    manifest: true,
  },
  signature: {
    scope: 'image',
    kind: 'once',
    value: 'FILE',
    describe: 'the signature of an image that is a file or a URL',
  },
  name: { scope: 'image', kind: 'value', value: 'NAME', describe: 'name of the app (last element of the image name)' },
  exec: { scope: 'image', kind: 'once', value: 'PROGRAM', describe: "replaces the image's program and its arguments" },
  user: {
    scope: 'image',
    kind: 'value',
    short: 'u',
    value: 'USER',
    describe: 'name, number, or /PATH in the image whose owner it is',
  },
  group: { scope: 'image', kind: 'value', value: 'GROUP', describe: 'name, number, or /PATH in the image' },
  'supplementary-gids': { scope: 'image', kind: 'value', value: 'GID,…', describe: 'further groups, as numbers' },
  'working-dir': {
    scope: 'image',
    kind: 'value',
    short: 'w',
    value: 'PATH',
    describe: 'where the app starts, absolute',
  },
  environment: {
    scope: 'either',
    kind: 'list',
    short: 'e',
    value: 'NAME=VALUE',
    describe: 'set a variable',
    manifest: true,
  },
  'caps-retain': {
    scope: 'image',
    kind: 'once',
    value: 'CAP_NAME,…',
    describe: 'the app has exactly these capabilities, whatever its image says',
  },
  'caps-remove': {
    scope: 'image',
    kind: 'once',
    value: 'CAP_NAME,…',
    describe: 'the app has the default capabilities less these, whatever its image says',
  },
  'readonly-rootfs': { scope: 'image', kind: 'switch', describe: "the app's root cannot be written" },
} as const satisfies Record<string, OptionRow>

export type OptionName = keyof typeof OPTIONS

/** The row of an option, or null where no option is spelled so. */
export const optionRow = (name: string): OptionRow | null =>
  Object.hasOwn(OPTIONS, name) ? OPTIONS[name as OptionName] : null

/** The letters that stand for options; `-t` is what users of other programs type beside `-i`. */
export const SHORTS: ShortOptions = {
  ...Object.fromEntries(
    Object.entries<OptionRow>(OPTIONS).flatMap(([option, { short, kind }]) =>
      short === undefined ? [] : [[short, { option, ...(kind !== 'switch' && { value: true as const }) }] as const],
    ),
  ),
  t: { option: 'interactive' },
}
