import { GoogleError } from '../google/google-error.ts'
import type { Engine } from './engine.ts'
import { invalidQuery, isWord, type Token, tokensOf } from './google-sql-tokens.ts'

/** Marks the form of a wildcard that has `_TABLE_SUFFIX` among its columns. */
export const suffixed = '@suffix'

const pseudoColumn = '_table_suffix'
const isWildcard = (token: Token): boolean => token.kind === 'quoted' && token.text.endsWith('*')

/**
 * A star does not show `_TABLE_SUFFIX`, yet conditions may name it: a text that does is given the form with that column, and its
 * stars leave it out.
 */
export function withTableSuffix(tokens: readonly Token[]): readonly Token[] {
  const named = tokens.some(token => token.text.toLowerCase() === pseudoColumn)
  if (!named || !tokens.some(isWildcard)) return tokens
  return tokens.flatMap((token, at): readonly Token[] => {
    if (isWildcard(token)) return [{ ...token, text: `${token.text}${suffixed}` }]
    const star = token.text === '*' && tokens[at - 1] !== undefined && isWord(tokens[at - 1] as Token, 'SELECT')
    return star ? [token, ...tokensOf(` except (${pseudoColumn})`)] : [token]
  })
}

/** Makes the views behind every wildcard that the text names; throws what BigQuery says where one stands for nothing. */
export async function defineWildcards(sql: string, engine: Engine, defaultDataset: string | undefined): Promise<void> {
  for (const { text } of tokensOf(sql).filter(isWildcard)) {
    const [table = '', dataset = defaultDataset ?? ''] = text.split('.').reverse()
    await defineWildcard(engine, dataset, table)
  }
}

async function defineWildcard(engine: Engine, dataset: string, wildcard: string): Promise<void> {
  const { project } = engine
  const start = wildcard.slice(0, -1)
  const names = (await engine.tables(dataset)).filter(name => name.startsWith(start))
  const tables = await Promise.all(
    names.map(async table => ({ table, ...(await engine.table({ project, dataset, table })) })),
  )
  const views = tables.filter(({ type }) => type === 'VIEW')
  if (views.length > 0)
    throw invalidQuery(`Views cannot be queried through prefix. Matched views are: ${views[0]?.table}`)
  const [newest, ...older] = tables.toSorted((a, b) => b.created - a.created)
  if (!newest) throw new GoogleError(404, `${project}:${dataset}.${wildcard} does not match any table.`, 'notFound')
  for (const more of ['', suffixed]) {
    const selects = [newest, ...older].map(({ table, schema }) => {
      const own = new Set(schema.map(({ name }) => name))
      const columns = newest.schema.map(({ name }) => (own.has(name) ? `"${name}"` : `NULL AS "${name}"`))
      if (more) columns.push(`'${table.slice(start.length)}' AS ${pseudoColumn}`)
      return `SELECT ${columns.join(', ')} FROM "${dataset}"."${table}"`
    })
    await engine.loader.run(
      `CREATE OR REPLACE VIEW "${dataset}"."${wildcard}${more}" AS ${selects.join(' UNION ALL ')}`,
    )
  }
}
