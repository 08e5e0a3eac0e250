import type { ApprovalWindow, Approvers } from '#src/decide/decision.ts'
import { weekdays } from '#src/decide/vocabulary.ts'
import type { Hold, HoldOutcome, HoldState } from '#src/hold/hold.ts'
import type { Review } from '#src/hold/review.ts'
import type { Person } from '#src/principal.ts'
import { newSessionId } from '#src/statement.ts'
import { type Changes, people, sampleHold, sampleReview, signed } from './sample-hold.ts'

/*
 * What comes of every situation of a hold × every button of its card × everybody who might press it. `matrix.test.ts` plays each
 * cell.
 */

const privacy: Person = {
  id: 'privacy-1@acme.example',
  name: 'privacy-1',
  groups: ['privacy'],
  slack: { team: 'T0DEMO', user: 'U0READER' },
}
const elsewhere: Person = {
  id: 'elsewhere-1@acme.example',
  name: 'elsewhere-1',
  groups: ['data-oncall'],
  slack: { team: 'T0DEMO', user: 'U0ELSEWHERE' },
}
export const everybody = [...people, privacy, elsewhere]

/** Who clicks. All but `admin` and `unlinked` are linked to a person, most of them of the deciding group. */
export const users = {
  asked: 'U0ONCALL1',
  colleague: 'U0ONCALL2',
  privacy: 'U0READER',
  owner: 'U0OWNER',
  guest: 'U0GUEST',
  admin: 'U0ADMIN',
  deactivated: 'U0LEFT',
  stranger: 'U0OUTSIDER',
  elsewhere: 'U0ELSEWHERE',
  'shared channel': 'U0ONCALL2',
} as const
type Actor = keyof typeof users
export const actors = Object.keys(users) as readonly Actor[]

/** What the card's buttons do. A grant is an approval that says more, a suggestion such a denial. */
export const actions = ['approve', 'deny', 'suggest', 'grant', 'release', 'read', 'context', 'batch'] as const
type Action = (typeof actions)[number]

/** A state, a modal that opens, one of several approvals that it takes, or words only the person sees. */
export type Outcome = HoldState | 'opens' | 'counts' | RegExp

/** Whoever is nobody here, is so in every situation and for every button. */
const nobodies: Partial<Record<Actor, RegExp>> = {
  guest: /Guests of the workspace/,
  admin: /not linked to a person/,
  deactivated: /deactivated/,
  stranger: /Only members of this workspace/,
  elsewhere: /Only members of this workspace/,
  'shared channel': /shared with another organization/,
}

const staged: Approvers[] = [
  { group: 'data-oncall', people: 1 },
  { group: 'privacy', people: 1, stage: 2 },
]
const agreed = (hold: Hold, more: Partial<Review> = {}) => signed(sampleReview(hold, more))
const ended = (
  state: HoldState,
  reviews: (hold: Hold) => Promise<string>[] = () => [],
  outcome?: HoldOutcome,
): Situation => ({ hold: { hold: { state, ...(outcome ? { outcome } : {}) } }, reviews })
const byOncall1 = (hold: Hold) => [agreed(hold)]
const killed: HoldOutcome = { error: 'killed', message: 'On-call staff (oncall-2) killed it.' }

const escalating: Approvers = { group: 'data-oncall', people: 1, escalate: { group: 'privacy', afterSeconds: 300 } }

/** Three days around the one that is so many days away. */
function window(ahead: number): ApprovalWindow {
  const day = new Date().getUTCDay() + ahead + 7
  const days = [day - 1, day, day + 1].map(number => weekdays[number % 7] ?? 'monday')
  return { days, from: 0, to: 1_440, zone: 'UTC' }
}

/** With break-glass for somebody who is asked, for somebody who is not, and for two who may not. */
const alone = (decision: Changes['decision'] = {}): Changes => ({
  decision: {
    releasers: ['oncall-1', 'privacy-1', 'release-owner', 'guest-1'].map(name => `${name}@acme.example`),
    ...decision,
  },
})
const two: Approvers[] = [{ group: 'data-oncall', people: 2 }]

export interface Situation {
  readonly hold: Changes
  readonly reviews?: (hold: Hold) => Promise<string>[]
  /** A grant of the shape, where nothing else is said. */
  readonly offers?: 'nothing'
}

