import type { Row } from './command.js'

/** The commands in the order of `appc --help`. Only the file of the command that runs is loaded. */
export const COMMANDS: Readonly<Record<string, Row>> = {
  run: {
    synopsis: 'IMAGE… [-- ARGS] [---]',
    describe: 'run images as one pod',
    load: () => import('./commands/run.js'),
  },
  list: {
    synopsis: '',
    describe: 'list pods and their apps',
    load: () => import('./commands/list.js'),
  },
  status: {
    synopsis: 'POD',
    describe: 'tell the state of a pod, or wait until it has stopped',
    load: () => import('./commands/status.js'),
  },
  logs: {
    synopsis: 'POD',
    describe: "show what a pod's apps wrote",
    load: () => import('./commands/logs.js'),
  },
  attach: {
    synopsis: '[--stdin] POD [APP]',
    describe: "show what a running pod's apps write, as they write it",
    load: () => import('./commands/attach.js'),
  },
  enter: {
    synopsis: '[--app=NAME] POD [CMD…]',
    describe: "run a command in an app's namespaces and root",
    load: () => import('./commands/enter.js'),
  },
  stop: {
    synopsis: 'POD…',
    describe: 'stop pods',
    load: () => import('./commands/stop.js'),
  },
  rm: {
    synopsis: 'POD…',
    describe: 'remove pods that do not run',
    load: () => import('./commands/rm.js'),
  },
  gc: {
    synopsis: '',
    describe: 'remove pods that exited some time ago, and what crashes left',
    load: () => import('./commands/gc.js'),
  },
  'cat-manifest': {
    synopsis: 'POD',
    describe: 'print the manifest of a pod',
    load: () => import('./commands/cat-manifest.js'),
  },
  'network list': {
    synopsis: '',
    describe: 'list the networks that pods may join',
    load: () => import('./commands/network/list.js'),
  },
  'metadata rotate': {
    synopsis: '',
    describe: 'replace the secret with which metadata services sign',
    load: () => import('./commands/metadata/rotate.js'),
  },
  ace: {
    synopsis: '',
    describe: 'check from inside a pod what appc provides on this host',
    load: () => import('./commands/ace.js'),
  },
  fetch: {
    synopsis: 'IMAGE…',
    describe: 'get images from files, URLs and by name into the store, and print their IDs',
    load: () => import('./commands/fetch.js'),
  },
  discover: {
    synopsis: 'NAME…',
    describe: 'find where images may be downloaded',
    load: () => import('./commands/discover.js'),
  },
  'image list': {
    synopsis: '',
    describe: 'list the images of the store',
    load: () => import('./commands/image/list.js'),
  },
  'image rm': {
    synopsis: 'IMAGE…',
    describe: 'remove images from the store',
    load: () => import('./commands/image/rm.js'),
  },
  'image cat-manifest': {
    synopsis: 'IMAGE',
    describe: 'print the manifest of an image',
    load: () => import('./commands/image/cat-manifest.js'),
  },
  'image patch-manifest': {
    synopsis: '[OPTION…] IMAGE FILE.aci',
    describe: 'copy an image with changes to its manifest',
    load: () => import('./commands/image/patch-manifest.js'),
  },
  'image export': {
    synopsis: 'IMAGE FILE|-',
    describe: 'write an image as the uncompressed archive it came from',
    load: () => import('./commands/image/export.js'),
  },
  'image sign': {
    synopsis: '--key=FILE FILE.aci…',
    describe: 'sign image files',
    load: () => import('./commands/image/sign.js'),
  },
  trust: {
    synopsis: '--prefix=NAME|--root [KEY…]',
    describe: 'trust the signatures of keys',
    load: () => import('./commands/trust.js'),
  },
  'trust list': {
    synopsis: '',
    describe: 'list the trusted keys',
    load: () => import('./commands/trust/list.js'),
  },
  'trust rm': {
    synopsis: '[--prefix=NAME|--root] FINGERPRINT',
    describe: 'trust a key no longer',
    load: () => import('./commands/trust/rm.js'),
  },
  'image render': {
    synopsis: 'IMAGE DIR',
    describe: 'write the root an app of the image gets into a directory',
    load: () => import('./commands/image/render.js'),
  },
  'image extract': {
    synopsis: 'IMAGE DIR',
    describe: 'write the files of an image alone into a directory',
    load: () => import('./commands/image/extract.js'),
  },
  'image verify': {
    synopsis: 'IMAGE…|--all',
    describe: 'check every file of images, and repair them',
    load: () => import('./commands/image/verify.js'),
  },
  'image gc': {
    synopsis: '',
    describe: 'remove images, rendered trees and downloads that nothing needs',
    load: () => import('./commands/image/gc.js'),
  },
  build: {
    synopsis: 'DIR FILE.aci',
    describe: 'make an image from an image layout',
    load: () => import('./commands/build.js'),
  },
  validate: {
    synopsis: 'FILE…',
    describe: 'check images, image layouts and manifests',
    load: () => import('./commands/validate.js'),
  },
  config: {
    synopsis: '',
    describe: 'print the configuration',
    load: () => import('./commands/config.js'),
  },
  version: {
    synopsis: '',
    describe: 'print the version',
    load: () => import('./commands/version.js'),
  },
}
