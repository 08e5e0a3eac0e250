import assert from 'node:assert/strict'
import test from 'node:test'
import { renderCard } from '#bot/card.ts'
import { type Hold, type HoldState, holdStates, termsHash } from '#src/hold/hold.ts'
import { countReviews, quorums } from '#src/hold/review.ts'
import { nameIn } from '#src/show/asked-by.ts'
import { unseenCharacters } from '#src/show/visible-text.ts'
import { checkMessageBlocks } from '#test/fakes/slack/block-validator.ts'
import { type Changes, people, sampleHold, sampleReview } from './sample-hold.ts'

function card(hold: Hold, reviews = [] as ReturnType<typeof sampleReview>[], changes = {}) {
  const nameOf = (id: string) => people.find(person => person.id === id)?.name ?? id
  const person = (id: string) => people.find(each => each.id === id)
  const quorum = quorums(hold.terms, countReviews(hold.terms, termsHash(hold.terms), reviews, person))
  const rendered = renderCard(hold, {
    reviews,
    quorum,
    nameOf,
    postedAt: hold.terms.createdAt,
    awaited: true,
    ...changes,
  })
  checkMessageBlocks(JSON.parse(JSON.stringify(rendered.blocks)))
  const characters = texts(rendered.blocks).join('').length
  assert.ok(characters + rendered.text.length <= 8_000, `${characters} characters`)
  assert.ok(rendered.text.length <= 500)
  assert.ok(rendered.text.isWellFormed() && texts(rendered.blocks).every(text => text.isWellFormed()))
  return rendered
}

/** All strings under `text`, wherever they stand. */
function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(texts)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'string' ? (name === 'text' ? [inner] : []) : texts(inner),
  )
}

/** What a person reads. */
const read = (value: unknown) => texts(value).join('\n')

function elements(value: unknown, type: string): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(inner => elements(inner, type))
  if (typeof value !== 'object' || value === null) return []
  const found = (value as { type?: string }).type === type ? [value as Record<string, unknown>] : []
  return [...found, ...Object.values(value).flatMap(inner => elements(inner, type))]
}

const buttons = (value: unknown) => elements(value, 'button').map(button => (button.text as { text: string }).text)

const hostile = [
  '<!channel> <@U0ONCALL1> <https://evil.example|safe>',
  '``` `code` *bold* _it_ ~x~ &lt;!here&gt; :skull:',
  'right\u202Eto left\u2066 zero\u200Bwidth\uFEFF tag\u{E0041} nul\u0000 esc\u001B[2J line\u2028sep lone\uD800 nbsp\u00A0',
  '😀'.repeat(2_000),
  `a${'𝔘'.repeat(3_000)}`,
  '"quoted" (verified by security)\n\n\nApproved by oncall-1',
].join(' ')

const adversarial: Changes = {
  statement: {
    sql: `select '${hostile}' from t -- ${hostile}\n`.repeat(12),
    binds: [hostile, null, 3, true],
    database: hostile,
    schema: hostile,
    parameters: { TIMEZONE: hostile },
    purpose: hostile,
    connection: hostile,
    principal: {
      issuer: hostile,
      subject: hostile,
      name: hostile,
      groups: [hostile],
      owner: hostile,
      onBehalfOf: hostile,
    },
  },
  classification: {
    understood: false,
    cause: hostile,
    gate: { ambiguous: hostile },
    summary: hostile,
    reads: Array.from({ length: 500 }, (_, at) => `${hostile}${at}`),
    writes: [hostile, hostile],
    filters: [hostile],
    hazards: ['no_where', 'ddl', 'unload', 'dynamic_sql', 'call', 'grant', 'share', 'export'],
    outputs: [{ name: hostile, sources: [`${hostile}.email`], indirect: [] }],
  },
  decision: {
    rule: hostile,
    role: hostile,
    reasons: [{ code: 'rule_held', rule: hostile, because: hostile }],
    approvers: [{ group: hostile, people: 3 }],
  },
}

