import type { Classification, StoredColumn } from '../classification.ts'
import { ownerOf, tableOf } from '../column-name.ts'
import { gateLimits } from '../gate.ts'
import { notJudged } from './not-judged.ts'
import { keepsOwnValues } from './statement-verdict.ts'

/** Every later stage goes through all names, and the record keeps them: few words can make many, as each output has its own list. */
const max = { tables: 1_000, name: 2_100, weight: 1_500_000 } as const

/** The judgement; where it names more than every later stage can go through, that it does, and of its tables what fits. */
export function withinLimits(judgement: Classification): Classification {
  const tables = [...judgement.reads, ...judgement.writes]
  const fits = tables.length <= max.tables && tables.every(name => shortened(name) === name)
  return fits && weightOf(columnsOf(judgement)) <= max.weight ? judgement : tooMuchToTell(judgement)
}

/** Places of files are named as well, and may have any length; a rule that begins as one does still finds it. */
function shortened(name: string): string {
  return name.split('.', gateLimits.path).join('.').slice(0, max.name)
}

function columnsOf({ filters, outputs, stores }: Classification): string[] {
  const columns = outputs ?? []
  return [
    ...filters,
    ...columns.flatMap(({ name, indirect }) => [name, ...indirect]),
    ...[...columns, ...(stores ?? [])].flatMap(({ sources }) => sources),
  ]
}

function weightOf(names: readonly string[]): number {
  return names.reduce((weight, name) => weight + name.length + 20, 0)
}

/** What it is stays known, which tables it reads and writes, and that it is not all. */
function tooMuchToTell(judgement: Classification): Classification {
  const { dialect, statements, kind, kinds, hazards } = judgement
  const cause = 'It names more, or at greater length, than is judged.'
  const unread = notJudged(dialect, cause, `is ${kind.toUpperCase()} of more tables and columns than are judged`)
  const writes = judgement.writes.slice(0, max.tables).map(shortened)
  const reads = judgement.reads.slice(0, max.tables - writes.length).map(shortened)
  const stores = storesOfAny(judgement, reads)
  return {
    ...{ ...unread, statements, kind, kinds, reads, writes },
    ...(stores.length > 0 ? { stores } : {}),
    hazards: [...new Set([...hazards, ...unread.hazards])],
  }
}

/** All that is read may be in all that is written; where that would be too long to tell, anything may. */
function storesOfAny({ kinds, stores = [], ...judgement }: Classification, reads: readonly string[]): StoredColumn[] {
  const written = [...new Set(stores.map(({ column }) => shortened(tableOf(column))))].slice(0, max.tables)
  const own = kinds.some(keepsOwnValues) ? written : []
  const sources = [...reads, ...own].map(name => `${ownerOf(name)}.*`)
  const isAll = reads.length === judgement.reads.length && weightOf(sources) * written.length <= max.weight
  return written.map(table => ({ column: `${table}.*`, sources: isAll ? sources : ['*.*'] }))
}
