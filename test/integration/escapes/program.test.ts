import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { attempts, type Attempt } from '../../helpers/escapes/attempts.js'
import { canary, EXECUTED, UP } from '../../helpers/escapes/canary.js'
import { device, directory, fifo, link, text, type Files } from '../../helpers/escapes/image.js'
import { noPods, podHost } from '../../helpers/pods.js'

describe('escapes by the look-up of the program', { skip: noPods, concurrency: 2 }, () => {
  const host = podHost()
  const outside = canary()
  /** Prints what tells of it, wherever it is found. */
  const program = `${outside.directory}/echo`
  const above = `/proc/1/fd/3${UP}`

  const exec = (path: string, name = path): Attempt => ({ name, exec: [path, EXECUTED] })
  const through = (name: string, files: Files): Attempt => ({
    name: `a symlink of the image, ${name}`,
    files,
    exec: ['/srv/echo', EXECUTED],
  })
  const searched = (name: string, path: string, app: Attempt['app'] = {}, files: Files = {}): Attempt => ({
    name: `PATH, ${name}`,
    app: { environment: [{ name: 'PATH', value: path }], ...app },
    files: { 'bin/echo': text('not to be found', 0o644), ...files },
    exec: ['echo', EXECUTED],
  })
  const script = (interpreter: string): Attempt => ({
    name: `#!${interpreter.replace(program, '/PROGRAM')}`,
    files: { 'srv/script': text(`#!${interpreter} ${EXECUTED}\n`, 0o755) },
    exec: ['/srv/script'],
  })
  /** This program itself, whose answer to arguments it does not know is its usage. */
  const ours = (path: string, files: Files = {}): Attempt => ({
    name: `our own program, ${path}`,
    files,
    exec: [path, EXECUTED],
    check: (said) => assert.doesNotMatch(said, /usage: appc-init/),
  })
  /** What the app puts where a program was, while it runs. */
  const replaced = (name: string, commands: string): Attempt => ({
    name: `the program is replaced while the app runs, by ${name}`,
    files: {
      srv: directory(0o777),
      'srv/echo': { ...text('', 0), type: '1', link: 'rootfs/bin/busybox', mode: 0o755 },
    },
    before: `cd /srv && rm echo && ${commands}`,
    exec: ['/srv/echo', EXECUTED],
    via: ['enter and post-stop'],
    check: (said) => assert.doesNotMatch(said, /usage: appc-init/),
  })
  const special = (name: string, files: Files, path = '/srv/program'): Attempt => ({
    name: `the program is ${name}`,
    files,
    exec: [path],
    via: ['run as worker', 'pre-start and post-stop'],
    check: (said) => assert.match(said, /^appc: /m),
  })

  attempts(host, outside, [
    exec(`${above}${program}`, 'through the lock of the pod init'),
    exec(`/proc/1/root${program}`, 'through the root of the pod init'),
    exec(`/proc/1/cwd${program}`, 'through the working directory of the pod init'),
    exec(`/dev/fd/3${UP}${program}`, 'through /dev/fd'),
    exec(`/proc/self/fd/4${UP}${program}`, 'through a descriptor of its own'),
    exec(`/proc/self/cwd${UP}${program}`, 'through its working directory'),
    exec(`/proc/thread-self/root${UP}${program}`, 'through its own root'),
    exec(`${UP}${program}`, 'through ".."'),
    through('absolute', { 'srv/echo': link(`${above}${program}`) }),
    through('relative', { 'srv/echo': link(`../${above.slice(1)}${program}`) }),
    through('in a chain', {
      'srv/echo': link('/tmp/one'),
      'tmp/one': link('two'),
      'tmp/two': link(`${above}${program}`),
    }),
    {
      ...exec(`/hop/fd/3${UP}${program}`, 'a symlink of the image as the first component'),
      files: { hop: link('/proc/1') },
    },
    searched('an element through the lock of the pod init', `/nothing:${above}${outside.directory}`),
    searched('an element through its root', `/proc/1/root${outside.directory}:/proc/self/cwd${UP}${outside.directory}`),
    searched('an element that is a symlink', '/srv/path', {}, { 'srv/path': link(`${above}${outside.directory}`) }),
    searched('a relative element', `..${UP}${outside.directory}`),
    searched('an empty element and a hostile working directory', '', {
      workingDirectory: `${above}${outside.directory}`,
    }),
    searched('"." and a hostile working directory', '.', { workingDirectory: `${above}${outside.directory}` }),
    searched('a program that is a symlink', '/srv', {}, { 'srv/echo': link(`${above}${program}`) }),
    script(`${above}${program}`),
    script(`/proc/1/root${program}`),
    script(`/dev/fd/3${UP}${program}`),
    {
      ...script('/srv/interpreter'),
      name: '#! and a symlink of the image',
      files: {
        'srv/script': text(`#!/srv/echo ${EXECUTED}\n`, 0o755),
        'srv/echo': link(`${above}${program}`),
      },
    },
    ours('/proc/self/exe'),
    ours('/proc/1/exe'),
    ours('/proc/thread-self/exe'),
    ours('/proc/self/fd/3'),
    ours('/srv/exe', { 'srv/exe': link('/proc/self/exe') }),
    ...['/proc/self/exe', '/proc/1/exe'].map((interpreter) => ({
      ...ours('/srv/script', { 'srv/script': text(`#!${interpreter}\n`, 0o755) }),
      name: `our own program, #!${interpreter}`,
      // the kernel finds a sealed copy of appc-init, which runs as any program of the app does
      ...(interpreter === '/proc/self/exe' && { check: (said: string) => assert.match(said, /^(appc|usage): /m) }),
    })),
    replaced('a symlink through the lock of the pod init', `ln -s ${above}${program} echo`),
    replaced('a symlink to our own program', 'ln -s /proc/self/exe echo'),
    replaced('a script', `printf '#!${above}${program} ${EXECUTED}\\n' >echo && chmod 755 echo`),
    replaced('a FIFO', 'mkfifo -m 777 echo'),
    special('a FIFO', { 'srv/program': { ...fifo, mode: 0o777 } }),
    special('a directory', { 'srv/program': directory() }),
    special('a character device', { 'srv/program': { ...device('character', 1, 5), mode: 0o777 } }),
    special('a block device', { 'srv/program': { ...device('block', 7, 0), mode: 0o777 } }),
    special('/dev/zero', {}, '/dev/zero'),
    special('a terminal', {}, '/dev/ptmx'),
    special('a descriptor', {}, '/proc/self/fd/1'),
    special('a stream', {}, '/dev/stdout'),
    special('a symlink to itself', { 'srv/program': link('program') }),
    special('a script whose interpreter is a FIFO', {
      'srv/program': text('#!/srv/fifo\n', 0o755),
      'srv/fifo': { ...fifo, mode: 0o777 },
    }),
    {
      name: 'a setuid program has no more than the 14 capabilities',
      files: { 'srv/sh': { ...text('', 0), type: '1', link: 'rootfs/bin/busybox', mode: 0o4755 } },
      script: `echo attempted; /bin/grep ^Cap /proc/self/status; ${outside.loot}`,
      exec: ['/srv/sh', '/attack'],
      via: ['run as worker'],
      check: (said) => assert.doesNotMatch(said, /^Cap(Prm|Eff|Bnd|Inh|Amb):\s(?!00000000a80425fb|0000000000000000)/m),
    },
  ])
})
