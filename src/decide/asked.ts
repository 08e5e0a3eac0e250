import Type, { type Static } from 'typebox'
import type { Classification, NameContext } from '../classify/classification.ts'
import type { Path } from '../config/problem.ts'
import { durationPattern, durationSeconds, sizeBytes } from '../config/units.ts'
import type { Principal } from '../principal.ts'
import type { Dialect } from '../statement.ts'
import { size } from './approval-schema.ts'
import { isDay } from './check-literal.ts'
import type { DecisionInput, Estimate } from './decision.ts'
import { type Spending, type SpendingScope, sameScope } from './spending.ts'

const closed = { additionalProperties: false } as const
const word = Type.String({ maxLength: 256 })

/** The agent that asks; what is left out is empty. */
export const agentSchema = Type.Object(
  {
    subject: Type.Optional(word),
    issuer: Type.Optional(word),
    name: Type.Optional(word),
    groups: Type.Optional(Type.Array(word)),
    owner: Type.Optional(word),
    onBehalfOf: Type.Optional(word),
  },
  closed,
)
export type AskingAgent = Static<typeof agentSchema>

export const contextSchema = Type.Object(
  {
    connection: Type.Optional(word),
    database: Type.Optional(word),
    schema: Type.Optional(word),
    door: Type.Optional(Type.Enum(['rest', 'mcp', 'snowflake', 'bigquery'])),
  },
  closed,
)

export const dialectSchema = Type.Enum(['snowflake', 'bigquery'], { description: 'snowflake or bigquery.' })

const amount = Type.Optional(Type.Integer({ minimum: 0 }))
const measures = {
  rows: amount,
  bytes: Type.Optional(Type.String(size)),
  cost: Type.Optional(Type.Number({ minimum: 0 })),
}
const estimateSchema = Type.Object(measures, closed)

/** What was used up before: in the window `over`, by the agent itself or by a group. */
export const spentSchema = Type.Object(
  {
    group: Type.Optional(word),
    over: Type.String({
      pattern: durationPattern,
      patternErrorMessage: 'write the window as the rule does, with its unit: s, m, h or d, such as 24h',
    }),
    statements: amount,
    ...measures,
    failures: amount,
    denials: amount,
  },
  closed,
)

/** What is asked, where no gateway and no warehouse is: fields of a case, and of a line of statements. */
export const askedFields = {
  sql: Type.String({ maxLength: 1024 * 1024, description: 'The statement.' }),
  dialect: Type.Optional(dialectSchema),
  agent: Type.Optional(agentSchema),
  context: Type.Optional(contextSchema),
  estimate: Type.Optional(estimateSchema),
  spent: Type.Optional(Type.Array(spentSchema)),
  purpose: Type.Optional(Type.String({ maxLength: 2000 })),
  at: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d)?Z$',
      patternErrorMessage: 'write a moment in UTC such as 2026-01-06T12:00:00Z',
    }),
  ),
  views: Type.Optional(Type.Array(Type.String({ maxLength: 512 }))),
  schema: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.String()))),
  table_rows: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }))),
}

const askedSchema = Type.Object(askedFields, closed)
type AskedFile = Static<typeof askedSchema>

/** A statement with all that `classify` and `decide` look at, laid down by a person instead of a gateway. */
export interface Asked {
  readonly sql: string
  readonly dialect: Dialect
  readonly agent?: AskingAgent
  readonly context?: Static<typeof contextSchema>
  readonly estimate?: Estimate
  /** What is not here was not spent. */
  readonly spent?: readonly Spending[]
  readonly purpose?: string
  /** Milliseconds since the epoch. */
  readonly at?: number
  /** Columns by name and type, by full table name; without them the lineage of `*` is not known. */
  readonly schema?: AskedFile['schema']
  /** Full names of those it reads that are views; the others are taken for tables. */
  readonly views?: readonly string[]
  /** How many rows tables have, by full name. */
  readonly tableRows?: Readonly<Record<string, number>>
}

