import type { Classification } from '#src/classify/classification.ts'
import { blanks } from './lexical-tricks.ts'
import type { Random } from './random.ts'
import type { WrittenQuery } from './written-query.ts'

/** A text made from a query, and why an answer about it is wrong; `undefined` where it is right. */
interface Relation {
  readonly name: string
  readonly sql: string
  readonly wrong: (answer: Classification) => string | undefined
}

const planted = { snowflake: 'OTHER.PLANTED.NEEDLE', bigquery: 'other.planted.needle' } as const

/** What must hold whatever the query is: of its plain text, of it written in another way, and of it with more in it. */
export function relationsOf(random: Random, query: WrittenQuery): readonly Relation[] {
  const plain = query.pieces.join(' ')
  const all = (answer: Classification) => wrongTables(query, answer) ?? wrongColumns(query, answer)
  const needle = planted[query.dialect]
  const also = (more: string) => (answer: Classification) =>
    wrongTables({ ...query, tables: new Set([...query.tables, more]) }, answer)
  const width = query.columns.map(() => '1').join(', ')
  const named = query.columns.length === new Set(query.columns.map(({ name }) => name)).size
  return [
    { name: 'as it is', sql: plain, wrong: all },
    { name: 'other blanks', sql: spaced(random, query), wrong: orAmbiguous(all) },
    { name: 'other case', sql: recased(random, query), wrong: all },
    { name: 'quoted', sql: quoted(random, query), wrong: all },
    { name: 'in brackets', sql: `( ${plain} )`, wrong: all },
    ...(named ? [{ name: 'as a sub-query', sql: `select * from ( ${plain} ) q0`, wrong: all }] : []),
    ...(named ? [{ name: 'as a CTE', sql: `with q0 as ( ${plain} ) select q0.* from q0`, wrong: all }] : []),
    { name: 'united with another', sql: `${plain} union all select ${width} from ${needle}`, wrong: also(needle) },
    {
      name: 'with a table in a condition',
      sql: `select * from ( ${plain} ) q0 where exists ( select 1 from ${needle} n0 )`,
      wrong: also(needle),
    },
    {
      name: 'with a table in a value',
      sql: `select ( select max( n0.n ) from ${needle} n0 ) as n, q0.* from ( ${plain} ) q0`,
      wrong: answer =>
        also(needle)(answer) ?? missingSource(`${needle}.${query.dialect === 'snowflake' ? 'N' : 'n'}`, answer),
    },
    ...['drop table x', 'delete from x where true', 'create table x as select 1', 'select 1'].map(more => ({
      name: 'followed by another statement',
      sql: `${plain}${random.pick(blanks[query.dialect])};${random.pick(blanks[query.dialect])}${more}`,
      wrong: harmlessAll,
    })),
    ...(['create table x as', 'insert into x', 'create view x as', 'explain'] as const).map(before => ({
      name: `after ${before}`,
      sql: `${before} ${plain}`,
      wrong: harmlessAll,
    })),
  ]
}

const harmlessAll = (answer: Classification) => (answer.harmless ? 'it is called harmless' : undefined)

const orAmbiguous = (wrong: Relation['wrong']) => (answer: Classification) =>
  answer.gate.ambiguous === false ? wrong(answer) : undefined

function wrongTables({ tables }: WrittenQuery, answer: Classification): string | undefined {
  if (!answer.understood) return undefined
  const missing = [...tables].filter(table => !answer.reads.includes(table))
  if (missing.length > 0) return `${missing} is not among the tables`
  const more = answer.reads.filter(table => !tables.has(table))
  return more.length > 0 ? `${more} is among the tables` : undefined
}

function wrongColumns({ columns, filters }: WrittenQuery, answer: Classification): string | undefined {
  if (!answer.understood) return undefined
  const lost = [...filters].filter(column => !covers(answer.filters, column))
  if (lost.length > 0) return `${lost} is not among the filters`
  const { outputs } = answer
  if (outputs === null) return undefined
  if (outputs.length !== columns.length) return `${outputs.length} columns in place of ${columns.length}`
  for (const [at, { name, from }] of columns.entries()) {
    const output = outputs[at]
    const known = [...(output?.sources ?? []), ...(output?.indirect ?? [])]
    if (output?.name !== name) return `column ${at + 1} is called ${output?.name}, not ${name}`
    const gone = [...from].filter(column => !covers(known, column))
    if (gone.length > 0) return `${gone} is not among the sources of ${name}`
    if (output.copied && (from.size !== 1 || output.sources.length !== 1)) return `${name} is said to be a copy`
  }
  return undefined
}

function missingSource(column: string, { understood, outputs }: Classification): string | undefined {
  if (!understood || outputs === null) return undefined
  return outputs[0]?.sources.includes(column) ? undefined : `${column} is not among the sources of the first column`
}

const covers = (columns: readonly string[], column: string): boolean =>
  columns.includes(column) || columns.includes(`${column.slice(0, column.lastIndexOf('.'))}.*`)

function spaced(random: Random, { dialect, pieces }: WrittenQuery): string {
  const blank = () => random.some(3, () => random.pick(blanks[dialect])).join('')
  return `${blank()}${pieces.join(' ').replaceAll(' ', blank)}${blank()}`
}

const isString = (piece: string) => /['"$]/.test(piece)

/** Snowflake folds all names, BigQuery's tables are read as they stand. */
function recased(random: Random, { dialect, pieces }: WrittenQuery): string {
  const recase = (text: string) =>
    text.replace(/[a-z]/gi, letter => (random.chance(50) ? letter.toUpperCase() : letter.toLowerCase()))
  const keyword = /^[a-z]+$/
  return pieces
    .map(piece =>
      isString(piece) || piece === '`' || (dialect === 'bigquery' && !keyword.test(piece)) ? piece : recase(piece),
    )
    .join(' ')
}

/** Names of tables, columns and aliases end in a digit, and no keyword does. */
function quoted(random: Random, { dialect, pieces }: WrittenQuery): string {
  return pieces
    .map(piece =>
      isString(piece) || piece.includes('`')
        ? piece
        : piece.replace(/(?<![\w-])[a-z]+\d+(?!\w)/g, name => {
            if (random.chance(30)) return name
            return dialect === 'snowflake' ? `"${name.toUpperCase()}"` : `\`${name}\``
          }),
    )
    .join(' ')
}
