import type { Authenticated } from '../authenticate/authenticate.ts'
import { GatewayError } from '../errors.ts'
import { soFar, transactionBefore } from '../pinned/pinned-sessions.ts'
import { type Refusal, withTemporary } from '../pinned/temporary-tables.ts'
import { readsTheSame } from '../pinned/transaction.ts'
import type { Connection, Ports } from '../ports.ts'
import { principalKey } from '../principal.ts'
import type { Stage } from '../stage.ts'
import { type SessionId, type Statement, type Submission, sessionFor } from '../statement.ts'
import type { Catalog } from './catalog.ts'
import { type Classification, type Hazard, type StatementKind, untoldColumn } from './classification.ts'
import { nameContext } from './name-context.ts'
import { isOwnOfWarehouse } from './walk/warehouse-schemas.ts'
import { type Placed, type TemporarySession, temporarySession, withTemporaryTables } from './with-temporary.ts'

/** A statement with what it does. Only this file makes one. */
export type Classified = Stage<
  {
    readonly statement: Statement
    readonly classification: Classification
    readonly connection: Connection
    /** Why it does not run on temporary tables, where it touches some. */
    readonly refusal?: Refusal
    /** When it was understood; milliseconds since the epoch. */
    readonly classifiedAt: number
  },
  'classified'
>

/**
 * Second stage: fixes the statement for good and asks what it does. Rejects with `unknown_connection`, `statement_too_large` or
 * `invalid_request`, and as `transactionBefore` and `withTemporaryTables`; what cannot be understood is a value, not an error.
 */
export async function understand(
  ports: Ports,
  submission: Submission,
  principal: Authenticated,
  id: SessionId = sessionFor(principalKey(principal), submission),
): Promise<Classified> {
  const connection = ports.connection(submission.connection)
  if (!connection) throw unknownConnection(ports, submission.connection)
  const bytes = Buffer.byteLength(submission.sql, 'utf8')
  const { sqlBytes } = ports.limits()
  if (bytes > sqlBytes) {
    throw new GatewayError('statement_too_large', {
      message: `The statement has ${bytes} bytes; this gateway accepts ${sqlBytes}.`,
    })
  }
  if (submission.sql.trim() === '') throw new GatewayError('invalid_request', { message: 'The statement is empty.' })
  const asked = newStatement(ports, submission, principal, { id, connection })
  const { dialect, catalog } = connection.warehouse
  const temporary = await temporarySession(ports, asked, submission)
  const seen = temporary ? withTemporary(catalog, temporary.tables) : catalog
  const read = await ports.classifier.classify(asked.sql, dialect, nameContext(asked), seen)
  const classification = await withUnknown(read, seen)
  const placed = await inPlace(ports, asked, classification, { submission, temporary, catalog })
  return { ...placed, classification, connection, classifiedAt: ports.clock.now() } as Classified
}

interface Places {
  readonly submission: Submission
  readonly temporary: TemporarySession | undefined
  readonly catalog: Catalog
}

/** With the session of its agent's own that it runs in, if any: that of temporary tables, or that of a transaction. */
async function inPlace(
  ports: Ports,
  statement: Statement,
  classification: Classification,
  { submission: { transaction: within }, temporary: session, catalog }: Places,
): Promise<Placed> {
  const placed = session && (await withTemporaryTables(statement, classification, { session, catalog, within }))
  if (placed?.statement.temporary) return placed
  return { statement: await inTransaction(ports, statement, classification, within) }
}

/** With the transaction that it takes part in. What only reads stays outside while nothing has run in there: it reads the same. */
async function inTransaction(
  ports: Ports,
  statement: Statement,
  classification: Classification,
  id: string | undefined,
): Promise<Statement> {
  if (id === undefined) return statement
  const reads = readsTheSame(classification, statement.dialect)
  const found = await transactionBefore(ports, id, statement, reads)
  if (reads && found?.pinned.session === undefined) return statement
  return Object.freeze({ ...statement, transaction: soFar(id, statement, found) })
}

/** What these say is how many rows a write would touch, and a look touches none. */
const ofRows: readonly Hazard[] = ['no_where', 'constant_where']

/** What is looked at of the statement. */
interface Looked {
  /** This table alone. */
  readonly table?: string
  /** As well as its tables the names of its columns, which values may make (PIVOT … IN (ANY)), and how many there are tells of those. */
  readonly columns?: true
  /** In spite of this. */
  readonly despite?: Hazard | undefined
}

