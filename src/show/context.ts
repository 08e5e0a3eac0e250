import { windowText } from '../decide/approval-window.ts'
import { approversText } from '../decide/approvers.ts'
import type { HoldTerms } from '../hold/hold.ts'
import type { PinnedSoFar } from '../pinned/pinned-so-far.ts'
import { cut } from './cut.ts'
import { bytes, count, type Fact, names, rowsTouched, tablesText } from './facts.ts'
import { utcMinute } from './utc-minute.ts'

export interface ContextSection {
  readonly title: string
  readonly rows: readonly Fact[]
}

const valueCharacters = 600

/** Everything that was judged, decided and asked, for who wants to know more than the card says. Not yet made visible. */
export function contextSections({
  statement,
  classification,
  decision,
  estimate,
  approvers,
  digest,
}: HoldTerms): ContextSection[] {
  const { limits } = decision
  const { outputs } = classification
  return [
    {
      title: 'Judged as',
      rows: [
        ['Kinds', classification.kinds.join(', ')],
        ['Understood', classification.understood ? 'yes' : `no: ${classification.cause ?? 'no cause was given'}`],
        ['Hazards', classification.hazards.join(', ') || 'none'],
        ['Writes', tablesText(classification.writes, classification, list)],
        ['Reads', tablesText(classification.reads, classification, list)],
        ['Filters', list(classification.filters)],
      ],
    },
    {
      title: 'Columns of the answer, and what they come from',
      rows:
        outputs === null
          ? [['Lineage', 'not known: sensitive tables are masked whole']]
          : outputs.slice(0, 40).map(({ name, sources }) => [name, names(sources)]),
    },
    {
      title: 'Decided',
      rows: [
        ...decision.reasons.slice(0, 12).map(({ code, because }) => [code, because] as const),
        ['Rule', `${decision.rule}, policy ${decision.policyVersion.slice(0, 12)}`],
        ['Limits', `${count(limits.rows)} rows, ${bytes(limits.bytes)}, ${count(limits.seconds)} s`],
        ['Sensitive', list(decision.sensitive.map(({ pattern, mask }) => `${pattern} (${mask})`))],
        ['Decides', approversText(approvers)],
        ...(decision.releasers ? [['Break-glass', list(decision.releasers)] as const] : []),
        ...(decision.approveWithin
          ? [['Approvable', decision.approveWithin.map(windowText).join(' and ')] as const]
          : []),
      ],
    },
    {
      title: 'Asked',
      rows: [
        ['Estimate', rowsTouched(estimate) || 'not known'],
        ['Warehouse reads', estimate?.tables ? list(estimate.tables) : 'not known'],
        ['Agent', `${statement.principal.subject} of ${statement.principal.issuer}`],
        ['Groups', list(statement.principal.groups)],
        ['Door', statement.door],
        ...(statement.session === undefined ? [] : [['Session', statement.session] as const]),
        ...(statement.transaction ? [['Transaction', transactionSection(statement.transaction)] as const] : []),
        ...(statement.temporary ? [['Temporary tables', transactionSection(statement.temporary)] as const] : []),
        ['Digest', digest],
      ],
    },
  ]
}

/** Every statement that is known of it, by its session. */
function transactionSection({ openedAt, role, count: before, latest }: PinnedSoFar): string {
  const sessions = latest.map(({ id, became, summary }) => `${id} ${became}: ${summary}`)
  const since = `since ${utcMinute(openedAt)}, ${role ? `under ${role}` : 'nothing of it has run'}`
  return cut([`${since}, ${count(before)} before`, ...sessions].join('; '), valueCharacters)
}

function list(values: readonly string[]): string {
  return cut(values.join(', ') || 'none', valueCharacters)
}
