import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Column, table } from '../../../stage0/cli/table.js'

interface Item {
  readonly id: string
  readonly name: string
}

const COLUMNS: readonly Column<Item>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  { heading: 'NAME', shrinks: true, cell: ({ name }) => name },
]
const ITEMS = [
  { id: '12345678', name: 'example.com/a-long-name' },
  { id: '2', name: 'b' },
]

describe('a table', () => {
  test('is not cut where there is no terminal', () => {
    assert.deepEqual(table(COLUMNS, ITEMS, { width: null }), [
      'ID        NAME',
      '12345678  example.com/a-long-name',
      '2         b',
    ])
    assert.deepEqual(
      table(COLUMNS, ITEMS, { width: 20, full: true, legend: false })[0],
      '12345678  example.com/a-long-name',
    )
  })

  test('is cut to the width of a terminal, in the columns that may be cut', () => {
    assert.deepEqual(table(COLUMNS, ITEMS, { width: 22 }), ['ID        NAME', '12345678  example.com…', '2         b'])
    assert.deepEqual(table(COLUMNS, ITEMS, { width: 33 })[1], '12345678  example.com/a-long-name')
  })

  test('keeps 8 columns of every cell, however narrow the terminal is', () => {
    assert.deepEqual(table(COLUMNS, ITEMS, { width: 5 })[1], '12345678  example…')
  })
})