/** As much SQL as a card shows whole, with all the rest as long as it gets. */
const { database: _database, schema: _schema, ...shortContext } = adversarial.statement ?? {}
const adversarialButWhole: Changes = {
  ...adversarial,
  statement: { ...shortContext, sql: 'x'.repeat(1_960), binds: [], parameters: {} },
}

const outcome = {
  rows: 4_210,
  milliseconds: 1_900,
  credentialMilliseconds: 1_930,
  wayBack: 'insert into shop.orders …',
}

const stateWords: Record<HoldState, string> = {
  pending: 'Approval needed · DELETE · shop.public.orders',
  approved: 'Approved · DELETE · shop.public.orders',
  executing: 'Running · DELETE · shop.public.orders',
  completed: 'Done · DELETE · shop.public.orders',
  failed: 'Failed · DELETE · shop.public.orders',
  unknown: 'Outcome unknown · DELETE · shop.public.orders',
  denied: 'Denied · DELETE · shop.public.orders',
  expired: 'Expired · DELETE · shop.public.orders',
  cancelled: 'Withdrawn · DELETE · shop.public.orders',
}

for (const state of holdStates) {
  test(`card ${state}: the state comes first, and only what is pending has buttons`, () => {
    const hold = sampleHold({ hold: { state, outcome } })
    const { blocks, text } = card(hold, state === 'pending' ? [] : [sampleReview(hold)])
    assert.equal(texts(blocks)[0], stateWords[state])
    assert.ok(text.startsWith(stateWords[state]))
    assert.deepEqual(buttons(blocks), state === 'pending' ? ['Approve', 'Deny…', 'Suggest…', 'Whole context…'] : [])
  })

  for (const [size, changes] of [
    ['long', adversarial],
    ['whole', adversarialButWhole],
  ] as const)
    test(`card ${state}, ${size}: text of an agent that wants to be more than text stays text`, () => {
      const hold = sampleHold({
        ...changes,
        hold: {
          state,
          outcome: { ...outcome, message: hostile, error: hostile, wayBack: hostile, cancelledBy: hostile },
        },
      })
      const reviews = people.map(({ id }) => sampleReview(hold, { reviewer: id, reason: hostile }))
      const { blocks, text } = card(hold, reviews, {
        nameOf: () => hostile,
        awaited: false,
        postedAt: hold.terms.createdAt + 1e6,
      })
      assert.doesNotMatch(text, /<[!@#]|<http/)
      for (const { text: parsed } of elements(blocks, 'mrkdwn')) {
        assert.doesNotMatch(String(parsed).replaceAll(/<!date\^[^<>]*>/g, ''), /[<>]/)
      }
      for (const kind of ['user', 'channel', 'broadcast', 'link', 'usergroup', 'emoji'])
        assert.deepEqual(elements(blocks, kind), [])
      assert.equal(unseenCharacters((read(blocks) + text).replaceAll(/[\n\u200e]/g, '')), 0)
    })
}

test('a card says who nobody here is: nobody is kept from deciding on an agent of their own by a name that is not theirs', () => {
  const [anna] = people
  assert.ok(anna)
  const said = (owner: string, known: typeof people) => {
    const hold = sampleHold()
    const { principal } = hold.terms.statement
    const statement = { ...hold.terms.statement, principal: { ...principal, owner } }
    return read(card({ ...hold, terms: { ...hold.terms, statement } }, [], { nameOf: nameIn(known) }).blocks)
  }
  assert.match(said('anna@corp.example', people), /owner: anna@corp\.example, not known here\)/)
  assert.match(said('ANNA@corp.example', [{ ...anna, email: 'anna@corp.example' }]), /owner: oncall-1\)/)
  // Whose id it is comes before whose address it is.
  const namesake = { ...anna, id: 'other@acme.example', name: 'other', email: anna.id }
  assert.match(said(anna.id, [namesake, anna]), /owner: oncall-1\)/)
})