export const situations: Readonly<Record<string, Situation>> = {
  'one of a group': { hold: {} },
  'two of a group, one of whom has agreed': {
    hold: { decision: { approvers: [{ group: 'data-oncall', people: 2 }] } },
    reviews: hold => [agreed(hold)],
  },
  'somebody by name': {
    hold: { decision: { approvers: [{ named: ['privacy-1@acme.example', 'release-owner@acme.example'], people: 1 }] } },
  },
  'first of two stages': { hold: { decision: { approvers: staged } } },
  'second of two stages': { hold: { decision: { approvers: staged } }, reviews: hold => [agreed(hold)] },
  'two groups, of one of which enough have agreed': {
    hold: {
      decision: {
        approvers: [
          { group: 'data-oncall', people: 1 },
          { group: 'privacy', people: 1 },
        ],
      },
    },
    reviews: hold => [agreed(hold)],
  },
  'a reason is required': { hold: { decision: { approvalReason: true } } },
  'a fresh sign-in is required': { hold: { decision: { stepUp: true } } },
  'outside of its window': { hold: { decision: { approveWithin: [window(3)] } } },
  'inside of its window': { hold: { decision: { approveWithin: [window(0)] } } },
  'before its escalation': { hold: { decision: { approvers: [escalating] } } },
  'after its escalation': {
    hold: { decision: { approvers: [escalating] }, terms: { createdAt: Date.now() - 600_000 } },
  },
  'nothing may be granted': { hold: {}, offers: 'nothing' },
  'break-glass': { hold: alone({ approvers: two }) },
  'break-glass, and somebody has agreed': { hold: alone({ approvers: two }), reviews: byOncall1 },
  'break-glass outside of its window': { hold: alone({ approveWithin: [window(3)] }) },
  'break-glass with a fresh sign-in': { hold: alone({ stepUp: true }) },
  'break-glass, denied': {
    ...ended('denied', hold => [agreed(hold, { verdict: 'deny', reason: 'not now' })]),
    hold: { ...alone(), hold: { state: 'denied' } },
  },
  'break-glass, expired': { hold: { ...alone(), hold: { state: 'expired' } } },
  approved: ended('approved', byOncall1),
  executing: ended('executing', byOncall1),
  completed: ended('completed', byOncall1, { rows: 3, milliseconds: 12 }),
  failed: ended('failed', byOncall1, { error: 'failed', message: 'The warehouse refused it.' }),
  unknown: ended('unknown', byOncall1),
  denied: ended('denied', hold => [agreed(hold, { verdict: 'deny', reason: 'not now' })]),
  expired: ended('expired'),
  cancelled: ended('cancelled'),
  'killed while it waited': ended('denied', () => [], killed),
  'killed while it ran': ended('failed', byOncall1, killed),
}

/** Of who is somebody here. */
type Cells = Readonly<Record<'asked' | 'colleague' | 'privacy' | 'owner', Outcome>>
const nobody = { owner: /You own this agent/ }
const notAsked = { ...nobody, privacy: /not in the group/ }
const otherStage = /another stage/
const over = (words: RegExp) => {
  const cells: Cells = { ...notAsked, asked: words, colleague: words }
  return { approve: cells, deny: cells }
}
const decided = over(/Already approved by oncall-1/)
const each = (outcome: Outcome) => ({ ...notAsked, asked: outcome, colleague: outcome })
const unnamed = /not among those who may release/
/** May release, where anybody may: somebody who is asked, and somebody who is not. */
const named = (outcome: Outcome) => ({ ...nobody, colleague: unnamed, asked: outcome, privacy: outcome })

const table: Readonly<
  Record<string, Readonly<Record<'approve' | 'deny', Cells> & { grant?: Cells; release?: Cells }>>