/** The tables of a statement, only looked at: what DESCRIBE of each of them would be, with whatever is odd about the statement. */
export function asLook(classified: Classified, { table, columns, despite }: Looked): Classified {
  const { statement, classification } = classified
  const { understood, cause, kind, outputs, reads, writes, hazards } = classification
  const made = (columns && kind === 'select' && outputs === null) || madeByValues.test(statement.sql)
  const isRead = understood || cause === untoldColumn
  const left: readonly (Hazard | undefined)[] = [...ofRows, despite, ...(isRead ? (['not_understood'] as const) : [])]
  const odd = [...hazards, ...(made ? (['opaque_source'] as const) : [])].filter(hazard => !left.includes(hazard))
  const look = {
    ...{ kind: 'describe', kinds: ['describe'], outputs: null, filters: [], harmless: false, understood: isRead },
    ...{ reads: table === undefined ? [...new Set([...reads, ...writes])] : [table], writes: [] },
    hazards: [...new Set<Hazard>([...(table === undefined ? odd : []), 'metadata'])],
  } as const
  return { ...classified, classification: { ...classification, ...look } } as unknown as Classified
}

/** The tables of a statement, read whole by plain queries. */
export function asRead(classified: Classified): Classified {
  const { classification } = classified
  const { reads, writes } = classification
  const hazards = classification.hazards.filter(hazard => !ofRows.includes(hazard))
  const read = {
    ...{ kind: 'select', kinds: ['select'], outputs: null, filters: [], harmless: hazards.length === 0 },
    ...{ reads: [...new Set([...reads, ...writes])], writes: [], hazards },
  } as const
  return { ...classified, classification: { ...classification, ...read } } as unknown as Classified
}

/** Whether a name is one of its columns may tell of a value. */
const madeByValues = /\bPIVOT\b/i

/** They show what objects are, and no values. */
const looks: readonly StatementKind[] = ['show', 'describe', 'explain']

/**
 * A view can give a sensitive column another name, and the text of a statement does not show it. What reads, or copies from,
 * anything that the warehouse does not show to be a table, or a view that was seen through, is therefore not plain.
 */
async function withUnknown(classification: Classification, catalog: Catalog): Promise<Classification> {
  const { understood, kind, hazards, reads, schema = {} } = classification
  const isTold = hazards.includes('view') || hazards.includes('opaque_source')
  if (!understood || isTold || looks.includes(kind)) return classification
  const unknown = reads.filter(
    name => !Object.hasOwn(schema, name) && !name.startsWith('@') && !isOwnOfWarehouse(name, classification.dialect),
  )
  if (unknown.length === 0) return classification
  // Not to be had, and not there, are two things: where nobody can be asked, a plain read is not held for it.
  if (classification.harmless) await catalog.objects(unknown)
  return { ...classification, harmless: false, hazards: [...hazards, 'view'] }
}

function newStatement(
  ports: Ports,
  submission: Submission,
  principal: Authenticated,
  { id, connection }: { readonly id: SessionId; readonly connection: Connection },
): Statement {
  const database = contextName(submission.database, connection, 'database')
  const schema = contextName(submission.schema, connection, 'schema')
  return Object.freeze({
    id,
    dialect: connection.warehouse.dialect,
    connection: connection.name,
    sql: submission.sql,
    binds: submission.binds ?? [],
    ...nameContext({ database, schema }),
    parameters: submission.parameters ?? {},
    ...(submission.purpose === undefined ? {} : { purpose: submission.purpose }),
    door: submission.door,
    ...(submission.name === undefined ? {} : { name: submission.name }),
    ...(submission.request === undefined ? {} : { request: submission.request }),
    ...(submission.resultFormat === undefined ? {} : { resultFormat: submission.resultFormat }),
    ...(submission.session === undefined ? {} : { session: submission.session }),
    principal,
    receivedAt: ports.clock.now(),
  })
}

/**
 * What unqualified names resolve in, as the warehouse will read it: a name that it folds or splits in another way would
 * make the statement run on other tables than were judged. BigQuery resolves `dataset.table` in the connection's project,
 * whatever a request says.
 */
export function contextName(
  asked: string | undefined,
  connection: Connection,
  part: 'database' | 'schema',
): string | undefined {
  const snowflake = connection.warehouse.dialect === 'snowflake'
  if (asked === undefined || asked === connection[part]) return connection[part]
  const plain = snowflake ? /^[A-Za-z_][\w$]*$/.test(asked) : part === 'schema' && /^\w+$/.test(asked)
  if (!plain) {
    throw new GatewayError('invalid_request', {
      message: `The ${part} of the request is not one that names can resolve in here.`,
      next: 'Leave it out, and write the full name of the table in the statement.',
    })
  }
  return snowflake ? asked.toUpperCase() : asked
}

function unknownConnection(ports: Ports, name: string): GatewayError {
  const names = ports.connections().map(connection => connection.name)
  return new GatewayError('unknown_connection', {
    message: `There is no connection "${name.slice(0, 64)}".`,
    next: `Use one of: ${names.join(', ')}.`,
  })
}