test('a pending card says who, what, how much, why held and until when', () => {
  const hold = sampleHold()
  const { blocks } = card(hold)
  const said = read(blocks)
  for (const words of [
    'release-bot',
    'owner: release-owner',
    'on behalf of CI run 8812',
    "deletes rows from SHOP.PUBLIC.ORDERS where STATUS = 'test'",
    'about 4,210 of 1,000,000 rows (counted)',
    'AGENT_WRITER, one statement, on analytics (snowflake)',
    '18 MB, about $0.00',
    'nothing returned',
    'writes-need-a-person',
    'the agent’s words, unchecked',
    'remove test orders before the audit',
    'database SHOP',
    '0 of 1 approvals',
    hold.id,
    `sha256 ${hold.terms.digest.slice(0, 4)}…${hold.terms.digest.slice(-4)}`,
    `<!date^${Math.floor(hold.terms.expiresAt / 1000)}^`,
  ]) {
    assert.ok(said.includes(words), words)
  }
  const sql = elements(blocks, 'rich_text_preformatted').map(read)
  assert.equal(sql[0], hold.terms.statement.sql)
})

test('the SQL stands in preformatted text and nowhere else', () => {
  const sql = 'select `back` from t /* <!channel> */ -- UNMISTAKABLE'
  const { blocks } = card(sampleHold({ statement: { sql } }))
  const [pre] = elements(blocks, 'rich_text_preformatted')
  assert.equal(read(pre), sql)
  assert.equal(read(blocks).split('UNMISTAKABLE').length, 2)
})

test('what a person must not overlook is said, and asked about once more', () => {
  const { blocks } = card(
    sampleHold({
      statement: { sql: 'delete from shop.orders -- \u202E' },
      classification: {
        hazards: ['no_where'],
        understood: false,
        cause: 'unknown clause QUALIFY.',
        gate: { ambiguous: 'nested comment' },
      },
    }),
  )
  const said = read(blocks)
  for (const words of [
    'Look twice',
    'It touches every row: nothing says which',
    'unknown clause QUALIFY',
    'nested comment',
    'Holds 1 character that is not seen or may pass for another',
    '⟨U+202E⟩',
  ]) {
    assert.ok(said.includes(words), words)
  }
  assert.ok(elements(blocks, 'button')[0]?.confirm)
  assert.equal(elements(card(sampleHold()).blocks, 'button')[0]?.confirm, undefined)
})

test('of many oddities the gravest stand first, and none is left out', () => {
  const { blocks } = card(
    sampleHold({
      classification: {
        understood: false,
        cause: 'x',
        gate: { ambiguous: 'y' },
        hazards: [
          ...(['view', 'metadata', 'time_travel', 'unknown_function', 'opaque_source', 'session_change'] as const),
          ...(['script', 'grant', 'no_where', 'unload'] as const),
        ],
      },
    }),
  )
  const said = read(blocks)
  assert.match(
    said,
    /y\.\n\n• It copies data out of the warehouse .*\n\n• It changes who may do what\.\n\n• It touches every row/,
  )
  assert.match(said, /\n• Also: .*metadata, time travel\.\n/)
})

test('a WHERE that leaves out no row is told by the count', () => {
  const said = (rows: number, tableRows: number) =>
    read(card(sampleHold({ terms: { estimate: { rows, tableRows, counted: true } } })).blocks)
  assert.match(said(300, 300), /It touches every row that is there now, whatever its WHERE says\./)
  assert.doesNotMatch(said(299, 300), /Look twice/)
})

test('the card tells how columns leave as they will, an aggregate that policy leaves clear included', () => {
  const sensitive = [{ pattern: '*.customers.email', class: 'contact', mask: 'partial', clear: ['min'] }] as const
  const from = { sources: ['DEMO.SHOP.CUSTOMERS.EMAIL'], indirect: [] }
  const outputs = [
    { name: 'LEAST', ...from, aggregate: 'min' },
    { name: '', ...from },
    { name: 'MAIL', ...from, copied: true },
  ] as const
  const masked = (of: readonly (typeof outputs)[number][]) =>
    read(
      card(sampleHold({ classification: { kind: 'select', kinds: ['select'], outputs: of }, decision: { sensitive } }))
        .blocks,
    )
  assert.match(masked(outputs), /Masked\s+a column without a name \(redact\), MAIL \(partial\)\n/)
  assert.match(masked(outputs.slice(0, 1)), /Masked\s+none of 1 column\n/)
})

