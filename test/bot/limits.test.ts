import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Value } from 'typebox/value'
import type { BotPorts } from '#bot/app.ts'
import { type BatchEntry, batchAtOnce } from '#bot/batch.ts'
import { batchModal } from '#bot/batch-modal.ts'
import { renderCard } from '#bot/card.ts'
import type { Answer, Asked } from '#bot/commands/answer.ts'
import { find } from '#bot/commands/find.ts'
import { homeView } from '#bot/commands/home.ts'
import { askToKill } from '#bot/commands/kill.ts'
import { pause } from '#bot/commands/pause.ts'
import { pending } from '#bot/commands/pending.ts'
import { replay } from '#bot/commands/replay.ts'
import { reviews } from '#bot/commands/reviews.ts'
import { show } from '#bot/commands/show.ts'
import { why } from '#bot/commands/why.ts'
import { grantModal } from '#bot/grant-modal.ts'
import { contextModal, denyModal, releaseModal, suggestModal, wholeModal } from '#bot/modals.ts'
import { noteMessage, type Words } from '#bot/note-message.ts'
import { dueNotes } from '#bot/notes.ts'
import { releaseAlert, reviewedAlert, reviewReminder } from '#bot/release-alert.ts'
import { shapeParts, showStatement } from '#bot/shown-statement.ts'
import { viewSeal } from '#bot/view-seal.ts'
import { type Hold, holdStates, termsHash } from '#src/hold/hold.ts'
import { countReviews, quorums } from '#src/hold/review.ts'
import { internalOperations, type Operation } from '#src/oncall/internal-api.ts'
import type { Person } from '#src/principal.ts'
import { unseenCharacters } from '#src/show/visible-text.ts'
import { checkMessageBlocks, viewProblems } from '#test/fakes/slack/block-validator.ts'
import { answersOf, hostileText, markup } from './hostile-text.ts'
import { type Changes, people, reviewKey, sampleHold, sampleReview } from './sample-hold.ts'

/*
 * Whatever agents, warehouses and reviewers write: every message, modal and Home tab is within Slack's limits, says nothing
 * unseen, and nothing in it comes alive. The limits are those of the strict local Slack: of each field of each block (header 150,
 * section 3,000, button 75, value 2,000, confirm 300, input 3,000, private_metadata 3,000 characters), 50 blocks of a message and
 * 100 of a view, 12,000 characters of a message in all (ours: 8,000), 250 kB of a view, 4,000 characters of a text.
 */

const runs = { numRuns: 30 }
const idle = () => undefined

function harmless(value: unknown, mayCall: readonly string[] = []): void {
  for (const [name, text] of strings(value)) {
    assert.ok(text.isWellFormed(), `half a character in ${name}`)
    // The mark that keeps SQL in order is ours; one that others write is written out.
    assert.equal(unseenCharacters(text.replaceAll(/[\n\u200e]/g, '')), 0, `unseen characters in ${name}`)
  }
  for (const text of parsedTexts(value)) {
    const rest = mayCall.reduce((left, name) => left.replaceAll(name, ''), text).replaceAll(/<!date\^[^<>]*>/g, '')
    assert.doesNotMatch(rest, /[<>]/, 'nothing comes alive')
  }
}

/** What people read: not the ids and values that only we read again. */
function strings(value: unknown, name = ''): [name: string, text: string][] {
  if (typeof value === 'string') return name === 'text' || name === 'fallback' ? [[name, value]] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([inner, each]) => strings(each, Array.isArray(value) ? name : inner))
}

/** Texts that Slack parses: of mrkdwn objects, and the one of a whole message. */
function parsedTexts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { type, text, blocks } = value as { type?: string; text?: unknown; blocks?: unknown }
  const own =
    typeof text === 'string' && (type === 'mrkdwn' || blocks !== undefined || type === undefined) ? [text] : []
  return [...own, ...Object.values(value).flatMap(parsedTexts)]
}

function fitsMessage({ text, blocks }: { readonly text: string; readonly blocks?: readonly unknown[] }): void {
  assert.ok(text.length > 0 && text.length <= 4_000, `text of ${text.length}`)
  if (blocks) checkMessageBlocks(JSON.parse(JSON.stringify(blocks)))
  harmless({ text, blocks: blocks ?? [] })
}

function fitsNote(words: Words, mayCall: readonly string[]): void {
  const { text, blocks } = noteMessage(words)
  assert.ok(text.length <= 4_000)
  checkMessageBlocks(JSON.parse(JSON.stringify(blocks)))
  harmless({ text, blocks }, mayCall)
  assert.deepEqual(markup(text), [])
}

