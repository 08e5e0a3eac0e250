/** An error as Snowflake reports it: `code` is at most six digits, as the drivers demand. */
export class SnowflakeError extends Error {
  readonly code: string
  readonly sqlState: string

  constructor(code: string, sqlState: string, message: string) {
    super(message)
    this.code = code
    this.sqlState = sqlState
  }
}

const compilation = (code: string, sqlState: string, text: string) =>
  new SnowflakeError(code, sqlState, `SQL compilation error:\n${text}`)

export const syntaxError = (text: string) => compilation('001003', '42000', text)
export const missingObject = (kind: string, name: string) =>
  compilation('002003', '42S02', `${kind} '${name}' does not exist or not authorized.`)
export const existsAlready = (name: string) => compilation('002002', '42710', `Object '${name}' already exists.`)
export const insufficientPrivileges = (kind: string, name: string) =>
  new SnowflakeError(
    '003001',
    '42501',
    `SQL access control error:\nInsufficient privileges to operate on ${kind} '${name}'`,
  )
export const unsupported = (what: string) => new SnowflakeError('000002', '0A000', `Unsupported feature '${what}'.`)
export const canceled = () => new SnowflakeError('000604', '57014', 'SQL execution canceled')
export const timedOut = (seconds: number) =>
  new SnowflakeError(
    '000630',
    '57014',
    `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`,
  )
export const unknownStatement = (id: string) => new SnowflakeError('000709', '02000', `Statement ${id} not found`)
export const wrongStatementCount = (actual: number, wanted: number) =>
  new SnowflakeError(
    '000008',
    '0A000',
    `Actual statement count ${actual} did not match the desired statement count ${wanted}.`,
  )

export const expiredResult = () => new SnowflakeError('000707', '02000', 'Result has expired.')

/** DuckDB's wording on the left; on the right Snowflake's, which quotes the offending value just the same. */
const translations: readonly [RegExp, (match: RegExpExecArray) => SnowflakeError][] = [
  [/^INTERRUPT Error/, canceled],
  [
    /Could not convert string ['"](.*)['"] to (?:U?INT\d+|DOUBLE|FLOAT|DECIMAL|HUGEINT)/s,
    ([, value]) => new SnowflakeError('100038', '22018', `Numeric value '${value}' is not recognized`),
  ],
  [
    /(?:invalid date field format|date field value out of range): "(.*?)"/s,
    ([, value]) => new SnowflakeError('100040', '22007', `Date '${value}' is not recognized`),
  ],
  [
    /(?:invalid timestamp field format|timestamp field value out of range): "(.*?)"/s,
    ([, value]) => new SnowflakeError('100035', '22007', `Timestamp '${value}' is not recognized`),
  ],
  [
    /Could not convert string ['"](.*)['"] to BOOL/s,
    ([, value]) => new SnowflakeError('100037', '22018', `Boolean value '${value}' is not recognized`),
  ],
  [
    /value (\S+) can't be cast because the value is out of range/,
    ([, value]) => new SnowflakeError('100046', '22003', `Number out of representable range: '${value}'`),
  ],
  [
    /NOT NULL constraint failed: \S+?\.?"?([^."\s]+)"?$/m,
    ([, column]) => new SnowflakeError('100072', '22000', `NULL result in a non-nullable column: ${column}`),
  ],
  [
    /Referenced (?:column|table) "(.*?)"/,
    ([, name]) => compilation('000904', '42000', `error line 1 at position 7\ninvalid identifier '${name}'`),
  ],
  [
    /Table with name "?(.*?)"? already exists/,
    ([, name]) => compilation('002002', '42710', `Object '${name}' already exists.`),
  ],
  [/(?:Table|View) with name "?(.*?)"? does not exist/, ([, name]) => missingObject('Object', name ?? '')],
  [
    /Function with name "?(.*?)"? does not exist/,
    ([, name]) => compilation('002140', '42601', `Unknown function ${name?.toUpperCase()}`),
  ],
  [
    /must appear in the GROUP BY clause/,
    () => compilation('000979', '42601', 'Expression is not a valid group by expression'),
  ],
  [/^Parser Error: (.*)/, ([, text]) => syntaxError(text ?? '')],
  [/^Binder Error: (.*)/, ([, text]) => compilation('001007', '22023', text ?? '')],
]

/** What Snowflake would have said where DuckDB said `error`. */
export function fromDuckDb(error: unknown): SnowflakeError {
  if (error instanceof SnowflakeError) return error
  const message = (error instanceof Error ? error.message : String(error)).replace(
    /^Failed to extract statements: /,
    '',
  )
  for (const [pattern, translate] of translations) {
    const match = pattern.exec(message)
    if (match !== null) return translate(match)
  }
  return new SnowflakeError('100132', 'P0000', message.split('\n')[0] ?? '')
}
