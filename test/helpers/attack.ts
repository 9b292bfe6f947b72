import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { LIMITS, ingest, needsRoot, scratch, withFile } from './scratch.js'
import { snapshot } from './snapshot.js'
import { native, type IngestLimits } from '#native'

/** An archive that must be refused, and the expected message. */
export interface Attack {
  readonly bytes: Buffer
  readonly says: string | RegExp
  readonly code?: 'ARCHIVE_INVALID' | 'ARCHIVE_LIMIT' | 'ARCHIVE_SIZE'
  readonly limits?: Partial<IngestLimits>
}

/**
 * Tests that inspecting and extracting refuse each attack, and that nothing outside of the staging
 * directory is changed.
 */
export function refused(subject: string, attacks: Record<string, Attack>): void {
  describe(subject, () => {
    for (const [attack, { bytes, says, code = 'ARCHIVE_INVALID', limits }] of Object.entries(attacks)) {
      const bounds = { ...LIMITS, ...limits }
      const expected = { code, message: says }

      test(`inspecting: ${attack}`, async (t) => {
        const file = join(scratch(t), 'image.aci')
        writeFileSync(file, bytes)
        await assert.rejects(
          withFile(file, 'r', (fd) => native.inspectArchive(fd, bounds)),
          expected,
        )
      })

      test(`extracting: ${attack}`, { skip: needsRoot }, async (t) => {
        const base = scratch(t)
        mkdirSync(join(base, 'outside'))
        writeFileSync(join(base, 'outside', 'sentinel'), 'untouched')
        const around = (): string[] => snapshot(base, ['staging', 'staging.aci'])
        const before = around()
        await assert.rejects(ingest(base, 'staging', bytes, bounds), expected)
        assert.deepEqual(around(), before)
        native.removeTree(join(base, 'staging'))
        assert.deepEqual(readdirSync(base).sort(), ['outside', 'staging.aci'])
        assert.deepEqual(around(), before)
      })
    }
  })
}
