import { randomBytes } from 'node:crypto'
import type { Classification } from '#src/classify/classification.ts'
import type { Decision } from '#src/decide/decision.ts'
import type { Hold } from '#src/hold/hold.ts'
import { newSessionId, type Statement } from '#src/statement.ts'

const classification: Classification = {
  dialect: 'snowflake',
  understood: true,
  statements: 1,
  kind: 'delete',
  kinds: ['delete'],
  reads: [],
  writes: ['SHOP.PUBLIC.ORDERS'],
  outputs: [],
  filters: ['SHOP.PUBLIC.ORDERS.STATUS'],
  hazards: [],
  harmless: false,
  gate: { ambiguous: false },
  summary: "deletes rows from SHOP.PUBLIC.ORDERS where STATUS = 'test'",
}

export const decision: Decision = {
  verdict: 'hold',
  reasons: [{ code: 'rule_held', rule: 'writes', because: 'Writes need two eyes.' }],
  rule: 'writes',
  role: 'ORDERS_WRITER',
  approvers: [{ group: 'oncall', people: 1 }],
  expiresSeconds: 3_600,
  limits: { rows: 1_000, bytes: 1_000_000, seconds: 60 },
  sensitive: [],
  detect: [],
  policyVersion: 'p1',
}

export function sampleStatement(agent = 'agent-1'): Statement {
  return {
    id: newSessionId(),
    dialect: 'snowflake',
    connection: 'shop',
    sql: "DELETE FROM orders WHERE status = 'test' -- \u00e9\u{1f600}",
    binds: [],
    parameters: {},
    door: 'rest',
    principal: { issuer: 'https://idp.test', subject: agent, name: agent, groups: [] },
    receivedAt: Date.now(),
  }
}

/** A pending hold, as the gateway puts it; `agent` and `digest` are what `findWaiting` looks for. */
export function sampleHold(
  given: { agent?: string; digest?: string; createdAt?: number; expiresAt?: number; state?: Hold['state'] } = {},
): Hold {
  const statement = sampleStatement(given.agent)
  const createdAt = given.createdAt ?? Date.now()
  return {
    id: statement.id,
    version: 1,
    state: given.state ?? 'pending',
    terms: {
      statement,
      digest: given.digest ?? randomBytes(32).toString('hex'),
      classification,
      decision,
      approvers: [{ group: 'oncall', people: 1 }],
      createdAt,
      expiresAt: given.expiresAt ?? createdAt + 3_600_000,
      nonce: randomBytes(8).toString('hex'),
    },
    mac: 'ab'.repeat(32),
    reviews: [],
    cards: [],
  }
}
