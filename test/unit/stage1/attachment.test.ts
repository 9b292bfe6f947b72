import { strict as assert } from 'node:assert'
import { describe, test } from 'node:test'
import { native } from '#native'
import { attachJournal } from '../../../stage1/journal/attachment.js'

const noDescriptors = (): never => {
  throw Object.assign(new Error('journal: too many open files'), { code: 'EMFILE' })
}

describe('the journal, where it cannot be opened', () => {
  for (const [when, early] of [
    ['while the pod runs', true],
    ['when it has ended', false],
  ] as const) {
    test(`${when}: told at the end, and nothing else goes wrong`, async (t) => {
      const tried = Promise.withResolvers<undefined>()
      t.mock.method(native, 'synchronizeJournal', () => Promise.resolve())
      t.mock.method(native, 'readJournal', () => {
        tried.resolve(undefined)
        noDescriptors()
      })
      const attachment = attachJournal({ uuid: '2d5d8b4c-0f3c-4a8d-9e57-1f0f5f5b6a11', id: '2d5d8b4c', apps: [] })
      attachment.begin()
      if (early) await tried.promise
      await assert.rejects(attachment.finish(), {
        code: 'SYSTEMD',
        message: 'journal: cannot be read: journal: too many open files',
      })
    })
  }
})