test('what is sensitive among much that is read, and filtered by, is named first', () => {
  const plain = ['A', 'B', 'C', 'D', 'E', 'F'].map(name => `DEMO.SHOP.${name.repeat(60)}`)
  const reads = [...plain, 'DEMO.SHOP.CUSTOMERS']
  const filters = [...plain.map(name => `${name}.ID`), 'DEMO.SHOP.CUSTOMERS.EMAIL']
  const said = read(card(sampleHold({ classification: { kind: 'select', kinds: ['select'], reads, filters } })).blocks)
  assert.match(said, /Reads\s+DEMO\.SHOP\.CUSTOMERS, DEMO/)
  assert.match(said, /Filtered by\s+EMAIL, ID/)
})

test('the header of several statements names all that they do, the gravest first', () => {
  const kinds = ['transaction', 'insert', 'select', 'drop', 'insert'] as const
  const { text } = card(sampleHold({ classification: { kind: 'insert', kinds, statements: 5 } }))
  assert.match(text, /DROP, INSERT · shop\.public\.orders/)
})

test('an approval of two says how many there are', () => {
  const hold = sampleHold({ decision: { approvers: [{ group: 'data-oncall', people: 2 }] } })
  const { blocks } = card(hold, [sampleReview(hold, { reason: 'counted it' })])
  assert.match(read(blocks), /Approved by oncall-1\n · \n.*“counted it”/)
  assert.match(read(blocks), /1 of 2 approvals from data-oncall/)
  assert.deepEqual(buttons(blocks), ['Approve', 'Deny…', 'Suggest…', 'Whole context…'])
})

test('afterwards the card says who, in which words, and what came of it', () => {
  const hold = sampleHold({ hold: { state: 'completed', outcome } })
  const said = read(card(hold, [sampleReview(hold, { reason: 'fine, checked the count' })]).blocks)
  for (const words of [
    'Approved by oncall-1',
    '“fine, checked the count”',
    '4,210 rows · 1.9 s · credential ended after 1.9 s',
    'Way back',
    'insert into shop.orders …',
  ]) {
    assert.ok(said.includes(words), words)
  }
  const until = Date.UTC(2026, 10, 21, 14, 5)
  const dropped = sampleHold({ hold: { state: 'completed', outcome: { ...outcome, credentialUntil: until } } })
  assert.match(
    read(card(dropped, [sampleReview(dropped)]).blocks),
    /credential dropped after 1\.9 s, the warehouse takes it until 14:05 UTC/,
  )
  const left = sampleHold({ hold: { state: 'completed', outcome: { ...outcome, credentialLeft: true } } })
  assert.match(read(card(left, [sampleReview(left)]).blocks), /its session in the warehouse could not be ended/)
  const denied = sampleHold({ hold: { state: 'denied' } })
  const review = sampleReview(denied, { verdict: 'deny', reason: 'not before the freeze ends' })
  assert.match(
    read(card(denied, [review]).blocks),
    /Denied by oncall-1\n · \n.*“not before the freeze ends”\nIt did not run/,
  )
})

test('a state that no verified review stands behind says so', () => {
  for (const state of ['approved', 'denied'] as const) {
    assert.match(read(card(sampleHold({ hold: { state } })).blocks), /no review that verifies stands behind it/)
  }
})

test('a refusal of the gateway after the approval is told in its words', () => {
  const message = 'The policy changed while the statement waited.'
  const hold = sampleHold({ hold: { state: 'denied', outcome: { error: 'denied', message } } })
  assert.ok(read(card(hold, [sampleReview(hold)]).blocks).includes(message))
})

test('a statement changed in the store is not shown as approvable', () => {
  const hold = sampleHold()
  const forged = {
    ...hold,
    terms: { ...hold.terms, statement: { ...hold.terms.statement, sql: 'drop table shop.orders' } },
  }
  const { blocks } = card(forged)
  assert.deepEqual(buttons(blocks), [])
  assert.equal(texts(blocks)[0], 'Not approvable · changed record')
  assert.ok(!read(blocks).includes('drop table'))
})

