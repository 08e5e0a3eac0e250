/** A chain, nested forms, or a list: `before` and `after` once, the rest as often as it is said. */
const nested = (depth: number, open: string, inner: string, close: string): string =>
  `select ${open.repeat(depth)}${inner}${close.repeat(depth)} from t`
const chain = (length: number, link: string): string => `select ${link.repeat(length)}a from t`
export const listOf = (length: number, item: (at: number) => string): string =>
  Array.from({ length }, (_, at) => item(at)).join(', ')

/** Texts that make a parser slow, run out of stack, or die: families by name, some just below a limit of the gate, some far above. */
export const hostileFamilies: readonly (readonly [family: string, sql: string])[] = [
  ['OR, just allowed', chain(499, 'a or ')],
  ['OR', chain(20_000, 'a or ')],
  ['AND', chain(720, 'a and ')],
  ['plus', chain(100_000, 'a+')],
  ['plus, just allowed', chain(499, 'a + ')],
  ['concatenation', chain(499, "'x' || ")],
  ['NOT', chain(30_000, 'not ')],
  ['minus signs', chain(480, '- ')],
  ['casts by colons', `select a${'::int'.repeat(499)} from t`],
  ['subscripts', `select a${'[0]'.repeat(499)} from t`],
  ['paths by colons', `select a${':b'.repeat(40_000)} from t`],
  ['paths by dots', `select a${'.b'.repeat(40_000)} from t`],
  ['round brackets, just allowed', nested(48, '(', '1', ')')],
  ['round brackets', nested(50_000, '(', '1', ')')],
  ['round brackets that stay open', `select ${'('.repeat(30)}1`],
  ['square brackets, just allowed', nested(48, '[', '1', ']')],
  ['square brackets that stay open', `select ${'['.repeat(30)}1`],
  ['curly brackets', nested(48, "{'a':", '1', '}')],
  ['calls in calls', nested(48, 'abs(', '1', ')')],
  ['calls after dots', `select (a)${'.f(1)'.repeat(490)} from t`],
  ['calls after dots, just allowed', `select (a)${'.upper()'.repeat(45)} from t`],
  ['arrays of queries', nested(40, 'array(select ', '1', ')')],
  ['CASE in CASE', nested(40, 'case when a then ', '1', ' end')],
  ['branches of one CASE', `select case ${'when a then b '.repeat(400)}end from t`],
  ['structs in structs', nested(40, 'struct(', '1', ')')],
  ['EXISTS in EXISTS', `select * from t where ${'exists (select 1 from t where '.repeat(30)}a${')'.repeat(30)}`],
  ['IN in IN', `select * from t where ${'a in (select a from t where '.repeat(40)}a${')'.repeat(40)}`],
  ['queries in FROM', `${'select * from ('.repeat(40)}select 1 from t${')'.repeat(40)}`],
  ['joins, just allowed', `select 1 from t ${'join t using (a) '.repeat(499)}`],
  ['joins', `select 1 from t ${'join t on true '.repeat(5_000)}`],
  ['joins by comma', `select 1 from ${'t, '.repeat(4_000)}t`],
  ['unions, just allowed', `${'select 1 union all '.repeat(499)}select 1`],
  ['unions', `${'select 1 union all '.repeat(8_000)}select 1`],
  [
    'CTEs over CTEs',
    `with ${listOf(499, at => `c${at} as (select * from ${at === 0 ? 't' : `c${at - 1}, c${at - 1} d`})`)} select * from c498`,
  ],
  ['columns, just allowed', `select ${'a, '.repeat(4_999)}a from t`],
  ['columns', `select ${'a,'.repeat(50_000)}a from t`],
  ['a long IN list', `select 1 from t where a in (${listOf(20_000, at => `${at}`)})`],
  ['rows of VALUES', `select * from (values ${listOf(4_000, at => `(${at}, 'x')`)}) v`],
  ['windows', `select ${listOf(400, at => `sum(a) over (partition by b${at} order by c)`)} from t`],
  ['a long comment', `/*${'x'.repeat(190_000)}*/ select 1 from t`],
  ['comments', `${'/**/'.repeat(45_000)} select 1 from t`],
  ['quotes in a string', `select '${"''".repeat(90_000)}'`],
  ['backslashes in a string', `select '${'\\'.repeat(90_000)}' from t`],
  ['a long name', `select ${'x'.repeat(190_000)} from t`],
  ['statements', 'select 1;'.repeat(20_000)],
  ['megabytes', 'x'.repeat(3_000_000)],
  ['no characters', '\u0000\ud800'],
  ['nothing', ''],
]

export const hostileTexts: readonly string[] = hostileFamilies.map(([, sql]) => sql)
