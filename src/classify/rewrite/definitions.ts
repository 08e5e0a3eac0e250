import { isName, isWord, type Token } from '../text/token.ts'
import { closingAt, depths, separated, word } from '../text/token-lists.ts'
import { nameEnd } from './alterations.ts'

/** GoogleSQL's definitions that a parser does not read, as others that read and write the same. */
export const plainDefinitions = (tokens: readonly Token[]): readonly Token[] =>
  isWord(tokens[0], 'CREATE', 'ALTER', 'DROP')
    ? plainSchemas(describedColumns(renamedBeside(clonedTables(plainLayouts(tableOfModel(plainKinds(tokens)))))))
    : tokens

/** `CREATE SNAPSHOT TABLE` → `CREATE TABLE`, `DROP EXTERNAL TABLE` → `DROP TABLE`: what it is called after is all that counts. */
function plainKinds(tokens: readonly Token[]): readonly Token[] {
  const isTable = isWord(tokens[2], 'TABLE')
  const creates = isWord(tokens[0], 'CREATE') && isWord(tokens[1], 'SNAPSHOT')
  const drops = isWord(tokens[0], 'DROP') && isWord(tokens[1], 'SNAPSHOT', 'EXTERNAL')
  return isTable && (creates || drops) ? tokens.toSpliced(1, 1) : tokens
}

/** `CREATE MODEL m OPTIONS (…) AS SELECT …` → `CREATE TABLE m AS SELECT …`: it is made of the same. */
function tableOfModel(tokens: readonly Token[]): readonly Token[] {
  const model = isWord(tokens[1], 'OR') ? 3 : 1
  if (!isWord(tokens[0], 'CREATE') || !isWord(tokens[model], 'MODEL')) return tokens
  const end = nameEnd(tokens, model)
  const body = plainOptionsEnd(tokens, end)
  return isWord(tokens[body], 'AS') && isWord(tokens[body + 1], 'SELECT', 'WITH', 'FROM')
    ? [...tokens.slice(0, model), word('TABLE'), ...tokens.slice(model + 1, end), ...tokens.slice(body)]
    : tokens
}

/**
 * `CREATE MATERIALIZED VIEW v PARTITION BY d CLUSTER BY a AS …` → `CREATE MATERIALIZED VIEW v AS …`, `CREATE TABLE t DEFAULT COLLATE 'und:ci' …`
 * → `CREATE TABLE t …`: how its rows are laid out and compared.
 */
function plainLayouts(tokens: readonly Token[]): readonly Token[] {
  const kind = isWord(tokens[1], 'OR') ? 3 : 1
  const isView = isWord(tokens[kind], 'MATERIALIZED') && isWord(tokens[kind + 1], 'VIEW')
  if (!isWord(tokens[0], 'CREATE') || !(isView || isWord(tokens[kind], 'TABLE'))) return tokens
  const levels = depths(tokens)
  const end = tokens.findIndex((token, at) => levels[at] === 0 && isWord(token, 'AS'))
  const start = tokens.findIndex(
    (token, at) => levels[at] === 0 && isWord(token, ...(isView ? ['PARTITION', 'CLUSTER'] : ['DEFAULT'])),
  )
  if (start < 0 || (end >= 0 && end < start)) return tokens
  if (!isView) return isCollation(tokens.slice(start, start + 3)) ? tokens.toSpliced(start, 3) : tokens
  const options = tokens.findIndex((token, at) => at > start && levels[at] === 0 && isWord(token, 'OPTIONS', 'AS'))
  const laidOut = tokens.slice(start, options)
  return laidOut.some(token => isWord(token, 'SELECT', 'FROM')) ? tokens : tokens.toSpliced(start, laidOut.length)
}

const isCollation = ([mark, collate, value]: readonly Token[]): boolean =>
  isWord(mark, 'DEFAULT') && isWord(collate, 'COLLATE') && value?.kind === 'string'

/** `CREATE TABLE a COPY b OPTIONS (…)` → `CREATE TABLE a CLONE b`: the same columns and rows, stored in another way. */
function clonedTables(tokens: readonly Token[]): readonly Token[] {
  const table = isWord(tokens[1], 'OR') ? 3 : 1
  const at = nameEnd(tokens, table)
  if (!isWord(tokens[0], 'CREATE') || !isWord(tokens[table], 'TABLE') || !isWord(tokens[at], 'COPY', 'CLONE'))
    return tokens
  const end = nameEnd(tokens, at)
  const rest = tokens.slice(plainOptionsEnd(tokens, pastEnd(tokens, end)))
  return [...tokens.slice(0, at), word('CLONE'), ...tokens.slice(at + 1, end), ...rest]
}

/** After `FOR SYSTEM_TIME AS OF …` that may begin here and holds no query: a hazard tells of it. */
function pastEnd(tokens: readonly Token[], start: number): number {
  if (!['FOR', 'SYSTEM_TIME', 'AS', 'OF'].every((text, at) => isWord(tokens[start + at], text))) return start
  const levels = depths(tokens)
  const options = tokens.findIndex((token, at) => at > start && levels[at] === 0 && isWord(token, 'OPTIONS'))
  const end = options < 0 ? tokens.length : options
  return tokens.slice(start, end).some(token => isWord(token, 'SELECT', 'FROM')) ? start : end
}

