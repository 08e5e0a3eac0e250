import { arrowStream } from './arrow.ts'
import { type Cell, columnType, rowsOf, textType } from './cells.ts'
import type { Result } from './result.ts'
import { formatOf } from './result-format.ts'
import { type Session, usualTimeZone } from './session.ts'
import type { SnowflakeError } from './snowflake-error.ts'
import type { Statement } from './statement.ts'

interface Envelope {
  readonly data: unknown
  readonly code: string | null
  readonly message: string | null
  readonly success: boolean
  readonly headers?: null
}

export const succeeded = (data: unknown): Envelope => ({ data, code: null, message: null, success: true })

export function failed(error: SnowflakeError, queryId?: string): Envelope {
  return {
    data: {
      internalError: false,
      errorCode: error.code,
      age: 0,
      sqlState: error.sqlState,
      queryId,
      line: -1,
      pos: -1,
      type: 'COMPILATION',
    },
    code: error.code,
    message: error.message,
    success: false,
    headers: null,
  }
}

/** A login or session that is refused; the data object is what the Python driver looks into. */
export function refused(code: string, message: string): Envelope {
  return {
    data: { nextAction: 'RETRY_LOGIN', authnMethod: 'OAUTH', signInOptions: {} },
    code,
    message,
    success: false,
    headers: null,
  }
}

/** `333333` while a request waits for its statement, `333334` for one that asked not to wait. */
export function inProgress(queryId: string, code: '333333' | '333334'): Envelope {
  return {
    data: { getResultUrl: `/queries/${queryId}/result`, queryId, progressDesc: null, queryAbortsAfterSecs: 300 },
    code,
    message: 'Query execution in progress. Use the getResultUrl to fetch the result.',
    success: true,
  }
}

const defaultParameters: Readonly<Record<string, string | number | boolean>> = {
  AUTOCOMMIT: true,
  TIMEZONE: usualTimeZone,
  TIMESTAMP_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM',
  TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3',
  TIMESTAMP_LTZ_OUTPUT_FORMAT: '',
  TIMESTAMP_TZ_OUTPUT_FORMAT: '',
  DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
  TIME_OUTPUT_FORMAT: 'HH24:MI:SS',
  BINARY_OUTPUT_FORMAT: 'HEX',
  CLIENT_SESSION_KEEP_ALIVE: false,
  CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY: 3600,
  CLIENT_STAGE_ARRAY_BINDING_THRESHOLD: 65280,
  CLIENT_PREFETCH_THREADS: 4,
  CLIENT_RESULT_CHUNK_SIZE: 160,
  CLIENT_MEMORY_LIMIT: 1536,
  CLIENT_TELEMETRY_ENABLED: true,
  QUERY_CONTEXT_CACHE_SIZE: 5,
  SERVICE_NAME: '',
}

export function parametersOf(session: Session): readonly { name: string; value: string | number | boolean }[] {
  return Object.entries({ ...defaultParameters, ...Object.fromEntries(session.parameters) }).map(([name, value]) => ({
    name,
    value,
  }))
}

/** How a result is cut: vectors of DuckDB (up to 2,048 rows) sent inline, and per chunk. */
export interface Cut {
  readonly inlineVectors: number
  readonly chunkVectors: number
}

interface Chunk {
  readonly from: number
  readonly to: number
  readonly rowCount: number
}

/** Rows that a client gets: the result's, up to ROWS_PER_RESULTSET. */
export function rowLimit({ parameters, session }: Statement): number {
  const wanted = Number(parameters.get('ROWS_PER_RESULTSET') ?? session.parameters.get('ROWS_PER_RESULTSET') ?? 0)
  return wanted > 0 ? wanted : Number.POSITIVE_INFINITY
}

