import type { FastifyInstance } from 'fastify'
import type { DriverSession } from '#src/authenticate/driver-sessions.ts'
import { asGatewayError, GatewayError } from '#src/errors.ts'
import type { Completed } from '#src/outcome.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { SessionId } from '#src/statement.ts'
import type { Journey } from '../../journey/journey.ts'
import { countRequest } from '../request.ts'
import { turnToAnswer } from '../turn-to-answer.ts'
import { chunkSizes, chunkStream } from './chunks.ts'
import { failed } from './envelope.ts'
import { queryIdOf, sessionIdOfQuery } from './query-id.ts'
import { formatOf, type ResultFormat } from './result-format.ts'

/** Of one principal at the same time: drivers fetch some four to ten of a result, and come again for those that were refused. */
const maxParts = 100

/** Drivers show nothing with a chunk but the headers that came with the answer. */
const ticketHeader = 'x-querywarden-ticket'

interface OneChunk {
  Params: { queryId: string; format: string; chunk: string }
}

export interface ChunkRoutesOptions {
  readonly journey: Journey
  readonly url: string
}

/** Large results, part by part, from what was recorded: as masked as the rows that came with the answer. */
export function chunkRoutes(app: FastifyInstance, { journey }: ChunkRoutesOptions): void {
  app.get<OneChunk>('/queries/:queryId/:format/chunks/:chunk', { schema: { hide: true } }, async (request, reply) => {
    try {
      const id = sessionIdOfQuery(request.params.queryId)
      const ticket = request.headers[ticketHeader]
      if (!id || typeof ticket !== 'string') throw new GatewayError('session_ended')
      const { principal } = await journey.drivers.admit(ticket, subjectOf(id))
      countRequest(principal, reply, 'parts of results', maxParts)
      const outcome = await journey.outcome(principal, id, 0, new AbortController().signal)
      const format = formatOf(request.params.format)
      const chunk = /^\d{1,6}$/.test(request.params.chunk) ? Number(request.params.chunk) : Number.POSITIVE_INFINITY
      if (!format || outcome.status !== 'completed' || chunk >= chunkSizes(outcome).length)
        throw new GatewayError('unknown_session')
      await turnToAnswer(outcome, reply, 'parts')
      reply.header('content-type', 'application/octet-stream').header('content-encoding', 'gzip')
      return reply.send(chunkStream(outcome, chunk, format))
    } catch (error) {
      const refusal = asGatewayError(error)
      // Whoever reads 403 asks for the result again, and finds a new ticket there.
      const later = refusal.table.status === 503 || refusal.code === 'too_many'
      return reply.code(later ? 503 : 403).send(failed(refusal))
    }
  })
}

/** What came with the answer. */
export interface FirstRows {
  readonly rows: number
  readonly bytes: number
  readonly format: ResultFormat
}

/** Where the rest of a result is, for its answer; nothing where all of it came. */
export async function chunksAnswer(
  { journey, url }: ChunkRoutesOptions,
  session: DriverSession<Authenticated>,
  outcome: Completed,
  first: FirstRows,
): Promise<object> {
  const sizes = chunkSizes(outcome)
  const bytesPerRow = first.bytes / Math.max(1, first.rows)
  const place = `${url}/queries/${queryIdOf(outcome.id)}/${first.format}/chunks`
  return {
    chunkHeaders: { [ticketHeader]: await journey.drivers.ticket(session, subjectOf(outcome.id)) },
    // Rows are written when their chunk is fetched: the sizes are those of the rows that came.
    chunks: sizes.map((rowCount, chunk) => ({
      url: `${place}/${chunk}`,
      rowCount,
      uncompressedSize: Math.ceil(rowCount * bytesPerRow),
      compressedSize: Math.ceil((rowCount * bytesPerRow) / 4),
    })),
  }
}

function subjectOf(id: SessionId): string {
  return `rows of ${id}`
}