function fitsView(view: unknown): void {
  const json = JSON.stringify(view)
  assert.ok(Buffer.byteLength(json) <= 250_000, `${Buffer.byteLength(json)} bytes`)
  assert.deepEqual(viewProblems(JSON.parse(json)), [])
  harmless(view)
}

const texts = (maxLength: number) =>
  fc.array(hostileText, { maxLength: 3 }).map(few => {
    return few.length === 3 ? Array.from({ length: maxLength }, (_, at) => `${few[at % 3]}${at}`) : few
  })

interface Written {
  readonly sql: string
  readonly word: string
  readonly other: string
  readonly names: readonly string[]
  readonly state: Hold['state']
  readonly understood: boolean
  readonly stepUp: boolean
}

/** Every text of it somebody wrote who wants to be more than text. */
function hostileHold({ sql, word, other, names, state, understood, stepUp }: Written): Hold {
  const hazards = ['no_where', 'ddl', 'unload', 'dynamic_sql', 'call', 'grant', 'share', 'export'] as const
  const changes: Changes = {
    statement: {
      ...{ sql: sql || 'x', database: word, schema: other, parameters: { TIMEZONE: word }, purpose: other },
      ...{ connection: word, binds: [word, null, 3, true, ...names.slice(0, 20)] },
      principal: { issuer: word, subject: word, name: word, groups: [other], owner: other, onBehalfOf: word },
    },
    classification: {
      ...{ understood, summary: word, reads: names, writes: names.slice(0, 3), filters: names, hazards },
      ...(understood ? {} : { cause: other, gate: { ambiguous: word } }),
      outputs: names.map(name => ({ name, sources: [`${name}.email`], indirect: names.slice(0, 2) })),
    },
    decision: {
      ...{ rule: word, role: other, ...(stepUp ? { stepUp } : {}), releasers: people.map(({ id }) => id) },
      reasons: [{ code: 'rule_held', rule: word, because: other, instead: word }],
      approvers: [{ group: word || 'x', people: 3, escalate: { group: other || 'x', afterSeconds: 1 } }],
      remindSeconds: [1],
    },
    terms: {
      grantable: { scope: 'a'.repeat(64), shape: sql || 'x', places: 3, seconds: 3_600, uses: 20 },
      createdAt: Date.now() - 60_000,
    },
    hold: {
      state,
      outcome: { rows: 1, error: other, message: word, wayBack: sql, cancelledBy: other },
    },
  }
  return sampleHold(changes)
}

const holds: fc.Arbitrary<Hold> = fc
  .record({
    sql: hostileText,
    word: hostileText,
    other: hostileText,
    names: texts(500),
    state: fc.constantFrom(...holdStates),
    understood: fc.boolean(),
    stepUp: fc.boolean(),
  })
  .map(hostileHold)

/** As long as anything may be, and all of it on the card. */
const longest = (state: Hold['state']): Hold =>
  hostileHold({
    ...{ sql: 'x'.repeat(1_990), word: 'word '.repeat(100), other: 'other '.repeat(100), state },
    ...{ names: Array.from({ length: 500 }, (_, at) => `${'n'.repeat(90)}${at}`), understood: false, stepUp: true },
  })

test('cards in every state', () => {
  fc.assert(
    fc.property(holds, hostileText, fc.boolean(), (hold, words, awaited) => {
      const ended = { verdict: 'deny', suggestedSql: words } as const
      const reviews = people.map(({ id: reviewer }, at) =>
        sampleReview(hold, { reviewer, reason: words, ...(at === people.length - 1 ? ended : {}) }),
      )
      const person = (id: string) => people.find(each => each.id === id)
      const quorum = quorums(hold.terms, countReviews(hold.terms, termsHash(hold.terms), reviews, person))
      const postedAt = hold.terms.createdAt + 1e6
      const card = renderCard(hold, {
        reviews,
        quorum,
        nameOf: () => words,
        postedAt,
        awaited,
        consoleUrl: 'https://c',
      })
      fitsMessage(card)
      assert.ok(card.text.length <= 500)
      const characters = strings(card.blocks).reduce((sum, [, text]) => sum + text.length, card.text.length)
      assert.ok(characters <= 8_000, `${characters} characters`)
    }),
    { ...runs, examples: holdStates.map(state => [longest(state), 'words '.repeat(300), false]) },
  )
})

