import type { CatalogObjects } from '#src/classify/catalog.ts'
import type { Tree } from './google-sql.ts'

/** A type of GoogleSQL, as far as tangled queries need any. */
export type Type = 'INT64' | 'DATE' | { readonly array: Type } | { readonly struct: readonly TypedName[] }

export interface TypedName {
  readonly name: string
  readonly type: Type
}

/** Tables whose columns, fields and own names are called alike on purpose; the last two have names that GoogleSQL has uses for. */
const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  t: {
    a: 'INT64',
    b: 'INT64',
    s: 'STRUCT<a INT64, b INT64, t INT64, arr ARRAY<INT64>>',
    arr: 'ARRAY<STRUCT<a INT64, b INT64, x INT64>>',
    u: 'INT64',
    d: 'STRUCT<t ARRAY<INT64>, u ARRAY<STRUCT<a INT64, d INT64>>, x INT64>',
  },
  u: { a: 'INT64', u: 'STRUCT<a INT64, b INT64, u INT64>', t: 'ARRAY<INT64>', s: 'INT64', c: 'INT64' },
  s: {
    s: 'STRUCT<s STRUCT<s INT64, a INT64>, a INT64, b INT64>',
    b: 'INT64',
    t: 'STRUCT<arr ARRAY<STRUCT<a INT64, s INT64>>, a INT64>',
    x: 'INT64',
  },
  arr: { arr: 'INT64', x: 'ARRAY<STRUCT<x INT64, arr ARRAY<INT64>>>', a: 'INT64', c: 'INT64' },
  x: {
    x: 'INT64',
    a: 'INT64',
    t: 'INT64',
    arr: 'ARRAY<INT64>',
    p: 'STRUCT<d STRUCT<t ARRAY<INT64>, s ARRAY<STRUCT<s INT64, p INT64>>>, a INT64>',
  },
  date: {
    date: 'INT64',
    offset: 'INT64',
    value: 'STRUCT<value INT64, offset ARRAY<INT64>, day INT64>',
    day: 'INT64',
    pivot: 'ARRAY<STRUCT<value INT64, date INT64>>',
    row: 'INT64',
    safe: 'STRUCT<offset INT64, date INT64>',
    current_date: 'INT64',
    month: 'DATE',
    week: 'DATE',
  },
  value: {
    value: 'INT64',
    key: 'INT64',
    offset: 'ARRAY<INT64>',
    date: 'STRUCT<date INT64, month DATE>',
    a: 'INT64',
    replace: 'INT64',
    year: 'DATE',
  },
}

/** `INT64`, `ARRAY<…>` or `STRUCT<a …>`. */
function typeIn(text: string): Type {
  const pieces = text.match(/\w+|[<>,]/g) ?? []
  let at = 0
  const next = () => pieces[at++] ?? ''
  const type = (): Type => {
    const kind = next()
    if (kind === 'INT64' || kind === 'DATE') return kind
    const struct: TypedName[] = []
    let array: Type = 'INT64'
    do {
      next()
      if (kind === 'ARRAY') array = type()
      else struct.push({ name: next(), type: type() })
    } while (pieces[at] === ',')
    next()
    return kind === 'ARRAY' ? { array } : { struct }
  }
  return type()
}

export const tangledTables: ReadonlyMap<string, readonly TypedName[]> = new Map(
  Object.entries(texts).map(([table, columns]) => [
    table,
    Object.entries(columns).map(([name, type]) => ({ name, type: typeIn(type) })),
  ]),
)

/** What unqualified names resolve in. */
export const tangledContext = { database: 'p', schema: 'd' } as const
const fullName = (table: string): string => `${tangledContext.database}.${tangledContext.schema}.${table}`

/** The tables as our judges know them. */
export const tangledCatalog: CatalogObjects = new Map(
  Object.entries(texts).map(([name, columns]) => [fullName(name), { kind: 'table', columns }]),
)

const half = (parity: number): CatalogObjects => new Map([...tangledCatalog].filter((_, at) => at % 2 === parity))

/** All of the tables known, every other one, and none. */
export const tangledCatalogs: readonly CatalogObjects[] = [tangledCatalog, half(0), half(1), new Map()]

function typeForGoogle(type: Type): Tree {
  if (typeof type === 'string') return { typeKind: `TYPE_${type}` }
  if ('array' in type) return { typeKind: 'TYPE_ARRAY', arrayType: { elementType: typeForGoogle(type.array) } }
  const field = type.struct.map(({ name, type }) => ({ fieldName: name, fieldType: typeForGoogle(type) }))
  return { typeKind: 'TYPE_STRUCT', structType: { field } }
}

/** The tables as GoogleSQL takes them: under their own name, their data set's and their project's. */
export function tangledForGoogle(): Tree {
  const table = [...tangledTables].map(([name, columns]) => ({
    name,
    fullName: fullName(name),
    column: columns.map(({ name, type }) => ({ name, type: typeForGoogle(type) })),
  }))
  const dataSet = { name: tangledContext.schema, table }
  return { name: 'all', table, catalog: [dataSet, { name: tangledContext.database, catalog: [dataSet] }] }
}
