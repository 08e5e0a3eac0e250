import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification, OutputColumn } from '#src/classify/classification.ts'
import type { DetectedContent } from '#src/decide/decision.ts'
import type { Column } from '#src/execute/warehouse.ts'
import { contentPlan } from '#src/mask/content-plan.ts'

const detect: DetectedContent[] = [
  { detector: 'phone', mask: 'hash', except: [] },
  { detector: 'iban', mask: 'format', except: [] },
  { detector: 'email', mask: 'partial', except: [] },
]

function masksIn(output: OutputColumn | null): string[] {
  const column: Column = { name: 'X', type: 'string', warehouseType: 'text', nullable: true }
  const outputs = output && [output]
  const [found = []] = contentPlan({ dialect: 'snowflake', outputs } as Classification, detect, [column], [null])
  return found.map(({ mask }) => mask)
}

test('what is found leaves as a hash only in a column as it is: a guess would tell whose hash is whose', () => {
  const itself = { name: 'X', sources: ['D.S.NOTES.BODY'], indirect: [], copied: true } as const
  assert.deepEqual(masksIn(itself), ['hash', 'format', 'partial'])
  for (const other of [{ name: 'X', sources: [], indirect: [] }, { ...itself, copied: undefined }, null])
    assert.deepEqual(masksIn(other as OutputColumn | null), ['redact', 'redact', 'partial'])
})
