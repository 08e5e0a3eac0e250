import type { Classification, OutputColumn } from '#src/classify/classification.ts'
import type { GoogleLineage, GoogleOutput } from './google-lineage.ts'

/** What we understand of a query may be more than GoogleSQL resolves, but nothing of that may be missing, and no column be elsewhere. */
export function lineageDifference(lineage: GoogleLineage, answer: Classification): string | undefined {
  const { reads, outputs, filters } = answer
  const tables = [...lineage.tables].filter(table => !reads.includes(table))
  if (tables.length > 0) return `the table is missed: ${tables}`
  const lost = missing(lineage.filters, filters)
  if (lost.length > 0) return `the filter is missed: ${lost}`
  // Lineage that is not known says nothing: whatever is sensitive in the tables is masked.
  if (outputs === null) return undefined
  if (outputs.length !== lineage.outputs.length)
    return `the columns are counted wrongly: ${outputs.length} in place of ${lineage.outputs.length}`
  for (const [at, output] of lineage.outputs.entries()) {
    const difference = outputDifference(output, outputs[at] as OutputColumn, filters)
    if (difference !== undefined) return `${difference} in column ${at + 1}`
  }
  return undefined
}

function outputDifference(google: GoogleOutput, ours: OutputColumn, filters: readonly string[]): string | undefined {
  const { name, sources, indirect } = ours
  // GoogleSQL's own names for what has none begin so.
  if (!google.name.startsWith('$') && google.name.toLowerCase() !== name.toLowerCase())
    return `the name is wrong: ${name} in place of ${google.name}`
  const known = [...sources, ...indirect]
  const gone = [...missing(google.sources, known), ...missing(google.indirect, [...known, ...filters])]
  if (gone.length > 0) return `the source is missed: ${gone}`
  return ours.copied && google.sources.size > 1 ? `the copy is none: ${name}` : undefined
}

/** Of a table that is not known a column is called as the query calls it: in any case of letters it is the same. */
function missing(columns: ReadonlySet<string>, known: readonly string[]): readonly string[] {
  const said = new Set(known.map(column => column.toLowerCase()))
  const isSaid = (column: string) => said.has(column.toLowerCase())
  return [...columns].filter(column => !isSaid(column) && !isSaid(`${column.slice(0, column.lastIndexOf('.'))}.*`))
}