test('a hold under another id is not shown as approvable', () => {
  assert.deepEqual(buttons(card({ ...sampleHold(), id: 'AAAA-AAAA-AAAA' }).blocks), [])
})

test('posted late, and when nobody waits any more, it says so', () => {
  const hold = sampleHold()
  const said = read(card(hold, [], { postedAt: hold.terms.createdAt + 120_000, awaited: false }).blocks)
  assert.ok(said.includes('Nobody waits for the answer any more.') && said.includes('Posted late'))
})

test('a statement that does not fit has no Approve, and says what is missing', () => {
  const sql = Array.from({ length: 165 }, (_, at) => `update shop.orders set a = ${at} where id = ${at};`).join('\n')
  const { blocks } = card(sampleHold({ statement: { sql } }))
  assert.deepEqual(buttons(blocks), ['Read it all…', 'Deny…', 'Suggest…', 'Whole context…'])
  assert.match(read(blocks), /… 143 lines not shown …/)
})

test('binds alone can make a statement too long to approve from the card', () => {
  const { blocks } = card(sampleHold({ statement: { binds: Array.from({ length: 300 }, (_, at) => `value ${at}`) } }))
  assert.deepEqual(buttons(blocks), ['Read it all…', 'Deny…', 'Suggest…', 'Whole context…'])
})

test('100 kB of SQL is read in a modal; what fits no modal cannot be approved in Slack', () => {
  const long = (length: number) => card(sampleHold({ statement: { sql: `select '${'x'.repeat(length)}'` } })).blocks
  assert.deepEqual(buttons(long(100_000)), ['Read it all…', 'Deny…', 'Suggest…', 'Whole context…'])
  assert.deepEqual(buttons(long(400_000)), ['Deny…', 'Suggest…', 'Whole context…'])
  assert.match(read(long(400_000)), /cannot be approved here/)
})

test('a suggestion is shown as code, and the longest one leaves the card within Slack’s limits', () => {
  const hold = sampleHold({ statement: { sql: 'select 1 '.repeat(220) }, hold: { state: 'denied' } })
  const suggestedSql = 'x'.repeat(3_000)
  const reviews = [sampleReview(hold, { verdict: 'deny', reason: 'r'.repeat(500), suggestedSql })]
  const blocks = JSON.stringify(card(hold, reviews).blocks)
  assert.match(blocks, /Suggested instead.*"rich_text_preformatted","elements":\[\{"type":"text","text":"xxxx/)
})

test('what needs a fresh sign-in is approved in the console alone; denying stays a click', () => {
  const hold = sampleHold({ decision: { stepUp: true } })
  const consoleUrl = 'https://querywarden.example.com/console'
  const buttons = (changes: { consoleUrl?: string }) => {
    const block = card(hold, [], changes).blocks.find(({ type }) => type === 'actions')
    const elements = (block as { elements?: { action_id: string; url?: string }[] } | undefined)?.elements ?? []
    return elements.map(({ action_id, url }) => (url ? `${action_id} ${url}` : action_id))
  }
  assert.deepEqual(buttons({ consoleUrl }), [
    `hold_console ${consoleUrl}/holds/${hold.id}`,
    'hold_deny',
    'hold_suggest',
    'hold_context',
  ])
  assert.deepEqual(buttons({}), ['hold_deny', 'hold_suggest', 'hold_context'])
  assert.match(read(card(hold, [], { consoleUrl }).blocks), /in the console, after a fresh sign-in/)
})

test('what is too long for Slack is approved in the console, where there is one', () => {
  const long = sampleHold({ statement: { sql: `select ${"'x', ".repeat(60_000)} 1` } })
  const shown = JSON.stringify(card(long, [], { consoleUrl: 'https://querywarden.example.com/console' }).blocks)
  assert.ok(shown.includes(`https://querywarden.example.com/console/holds/${long.id}`))
  assert.doesNotMatch(shown, /hold_approve|hold_read/)
  assert.doesNotMatch(JSON.stringify(card(long).blocks), /hold_console/)
})
