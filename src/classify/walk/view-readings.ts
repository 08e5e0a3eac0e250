import type { Dialect } from '../../statement.ts'
import type { CatalogObject } from '../catalog.ts'
import type { Hazard, NameContext, OutputColumn } from '../classification.ts'
import { canonicalText, type GateStatement, gate } from '../gate.ts'
import type { StatementVerdict } from '../judge/statement-verdict.ts'
import { isWord, type Token } from '../text/token.ts'
import { computed, emptyFlow, type Flow } from './flow.ts'
import { isClosed } from './scope.ts'
import type { QueryResult } from './walk.ts'

/** What a view does, by the same judgement that statements get. */
interface ViewReading {
  readonly reads: readonly string[]
  /** Every view that is read, and what is read through it. */
  readonly views: ReadonlyMap<string, readonly string[]>
  readonly filters: readonly string[]
  readonly hazards: readonly Hazard[]
  /** Where each of its columns comes from, in order; absent where that is not surely known. */
  readonly flows?: readonly Flow[]
}

/** Views over views over … that are followed. */
const maxDepth = 8

/** Reads the definitions of views that one statement reads; each is read once. A view over itself is not read. */
export class ViewReadings {
  readonly #dialect: Dialect
  readonly #judge: (query: GateStatement, context: NameContext) => StatementVerdict
  readonly #open = new Set<string>()
  readonly #known = new Map<string, ViewReading | undefined>()

  constructor(dialect: Dialect, judge: (query: GateStatement, context: NameContext) => StatementVerdict) {
    this.#dialect = dialect
    this.#judge = judge
  }

  /** Nothing where the view is not one, shows no definition, or is too deep. */
  reading(name: string, view: CatalogObject): ViewReading | undefined {
    if (this.#known.has(name)) return this.#known.get(name)
    // Where a name holds a dot, it is not told in which schema the definition's names are.
    if (view.kind !== 'view' || view.definition === undefined || name.includes('"')) return undefined
    if (this.#open.has(name) || this.#open.size >= maxDepth) return undefined
    this.#open.add(name)
    const reading = this.#read(name, view.definition, Object.keys(view.columns))
    this.#open.delete(name)
    this.#known.set(name, reading)
    return reading
  }

  #read(name: string, definition: string, columns: readonly string[]): ViewReading | undefined {
    const passage = gate(definition, this.#dialect)
    const [statement, more] = passage.passed ? passage.statements : []
    if (statement === undefined || more !== undefined) return undefined
    const query = queryOf(statement.tokens)
    const { cause, kind, reads, through, views, filters, hazards, outputs, result } = this.#judge(
      query,
      contextOf(name, this.#dialect),
    )
    const seen = { reads: [...reads, ...through], views, filters, hazards }
    if (cause !== undefined || kind !== 'select') return seen
    const renamed = query.tokens.length < statement.tokens.length
    const isShown = (shown: readonly Pick<OutputColumn, 'name'>[]) => isShape(shown, columns, this.#dialect, renamed)
    // Where nobody knows in which order the definition gives them, the catalog tells it by their names.
    const inPlace = <Named extends { readonly name: string }>(all: readonly Named[]) =>
      result?.unordered ? columns.flatMap(column => all.find(({ name }) => name === column) ?? []) : all
    if (outputs !== null) {
      const shown = inPlace(outputs)
      return isShown(shown) ? { ...seen, flows: shown.map(flowOf) } : seen
    }
    if (result === undefined || !isTraced(result)) return seen
    const shown = inPlace(result.columns)
    return isShown(shown) ? { ...seen, flows: shown.map(({ flow }) => computed(flow)) } : seen
  }
}

/** All its columns are there; what a function or a source of somebody's makes of one has a hazard, and hides no other. */
const isTraced = (result: QueryResult): boolean =>
  isClosed(result) && !result.spread && result.columns.every(({ flow }) => flow.traced)

/** A definition may be the query itself, or `CREATE … VIEW name (columns) … AS query`. */
function queryOf(tokens: readonly Token[]): GateStatement {
  const as = isWord(tokens[0], 'CREATE') ? endOfHead(tokens) : -1
  const query = tokens.slice(as + 1)
  return { tokens: query, text: canonicalText(query), written: query }
}

/** The first AS outside of brackets: no name, column list, tag, policy or comment before it holds one. */
function endOfHead(tokens: readonly Token[]): number {
  let depth = 0
  return tokens.findIndex(token => {
    if (token.kind === 'symbol' && token.text === '(') depth += 1
    if (token.kind === 'symbol' && token.text === ')') depth -= 1
    return depth === 0 && isWord(token, 'AS')
  })
}

/** Names in a Snowflake view resolve where the view is; a BigQuery view names datasets, of its own project where it names none. */
function contextOf(view: string, dialect: Dialect): NameContext {
  const parts = view.split('.')
  const [database, schema] = [parts.slice(0, -2).join('.'), parts.at(-2)]
  return dialect === 'snowflake' && schema !== undefined ? { database, schema } : { database }
}

/** The definition gives the columns that the catalog says the view has: else one of them is older than the other. */
function isShape(
  outputs: readonly Pick<OutputColumn, 'name'>[],
  columns: readonly string[],
  dialect: Dialect,
  renamed: boolean,
) {
  const key = (name: string) => (dialect === 'bigquery' ? name.toLowerCase() : name)
  return (
    outputs.length === columns.length &&
    (renamed || outputs.every(({ name }, at) => name === '' || key(name) === key(columns[at] ?? '')))
  )
}

function flowOf({ sources, indirect, copied, aggregate }: OutputColumn): Flow {
  const from = { sources: new Set(sources), indirect: new Set(indirect) }
  return { ...emptyFlow, ...from, copied: copied === true, ...(aggregate && { aggregate }) }
}
