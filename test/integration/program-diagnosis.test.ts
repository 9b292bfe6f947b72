import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { InPod, cannotRun, type TestApp } from '../helpers/in-pod.js'

interface ImageFile {
  readonly content?: string | Buffer
  readonly mode?: number
  readonly owner?: number
  readonly link?: string
}

/** The files of the image besides busybox; a text is the content of a program. */
type Files = Readonly<Record<string, string | Buffer | ImageFile>>

function writeFiles(root: string, files: Files): void {
  for (const [path, file] of Object.entries(files)) {
    const target = join(root, path)
    const {
      content = '',
      mode = 0o755,
      owner = 0,
      link,
    } = typeof file === 'object' && !Buffer.isBuffer(file) ? file : { content: file }
    mkdirSync(dirname(target), { recursive: true })
    if (link !== undefined) symlinkSync(link, target)
    else {
      writeFileSync(target, content)
      chownSync(target, owner, owner)
      chmodSync(target, mode)
    }
  }
}

/** A dynamically linked program for this machine, with a change. */
function elf(change: (bytes: Buffer) => void = () => undefined): Buffer {
  const bytes = Buffer.from(readFileSync('/bin/true'))
  change(bytes)
  return bytes
}
const machine = (number: number) => (bytes: Buffer) => void bytes.writeUInt16LE(number, 18)
const [OTHER, NAME] = process.arch === 'x64' ? ([183, 'aarch64'] as const) : ([62, 'amd64'] as const)
const LOADER = /\/lib[^\0]*\/ld-[^\0]+/.exec(elf().toString('latin1'))?.[0] ?? ''

