import type { Classification } from '#src/classify/classification.ts'
import { canonicalText, gate } from '#src/classify/gate.ts'
import { lexBigquery } from '#src/classify/text/lexer-bigquery.ts'
import { googleReading, meaning, oneQuery } from './google-reading.ts'
import type { GoogleSql, Tree } from './google-sql.ts'

/** How our reading of a text differs from GoogleSQL's; `valid` says whether GoogleSQL reads the text at all. */
export interface Comparison {
  readonly valid: boolean
  readonly difference?: string
}

/**
 * What we call harmless GoogleSQL has to read as one query of the same tables. And whatever the gate lets through, harmless
 * or not, it has to split into as many statements, and its canonical text has to mean the same.
 */
export async function compared(google: GoogleSql, sql: string, answer: Classification): Promise<Comparison> {
  const passage = gate(sql, 'bigquery')
  if (!passage.passed) return { valid: false }
  const [tree, tables] = await Promise.all([
    google.parse(sql),
    google.tableNames(answer.harmless ? takenApart(sql) : 'select 1'),
  ])
  if (typeof tree === 'string' || typeof tables === 'string') return { valid: false }
  const { kinds, script, most, least } = googleReading(tree)
  const valid = true
  if (!script && kinds.length !== passage.statements.length)
    return { valid, difference: `${passage.statements.length} statements are ${kinds.length} for GoogleSQL` }
  if (answer.harmless) {
    if (kinds.length !== 1 || kinds[0] !== oneQuery) return { valid, difference: `harmless, but ${kinds}` }
    const missing = [...new Set([...least, ...tables])].filter(table => !answer.reads.includes(table))
    if (missing.length > 0) return { valid, difference: `the table ${missing} is missed` }
    const more = answer.reads.filter(table => !most.has(table) && !tables.includes(table))
    if (more.length > 0) return { valid, difference: `there is no table ${more}` }
  }
  return { valid, ...(await differentMeaning(google, sql, tree)) }
}

/** A path in back-ticks part by part, as BigQuery takes it, and as it is called without an alias; to GoogleSQL it is one name. */
const takenApart = (sql: string): string => sql.replace(/`[\w-]+(?:\.[\w-]+)+`/g, path => path.replaceAll('.', '`.`'))

async function differentMeaning(google: GoogleSql, sql: string, tree: Tree): Promise<{ difference?: string }> {
  const canonical = await google.parse(canonicalText(lexBigquery(sql)))
  if (canonical === 'lost') return {}
  if (canonical === 'invalid') return { difference: 'the canonical text is no GoogleSQL' }
  return meaning(canonical) === meaning(tree) ? {} : { difference: 'the canonical text means something else' }
}
