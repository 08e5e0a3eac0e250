import type { Aggregate, Classification } from '../classify/classification.ts'
import type { DecisionInput, Estimate, SensitiveColumns } from './decision.ts'
import { matchesPattern, mayMatchColumnOf } from './pattern.ts'
import { weekdays } from './vocabulary.ts'
import { asEach, asName } from './wildcard.ts'

/**
 * For a rule: what is read as text that two lexers could read differently counts as not understood, and so does a script, though
 * people are told what is known of it.
 */
function isUnderstood({ understood, gate, hazards }: Classification): boolean {
  return understood && gate.ambiguous === false && !hazards.includes('script')
}

/**
 * The values behind `vocabulary`. Whole numbers are bigint, as CEL has it. A member that is not known is absent: reading it
 * is an error that `Condition.test` turns into "unknown".
 */
export function factsOf(input: DecisionInput, sensitive: readonly SensitiveColumns[]) {
  const { statement, classification, principal } = input
  const now = new Date(input.now)
  return {
    agent: {
      subject: principal.subject,
      issuer: principal.issuer,
      name: principal.name,
      groups: [...principal.groups],
      owner: principal.owner ?? '',
      on_behalf_of: principal.onBehalfOf ?? '',
    },
    statement: {
      kind: kindFact(classification),
      kinds: [...classification.kinds],
      statements: BigInt(classification.statements),
      reads: classification.reads.map(asName),
      writes: classification.writes.map(asName),
      ...(classification.outputs && {
        outputs: classification.outputs.map(({ name, sources, indirect, aggregate = '' }) => ({
          name,
          aggregate,
          sources: sources.map(asName),
          indirect: indirect.map(asName),
        })),
      }),
      filters: filterFacts(classification, sensitive),
      sensitive: sensitiveUses(classification, sensitive),
      hazards: [...classification.hazards],
      ...(whole(classification.tableRows) !== undefined && { table_rows: whole(classification.tableRows) }),
      harmless: classification.harmless && isUnderstood(classification),
      understood: isUnderstood(classification),
      dialect: statement.dialect,
      connection: statement.connection,
      purpose: statement.purpose ?? '',
    },
    estimate: estimateFacts(input.estimate ?? {}),
    spent: input.spent ?? [],
    context: {
      connection: statement.connection,
      database: statement.database ?? '',
      schema: statement.schema ?? '',
      door: statement.door,
      transaction: statement.transaction !== undefined,
      temporary: statement.temporary !== undefined,
    },
    time: {
      iso: now.toISOString(),
      hour: BigInt(now.getUTCHours()),
      weekday: weekdays[now.getUTCDay()] ?? '',
      date: now.toISOString().slice(0, 10),
    },
  }
}

/** What begins, ends or takes back a transaction is not what the others do. */
function kindFact({ kind, kinds, statements }: Classification): string {
  const does = kinds.filter(each => each !== 'transaction')
  return statements > 1 && does.length > 0 ? asEach(does) : kind
}

export type Facts = ReturnType<typeof factsOf>

const whole = (n: number | undefined) =>
  n !== undefined && Number.isFinite(n) && n >= 0 ? BigInt(Math.ceil(n)) : undefined

function estimateFacts({ rows, bytes, cost }: Estimate) {
  const known = {
    ...(whole(rows) !== undefined && { rows: whole(rows) }),
    ...(whole(bytes) !== undefined && { bytes: whole(bytes) }),
    ...(cost !== undefined && Number.isFinite(cost) && cost >= 0 && { cost }),
  }
  return { ...known, known: Object.keys(known).length > 0 }
}

function classesOf(column: string, sensitive: readonly SensitiveColumns[]): string[] {
  return [...new Set(sensitive.filter(({ pattern }) => matchesPattern(pattern, column)).map(entry => entry.class))]
}

/** Of a statement that is not understood, every sensitive column that one of its tables may have counts as filtered by. */
function filterFacts(classification: Classification, sensitive: readonly SensitiveColumns[]) {
  const seen = classification.filters.flatMap(column => {
    const classes = classesOf(column, sensitive)
    return (classes.length > 0 ? classes : ['']).map(name => ({ column: asName(column), class: name }))
  })
  const maybe = classification.understood ? [] : anyOf(classification, sensitive)
  return [...seen, ...maybe.map(({ column, class: name }) => ({ column: asName(column), class: name }))]
}

/** What may be sensitive in the tables of a statement, where its columns are not known. */
function anyOf({ reads, writes }: Classification, sensitive: readonly SensitiveColumns[]) {
  return [...reads, ...writes].flatMap(table =>
    sensitive
      .filter(({ pattern }) => mayMatchColumnOf(pattern, table))
      .map(entry => ({ column: `${table}.*`, class: entry.class })),
  )
}

/** What is odd besides (see `asLook`) may make names of values. */
function showsNoValues({ understood, kinds, hazards }: Classification): boolean {
  const looks = kinds.every(kind => kind === 'show' || kind === 'describe')
  return understood && looks && hazards.every(hazard => hazard === 'metadata')
}

interface SensitiveUse {
  readonly column: string
  readonly class: string
  readonly use: 'output' | 'computed' | 'filter' | 'indirect'
  readonly aggregate: Aggregate | ''
}

/**
 * Where lineage is not known, every sensitive column that a table of the statement may have counts as put out and computed with;
 * where the statement is not understood, as used in any way. What tables are called and hold is told without a value of theirs.
 */
function sensitiveUses(classification: Classification, sensitive: readonly SensitiveColumns[]): SensitiveUse[] {
  const { outputs, filters, understood } = classification
  if (showsNoValues(classification)) return []
  const uses = new Map<string, SensitiveUse>()
  const add = (column: string, name: string, use: SensitiveUse['use'], aggregate: SensitiveUse['aggregate'] = '') =>
    uses.set(`${column}|${name}|${use}|${aggregate}`, { column: asName(column), class: name, use, aggregate })
  const addAll = (columns: readonly string[], use: SensitiveUse['use'], aggregate?: Aggregate) => {
    for (const column of columns) for (const name of classesOf(column, sensitive)) add(column, name, use, aggregate)
  }
  for (const output of outputs ?? []) {
    addAll(output.sources, output.copied ? 'output' : 'computed', output.aggregate)
    addAll(output.indirect, 'indirect')
  }
  addAll(filters, 'filter')
  if (outputs !== null && understood) return [...uses.values()]
  const any = understood ? (['output', 'computed'] as const) : (['output', 'computed', 'filter', 'indirect'] as const)
  for (const { column, class: name } of anyOf(classification, sensitive)) for (const use of any) add(column, name, use)
  return [...uses.values()]
}
