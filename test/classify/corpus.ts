import { readFileSync } from 'node:fs'
import type { Catalog, CatalogObject } from '#src/classify/catalog.ts'
import type { Classification } from '#src/classify/classification.ts'
import type { Dialect } from '#src/statement.ts'

/** Labelled statements of `test/corpus`. */
export interface Labelled {
  readonly id: string
  readonly dialect: Dialect
  readonly sql: string
}
export interface HandLabelled extends Labelled {
  /** Q query, M metadata, S session, W DML, D DDL, A grants, X data movement, P procedural, MULTI, AMBIG, BAD. */
  readonly cls: string
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly flags: readonly string[]
}
export interface LineageLabelled extends Labelled {
  readonly schema: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** `name=base columns|columns that may be named too`. */
  readonly outputs: readonly string[]
}

export interface BypassLabelled extends Labelled {
  /** What GoogleSQL reads: `Q:` and the tables of one query, or anything else. */
  readonly googlesql: string
}

export const corpus = <T>(name: string): readonly T[] => readCorpus(new URL(`../corpus/${name}.jsonl`, import.meta.url))

export function readCorpus<T>(file: string | URL): readonly T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T)
}

/** A catalog of the given tables, names folded as the dialect stores them. */
export function catalogOf(dialect: Dialect, schema: LineageLabelled['schema']): Catalog {
  const fold = (name: string) => (dialect === 'snowflake' ? name.toUpperCase() : name)
  const known = new Map<string, CatalogObject>(
    Object.entries(schema).map(([table, columns]) => {
      const folded = Object.fromEntries(Object.entries(columns).map(([name, type]) => [fold(name), type]))
      return [fold(table), { kind: 'table', columns: folded }]
    }),
  )
  return {
    objects: async names =>
      new Map(
        names.flatMap(name => {
          const object = known.get(name)
          return object === undefined ? [] : [[name, object] as const]
        }),
      ),
  }
}

export type Verdict = 'exact' | 'over' | 'refused' | 'lost'

/** Whether the label says one query that only reads what its text names: all others must not be called harmless. */
export function isPlainQuery(label: HandLabelled | BypassLabelled): boolean {
  if ('googlesql' in label) return label.googlesql.startsWith('Q:')
  return label.cls === 'Q' && label.flags.length === 0
}

/**
 * How the tables of an answer compare with the label. `lost` is a hole: a table written is not named, or one read by
 * what counts as understood. A text whose statements nobody can tell has no tables to compare.
 */
export function compareTables(label: HandLabelled | BypassLabelled, answer: Classification): Verdict {
  const { reads, writes } = labelledTables(label)
  if (answer.gate.ambiguous !== false || ('cls' in label && label.cls === 'BAD')) return 'refused'
  if (writes.some(table => !answer.writes.includes(table))) return 'lost'
  if (!answer.understood) return 'refused'
  if (reads.some(table => !answer.reads.includes(table))) return 'lost'
  const all = new Set([...reads, ...writes])
  return [...answer.reads, ...answer.writes].every(table => all.has(table)) ? 'exact' : 'over'
}

function labelledTables(label: HandLabelled | BypassLabelled): Pick<HandLabelled, 'reads' | 'writes'> {
  if ('googlesql' in label) {
    const [, tables = ''] = label.googlesql.split(':')
    return { reads: isPlainQuery(label) ? tables.split(',').filter(Boolean) : [], writes: [] }
  }
  const told = (tables: readonly string[]) => tables.filter(table => table !== '?')
  return { reads: told(label.reads), writes: told(label.writes) }
}

/** How an answer's lineage compares with the label; `lost` is a leak: a base column or a whole output is missing. */
export function compareLineage(label: readonly string[], answer: Classification): Verdict {
  if (answer.outputs === null || !answer.understood) return 'refused'
  if (answer.outputs.length !== label.length) return 'lost'
  const verdicts = label.map((text, index): Verdict => {
    const [, name = '', direct = '', also = ''] = /^(.*?)=([^|]*)(?:\|(.*))?$/.exec(text.toLowerCase()) ?? []
    const output = answer.outputs?.[index]
    const sources = new Set(output?.sources.map(source => source.toLowerCase()))
    const wanted = direct.split(',').filter(Boolean)
    if (output?.name.toLowerCase() !== name || wanted.some(source => !sources.has(source))) return 'lost'
    const allowed = new Set([...wanted, ...also.split(',')])
    const named = [...sources, ...output.indirect.map(source => source.toLowerCase())]
    return named.every(source => allowed.has(source)) ? 'exact' : 'over'
  })
  return verdicts.includes('lost') ? 'lost' : verdicts.includes('over') ? 'over' : 'exact'
}
