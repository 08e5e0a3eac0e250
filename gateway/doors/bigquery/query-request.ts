import { type Static, Type } from 'typebox'
import { GatewayError } from '#src/errors.ts'
import type { Submission } from '#src/statement.ts'
import type { ConnectionFacts } from '../../journey/journey.ts'
import { flag, strict, text } from './fields.ts'
import { destination } from './moving/destination-sql.ts'
import { movingJobs, movingSql } from './moving/moving-job.ts'
import { QueryParameter, typedBinds } from './query-parameters.ts'

/*
 * What a query may say. A field that is not listed is refused by name: Google adds some that change results, destinations or
 * identities. Some are taken and mean nothing here (cache, priority, labels), because clients send them unasked.
 */

/** INT64 in JSON is a text; clients send numbers too. */
const int64 = Type.Optional(
  Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: '^[0-9]{1,18}$' }), Type.Null()]),
)
const unused = Type.Optional(Type.Literal(false))

const query = {
  query: Type.String({ minLength: 1 }),
  useLegacySql: flag,
  defaultDataset: Type.Optional(Type.Object({ projectId: text(128), datasetId: text(1024) }, strict)),
  parameterMode: Type.Optional(Type.Union([Type.String({ maxLength: 16 }), Type.Null()])),
  queryParameters: Type.Optional(Type.Array(QueryParameter, { maxItems: 10_000 })),
  connectionProperties: Type.Optional(
    Type.Array(Type.Object({ key: Type.String({ maxLength: 64 }), value: Type.String({ maxLength: 256 }) }, strict), {
      maxItems: 16,
    }),
  ),
  maximumBytesBilled: int64,
  useQueryCache: flag,
  preserveNulls: flag,
  createSession: flag,
  continuous: unused,
  writeIncrementalResults: unused,
  /** Node's client leaves its own option there. */
  types: Type.Optional(Type.Unknown()),
}

const labels = Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 500 })))

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query */
export const QueryRequest = Type.Object(
  {
    ...query,
    kind: text(64),
    labels,
    location: text(64),
    dryRun: flag,
    maxResults: int64,
    timeoutMs: int64,
    jobTimeoutMs: int64,
    requestId: text(36),
    jobCreationMode: Type.Optional(Type.String({ pattern: '^JOB_CREATION_(?:MODE_UNSPECIFIED|REQUIRED|OPTIONAL)$' })),
    queryResultsFormat: Type.Optional(Type.Literal('STRUCT_ENCODING')),
    formatOptions: Type.Optional(
      Type.Object(
        {
          useInt64Timestamp: flag,
          timestampOutputFormat: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
        },
        strict,
      ),
    ),
  },
  strict,
)

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job, of which clients send these. */
export const InsertedJob = Type.Object(
  {
    kind: text(64),
    jobReference: Type.Optional(
      Type.Object({ projectId: text(128), jobId: text(1024), location: Type.Optional(Type.Unknown()) }, strict),
    ),
    configuration: Type.Object(
      {
        jobType: text(16),
        labels,
        dryRun: flag,
        jobTimeoutMs: int64,
        query: Type.Optional(
          Type.Object(
            {
              ...query,
              ...destination,
              priority: text(16),
              allowLargeResults: flag,
              flattenResults: flag,
              /** Empty from Airflow's cursor; any one would change a table. */
              schemaUpdateOptions: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })),
            },
            strict,
          ),
        ),
        ...movingJobs,
      },
      strict,
    ),
  },
  strict,
)

type Query = Omit<Static<typeof QueryRequest>, 'formatOptions' | 'kind'>

/** What the journey is asked for a job, whether it is a query or moves data. Rejects with `invalid_request`. */
export function submissionOfJob(
  { configuration }: Static<typeof InsertedJob>,
  connection: ConnectionFacts,
): Submission {
  const { query, labels, copy, extract, load } = configuration
  const [only, ...others] = Object.entries({ query, copy, extract, load }).filter(([, said]) => said !== undefined)
  if (!only || others.length > 0) {
    const message = 'A job has exactly one of configuration.query, copy, extract and load.'
    throw new GatewayError('invalid_request', { message })
  }
  const sql = movingSql(configuration, connection)
  const asked = query ?? { query: sql ?? '' }
  return {
    ...submissionOf({ ...asked, ...(labels ? { labels } : {}) }, connection),
    ...(sql ? { request: Object.fromEntries([only]) } : {}),
  }
}

/** What the journey is asked. The label `purpose` says why, in the agent's words; no label reaches the warehouse. */
export function submissionOf(asked: Query, { name, database }: ConnectionFacts): Submission {
  if (asked.useLegacySql) {
    throw new GatewayError('invalid_request', {
      message: 'Legacy SQL is not understood here.',
      next: 'Write GoogleSQL and set useLegacySql to false (bq: --use_legacy_sql=false).',
    })
  }
  const { projectId, datasetId } = asked.defaultDataset ?? {}
  const purpose = asked.labels?.purpose
  return {
    connection: name,
    sql: asked.query,
    binds: typedBinds(asked.queryParameters ?? []),
    ...(projectId && projectId !== name ? { database: projectId } : database ? { database } : {}),
    ...(datasetId ? { schema: datasetId } : {}),
    parameters: parametersOf(asked),
    ...sessionOf(asked),
    ...(purpose ? { purpose } : {}),
    door: 'bigquery',
  }
}

function parametersOf({ connectionProperties = [], maximumBytesBilled }: Query): Record<string, string> {
  const parameters: Record<string, string> = {}
  for (const { key, value } of connectionProperties) {
    if (key === 'session_id') continue
    if (key !== 'time_zone' || parameters.time_zone !== undefined) {
      throw new GatewayError('invalid_request', {
        message: `The connection property ${JSON.stringify(key)} is not taken here.`,
        next: 'The only ones are time_zone and session_id, once each.',
      })
    }
    parameters.time_zone = value
  }
  if (maximumBytesBilled !== undefined && maximumBytesBilled !== null && Number(maximumBytesBilled) > 0)
    parameters.maximum_bytes_billed = String(maximumBytesBilled)
  return parameters
}

/** The session that the client names. Whose it is, and whether it is there, is asked later. */
function sessionOf({ connectionProperties = [], createSession }: Query): { readonly session?: string } {
  const [session, ...more] = connectionProperties.filter(({ key }) => key === 'session_id')
  if (more.length === 0 && !(session && createSession)) return session ? { session: session.value } : {}
  throw new GatewayError('invalid_request', {
    message: 'A request names one session, or opens one.',
    next: 'Leave out createSession, or all but one session_id.',
  })
}
