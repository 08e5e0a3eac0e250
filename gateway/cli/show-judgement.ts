import type { Classification, OutputColumn } from '#src/classify/classification.ts'
import { durationText, sizeText } from '#src/config/units.ts'
import { windowText } from '#src/decide/approval-window.ts'
import { approversText } from '#src/decide/approvers.ts'
import type { ExplainedRule, RuleTrace } from '#src/decide/decide.ts'
import type { Decision, GrantBounds, Reason, ReasonCode } from '#src/decide/decision.ts'
import type { GrantOffer } from '#src/hold/grant.ts'
import { answersWithStatus } from '#src/mask/mask-plan.ts'
import type { PredictedMasks } from '#src/mask/predict-masks.ts'
import { count } from '#src/show/facts.ts'
import { boundsWords, grantFacts } from '#src/show/grant-words.ts'
import type { Judgement } from './judge-offline.ts'
import { plain, print, printWrapped } from './terminal.ts'

const field = (name: string, text: string) => printWrapped(`  ${name.padEnd(12)} `, text)
const list = (items: readonly string[], none: string) => (items.length > 0 ? items.join(', ') : none)

/** What a statement does, as `classify` understood it. */
export function showClassification(classification: Classification): void {
  const { understood, cause, gate, summary, kinds, statements, reads, writes } = classification
  field('understood', understood ? summary : `no: ${cause ?? 'it is not known why'}`)
  if (!understood && summary) field('', summary)
  if (gate.ambiguous !== false) field('ambiguous', gate.ambiguous)
  field('kind', `${list(kinds, 'none')}${statements <= 1 ? '' : ` · ${statements} statements`}`)
  field('reads', list(reads, 'nothing'))
  field('writes', list(writes, 'nothing'))
  showOutputs(classification)
  field('filters', list(classification.filters, 'none'))
  field('hazards', list(classification.hazards, 'none'))
  const condition = reads.length > 0 ? ', where all it reads are tables: a view is no plain read' : ''
  field('harmless', classification.harmless ? `yes${condition}` : 'no')
}

function showOutputs(classification: Classification): void {
  const { outputs } = classification
  if (outputs === null) {
    field(
      'outputs',
      answersWithStatus(classification) ? 'a count or a status' : 'not known without the tables’ columns',
    )
    return
  }
  const width = Math.min(Math.max(...outputs.map(({ name }) => name.length), 0), 40)
  outputs.forEach((output, at) => {
    field(at === 0 ? 'outputs' : '', `${(output.name || '(no name)').padEnd(width)}  ${originOf(output)}`)
  })
  if (outputs.length === 0) field('outputs', 'none')
}

function originOf({ sources, indirect, copied, aggregate }: OutputColumn): string {
  const made = copied ? 'is' : aggregate ? `${aggregate} of` : 'from'
  const value = sources.length === 0 ? 'from no column' : `${made} ${sources.join(', ')}`
  return indirect.length > 0 ? `${value}; decided by ${indirect.join(', ')}` : value
}

/** Every rule with what became of it, then the decision and what would leave. */
export function showJudgement(
  rules: readonly ExplainedRule[],
  { decision, masks, offer, lacksEstimate }: Judgement,
): void {
  showRules(rules, decision)
  print()
  const by = decision.rule === 'default' ? 'because no rule matches' : `by rule ${decision.rule}`
  print(`  ${{ allow: 'allowed', hold: 'held', deny: 'refused' }[decision.verdict]} ${plain(by)}`)
  for (const { because, instead } of decidingReasons(decision)) {
    printWrapped('    ', because)
    if (instead) printWrapped('    what would pass: ', instead)
  }
  if (decision.verdict !== 'deny') showTerms(decision, masks, offer)
  if (lacksEstimate) print('\n  Without --estimate every number is unknown: a deny or hold that asks for one applies.')
}

/** Without those of rules that were outweighed: the list of rules shows them. */
export function decidingReasons({ verdict, reasons }: Decision): readonly Reason[] {
  return reasons.filter(({ code }) => !outweighed[verdict].includes(code))
}

const outweighed: Readonly<Record<Decision['verdict'], readonly ReasonCode[]>> = {
  deny: ['rule_held', 'rule_allowed'],
  hold: ['rule_allowed'],
  allow: [],
}

const words = {
  matched: 'matched',
  not_matched: 'not matched',
  unknown:
    'unknown: a number is not known, or it is so for some of a wildcard or of several statements, or in other letters',
  not_understood: 'matched, but allows only what is understood',
  error: 'error: it could not be evaluated, so everything is denied',
} as const satisfies Record<RuleTrace['result'], string>

const answers = { true: 'yes', false: 'no', unknown: '?', error: '!' } as const

/** Each rule in file order, with what its answer hangs on; ● has a part in the decision. */
export function showRules(rules: readonly ExplainedRule[], { verdict }: Decision, indent = '  '): void {
  const width = Math.max(...rules.map(({ rule }) => rule.name.length))
  for (const { rule, result, takesEffect, detail, clauses } of rules) {
    const decides = result === 'error' || (takesEffect && rule.effect === verdict)
    const part = !takesEffect ? '' : decides ? ', takes effect' : `, outweighed by ${verdict}`
    const end = `${words[result]}${detail ? ` (${plain(detail)})` : ''}${part}`
    print(`${indent}${decides ? '●' : '·'} ${rule.name.padEnd(width)}  ${rule.effect.padEnd(5)}  ${end}`)
    for (const { text, answer, found } of clauses) {
      const because = found.length > 0 ? `  (${found.join(', ')})` : ''
      printWrapped(`${indent}    ${answers[`${answer}`].padEnd(4)}`, `${text}${because}`)
    }
  }
}

function showTerms(decision: Decision, masks: PredictedMasks, offer: GrantOffer | undefined): void {
  const { role, approvers, approvalReason, approvalExpiresSeconds, approveWithin, expiresSeconds, releasers, limits } =
    decision
  print()
  field('runs as', role)
  if (approvers) field('approvers', approversText(approvers))
  if (releasers) field('break-glass', releasers.join(', '))
  if (approvalReason) field('reason', 'approvers have to say why')
  if (approveWithin) field('approvable', approveWithin.map(windowText).join(' and '))
  if (approvalExpiresSeconds !== undefined)
    field('approval', `unused, ends after ${durationText(approvalExpiresSeconds)}`)
  if (expiresSeconds !== undefined) field('expires', `after ${count(expiresSeconds / 60)} min`)
  field('limits', `${count(limits.rows)} rows · ${sizeText(limits.bytes)} scanned · ${count(limits.seconds)} s`)
  field('masked', maskText(masks))
  if (decision.grants) showGrant(decision.grants, offer)
}

/** What approvers may grant beside their approval; the rules may offer it, and this statement lack what it takes. */
function showGrant(bounds: GrantBounds, offer: GrantOffer | undefined): void {
  field('grantable', offer ? `its shape ${boundsWords(bounds)}` : 'by its rules, but not for this statement')
  if (!offer) return
  field('', offer.shape)
  for (const [label, value] of grantFacts(offer)) field('', `${label.toLowerCase()}: ${value}`)
}

function maskText({ columns, whole, known }: PredictedMasks): string {
  if (whole) return 'every column, because it is not known where they come from'
  if (!known) return 'columns that have the name of a sensitive one'
  return list(
    columns.map(({ column, class: kind, mask, because }) => `${column} (${kind}, ${mask}, by ${because})`),
    'nothing',
  )
}
