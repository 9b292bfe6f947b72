import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { encodeProperties, needsVersion, OLDEST } from '../../../stage1/systemd/properties.js'
import { unitPath } from '../../../stage1/systemd/unit-path.js'

test('commands: the program, its arguments, and that its failure is not ignored; no variable is expanded', () => {
  const properties = { ExecStart: [{ path: '/a', argv: ['/a', '$HOME ${B} $$'] }] }
  assert.deepEqual(encodeProperties(properties, OLDEST), [
    { name: 'ExecStart', signature: 'a(sasb)', value: [['/a', ['/a', '$$HOME $${B} $$$$'], false]] },
  ])
  assert.equal(needsVersion(properties), false)
})

test('journal fields are encoded as bytes', () => {
  assert.deepEqual(encodeProperties({ LogExtraFields: ['A=ä'] }, OLDEST), [
    { name: 'LogExtraFields', signature: 'aay', value: [Buffer.from('A=ä')] },
  ])
})

test('object paths of units: everything but letters and digits is escaped, a leading digit too', () => {
  assert.equal(unitPath('appc-my_pod.service'), '/org/freedesktop/systemd1/unit/appc_2dmy_5fpod_2eservice')
  assert.equal(unitPath('1.slice'), '/org/freedesktop/systemd1/unit/_31_2eslice')
})