/** After `OPTIONS (…)` that may begin here and holds no query. */
function plainOptionsEnd(tokens: readonly Token[], start: number): number {
  if (!isWord(tokens[start], 'OPTIONS') || !isWord(tokens[start + 1], '(')) return start
  const end = closingAt(tokens, start + 1)
  return tokens.slice(start, end).some(token => isWord(token, 'SELECT', 'FROM')) ? start : end + 1
}

/** `ALTER TABLE d.t RENAME TO u` → ``ALTER TABLE d.t RENAME TO `d.u` ``: it stays in its data set, whatever names resolve in. */
function renamedBeside(tokens: readonly Token[]): readonly Token[] {
  const [name, to, rename] = tokens.toReversed()
  const isAlter = isWord(tokens[0], 'ALTER') && isWord(tokens[1], 'TABLE')
  if (!isAlter || !isWord(rename, 'RENAME') || !isWord(to, 'TO') || !isName(name) || plainText(name).includes('.'))
    return tokens
  const table = tokens.slice(isWord(tokens[2], 'IF') ? 4 : 2, -3).map(plainText)
  const path = [...table.join('').split('.').slice(0, -1), plainText(name)].join('.')
  return tokens.with(-1, { kind: 'quoted', text: `\`${path}\``, value: path, spaced: true })
}

/**
 * `ALTER VIEW v SET OPTIONS (description = 'x')`, also of columns → `ALTER TABLE v ALTER COLUMN description DROP NOT NULL`: nothing is in
 * another place, nobody sees more, and no row goes, as with options that are not listed here.
 */
function describedColumns(tokens: readonly Token[]): readonly Token[] {
  const kind = isWord(tokens[1], 'MATERIALIZED') ? 2 : 1
  const end = nameEnd(tokens, kind)
  const actions = separated(tokens.slice(end), ',')
  if (!isWord(tokens[0], 'ALTER') || !isWord(tokens[kind], 'TABLE', 'VIEW') || !actions.every(describes)) return tokens
  const changes = 'ALTER COLUMN description DROP NOT NULL'.split(' ').map(each => word(each))
  return [...tokens.slice(0, 1), word('TABLE'), ...tokens.slice(kind + 1, end), ...changes]
}

/** `SET OPTIONS (…)`, or that of one column; `SET DEFAULT COLLATE 'und:ci'`. */
function describes(action: readonly Token[]): boolean {
  const ofColumn = isWord(action[0], 'ALTER') && isWord(action[1], 'COLUMN')
  const [set, ...options] = action.slice(ofColumn ? nameEnd(action, 1) : 0)
  const isCollated = !ofColumn && options.length === 3 && isCollation(options)
  return isWord(set, 'SET') && (isCollated || arePlainOptions(options, plainOptions))
}

/**
 * `CREATE SCHEMA s DEFAULT COLLATE 'und:ci' OPTIONS (location = 'eu')` → `CREATE SCHEMA s`: what is made in there later is what it
 * says itself.
 */
function plainSchemas(tokens: readonly Token[]): readonly Token[] {
  const end = nameEnd(tokens, 1)
  const options = tokens.slice(isCollation(tokens.slice(end, end + 3)) ? end + 3 : end)
  const isPlain = options.length === 0 || arePlainOptions(options, schemaOptions)
  return isWord(tokens[0], 'CREATE') && isWord(tokens[1], 'SCHEMA') && isPlain ? tokens.slice(0, end) : tokens
}

/** `OPTIONS (…)`, of these and with nothing but literals. */
function arePlainOptions([options, open, ...rest]: readonly Token[], names: ReadonlySet<string>): boolean {
  if (!isWord(options, 'OPTIONS') || !isWord(open, '(') || !isWord(rest.at(-1), ')')) return false
  return separated(rest.slice(0, -1), ',').every(option => isPlainOption(option, names))
}

/** With nothing but a literal. */
const isPlainOption = ([name, equals, value, more]: readonly Token[], names: ReadonlySet<string>): boolean =>
  name?.kind === 'word' &&
  names.has(name.value) &&
  isWord(equals, '=') &&
  more === undefined &&
  (value?.kind === 'string' || value?.kind === 'number' || isWord(value, 'TRUE', 'FALSE', 'NULL'))

const plainOptions: ReadonlySet<string> = new Set(
  'DESCRIPTION FRIENDLY_NAME REQUIRE_PARTITION_FILTER ENABLE_REFRESH REFRESH_INTERVAL_MINUTES ROUNDING_MODE DEFAULT_ROUNDING_MODE'.split(
    ' ',
  ),
)

const schemaOptions: ReadonlySet<string> = new Set(
  'DESCRIPTION FRIENDLY_NAME LOCATION DEFAULT_TABLE_EXPIRATION_DAYS DEFAULT_PARTITION_EXPIRATION_DAYS'.split(' '),
)

const plainText = ({ kind, text, value }: Token): string => (kind === 'quoted' ? value : text)
