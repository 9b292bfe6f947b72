import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { architectures } from '../../stage0/image/host-platform.js'
import { shell } from '../helpers/images.js'
import { noNetworks } from '../helpers/networks.js'
import { noPods, podHost } from '../helpers/pods.js'
import { findPublicProgram } from '../helpers/public-program.js'

const validator = await findPublicProgram('ace')
const skip = noPods || ('missing' in validator && validator.missing)

describe('the ACE validator of the App Container project', { skip }, () => {
  const host = podHost()
  const program = 'path' in validator ? validator.path : ''
  const labels = [
    { name: 'version', value: '0.8.11' },
    { name: 'os', value: 'linux' },
    { name: 'arch', value: architectures()[0] },
  ]
  const files = { 'ace-validator': { copyOf: program } }
  const database = { name: 'database', path: '/db' }
  // The names, paths and values that the validator expects (ace/validator.go of appc/spec).
  const main = host.image({
    name: 'ace-validator-main',
    files: { ...files, 'opt/acvalidator/empty': '' },
    manifest: {
      labels,
      annotations: [
        { name: 'created', value: '2026-11-28T12:00:00Z' },
        { name: 'homepage', value: 'https://example.com/ace' },
        { name: 'example.com/note', value: 'merged' },
      ],
    },
    app: {
      exec: ['/ace-validator', 'main'],
      eventHandlers: [
        // The validator gives each answer of the metadata service 100 ms. On a loaded machine the
        // first one, which starts the service, takes longer: so it is requested before.
        {
          name: 'pre-start',
          exec: shell('wget -qO- $AC_METADATA_URL/acMetadata/v1/pod/uuid >/dev/null; exec /ace-validator prestart'),
        },
        { name: 'post-stop', exec: ['/ace-validator', 'poststop'] },
      ],
      workingDirectory: '/opt/acvalidator',
      environment: [{ name: 'IN_ACE_VALIDATOR', value: 'correct' }],
      mountPoints: [database],
      ports: [{ name: 'www', protocol: 'tcp', port: 80 }],
      isolators: [{ name: 'resource/memory', value: { limit: '1G' } }],
    },
  })
  const sidekick = host.image({
    name: 'ace-validator-sidekick',
    files,
    // The validator is a static program, which needs nothing else.
    without: ['bin', 'etc', 'root', 'srv', 'tmp', 'var'],
    manifest: { labels },
    app: { exec: ['/ace-validator', 'sidekick'], mountPoints: [database] },
  })

  for (const net of ['default', 'none', 'host']) {
    const needsNetworks = net === 'default' && noNetworks
    test(
      `SPEC V4, P1, P6, E12 to E14, S1 to S4: it finds nothing wrong, with --net=${net}`,
      {
        skip: needsNetworks,
      },
      async () => {
        const words = [`--net=${net}`, '--volume=database,kind=empty', main, sidekick]
        const { status, stdout, stderr } = await host.run(...words)
        assert.equal(status, 0, `${stdout}${stderr}`)
        const lines = stdout.trimEnd().split('\n')
        assert.deepEqual([lines[0], lines.at(-1)], ['prestart OK', 'poststop OK'])
        assert.deepEqual(lines.slice(1, -1).sort(), ['main OK', 'sidekick OK'])
        // appc's own remarks about the host, and nothing of the validator.
        const remarks = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('warning: '))
        assert.deepEqual(remarks, [])
      },
    )
  }
})
