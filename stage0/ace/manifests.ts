import type { App } from '#schema/app.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import type { PodManifest } from '#schema/pod-manifest.js'

/** Where the images have the checking program (native/ace). */
export const PROGRAM = '/ace'

/**
 * The images in the order in which they are fetched: a dependency of main, and those of the apps
 * main and sidekick.
 */
export const IMAGES = ['base', 'main', 'sidekick'] as const

export type AceImage = (typeof IMAGES)[number]

const ROOT = { user: '0', group: '0' } as const

/**
 * How the images are executed. Every value here is what the program expects
 * (native/ace/src/checks): a check fails if its value is changed here only.
 */
const EXECUTION: Readonly<Record<'main' | 'sidekick', App>> = {
  main: {
    ...ROOT,
    exec: [PROGRAM, 'main'],
    eventHandlers: [
      { name: 'pre-start', exec: [PROGRAM, 'pre-start'] },
      { name: 'post-stop', exec: [PROGRAM, 'post-stop'] },
    ],
    environment: [{ name: 'ACE_VALUE', value: '$HOME %n "quoted"' }],
    mountPoints: [
      { name: 'shared', path: '/shared' },
      { name: 'owned', path: '/owned' },
      { name: 'made', path: '/made/deep/target' },
      { name: 'full', path: '/full' },
      { name: 'single', path: '/single' },
    ],
    isolators: [
      { name: 'resource/memory', value: { limit: '64Mi' } },
      { name: 'resource/cpu', value: { limit: '1500m' } },
    ],
  },
  sidekick: {
    ...ROOT,
    exec: [PROGRAM, 'sidekick'],
    workingDirectory: '/srv/here',
    environment: [{ name: 'PATH', value: '/own' }],
    mountPoints: [
      { name: 'shared', path: '/shared' },
      { name: 'protected', path: '/read-only', readOnly: true },
    ],
    isolators: [
      { name: 'os/linux/seccomp-remove-set', value: { set: ['getpriority'], errno: 'EXDEV' } },
      { name: 'os/linux/capabilities-retain-set', value: { set: ['CAP_KILL', 'CAP_NET_BIND_SERVICE'] } },
      { name: 'os/linux/no-new-privileges', value: true },
      { name: 'os/linux/oom-score-adj', value: 321 },
    ],
  },
}

/** A file with its content, a directory or a symlink. */
export type ImageFile = string | { readonly isDirectory: true } | { readonly symlinkTo: string }

/** Files of the images beside the program, by path. */
export const FILES: Readonly<Record<AceImage, Readonly<Record<string, ImageFile>>>> = {
  base: {
    'layers/replaced': 'of the dependency',
    'layers/kept': 'of the dependency',
    'layers/unlisted': 'of the dependency',
    'layers/target': { isDirectory: true },
    'layers/link': { symlinkTo: 'target' },
  },
  main: { 'full/hidden': '', 'layers/replaced': 'of the image', 'layers/link/file': 'of the image' },
  sidekick: { 'etc/hosts': '192.0.2.7 own\n', 'srv/here': { isDirectory: true } },
}

/** What main keeps of itself and its dependency (E4). */
const WHITELIST = [
  PROGRAM,
  ...['/full', '/full/hidden'],
  ...['/layers', '/layers/replaced', '/layers/kept', '/layers/target', '/layers/link', '/layers/link/file'],
]

/** The content of the volume that is one file of the host. */
export const SINGLE_FILE = 'one file\n'

/** The name of an image. */
const nameOf = (image: AceImage): string => `example.com/appc-ace-${image}`

/** The manifest of an image; `ids` are those of the images before it. */
export const imageManifest = (image: AceImage, ids: Readonly<Record<'base', string>>): ImageManifest => ({
  acKind: 'ImageManifest',
  acVersion: '0.8.11',
  name: nameOf(image),
  ...(image !== 'base' && { app: EXECUTION[image] }),
  ...(image === 'main' && {
    dependencies: [{ imageName: nameOf('base'), imageID: ids.base }],
    pathWhitelist: WHITELIST,
  }),
  annotations: [
    { name: 'example.com/image', value: 'of the image' },
    { name: 'example.com/replaced', value: 'of the image' },
  ],
})

/**
 * The manifest of the pod: an app of each image, and another one of the first. `single` is the file
 * of the host that is a volume.
 */
export const podManifest = (ids: Readonly<Record<AceImage, string>>, single: string): PodManifest => ({
  acKind: 'PodManifest',
  acVersion: '0.8.11',
  apps: [
    {
      name: 'main',
      image: { id: ids.main },
      annotations: [{ name: 'example.com/replaced', value: 'of the pod' }],
    },
    { name: 'sidekick', image: { id: ids.sidekick }, readOnlyRootFS: true },
    { name: 'twin', image: { id: ids.main }, app: { ...ROOT, exec: [PROGRAM, 'twin'] } },
  ],
  volumes: [
    { name: 'shared', kind: 'empty' },
    { name: 'owned', kind: 'empty', mode: '1750', uid: 7, gid: 8 },
    { name: 'made', kind: 'empty' },
    { name: 'full', kind: 'empty' },
    { name: 'protected', kind: 'empty' },
    { name: 'single', kind: 'host', source: single, readOnly: true },
  ],
  isolators: [{ name: 'os/unix/sysctl', value: { 'kernel.msgmax': '12345' } }],
  annotations: [{ name: 'example.com/pod', value: 'ace' }],
})
