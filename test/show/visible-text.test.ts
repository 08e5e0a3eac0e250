import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cut } from '#src/show/cut.ts'
import { shortLine, visibleLine } from '#src/show/visible-text.ts'
import { hostileText } from '#test/bot/hostile-text.ts'

test('what a line shows of a long text is what it shows of the whole', () => {
  const blanks = fc.constantFrom(' ', '\t', '\n', '\r\n').chain(blank => fc.nat(300).map(many => blank.repeat(many)))
  const text = fc.array(fc.oneof(hostileText, blanks, fc.string()), { maxLength: 6 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 300 }), (all, max) => {
      assert.equal(shortLine(all, max), cut(visibleLine(all), max))
    }),
    { numRuns: 500 },
  )
})

test('a text that begins with megabytes of blanks shows what comes behind them', () => {
  assert.equal(shortLine(`${' '.repeat(3_000_000)}drop table t`, 60), '⟨3000000 spaces⟩drop table t')
})
