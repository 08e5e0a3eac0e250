import type { Classification } from '#src/classify/classification.ts'
import type { Authorized } from '#src/hold/authorized.ts'
import { type Dialect, newSessionId, type Statement, statementDigest } from '#src/statement.ts'

export interface AuthorizedOptions {
  readonly connection?: string
  readonly dialect?: Dialect
  readonly sql?: string
  readonly role?: string
  readonly approved?: boolean
  readonly subject?: string
  readonly onBehalfOf?: string
  readonly statement?: Partial<Statement>
  readonly classification?: Partial<Classification>
  readonly limits?: Partial<{ rows: number; bytes: number; seconds: number }>
}

export function classificationOf(dialect: Dialect, overrides: Partial<Classification> = {}): Classification {
  return {
    dialect,
    understood: true,
    statements: 1,
    kind: 'select',
    kinds: ['select'],
    reads: [],
    writes: [],
    outputs: null,
    filters: [],
    hazards: [],
    harmless: true,
    gate: { ambiguous: false },
    summary: '',
    ...overrides,
  }
}

/** What `authorize` would hand over. Only tests of the later stages make one without it. */
export function authorizedStatement(options: AuthorizedOptions = {}): Authorized {
  const dialect = options.dialect ?? 'snowflake'
  const statement: Statement = {
    id: newSessionId(),
    dialect,
    connection: options.connection ?? 'analytics',
    sql: options.sql ?? 'select 1',
    binds: [],
    parameters: {},
    door: 'rest',
    principal: {
      issuer: 'https://login.acme.example',
      subject: options.subject ?? 'agent-1',
      name: 'agent-1',
      groups: [],
      ...(options.onBehalfOf ? { onBehalfOf: options.onBehalfOf } : {}),
    },
    receivedAt: Date.now(),
    ...options.statement,
  }
  const role = options.role ?? 'AGENT_READER'
  return {
    statement,
    digest: statementDigest(statement, role),
    decision: {
      verdict: options.approved ? 'hold' : 'allow',
      reasons: [],
      rule: 'test-rule',
      role,
      limits: { rows: 10_000, bytes: 1024 ** 3, seconds: 30, ...options.limits },
      sensitive: [],
      detect: [],
      policyVersion: '0'.repeat(64),
    },
    classification: classificationOf(dialect, options.classification),
    approved: options.approved ?? false,
  } as unknown as Authorized
}
