import type { Classification } from '#src/classify/classification.ts'
import type { DecisionInput, Estimate } from '#src/decide/decision.ts'
import { loadPolicy } from '#src/decide/load-policy.ts'
import type { LoadedPolicy } from '#src/decide/policy.ts'
import type { Spending } from '#src/decide/spending.ts'
import type { Principal } from '#src/principal.ts'

const agent: Principal = {
  issuer: 'https://idp.example',
  subject: 'agent-1',
  name: 'agent-1',
  groups: ['coding-agents'],
  owner: 'owner-1',
}

const select: Classification = {
  dialect: 'snowflake',
  understood: true,
  statements: 1,
  kind: 'select',
  kinds: ['select'],
  reads: ['ANALYTICS.MARTS.DAILY'],
  writes: [],
  outputs: [{ name: 'N', sources: ['ANALYTICS.MARTS.DAILY.N'], indirect: [] }],
  filters: [],
  hazards: [],
  harmless: true,
  gate: { ambiguous: false },
  summary: 'reads ANALYTICS.MARTS.DAILY',
}

/** Of the last 24 hours. */
export const nothingSpent: Spending = {
  seconds: 86_400,
  statements: 0,
  rows: 0,
  bytes: 0,
  cost: 0,
  failures: 0,
  denials: 0,
}

/** A harmless SELECT of a coding agent, changed as the test needs. */
export function decisionInput(
  change: {
    classification?: Partial<Classification>
    principal?: Partial<Principal>
    estimate?: Estimate
    spent?: readonly Spending[]
    now?: string
    database?: string
  } = {},
): DecisionInput {
  const principal = { ...agent, ...change.principal }
  const now = Date.parse(change.now ?? '2026-11-20T15:12:00Z')
  return {
    statement: {
      id: '7F3K-9Q2M-X4TB',
      dialect: 'snowflake',
      connection: 'analytics',
      sql: 'select n from daily',
      binds: [],
      parameters: {},
      purpose: 'the weekly look',
      door: 'mcp',
      principal,
      receivedAt: now,
      ...(change.database !== undefined && { database: change.database }),
    },
    classification: { ...select, ...change.classification },
    principal,
    now,
    ...(change.estimate && { estimate: change.estimate }),
    ...(change.spent && { spent: change.spent }),
  }
}

export const deletes: Partial<Classification> = {
  kind: 'delete',
  kinds: ['delete'],
  reads: ['SHOP.PUBLIC.ORDERS'],
  writes: ['SHOP.PUBLIC.ORDERS'],
  harmless: false,
}

/** A policy that must load; the test fails with its problems where it does not. */
export function policyOf(text: string): LoadedPolicy {
  const loaded = loadPolicy(text, 'policy.yaml')
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems, null, 2))
  return loaded.policy
}

/** Rules as `[name, effect, when, rest?]`, with defaults that name a role and approvers. */
export function rules(
  list: readonly (readonly [string, string, string, string?])[],
  head = 'defaults: { as: READER, approvers: { group: oncall } }',
): LoadedPolicy {
  const text = list.map(
    ([name, effect, when, rest = '']) =>
      `  - name: ${name}\n    then: ${effect}\n    when: '${when}'\n${rest && `    ${rest}\n`}`,
  )
  return policyOf(`${head}\nrules:\n${text.join('')}`)
}
