import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageOfVisible } from '#gateway/journey/visible-page.ts'

const names = Array.from({ length: 1_000 }, (_, at) => `t${String(at).padStart(4, '0')}`)

test('who leaves while names are tried ends the trying', async () => {
  const left = new AbortController()
  let tried = 0
  const none = async (batch: readonly string[]) => {
    tried += batch.length
    left.abort()
    return batch.map(() => false)
  }
  const asked = { limit: 50, tries: 1_000, signal: left.signal }
  await assert.rejects(
    pageOfVisible(names, name => name, asked, none),
    { code: 'cancelled' },
  )
  assert.equal(tried, 50)
})

for (const [limit, tries] of [
  [1, 20],
  [7, 30],
  [50, 500],
] as const)
  test(`pages of ${limit}, each of ${tries} tries at most, come to every name that may be seen, once and in order`, async () => {
    const seen = names.filter((_, at) => at % 40 === 0)
    const signal = new AbortController().signal
    const found: string[] = []
    for (let after: Parameters<typeof pageOfVisible>[2]['after'], pages = 0; pages < 1_000; pages++) {
      let tried = 0
      const visible = async (batch: readonly string[]) => {
        tried += batch.length
        return batch.map(name => seen.includes(name))
      }
      const page = await pageOfVisible(names, name => name, { limit, tries, signal, after }, visible)
      assert.ok(tried <= tries)
      assert.ok(page.found.length <= limit)
      found.push(...page.found)
      if (!page.end) break
      assert.ok(page.end.name === '' || seen.includes(page.end.name), 'a name that may not be seen')
      after = page.end
    }
    assert.deepEqual(found, seen)
  })

test('a list of which so many names may not be seen looks like one without any, and goes on where one of them may', async () => {
  const signal = new AbortController().signal
  const page = (...seen: string[]) =>
    pageOfVisible(
      names,
      name => name,
      { limit: 2, tries: 10, triesUnseen: 40, signal },
      async batch => batch.map(name => seen.includes(name)),
    )
  assert.deepEqual(await page('t0040'), { found: [] })
  assert.deepEqual(await page('t0039'), { found: ['t0039'], end: { name: 't0039', passed: 0 } })
})
