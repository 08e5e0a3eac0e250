import type { OutputColumn } from '../classify/classification.ts'
import type { DetectedContent } from '../decide/decision.ts'
import { surelyMatches } from '../decide/pattern.ts'
import type { Column } from '../execute/warehouse.ts'
import type { Lineage } from './mask-plan.ts'
import type { MaskPlan } from './masked.ts'

const holdsTexts: readonly Column['type'][] = ['string', 'json', 'binary']

/**
 * By position: what is looked for in each result column. Nothing in columns that `masks` hides already, and nothing in
 * numbers, dates and the like: an id that satisfies a check digit is far more likely there than a card number.
 */
export function contentPlan(
  lineage: Lineage,
  detect: readonly DetectedContent[],
  columns: readonly Column[],
  masks: MaskPlan,
): readonly (readonly DetectedContent[])[] {
  return columns.map(({ type }, at) => {
    if (masks[at] || !holdsTexts.includes(type)) return []
    const output = lineage?.[at]
    const wanted = detect.filter(({ except }) => !isExcepted(output, except))
    return output?.copied ? wanted : withoutKeyed(wanted)
  })
}

/** By position: what each result column is called, and what the columns are that it comes from. */
export function namesOf(lineage: Lineage, columns: readonly Column[]): readonly (readonly string[])[] {
  const last = (path: string) => path.slice(path.lastIndexOf('.') + 1)
  return columns.map(({ name }, at) => [name, ...(lineage?.[at]?.sources ?? []).map(last)])
}

/** Of texts that the agent may have written: the keyed mask of a guess would tell whose value leaves so. */
export function withoutKeyed(detect: readonly DetectedContent[]): readonly DetectedContent[] {
  return detect.map(entry => (entry.mask === 'hash' || entry.mask === 'format' ? { ...entry, mask: 'redact' } : entry))
}

/** Only a column that is put out as it is: what is computed may hold anything. */
function isExcepted(output: OutputColumn | undefined, except: readonly string[]): boolean {
  if (!output?.copied || output.sources.length === 0) return false
  return output.sources.every(source => except.some(pattern => surelyMatches(pattern, source)))
}
