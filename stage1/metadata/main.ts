import { readFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { MetadataFacts } from '#schema/metadata-facts.js'
import { parseSecrets } from '#schema/signing-secrets.js'
import { visible } from '#schema/visible.js'
import { respond } from './respond.js'
import { LIMITS, openService } from './serve.js'
import { openSigner } from './signer.js'

/** The first descriptor that systemd passes (sd_listen_fds(3)). */
const LISTEN_FD = 3

/** Longer paths are cut in the journal. */
const LONGEST_LINE = 300

/**
 * The metadata service of one pod: systemd starts it for the first connection, with the listening
 * socket, and it ends when it was idle for some time. Its argument is the file of the pod's facts;
 * the token and the secrets are credentials of its unit (systemd.exec(5), LoadCredential=).
 */
function main([factsFile = '']: readonly string[]): void {
  const facts = JSON.parse(readFileSync(factsFile, 'utf8')) as MetadataFacts
  const secrets = parseSecrets(credential('secrets'))
  if (secrets === null) throw new Error('the secrets of the metadata service are broken; next: appc metadata rotate')
  const pod = { token: credential('token'), facts, signer: openSigner(facts.uuid, secrets) }
  const service = openService({
    limits: LIMITS,
    respond: (request) => respond(pod, request),
    log,
    end: () => process.exit(0),
  })
  createServer(service.accept).listen({ fd: LISTEN_FD })
}

const credential = (name: string): string =>
  readFileSync(join(process.env['CREDENTIALS_DIRECTORY'] ?? '', name), 'utf8')

/** Writes a line to the journal. A journal that accepts nothing does not stop the service. */
function log(line: string): void {
  try {
    writeSync(1, `${visible(line.slice(0, LONGEST_LINE))}\n`)
  } catch {
    // Nobody can be told.
  }
}

main(process.argv.slice(2))
