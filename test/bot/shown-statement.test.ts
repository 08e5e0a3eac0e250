import assert from 'node:assert/strict'
import test from 'node:test'
import { renderCard } from '#bot/card.ts'
import { wholeModal } from '#bot/modals.ts'
import { preformatted } from '#bot/rich-text.ts'
import { excerpt, showStatement, split } from '#bot/shown-statement.ts'
import { cut } from '#src/show/cut.ts'
import { unseenCharacters, unseenInSql, visible, visibleSql } from '#src/show/visible-text.ts'
import { viewProblems } from '#test/fakes/slack/block-validator.ts'
import { sampleHold } from './sample-hold.ts'
import { shownText } from './world.ts'

const facts = { nameOf: () => undefined, postedAt: 0, awaited: true, reviews: [], quorum: [] }
const shown = (sql: string) => showStatement(sampleHold({ statement: { sql } }).terms)

test('parts of a long text are all of it, in order, without half characters', () => {
  const text = `${'😀'.repeat(4_000)}\n${'short line\n'.repeat(900)}${'𝔘x'.repeat(3_001)}`
  const parts = split(text, 2_900)
  assert.equal(parts.join(''), text)
  assert.ok(parts.every(part => part.length <= 2_900 && part.isWellFormed()))
})

test('head and tail say how much is missing between them', () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`).join('\n')
  const short = excerpt(lines, { characters: 1_000, lines: 3 }, { characters: 500, lines: 2 })
  assert.equal(short, 'line 0\nline 1\nline 2\n… 95 lines not shown …\nline 98\nline 99')
  const one = excerpt('😀'.repeat(5_000), { characters: 101, lines: 9 }, { characters: 51, lines: 9 })
  assert.match(one, /\n… 9,8\d\d characters not shown …\n/)
  assert.ok(one.isWellFormed())
})

test('the way to all of a statement follows from its length', () => {
  assert.equal(shown('select 1').approvable, 'card')
  assert.equal(shown('select 1\n'.repeat(60)).approvable, 'modal')
  assert.equal(shown(`select '${'x'.repeat(3_000)}'`).approvable, 'modal')
  assert.equal(shown(`select '${'x'.repeat(300_000)}'`).approvable, 'none')
  assert.equal(shown(`select '${'\u200B'.repeat(50_000)}'`).approvable, 'none')
})

test('a name cannot pass for another bind', () => {
  const { context } = showStatement(
    sampleHold({ statement: { binds: ['x", bind 2 = 9'], schema: 'PUBLIC\nbind 2 = 9' } }).terms,
  )
  assert.deepEqual(context.split('\n'), [
    'bind 1 = "x\\", bind 2 = 9"',
    'database SHOP',
    'schema "PUBLIC\\nbind 2 = 9"',
  ])
})

test('what follows a long run of blanks is not pushed out of sight', () => {
  assert.ok(shown(`delete from t where id = 1${' '.repeat(1_500)}or true`).sql.endsWith('⟨1500 spaces⟩or true'))
})

test('a modal with the largest text that fits is one that Slack takes, and holds all of it', () => {
  for (const filler of ['x', '"', '😀', '\\', '\u0001', 'ab\n']) {
    for (let length = 190_000; length > 10_000; length -= 30_000) {
      const sql = filler.repeat(length / filler.length)
      const hold = sampleHold({ statement: { sql } })
      const { approvable, whole } = showStatement(hold.terms)
      if (approvable !== 'modal') continue
      const view = wholeModal(hold, 'C0APPROVALS')
      assert.deepEqual(viewProblems(JSON.parse(JSON.stringify(view))), [])
      assert.ok(Buffer.byteLength(JSON.stringify(view)) < 250_000)
      const parts = view.blocks
        .slice(1, -2)
        .map(
          block =>
            (block as unknown as { elements: { elements: { text: string }[] }[] }).elements[0]?.elements[0]?.text,
        )
      assert.equal(parts.join(''), whole)
    }
  }
})

test('unseen characters are written out; what people see stays as it is', () => {
  assert.equal(
    visible('a\u202Eb\u200Bc\u{E0041}\r\n\td\re\uD800'),
    'a⟨U+202E⟩b⟨U+200B⟩c⟨U+E0041⟩\n\td⟨U+000D⟩e⟨U+D800⟩',
  )
  assert.equal(visible("select 'Grüße, 東京' -- “ok” 😀"), "select 'Grüße, 東京' -- “ok” 😀")
  assert.equal(unseenCharacters('a\u202Eb\u3164 \n\t'), 2)
})

test('what passes for another letter, strikes one out or piles up over other lines is written out', () => {
  assert.equal(visible('grant r to user "onc\u0430ll"'), 'grant r to user "onc⟨U+0430⟩ll"')
  assert.equal(visible('delete from "\u0421USTOMERS", \u039fRDERS'), 'delete from "⟨U+0421⟩USTOMERS", ⟨U+039F⟩RDERS')
  assert.equal(visible('where true\u0336 or a\u20dd'), 'where true⟨U+0336⟩ or a⟨U+20DD⟩')
  assert.equal(visible(`a${'\u0301'.repeat(5)}`), `a${'\u0301'.repeat(3)}${'⟨U+0301⟩'.repeat(2)}`)
  const words = '-- заказы, Ελλάδα, μs, ngu\u031b\u0323\u0323o\u031b\u0300i, किताबें, ที่นี่'
  assert.equal(visible(words), words)
})

test('what looks like the end of a text in SQL, and is none, is written out, and looked at twice', () => {
  const sql = "delete from orders where status <> 'test’ and region = ’EU'"
  assert.equal(visibleSql(sql), "delete from orders where status <> 'test⟨U+2019⟩ and region = ⟨U+2019⟩EU'")
  assert.equal(unseenInSql(sql), 2)
  assert.equal(visibleSql('select `a” , “b`'), 'select `a⟨U+201D⟩ , ⟨U+201C⟩b`')
  const words = "select 'it’s “fine” here' -- don’t"
  assert.equal(visibleSql(words), words)
  const { blocks } = renderCard(sampleHold({ statement: { sql } }), facts)
  assert.match(shownText(blocks), /Look twice.*Holds 2 characters.*test⟨U\+2019⟩ and region/s)
})

test('empty lines, and blanks of several kinds, push nothing out of sight', () => {
  assert.equal(visible(`a${'\n'.repeat(9)}b`), `a${'\n'.repeat(9)}b`)
  assert.equal(visible(`a${'\n \t'.repeat(30)}\n  b`), 'a\n⟨30 empty lines⟩\n  b')
  assert.equal(visible(`a${' \t'.repeat(30)}b`), 'a⟨60 spaces and tabs⟩b')
  assert.equal(visible(`a${'\n'.repeat(100_000)}; drop table t`), 'a\n⟨99999 empty lines⟩\n; drop table t')
})

test('numbers and signs behind letters from right to left stay in their order', () => {
  const mark = '\u200e'
  const shown = (sql: string) => preformatted(sql).elements[0]
  for (const [sql, expected] of [
    ["values ('א', 100, 7)", `values ('א'${mark}, 100, 7)`],
    ['set a = /* א */ 100 - 5', `set a = /* א */${mark} 100 - 5`],
    ['values ($$א 5$$, 1, "ב", 2)', `values ($$א 5$$${mark}, 1, "ב"${mark}, 2)`],
    ["select 'שלום, צה\"ל ''א'''", "select 'שלום, צה\"ל ''א'''"],
    ["a\n, 'א', 5", `a\n${mark}, 'א'${mark}, 5`],
  ] as const)
    assert.deepEqual(shown(sql), { type: 'text', text: expected })
  const sql = "insert into pay (a, b) values ('א', 100 - 5)"
  const { blocks } = renderCard(sampleHold({ statement: { sql } }), facts)
  assert.ok(shownText(blocks).includes(`'א'${mark}, 100 - 5`))
})

test('cutting never leaves half a character', () => {
  for (let max = 1; max < 12; max += 1) {
    const text = cut('😀😀😀😀😀😀😀', max)
    assert.ok(text.length <= max && text.isWellFormed(), text)
  }
})