describe('the reason why a program cannot be executed is reported', { skip: cannotRun(), concurrency: 2 }, () => {
  const testMessage = (name: string, message: string, files: Files, app: TestApp = {}): void => {
    test(name, () => {
      using pod = new InPod({ a: { exec: ['/p'], ...app } })
      writeFiles(pod.image, files)
      assert.equal(pod.start().status, 0)
      const { status, journal } = pod.runApp('a')
      assert.equal(journal.split('\n')[0], `appc: app a: program ${app.exec?.[0] ?? '/p'}: ${message}`)
      assert.equal(status, 254)
    })
  }
  const mounted: TestApp = {
    mounts: [
      { op: 'filesystem', type: 'tmpfs', target: '/noexec', flags: ['noexec'], options: ['mode=0755'] },
      { op: 'file', target: '/noexec/p', content: '#!/bin/sh\n', mode: 0o755, ifMissing: false, readOnly: false },
    ],
  }

  testMessage('it is missing', 'there is no such file in the image', {})
  testMessage('it is a directory', 'is a directory', { 'p/x': '' })
  testMessage('it is empty', 'is empty', { p: '' })
  testMessage('it is text', 'is neither an ELF program nor a script with a #! line', { p: 'hello\n' })
  testMessage('it is not executable', 'is not executable (mode 0644)', { p: { content: '#!/bin/sh\n', mode: 0o644 } })
  testMessage(
    'it is not executable by the user',
    'cannot be executed by this user (mode 0750, owner 7:7)',
    { p: { content: '#!/bin/sh\n', mode: 0o750, owner: 7 } },
    { user: 'web', group: 'web' },
  )
  testMessage(
    'it is on a file system that is mounted noexec',
    'is on a file system that is mounted noexec',
    {},
    {
      exec: ['/noexec/p'],
      ...mounted,
    },
  )

  const LINE = '(#! line)'
  const script = (name: string, interpreter: string, message: string, files: Files = {}, app?: TestApp): void =>
    testMessage(
      `its interpreter ${name}`,
      `its interpreter ${message}`,
      { p: `#!${interpreter}\nexit 0\n`, ...files },
      app,
    )
  const CARRIAGE = `${LINE} is not in the image; the line ends with a carriage return, which belongs to the name`
  script('is missing', '/bin/bash -e', `/bin/bash ${LINE} is not in the image`)
  script('ends with a carriage return', '/bin/sh\r', `"/bin/sh\\r" ${CARRIAGE}`)
  script('ends with a carriage return, and nothing follows', '/bin/sh\r\nexit 0\r', `"/bin/sh\\r" ${CARRIAGE}`)
  script('is below a file', '/bin/sh/x', `/bin/sh/x ${LINE} is not in the image`)
  script('is a directory', '/bin', `/bin ${LINE} is a directory`)
  script('is a device', '/dev/null', `/dev/null ${LINE} is not a regular file`)
  script('is a symlink to nothing', '/i', `/i ${LINE} is not in the image`, { i: { link: '/gone' } })
  script('is a symlink to itself', '/i', `/i ${LINE} leads through a link of /proc, or in a circle`, {
    i: { link: 'i' },
  })
  script('is not executable', '/i', `/i ${LINE} is not executable (mode 0644)`, {
    i: { content: '#!/bin/sh\n', mode: 0o644 },
  })
  script(
    'is not executable by the user',
    '/i',
    `/i ${LINE} cannot be executed by this user (mode 0700, owner 0:0)`,
    { i: { content: '#!/bin/sh\n', mode: 0o700 } },
    { user: 'web', group: 'web' },
  )
  script(
    'is on a file system that is mounted noexec',
    '/noexec/p',
    `/noexec/p ${LINE} is on a file system that is mounted noexec`,
    {},
    mounted,
  )
  script('is empty', '/i', `/i ${LINE} is empty`, { i: '' })
  script('is text', '/i', `/i ${LINE} is neither an ELF program nor a script with a #! line`, { i: 'x' })
  script(
    'is for another machine',
    '/i',
    `/i ${LINE} is built for ${NAME}, this machine is ${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`,
    { i: elf(machine(OTHER)) },
  )
  script('has no dynamic loader', '/i', `/i ${LINE} its interpreter ${LOADER} (dynamic loader) is not in the image`, {
    i: elf(),
  })
  script('is a script without one', '/i', `/i ${LINE} its interpreter /j ${LINE} is not in the image`, { i: '#!/j\n' })
  script(
    'is looked for in the working directory',
    'i',
    `i ${LINE} is not in the image`,
    { i: '#!/bin/sh\n' },
    { workingDirectory: '/tmp' },
  )

  testMessage(
    'its interpreters are scripts without end',
    `${`its interpreter /p ${LINE} `.repeat(5)}is a script of a script, more than 5 deep`,
    { p: '#!/p\n' },
  )
  testMessage('its #! line names nothing', 'has a #! line that names no interpreter', { p: '#! \t \n' })
  testMessage(
    'its #! line is too long',
    'has a #! line whose interpreter ends after the 255 bytes that the kernel reads',
    {
      p: `#!/${'x/../'.repeat(60)}bin/sh\n`,
    },
  )
  testMessage(
    'its #! line is not the first thing in it',
    'has a byte order mark before its #! line, so the kernel sees no #! line',
    {
      p: '\ufeff#!/bin/sh\n',
    },
  )

  const DYNAMIC = '(dynamic loader)'
  const loader = (fault: string, message: string, file: string | Buffer | ImageFile): void =>
    testMessage(`its dynamic loader ${fault}`, `its interpreter ${LOADER} ${DYNAMIC} ${message}`, {
      p: elf(),
      [LOADER]: file,
    })
  testMessage('its dynamic loader is missing', `its interpreter ${LOADER} ${DYNAMIC} is not in the image`, { p: elf() })
  testMessage('its dynamic loader is a directory', `its interpreter ${LOADER} ${DYNAMIC} is a directory`, {
    p: elf(),
    [`${LOADER}/x`]: '',
  })
  loader('is not executable', 'is not executable (mode 0644)', { content: elf(), mode: 0o644 })
  loader('is a script', 'is no ELF program', '#!/bin/sh\n')
  loader(
    'is for another machine',
    `is built for ${NAME}, this machine is ${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`,
    elf(machine(OTHER)),
  )
  if (process.arch === 'x64')
    loader(
      'is for 32 bits',
      `is built for i386, the program for amd64`,
      elf((bytes) => {
        machine(3)(bytes)
        bytes[4] = 1
      }),
    )

  testMessage(
    'it is for another machine',
    `is built for ${NAME}, this machine is ${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`,
    { p: elf(machine(OTHER)) },
  )
  testMessage('it is big-endian', 'is built for a big-endian machine', {
    p: elf((bytes) => {
      bytes[5] = 2
    }),
  })
  testMessage('it is an object file', 'is an ELF file, but no program (an object file or a core dump)', {
    p: elf((bytes) => {
      bytes[16] = 1
    }),
  })
  testMessage('it is cut off', 'is an ELF file that is cut off', { p: elf().subarray(0, 40) })
  testMessage(
    'its arguments are too long',
    'its arguments and environment are longer than the kernel takes',
    {},
    {
      exec: ['/bin/busybox', 'x'.repeat(140_000)],
    },
  )
})
