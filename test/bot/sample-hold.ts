import { generateKeyPairSync } from 'node:crypto'
import type { Classification } from '#src/classify/classification.ts'
import { Secret } from '#src/config/secret.ts'
import type { Decision } from '#src/decide/decision.ts'
import { type Hold, type HoldTerms, termsHash } from '#src/hold/hold.ts'
import type { Review } from '#src/hold/review.ts'
import { reviewSigner } from '#src/hold/seal.ts'
import type { Person } from '#src/principal.ts'
import { newSessionId, type Statement, statementDigest } from '#src/statement.ts'

const { privateKey } = generateKeyPairSync('ed25519')
export const reviewKey = new Secret(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))

const team = 'T0DEMO'
const member = (id: string, user: string, groups: string[], home = team): Person => ({
  id: `${id}@acme.example`,
  name: id,
  groups,
  slack: { team: home, user },
})

/** Everybody is in the deciding group; what keeps some of them from deciding is something else. */
export const people: readonly Person[] = [
  member('oncall-1', 'U0ONCALL1', ['data-oncall']),
  member('oncall-2', 'U0ONCALL2', ['data-oncall']),
  member('release-owner', 'U0OWNER', ['data-oncall']),
  member('guest-1', 'U0GUEST', ['data-oncall']),
  member('oncall-0', 'U0LEFT', ['data-oncall']),
  member('outsider-1', 'U0OUTSIDER', ['data-oncall'], 'T0PARTNER'),
]

export interface Changes {
  statement?: Partial<Statement>
  classification?: Partial<Classification>
  decision?: Partial<Decision>
  terms?: Partial<HoldTerms>
  hold?: Partial<Hold>
}

const deletes: Classification = {
  dialect: 'snowflake',
  understood: true,
  statements: 1,
  kind: 'delete',
  kinds: ['delete'],
  reads: ['SHOP.PUBLIC.ORDERS'],
  writes: ['SHOP.PUBLIC.ORDERS'],
  outputs: [],
  filters: ['SHOP.PUBLIC.ORDERS.STATUS'],
  hazards: [],
  harmless: false,
  gate: { ambiguous: false },
  summary: "deletes rows from SHOP.PUBLIC.ORDERS where STATUS = 'test'",
}

const decision: Decision = {
  verdict: 'hold',
  reasons: [{ code: 'rule_held', rule: 'writes-need-a-person', because: 'Writes are looked at by a person.' }],
  rule: 'writes-need-a-person',
  role: 'AGENT_WRITER',
  approvers: [{ group: 'data-oncall', people: 1 }],
  expiresSeconds: 1800,
  limits: { rows: 10_000, bytes: 50_000_000_000, seconds: 120 },
  sensitive: [{ pattern: '*.customers.email', class: 'contact', mask: 'partial' }],
  detect: [],
  policyVersion: 'a'.repeat(64),
}

/** A hold as the gateway would put it; its MAC is the gateway's business and unknown here. */
export function sampleHold(changes: Changes = {}): Hold {
  const now = Date.now()
  const id = changes.statement?.id ?? newSessionId()
  const statement: Statement = {
    id,
    dialect: 'snowflake',
    connection: 'analytics',
    sql: "delete from shop.orders\nwhere status = 'test'",
    binds: [],
    database: 'SHOP',
    schema: 'PUBLIC',
    parameters: {},
    purpose: 'remove test orders before the audit',
    door: 'snowflake',
    principal: {
      issuer: 'https://login.acme.example',
      subject: 'release-bot',
      name: 'release-bot',
      groups: ['coding-agents'],
      owner: 'release-owner@acme.example',
      onBehalfOf: 'CI run 8812',
    },
    receivedAt: now,
    ...changes.statement,
  }
  const decided = { ...decision, ...changes.decision }
  const terms: HoldTerms = {
    statement,
    digest: statementDigest(statement, decided.role),
    classification: { ...deletes, ...changes.classification },
    decision: decided,
    approvers: decided.approvers ?? [{ group: 'data-oncall', people: 1 }],
    estimate: { rows: 4_210, tableRows: 1_000_000, counted: true, bytes: 18_400_000, cost: 0 },
    createdAt: now,
    expiresAt: now + 1_800_000,
    nonce: 'n0nce',
    ...changes.terms,
  }
  return { id, version: 1, state: 'pending', terms, mac: 'f'.repeat(64), reviews: [], cards: [], ...changes.hold }
}

export function sampleReview(hold: Hold, changes: Partial<Review> = {}): Review {
  return {
    hold: hold.id,
    digest: hold.terms.digest,
    shown: termsHash(hold.terms),
    reviewer: 'oncall-1@acme.example',
    verdict: 'approve',
    place: 'slack',
    at: hold.terms.createdAt + 1_000,
    ...changes,
  }
}

export function signed(review: Review, key: Secret = reviewKey): Promise<string> {
  return reviewSigner(key, review.place).sign(review)
}