> = {
  'break-glass': { approve: each('counts'), deny: each('denied'), release: named('approved') },
  'break-glass, and somebody has agreed': {
    approve: { ...each('approved'), asked: /each person counts once/ },
    deny: each('denied'),
    release: named('approved'),
  },
  'break-glass outside of its window': {
    approve: each(/can be approved/),
    deny: each('denied'),
    release: named('approved'),
  },
  'break-glass with a fresh sign-in': {
    approve: each(/approved in the console/),
    deny: each('denied'),
    release: named(/released there/),
  },
  'break-glass, denied': { ...over(/Already denied by oncall-1/), release: named(/Already denied by oncall-1/) },
  'break-glass, expired': { ...over(/Too late/), release: named(/Too late/) },
  'one of a group': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'two of a group, one of whom has agreed': {
    approve: { ...notAsked, asked: /each person counts once/, colleague: 'approved' },
    deny: each('denied'),
  },
  'somebody by name': {
    approve: { ...nobody, privacy: 'approved', asked: /not in the group/, colleague: /not in the group/ },
    deny: { ...nobody, privacy: 'denied', asked: /not in the group/, colleague: /not in the group/ },
  },
  'first of two stages': {
    approve: { ...nobody, privacy: otherStage, asked: 'counts', colleague: 'counts' },
    deny: { ...nobody, privacy: otherStage, asked: 'denied', colleague: 'denied' },
  },
  'second of two stages': {
    approve: { ...nobody, privacy: 'approved', asked: /each person counts once/, colleague: otherStage },
    deny: { ...nobody, privacy: 'denied', asked: 'denied', colleague: otherStage },
  },
  'two groups, of one of which enough have agreed': {
    approve: { ...nobody, privacy: 'approved', asked: /each person counts once/, colleague: /Enough .* have approved/ },
    deny: { ...nobody, privacy: 'denied', asked: 'denied', colleague: 'denied' },
  },
  'a reason is required': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'a fresh sign-in is required': {
    approve: { ...notAsked, asked: /approved in the console/, colleague: /approved in the console/ },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'outside of its window': {
    approve: { ...notAsked, asked: /can be approved .* 00:00–24:00 UTC, next </, colleague: /can be approved/ },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'inside of its window': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'before its escalation': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
  },
  'after its escalation': {
    approve: { ...nobody, privacy: 'approved', asked: 'approved', colleague: 'approved' },
    deny: { ...nobody, privacy: 'denied', asked: 'denied', colleague: 'denied' },
  },
  'nothing may be granted': {
    approve: { ...notAsked, asked: 'approved', colleague: 'approved' },
    deny: { ...notAsked, asked: 'denied', colleague: 'denied' },
    grant: { ...notAsked, asked: /more than the policy lets/, colleague: /more than the policy lets/ },
  },
  approved: decided,
  executing: decided,
  completed: decided,
  failed: decided,
  unknown: decided,
  denied: over(/Already denied by oncall-1/),
  expired: over(/Too late/),
  cancelled: over(/withdrew/),
  'killed while it waited': over(/Killed before it ran: `On-call staff \(oncall-2\) killed it\.`/),
  'killed while it ran': decided,
}

/** Where some can deny what does not wait for them any more: it is not among what they review together. */
const agreedBy = new Set([
  'two of a group, one of whom has agreed',
  'second of two stages',
  'two groups, of one of which enough have agreed',
  'break-glass, and somebody has agreed',
])

export function outcomeOf(situation: string, action: Action, actor: Actor): Outcome {
  const refused = nobodies[actor]
  if (refused) return refused
  if (action === 'context') return 'opens'
  const { approve, deny, grant = approve, release = named(unnamed) } = table[situation] ?? {}
  const cells = {
    approve,
    deny,
    suggest: deny,
    grant,
    release,
    read: approve,
    batch: agreedBy.has(situation) ? approve : deny,
  }[action]
  const outcome = cells?.[actor as keyof Cells]
  if (outcome === undefined) throw new Error(`nothing is said of ${situation} × ${action} × ${actor}`)
  return (action === 'read' || action === 'batch') && typeof outcome === 'string' ? 'opens' : outcome
}

/** As the gateway would put it, in the state it is in by now. */
export async function holdIn({ hold: changes, reviews, offers }: Situation): Promise<Hold> {
  const id = newSessionId()
  // Of an agent of its own: what waits of another hold's agent is no business of this one.
  const principal = { ...sampleHold().terms.statement.principal, subject: id }
  const made = sampleHold({
    ...changes,
    statement: { id, principal, ...changes.statement },
    terms: { ...(offers ? {} : { grantable }), ...changes.terms },
  })
  return { ...made, reviews: await Promise.all(reviews?.(made) ?? []) }
}

const grantable = {
  scope: 'a'.repeat(64),
  shape: 'delete from shop.orders where status = ?',
  places: 1,
  seconds: 3_600,
  uses: 20,
}
