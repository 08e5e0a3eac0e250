import { touchesSensitive } from '#src/mask/mask-plan.ts'
import { refusalBy } from '#src/record/record-denial.ts'
import type { Explained } from '../../journey.ts'
import { statementTypeOf } from './job-resource.ts'

/** What a dry run says of a statement that would run, or be held. Rejects with `denied` where policy would refuse it. */
export function dryRunStatistics({ decision, classification, estimate }: Explained) {
  if (decision.verdict === 'deny') throw refusalBy(decision)
  const hidden = touchesSensitive(classification, decision.sensitive)
  const known = hidden ? undefined : estimate?.bytes
  const totalBytesProcessed = String(Math.floor(known ?? 0))
  const statementType = statementTypeOf(classification)
  return {
    totalBytesProcessed,
    query: {
      totalBytesProcessed,
      totalBytesProcessedAccuracy: known === undefined ? 'UNKNOWN' : 'UPPER_BOUND',
      totalBytesBilled: '0',
      cacheHit: false,
      ...(statementType ? { statementType } : {}),
    },
  }
}
