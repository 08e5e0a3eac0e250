import { type Running, requireAccess } from './query.ts'
import { plainResult, type Result, statementType, statusResult } from './result.ts'
import { parseStatement, requireCreate, tablesIn } from './roles.ts'
import { syntaxError, unsupported } from './snowflake-error.ts'
import { namePattern } from './sql-text.ts'

/** What a careless gateway would pass on from a PUT, a GET or a presigned URL. Tests search for these. */
export const stageSecrets = [
  'stage-aws-key-id',
  'stage-aws-secret-key',
  'stage-aws-session-token',
  'stage-master-key',
  'presigned-url-signature',
] as const

const encryptionMaterial = (queryId: string) => ({ queryStageMasterKey: stageSecrets[3], queryId, smkId: 1 })

/** PUT and GET: the client does the copying, with the credentials in this answer. */
async function transfer({ session, sql, queryId }: Running): Promise<Result> {
  const upload = sql.startsWith('PUT')
  const [source = '', target = ''] = sql.split(/\s+/).slice(1)
  const typeId = upload ? statementType.put : statementType.get
  return {
    ...(await statusResult(session.connection, typeId)),
    transfer: {
      command: upload ? 'UPLOAD' : 'DOWNLOAD',
      operation: 'Node',
      src_locations: [source.replace(/^'?FILE:\/\//i, '').replace(/'$/, '')],
      ...(upload ? {} : { localLocation: target.replace(/^'?FILE:\/\//i, '').replace(/'$/, '') }),
      parallel: 4,
      threshold: 209_715_200,
      autoCompress: true,
      overwrite: false,
      sourceCompression: 'auto_detect',
      clientShowEncryptionParameter: true,
      presignedUrls: [`https://stage.fake-snowflake.example/file?X-Amz-Signature=${stageSecrets[4]}`],
      encryptionMaterial: upload ? encryptionMaterial(queryId) : [encryptionMaterial(queryId)],
      stageInfo: {
        locationType: 'S3',
        location: 'fake-snowflake-stage/tables/1/',
        path: 'tables/1/',
        region: 'eu-central-1',
        storageAccount: null,
        isClientSideEncrypted: true,
        endPoint: null,
        creds: { AWS_KEY_ID: stageSecrets[0], AWS_SECRET_KEY: stageSecrets[1], AWS_TOKEN: stageSecrets[2] },
      },
    },
  }
}

/** COPY INTO a stage or URL reads and "unloads"; COPY INTO a table finds no files. */
async function copy(running: Running): Promise<Result> {
  const { session, sql, database } = running
  const unload = new RegExp(`^COPY\\s+INTO\\s+'?(?:@|\\w+://)\\S*\\s+FROM\\s+(\\(.*\\)|${namePattern})`, 'is').exec(
    sql,
  )?.[1]
  if (unload === undefined) {
    const [, table] = new RegExp(`^COPY\\s+INTO\\s+(${namePattern})`).exec(sql) ?? []
    if (table === undefined) throw syntaxError('syntax error: COPY INTO what?')
    const name = session.resolve(table)
    if (database.owner(name) !== session.role) requireCreate(session.privileges, name)
    return statusResult(session.connection, statementType.copy, 'Copy executed with 0 files processed.')
  }
  const ast = parseStatement(unload.startsWith('(') ? unload.slice(1, -1) : `SELECT * FROM ${unload}`)
  await requireAccess(running, ast)
  let bytes = 0
  for (const { catalog, schema, name } of tablesIn(ast)) {
    const table = session.resolve([catalog, schema, name].filter(part => part !== undefined).join('.'))
    bytes += (await database.size(`${table.database}.${table.schema}.${table.table}`)).bytes
  }
  return plainResult(
    session.connection,
    `SELECT 1 AS "rows_unloaded", ${bytes}::BIGINT AS "input_bytes", ${bytes}::BIGINT AS "output_bytes"`,
    statementType.unload,
  )
}

export function runTransfer(running: Running): Promise<Result> {
  if (/^(?:PUT|GET)\b/.test(running.sql)) return transfer(running)
  if (running.sql.startsWith('COPY INTO')) return copy(running)
  throw unsupported(running.sql.split(/\s+/)[0] ?? '')
}