/** The chunks after the inline rows. */
export function chunksOf({ data }: Result, { inlineVectors, chunkVectors }: Cut, limit: number): readonly Chunk[] {
  const chunks: Chunk[] = []
  let before = 0
  for (let vector = 0; vector < Math.min(inlineVectors, data.chunkCount); vector++)
    before += data.getChunk(vector).rowCount
  for (let from = inlineVectors; from < data.chunkCount && before < limit; from += chunkVectors) {
    const to = Math.min(from + chunkVectors, data.chunkCount)
    let rowCount = 0
    for (let vector = from; vector < to; vector++) rowCount += data.getChunk(vector).rowCount
    rowCount = Math.min(rowCount, limit - before)
    chunks.push({ from, to, rowCount })
    before += rowCount
  }
  return chunks
}

/** The columns of a result, as they are told with it. */
export function rowtype({ data, columns, zoned }: Result) {
  const types = data.columnTypes()
  return columns.map(({ name, source }, index) => {
    const duckDbType = types[index]
    const type = duckDbType === undefined ? undefined : columnType(duckDbType)
    return {
      name,
      database: source?.database ?? '',
      schema: source?.schema ?? '',
      table: source?.table ?? '',
      nullable: true,
      collation: null,
      ...(type ?? textType),
      ...(zoned === true && type?.type === 'timestamp_ltz' ? { type: 'timestamp_tz' } : {}),
    }
  })
}

/** The rows of some of a result's vectors, `from` inclusive to `to` exclusive, at most `limit` of them. */
export function vectorsOf(
  { data, zoned = false }: Result,
  { from, to, limit }: { from: number; to: number; limit: number },
): Cell[][][] {
  const vectors: Cell[][][] = []
  let left = limit
  for (let vector = from; vector < to && left > 0; vector++) {
    const rows = rowsOf(data, { vector, limit: left, zoned })
    vectors.push(rows)
    left -= rows.length
  }
  return vectors
}

/** The body of a finished statement. `signedUrl` says where chunk n is served. */
export function resultBody(
  statement: Statement,
  result: Result,
  cut: Cut,
  chunkAccess: { signedUrl(chunk: number): string; readonly headers: Readonly<Record<string, string>> },
): Envelope {
  const { session, queryId } = statement
  const { data, counts } = result
  const limit = rowLimit(statement)
  const chunks = chunksOf(result, cut, limit)
  const total = Math.min(data.rowCount, limit)
  const inline = {
    from: 0,
    to: Math.min(cut.inlineVectors, data.chunkCount),
    limit: total,
  }
  const vectors = vectorsOf(result, inline)
  const rowset = vectors.flat()
  const format = formatOf(statement, result)
  const stream = format === 'arrow' ? arrowStream(rowtype(result), vectors) : undefined
  const bytes = stream?.length ?? JSON.stringify(rowset).length
  const bytesPerRow = rowset.length === 0 ? 0 : bytes / rowset.length
  return succeeded({
    parameters: parametersOf(session),
    rowtype: rowtype(result),
    ...(stream === undefined ? { rowset } : { rowsetBase64: Buffer.from(stream).toString('base64') }),
    total,
    returned: total,
    queryId,
    databaseProvider: null,
    finalDatabaseName: session.database ?? null,
    finalSchemaName: session.schema ?? null,
    finalWarehouseName: session.warehouse ?? null,
    finalRoleName: session.role,
    numberOfBinds: 0,
    arrayBindSupported: false,
    statementTypeId: result.typeId,
    version: 1,
    sendResultTime: Date.now(),
    queryResultFormat: format,
    ...(counts === undefined ? {} : { stats: counts }),
    ...(result.children === undefined ? {} : { resultIds: result.children.ids, resultTypes: result.children.types }),
    ...result.transfer,
    ...(chunks.length === 0
      ? {}
      : {
          chunkHeaders: chunkAccess.headers,
          // Rows are encoded when their chunk is fetched, so the sizes are estimates from the inline rows.
          chunks: chunks.map(({ rowCount }, index) => ({
            url: chunkAccess.signedUrl(index),
            rowCount,
            uncompressedSize: Math.round(rowCount * bytesPerRow),
            compressedSize: Math.round((rowCount * bytesPerRow) / 5),
          })),
        }),
  })
}
