import { readFileSync } from 'node:fs'
import type { Catalog, Classification } from '#src/classify/classification.ts'
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

export function corpus<T>(name: string): readonly T[] {
  const text = readFileSync(new URL(`../corpus/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T)
}

/** A catalog of the given tables, names folded as the dialect stores them. */
export function catalogOf(dialect: Dialect, schema: LineageLabelled['schema']): Catalog {
  const fold = (name: string) => (dialect === 'snowflake' ? name.toUpperCase() : name)
  return {
    columns: async table => {
      const found = Object.entries(schema).find(([name]) => fold(name) === table)?.[1]
      return found && Object.fromEntries(Object.entries(found).map(([name, type]) => [fold(name), type]))
    },
  }
}

export type Verdict = 'exact' | 'over' | 'refused' | 'lost'

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
