import { aggregates, hazards, statementKinds } from '../classify/classification.ts'

/** Types of the policy language. An enum is a text of which all values are known: comparing it with another is a mistake. */
export type FactType =
  | { readonly kind: 'bool' | 'int' | 'double' | 'string' | 'timestamp' | 'duration' | 'any' }
  | { readonly kind: 'enum'; readonly name: string; readonly values: readonly string[] }
  | FullName
  | { readonly kind: 'list'; readonly of: FactType }
  | { readonly kind: 'record'; readonly name: string; readonly fields: Readonly<Record<string, Fact>> }

/** The name of a table or a column, of so many parts at least. */
interface FullName {
  readonly kind: 'name'
  readonly of: 'table' | 'column'
  readonly parts: 3 | 4
}

export interface Fact {
  readonly type: FactType
  readonly description: string
  /** Not always known; see `Condition.test` for what a rule makes of that. */
  readonly mayBeUnknown?: true
}

export const bool: FactType = { kind: 'bool' }
export const int: FactType = { kind: 'int' }
export const double: FactType = { kind: 'double' }
export const string: FactType = { kind: 'string' }
const tableName: FactType = { kind: 'name', of: 'table', parts: 3 }
const baseColumn: FactType = { kind: 'name', of: 'column', parts: 4 }
export const timestamp: FactType = { kind: 'timestamp' }
export const duration: FactType = { kind: 'duration' }
export const any: FactType = { kind: 'any' }
export const listOf = (of: FactType): FactType => ({ kind: 'list', of })
const oneOf = (name: string, values: readonly string[]): FactType => ({ kind: 'enum', name, values })
const record = (name: string, fields: Record<string, Fact>): FactType => ({ kind: 'record', name, fields })
const fact = (type: FactType, description: string): Fact => ({ type, description })
const unknowable = (type: FactType, description: string): Fact => ({ type, description, mayBeUnknown: true })

/** Whether it can be counted and compared by size. */
export function isNumber({ kind }: FactType): boolean {
  return kind === 'int' || kind === 'double'
}

/** Free text, one of a set of words, or a name. */
export function isText({ kind }: FactType): boolean {
  return kind === 'string' || kind === 'enum' || kind === 'name'
}

/** Whether `==` between the two can ever be true. */
export function comparable(a: FactType, b: FactType): boolean {
  if (a.kind === 'any' || b.kind === 'any') return true
  if (a.kind === 'list' && b.kind === 'list') return comparable(a.of, b.of)
  if (a.kind === 'record' || b.kind === 'record') return false
  return a.kind === b.kind || (isNumber(a) && isNumber(b)) || (isText(a) && isText(b))
}

/** What an author of a policy is told that something is. */
export function typeInWords(type: FactType): string {
  switch (type.kind) {
    case 'bool':
      return 'true or false'
    case 'int':
    case 'double':
      return 'a number'
    case 'string':
    case 'enum':
    case 'name':
      return 'text'
    case 'timestamp':
      return 'a moment in time'
    case 'duration':
      return 'a length of time'
    case 'list':
      return 'a list'
    case 'record':
      return `"${type.name}", which has fields`
    default:
      return 'anything'
  }
}

/** All that a rule's `when` can see. `classes` are the classes of this policy's `sensitive` list. */
export function vocabulary(classes: readonly string[]): Readonly<Record<string, Fact>> {
  return {
    agent: fact(
      record('agent', {
        subject: fact(string, 'Who asks: `sub` of its token.'),
        issuer: fact(string, 'Who vouches for it: `iss` of its token.'),
        name: fact(string, 'For people to read.'),
        groups: fact(listOf(string), 'Its groups at the identity provider.'),
        owner: fact(string, 'Person who answers for it; empty where unknown.'),
        on_behalf_of: fact(string, 'Person it acts for; empty where there is none.'),
        [spentCall]: fact(
          spending,
          'What its own statements used up in the last 24 hours, for whomever it acted; `s`, `m`, `h` or `d`, at most 31d.',
        ),
      }),
      'The agent that asks.',
    ),
    [`group("analysts").${spentCall}`]: fact(
      record('spending', {}),
      'The same, of all agents with that group in their token.',
    ),
    statement: fact(record('statement', statementFacts(classes)), 'The statement, as classified.'),
    estimate: fact(
      record('estimate', {
        known: fact(bool, 'Whether rows, bytes or cost are known.'),
        rows: unknowable(int, 'Rows it would touch.'),
        bytes: unknowable(int, 'Bytes it would scan.'),
        cost: unknowable(double, 'What it would cost, in US dollars.'),
      }),
      'What the warehouse says before anything runs. `has(estimate.bytes)` asks whether a number is known.',
    ),
    context: fact(
      record('context', {
        connection: fact(string, 'Name of the connection.'),
        database: fact(string, 'Database (project) that unqualified names resolve in; empty where there is none.'),
        schema: fact(string, 'Schema (dataset) that unqualified names resolve in; empty where there is none.'),
        transaction: fact(
          bool,
          'Whether it is part of a transaction that something was written in, or writes in one itself.',
        ),
        temporary: fact(bool, 'Whether it creates, reads or writes a temporary table of its session.'),
        door: fact(oneOf('door', ['rest', 'mcp', 'snowflake', 'bigquery']), 'How the statement came in.'),
      }),
      'Where the statement came in.',
    ),
    time: fact(
      record('time', {
        now: fact(
          timestamp,
          'Now; `time.now.getHours("Europe/Berlin")` for another zone, `getDayOfWeek(…)` with 0 for Sunday, `getMonth(…)` with 0 for January.',
        ),
        hour: fact(int, '0 to 23, UTC.'),
        weekday: fact(oneOf('weekday', weekdays), 'In English, UTC.'),
        date: fact(string, '`2026-11-21`, UTC.'),
      }),
      'When the statement came in.',
    ),
  }
}

