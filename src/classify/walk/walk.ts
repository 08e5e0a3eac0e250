import type { CatalogObjects } from '../catalog.ts'
import type { Hazard } from '../classification.ts'
import { type Flow, joinFlows } from './flow.ts'
import type { Names } from './names.ts'
import type { Column, Relation, Scope } from './scope.ts'
import type { Field } from './type-text.ts'
import type { ViewReadings } from './view-readings.ts'

/** What the steps of a script have declared before one of them. */
export interface Declared {
  /** What the values of each variable may come from, by the key of its name. */
  readonly variables: ReadonlyMap<string, Flow>
  /** Functions (upper case) that only compute from their arguments. */
  readonly functions: ReadonlySet<string>
}

export const nothingDeclared: Declared = { variables: new Map(), functions: new Set() }

/** What one walk over a statement gathers. It only grows: nothing that was seen is ever taken back. */
export class Walk {
  readonly names: Names
  readonly catalog: CatalogObjects
  readonly definitions: ViewReadings
  readonly reads = new Set<string>()
  /** Views that are read, and what is read through each. */
  readonly views = new Map<string, readonly string[]>()
  readonly writes = new Set<string>()
  readonly hazards = new Set<Hazard>()
  /** Paths in FROM that are arrays of a row, as BigQuery's `t.items`; another parser may take them for tables. */
  readonly arrays = new Set<string>()
  /** Columns that values are put into, `TABLE.*` where they cannot be told, and what the values come from. */
  readonly stores = new Map<string, Flow>()
  /** What the queries that stand in expressions gave when they were walked last, by their nodes. */
  readonly queries = new WeakMap<object, QueryResult>()
  /** What the values that a STRUCT is made of came from when they were walked last, by their nodes. */
  readonly values = new WeakMap<object, Flow>()
  /** What the fields of structs come from, by the marks in their types. */
  readonly fields: Flow[] = []
  /** What was told last of the fields of these types. */
  readonly told = new WeakMap<readonly Field[], { readonly whole: Flow; readonly flows: readonly Flow[] }>()
  filters = new Set<string>()
  filtersKnown = true
  /** Whether columns of some PIVOT are called by the values that its rows have. */
  namedByRows = false
  /** Around every query: a name that can be no column in it may be that of a variable. */
  readonly outermost: QueryScope
  readonly functions: ReadonlySet<string>

  constructor(names: Names, catalog: CatalogObjects, definitions: ViewReadings, declared: Declared) {
    this.names = names
    this.catalog = catalog
    this.definitions = definitions
    this.outermost = { ...newQueryScope(), aliases: new Map(declared.variables) }
    this.functions = declared.functions
  }

  hazard(...hazards: readonly Hazard[]): void {
    for (const hazard of hazards) this.hazards.add(hazard)
  }

  /** A column that decides which rows are seen. One that cannot be told leaves the lineage unknown. */
  filter(flow: Flow): void {
    this.filtersKnown &&= flow.traced
    for (const source of flow.sources) this.filters.add(source)
    for (const source of flow.indirect) this.filters.add(source)
  }

  /** The mark of a field that comes from this; Snowflake has no fields. */
  mark(flow: Flow | undefined): number | undefined {
    return flow && this.names.dialect === 'bigquery' ? this.fields.push(flow) - 1 : undefined
  }

  store(column: string, flow: Flow): void {
    this.stores.set(column, joinFlows([...[this.stores.get(column) ?? []].flat(), flow]))
  }

  /** Runs `walk` and answers the filter columns it met; they count for the whole statement too. */
  filtersOf(walk: () => void): ReadonlySet<string> {
    const outer = this.filters
    const inner = new Set<string>()
    this.filters = inner
    try {
      walk()
    } finally {
      this.filters = outer
      for (const source of inner) outer.add(source)
    }
    return inner
  }
}

/** A scope with what only a query knows: its CTEs and named windows. */
export interface QueryScope extends Scope {
  readonly ctes: Map<string, Relation>
  readonly windows: Map<string, Flow>
  /** As `unsure`, but asked for where USING decides which rows come. */
  readonly unsureInUsing: Scope['unsure']
  /** What joins decide by, where that is read once the names of the select items are known. */
  readonly conditions?: (() => void)[]
  /** Whether it has a CONNECT BY, so that `CONNECT_BY_ROOT x` is no column with an alias. */
  readonly connects?: boolean
  /** Names of functions that only expressions right in this scope can call. */
  readonly functions?: ReadonlySet<string>
  /** What the parameters of a lambda that stands right in this scope are made of. */
  readonly elements?: Flow
  readonly parent?: QueryScope
}

export const newQueryScope = (parent?: QueryScope): QueryScope => ({
  relations: [],
  merges: [],
  aliases: new Map(),
  unsure: new Map(),
  ctes: new Map(),
  windows: new Map(),
  unsureInUsing: new Map(),
  ...(parent === undefined ? {} : { parent }),
})

/** What a query gives: its columns, and whether all of them are known. */
export type QueryResult = Pick<Relation, 'columns' | 'open' | 'opaque' | 'rest' | 'unordered'> & {
  /** `SELECT AS VALUE`: shown at the top, the one value is spread over columns that are not known. */
  readonly spread?: true
}

export const outputColumn = (walk: Walk, name: string, flow: Flow, type?: string): Column => ({
  name,
  key: walk.names.keyOf(name),
  flow,
  ...(type === undefined ? {} : { type }),
})