/** What has the right form and means nothing, with its place. */
export function askedProblems({
  at,
  context = {},
  views = [],
  schema = {},
  table_rows = {},
}: Pick<AskedFile, 'at' | 'context' | 'views' | 'schema' | 'table_rows'>): readonly (readonly [Path, string])[] {
  const tables = [
    ...views.map((name, i) => [['views', i], name] as const),
    ...Object.keys(schema).map(name => [['schema', name], name] as const),
    ...Object.keys(table_rows).map(name => [['table_rows', name], name] as const),
  ]
  const short = tables.flatMap(([path, name]): (readonly [Path, string])[] => {
    const full = inContext(name, context)
    return full === name ? [] : [[path, `is no table here, because of the context; write ${full}`]]
  })
  const noDay = at !== undefined && !isDay(at.slice(0, 10))
  return noDay ? [[['at'], 'is no moment: its month has no such day'], ...short] : short
}

/** As a statement's own names are taken. */
function inContext(name: string, { database, schema }: Static<typeof contextSchema>): string {
  const parts = name.match(/"[^"]*"|[^."]+/g) ?? []
  if (parts.some(part => /^information_schema$/i.test(part))) return name
  if (parts.length === 1 && schema !== undefined) parts.unshift(schema)
  if (parts.length === 2 && database !== undefined) parts.unshift(database)
  return parts.length > 1 ? parts.join('.') : name
}

/** From a file's words; `dialect` is what the file says for all of its statements. */
export function askedOf({ estimate, spent, at, dialect, ...rest }: AskedFile & { readonly dialect: Dialect }): Asked {
  const { sql, agent, context, purpose, schema, views, table_rows: tableRows } = rest
  return {
    ...{ sql, dialect },
    ...(agent && { agent }),
    ...(context && { context }),
    ...(estimate && { estimate: estimateOf(estimate) }),
    ...(spent && { spent: spent.map(spendingOf) }),
    ...(purpose !== undefined && { purpose }),
    ...(at !== undefined && { at: Date.parse(at) }),
    ...(schema && { schema }),
    ...(views && { views }),
    ...(tableRows && { tableRows }),
  }
}

function estimateOf({ rows, bytes, cost }: Static<typeof estimateSchema>): Estimate {
  return {
    ...(rows !== undefined && { rows }),
    ...(bytes !== undefined && { bytes: sizeBytes(bytes) }),
    ...(cost !== undefined && { cost }),
  }
}

const nothing = { statements: 0, rows: 0, bytes: 0, cost: 0, failures: 0, denials: 0 }

export function spendingOf({ over, bytes, ...rest }: Static<typeof spentSchema>): Spending {
  return {
    ...nothing,
    ...rest,
    seconds: durationSeconds(over),
    ...(bytes !== undefined && { bytes: sizeBytes(bytes) }),
  }
}

/** Names resolve as they do in the gateway: Snowflake's plain names are upper case. */
export function nameContextOf({ dialect, context = {} }: Asked): NameContext {
  const fold = (name: string) => (dialect === 'snowflake' ? name.toUpperCase() : name)
  return {
    ...(context.database !== undefined && { database: fold(context.database) }),
    ...(context.schema !== undefined && { schema: fold(context.schema) }),
  }
}

/** What `decide` would be given. A statement without a time of its own comes in at `now`. `scopes`: those that policies ask about. */
export function decisionInputOf(
  asked: Asked,
  classification: Classification,
  now: number,
  scopes: readonly SpendingScope[],
): DecisionInput {
  const { sql, dialect, context = {}, purpose, estimate, at = now } = asked
  const principal = principalOf(asked.agent ?? {})
  const statement = {
    ...{ id: '0000-0000-0000', dialect, sql, binds: [], parameters: {}, principal, receivedAt: at },
    connection: context.connection ?? '',
    door: context.door ?? 'rest',
    ...nameContextOf(asked),
    ...(purpose !== undefined && { purpose }),
  } as const
  const given = asked.spent ?? []
  const spent = scopes.map(scope => given.find(each => sameScope(each, scope)) ?? { ...nothing, ...scope })
  return { statement, classification, principal, now: at, spent, ...(estimate && { estimate }) }
}

function principalOf({
  subject = 'agent',
  issuer = '',
  name = subject,
  groups = [],
  ...people
}: AskingAgent): Principal {
  return { subject, issuer, name, groups, ...people }
}