/** `agent.spent("24h")`. Its fields are read like facts; see `Spending`. */
const spentCall = 'spent("24h")'
export const spending = record('spending', {
  statements: fact(int, 'Statements that were let through to the warehouse.'),
  rows: fact(int, 'Rows they returned or changed.'),
  bytes: fact(int, 'Bytes they scanned, as the warehouse said afterwards, else as it estimated.'),
  cost: fact(double, 'What they cost, in US dollars.'),
  failures: fact(int, 'Statements that the warehouse refused, or that ran into a limit.'),
  denials: fact(int, 'Statements that policy or people refused.'),
})

function statementFacts(classes: readonly string[]): Record<string, Fact> {
  const kind = oneOf('kind', statementKinds)
  const sensitiveClass = oneOf('class', ['', ...classes])
  const filter = record('filter', {
    column: fact(baseColumn, 'Base column, `DB.SCHEMA.TABLE.COLUMN`.'),
    class: fact(sensitiveClass, 'Its class; empty where it is not sensitive.'),
  })
  const aggregate = fact(
    oneOf('aggregate', ['', ...aggregates]),
    'Of one column, unchanged, and nothing else; empty where it is anything else.',
  )
  const sensitive = record('sensitive column', {
    column: fact(baseColumn, 'Base column; `TABLE.*` where the lineage is not known.'),
    class: fact(sensitiveClass, 'Its class.'),
    use: fact(
      oneOf('use', ['output', 'computed', 'filter', 'indirect']),
      'How: put out as it is, computed with, filtered by, or deciding what is seen.',
    ),
    aggregate,
  })
  const output = record('output', {
    aggregate,
    name: fact(string, 'Name of the output column.'),
    sources: fact(listOf(baseColumn), 'Base columns it is computed from.'),
    indirect: fact(listOf(baseColumn), 'Base columns that decide what is seen without being part of the value.'),
  })
  return {
    kind: fact(
      kind,
      'What it does. Of several statements that do different things, a question that is right for some makes a deny or hold apply, and an allow not; BEGIN, COMMIT and ROLLBACK beside others do not count.',
    ),
    kinds: fact(listOf(kind), 'What each of its statements does.'),
    statements: fact(int, 'Number of statements in the text.'),
    reads: fact(
      listOf(tableName),
      'Tables, views and stages it reads, fully qualified; where a question is right but for the case of letters, a deny or hold applies, and an allow does not; what a view stands for counts as read. Of a BigQuery wildcard (`p.d.events_*`), a question that holds for some of its tables makes a deny or hold apply, and an allow not.',
    ),
    writes: fact(
      listOf(tableName),
      'Tables, views and stages it writes, fully qualified. A statement about a schema or database writes all in it: `DB.SCHEMA.*`, `DB.*.*`, asked like a wildcard that is read; what writes a table that the text does not name, `*.*.*`.',
    ),
    outputs: unknowable(listOf(output), 'Its output columns and where they come from.'),
    filters: fact(
      listOf(filter),
      'Base columns in WHERE, JOIN, HAVING, QUALIFY, ORDER BY, GROUP BY; one entry for each class of a column.',
    ),
    sensitive: fact(listOf(sensitive), 'Sensitive columns it touches; SHOW and DESCRIBE touch none.'),
    hazards: fact(
      listOf(oneOf('hazard', hazards)),
      'What makes it more than a plain read; of a script, of a text that it runs as `EXECUTE IMMEDIATE` and a string, and of the body of a function or procedure in SQL that it makes, also what the steps in it do.',
    ),
    table_rows: unknowable(int, "Rows of the largest table it reads or writes, by the warehouse's own catalog."),
    harmless: fact(bool, 'Understood, exactly one query, no hazard.'),
    understood: fact(bool, 'Read, parsed and classified without doubt, not ambiguous, and no script.'),
    dialect: fact(oneOf('dialect', ['snowflake', 'bigquery']), 'Language of the statement.'),
    connection: fact(string, 'Name of the connection.'),
    purpose: fact(string, "The agent's own words, unchecked; empty where there are none."),
  }
}

export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const
