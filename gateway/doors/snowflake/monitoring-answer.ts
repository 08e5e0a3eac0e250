import type { Outcome } from '#src/outcome.ts'
import { type Envelope, failed, succeeded } from './envelope.ts'
import { queryIdOf } from './query-id.ts'
import type { BatchState } from './statement-batch.ts'

/** Where several statements stand that came as one. */
export function batchMonitoringAnswer(state: BatchState, queryId: string): Envelope {
  const refusal = refusalOf(state)
  const status = batchStatusOf(state)
  const error = { errorCode: refusal?.code ?? '', errorMessage: refusal?.message ?? null }
  return succeeded({ queries: [{ id: queryId, status, state: status, ...error }] })
}

function refusalOf(state: BatchState): Envelope | undefined {
  if (state.status === 'refused') return failed(state.outcome, state.outcome.id)
  return state.status === 'cancelled' ? failed(state.refusal) : undefined
}

/** Where a statement stands, in the words that drivers know. One that waits for people is `QUEUED`: still on its way. */
export function monitoringAnswer(outcome: Outcome): Envelope {
  const refusal =
    outcome.status === 'pending' || outcome.status === 'completed' ? undefined : failed(outcome, outcome.id)
  const status = statusOf(outcome)
  const query = {
    id: queryIdOf(outcome.id),
    ...{ status, state: status },
    ...{ errorCode: refusal?.code ?? '', errorMessage: refusal?.message ?? null },
    startTime: outcome.statement.receivedAt,
    sqlText: askedText(outcome),
  }
  return succeeded({ queries: [query] })
}

/** As its agent wrote it: the statement that a job with a destination is taken for names the columns behind a star. */
function askedText({ statement: { sql, request } }: Outcome): string {
  const job = request?.query as { readonly query?: string } | undefined
  return job?.query ?? sql
}

function batchStatusOf(state: BatchState): string {
  switch (state.status) {
    case 'completed':
      return 'SUCCESS'
    case 'cancelled':
      return 'ABORTED'
    default:
      return state.outcome ? statusOf(state.outcome) : 'RUNNING'
  }
}

function statusOf(outcome: Outcome): string {
  switch (outcome.status) {
    case 'pending':
      return outcome.state === 'pending' ? 'QUEUED' : 'RUNNING'
    case 'completed':
      return 'SUCCESS'
    case 'cancelled':
      return 'ABORTED'
    default:
      return 'FAILED_WITH_ERROR'
  }
}
