import { type DetectedContent, type DetectorName, detectorNames } from '../decide/decision.ts'
import { detect } from './detect.ts'
import { strictest } from './mask-plan.ts'
import { type MaskText, maskText } from './mask-value.ts'
import { readingsOf } from './readings.ts'
import type { Span } from './span.ts'
import { traitsOf } from './text-traits.ts'

/** Says which detector found something; more than once where it found several things. */
export type Report = (detector: DetectorName) => void

/**
 * Masks what detectors find in a text. `traits` as `traitsOf` or `traitsOfBytes` tells them. The answer is the text itself, the same
 * string, where nothing was found.
 */
export type ContentMask = (text: string, traits: number, report: Report) => string | null

interface Rule {
  readonly detector: DetectorName
  readonly mask: DetectedContent['mask']
  readonly hide: MaskText
}

interface Hit extends Span {
  readonly rule: Rule
}

/** `undefined` where nothing is looked for. `key` as for `maskValue`. */
export function contentMask(wanted: readonly DetectedContent[], key: string): ContentMask | undefined {
  const rules = detectorNames.flatMap((detector): Rule[] => {
    const entry = strictest(wanted.filter(each => each.detector === detector))
    return entry ? [{ detector, mask: entry.mask, hide: maskText(entry.mask, key) }] : []
  })
  if (rules.length === 0) return undefined
  return (text, traits, report) =>
    traits === 0 || time.test(text) ? text : maskHits(text, hitsIn(text, traits, rules), report)
}

/** By far the most common of the texts that are full of digits and mean nobody. */
const time = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?$/

function hitsIn(text: string, traits: number, rules: readonly Rule[]): readonly Hit[] {
  const hits: Hit[] = []
  for (const { text: read, placed } of readingsOf(text, traits)) {
    const found = read === text ? traits : traitsOf(read)
    for (const rule of rules) detect(rule.detector, read, found, span => hits.push({ ...placed(span), rule }))
  }
  return hits
}

/** Hits that overlap are hidden as one, by the strictest of their masks, so that no end of one stays to be read. */
function maskHits(text: string, hits: readonly Hit[], report: Report): string | null {
  if (hits.length === 0) return text
  const [only] = hits
  if (only && hits.length === 1) return maskHit(text, only, report)
  let masked = ''
  let copied = 0
  for (const { start, end, rules } of merged(hits)) {
    const [outer] = rules
    if (outer) report(outer.detector)
    const hidden = strictest(rules)?.hide(text.slice(start, end)) ?? null
    if (hidden === null) return null
    masked += text.slice(copied, start) + hidden
    copied = end
  }
  return masked + text.slice(copied)
}

function maskHit(text: string, { start, end, rule }: Hit, report: Report): string | null {
  report(rule.detector)
  const hidden = rule.hide(text.slice(start, end))
  return hidden === null ? null : text.slice(0, start) + hidden + text.slice(end)
}

/** In the order of the text; of each group, the rule of the longest hit first: that is what was found. */
function merged(hits: readonly Hit[]): { readonly start: number; readonly end: number; readonly rules: Rule[] }[] {
  const groups: { start: number; end: number; rules: Rule[] }[] = []
  for (const { start, end, rule } of [...hits].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = groups.at(-1)
    if (last && start < last.end) {
      last.end = Math.max(last.end, end)
      last.rules.push(rule)
    } else groups.push({ start, end, rules: [rule] })
  }
  return groups
}
