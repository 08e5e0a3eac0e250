import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'
import { parseInTurn } from '#src/parse-in-turn.ts'

const large = (name: string) => JSON.stringify({ name, values: Array.from({ length: 20_000 }, (_, n) => `v-${n}`) })

test('what is parsed is what JSON says, large or small, and what is none rejects and keeps nothing back', async () => {
  assert.deepEqual(await parseInTurn('{"a":[1,null]}'), { a: [1, null] })
  const [broken, whole] = [parseInTurn(`${large('broken')}]`), parseInTurn(large('whole'))]
  await assert.rejects(broken, SyntaxError)
  assert.deepEqual(await whole, JSON.parse(large('whole')))
  await assert.rejects(parseInTurn('{'), SyntaxError)
})

test('large texts let others have their turn in between', async () => {
  let turns = 0
  let parsing = true
  const others = (async () => {
    while (parsing) {
      await immediate()
      turns += 1
    }
  })()
  await Promise.all(Array.from({ length: 20 }, (_, n) => parseInTurn(large(`turn ${n}`))))
  parsing = false
  await others
  assert.ok(turns >= 20, `${turns} turns`)
})

test('a text that is asked for again is not parsed again, and what was not used for longest goes first', async () => {
  const first = await parseInTurn(large('kept'))
  assert.equal(await parseInTurn(large('kept')), first)
  for (let n = 0; n < 100; n++) await parseInTurn(large(`other ${n}`))
  assert.notEqual(await parseInTurn(large('kept')), first)
})