test('modals', () => {
  fc.assert(
    fc.property(holds, hold => {
      for (const modal of [denyModal, suggestModal, releaseModal, contextModal]) {
        if (modal === releaseModal && showStatement(hold.terms).approvable === 'none') continue
        fitsView(modal(hold, 'C0APPROVALS'))
      }
      if (showStatement(hold.terms).approvable !== 'none') fitsView(wholeModal(hold, 'C0APPROVALS'))
      if (shapeParts(hold.terms).length > 0) fitsView(grantModal(hold, 'C0APPROVALS', id => id))
    }),
    runs,
  )
})

test('several statements in one modal, each with its choice', () => {
  const several = fc.array(holds, { minLength: batchAtOnce, maxLength: batchAtOnce })
  const place = { channel: 'C0APPROVALS', user: 'U0ONCALL1', seal: viewSeal(reviewKey), consoleUrl: 'https://c' }
  fc.assert(
    fc.property(several, all => {
      const entries = all.map((hold, at): BatchEntry => {
        const whole = showStatement(hold.terms).approvable === 'card'
        const notHere = whole ? (['odd', 'step_up', undefined] as const)[at % 3] : ('not_all_shown' as const)
        return { hold, quorum: quorums(hold.terms, []), ...(notHere ? { notHere } : {}) }
      })
      fitsView(batchModal({ entries, more: 1_000 }, place))
    }),
    runs,
  )
})

test('what is said aloud of a release', () => {
  const { releases, close } = internalOperations
  fc.assert(
    fc.property(answersOf(releases.answer), answersOf(close.answer), hostileText, (told, closed, words) => {
      const known = [{ ...person, name: words }]
      for (const release of Value.Parse(releases.answer, told).releases) {
        fitsMessage(releaseAlert(release, { people: known, mention: 'S0ONCALL' }))
        fitsNote(reviewReminder(release, 'S0ONCALL'), ['<!subteam^S0ONCALL>'])
      }
      const { session, release } = Value.Parse(close.answer, closed)
      if (release) fitsMessage(reviewedAlert(session, release, known))
    }),
    runs,
  )
})

test('what is said in a thread', () => {
  const called = people.flatMap(({ slack }) => (slack ? [`<@${slack.user}>`] : []))
  fc.assert(
    fc.property(holds, hold => {
      const [{ owner = '' }, [first, ...others]] = [hold.terms.statement.principal, people]
      const known = first ? [{ ...first, id: owner }, ...others] : []
      for (const tellOwners of ['thread', 'direct'] as const)
        for (const { words } of dueNotes(hold, { now: Date.now(), people: known, reviews: [], tellOwners }))
          fitsNote(words, called)
    }),
    runs,
  )
})

const person = people.find(({ id }) => id.startsWith('oncall-1')) as Person

/** One of ours, who asks a gateway that answers what it is told to. */
function asking(answers: Partial<Record<Operation, unknown>>): Asked {
  const gateway = { ask: async (operation: Operation) => answers[operation] }
  const log = { info: idle, warn: idle, error: idle }
  const ports = { gateway, log, people, links: { known: { people } }, clock: { now: Date.now } } as unknown as BotPorts
  return { ports, person, actor: { user: 'U0ONCALL1', channel: 'C0APPROVALS' } }
}

const id = '7F3K-9Q2M-X4TB'
const commands: Readonly<Record<string, readonly [Operation, (asked: Asked) => Promise<Answer>, Operation?]>> = {
  find: ['find', asked => find(asked, 'since:24h')],
  show: ['show', asked => show(asked, id)],
  why: ['why', asked => why(asked, id)],
  pending: ['pending', pending],
  reviews: ['reviews', reviews],
  kill: ['show', asked => askToKill(asked, `${id} <!channel> runs away`)],
  pause: ['pause', asked => pause(asked, 'agent for 2h <!channel>')],
  'replay, its steps': ['show', asked => replay(asked, { id, at: 0 }), 'rows'],
  'replay, its rows': ['show', asked => replay(asked, { id, at: 1_000_000 }), 'rows'],
}
for (const [name, [operation, ask, second]] of Object.entries(commands))
  test(`the answer to /qw ${name}`, async () => {
    const answers = fc.record({
      [operation]: answersOf(internalOperations[operation].answer),
      ...(second ? { [second]: answersOf(internalOperations[second].answer) } : {}),
    })
    await fc.assert(
      fc.asyncProperty(answers, async given => fitsMessage(await ask(asking(given)))),
      runs,
    )
  })

test('the Home tab', () => {
  fc.assert(
    fc.property(answersOf(internalOperations.home.answer), hostileText, (answer, words) => {
      const home = Value.Parse(internalOperations.home.answer, answer)
      const somebody = { ...person, id: words, name: words, groups: [words] }
      fitsView({ type: 'home', blocks: homeView(somebody, 'configuration', home) })
    }),
    runs,
  )
})
