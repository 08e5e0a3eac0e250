import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import { taintsOn } from '#src/decide/judge.ts'
import { asSensitive, writtenSensitive } from '#src/decide/taint.ts'
import { touchesSensitive } from '#src/mask/mask-plan.ts'
import type { Ports } from '#src/ports.ts'
import type { Statement } from '#src/statement.ts'

const load = {
  understood: true,
  kind: 'copy',
  reads: ['@D.S.OUT/2024/a.b.csv'],
  writes: ['D.S.W'],
  outputs: null,
  filters: [],
  hazards: ['stage_read'],
  stores: [{ column: 'D.S.W.*', sources: ['@OUT.$1'] }],
} as unknown as Classification
const unloaded = asSensitive({ column: '@OUT.*', class: 'contact', mask: 'redact' })
const written = (...sensitive: Parameters<typeof writtenSensitive>[1]) =>
  writtenSensitive(load, sensitive).map(({ pattern }) => pattern)

test('what was unloaded from a sensitive column is so in the table that it is loaded into, whatever path names its stage', () => {
  assert.deepEqual(written(unloaded), ['D.S.W.*'])
  assert.deepEqual(written({ ...unloaded, pattern: '@*.*' }), ['D.S.W.*'])
  assert.deepEqual(written({ ...unloaded, pattern: '@OTHER.*' }), [])
  assert.equal(touchesSensitive(load, [unloaded]), true)
})

test('a file that nobody filled from a sensitive column is not one, though policy knows columns by name', () => {
  assert.deepEqual(written({ pattern: '*.email', class: 'contact', mask: 'partial' }), [])
})

test('of a stage, what was written into it is asked for without its path, and what was written into any', async () => {
  const asked: unknown[] = []
  const records = {
    taints: async (what: { tables?: readonly string[] }) => {
      asked.push(what.tables)
      return []
    },
  }
  const ports = { records, connections: () => [] } as unknown as Ports
  await taintsOn(ports, { connection: 'shop' } as Statement, load)
  assert.deepEqual(
    (asked[0] as string[]).filter(name => name.startsWith('@')),
    ['@OUT', '@*'],
  )
  await taintsOn(ports, { connection: 'shop' } as Statement, { ...load, reads: ['S3://BUCKET/A.CSV'] })
  assert.equal(asked[1], undefined)
})
