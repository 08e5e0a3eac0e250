import {
  type ChangeGroup,
  type ChangeKind,
  type ChangeTally,
  changeKinds,
  type Judged,
} from '#src/decide/compare-decisions.ts'
import type { Decision } from '#src/decide/decision.ts'
import type { PredictedMasks } from '#src/mask/predict-masks.ts'
import { cut } from '#src/show/cut.ts'
import { count } from '#src/show/facts.ts'
import { plain, print, printJson } from './terminal.ts'

/** A decision with what it lets out, to be compared with another's. `blind`: without a number that its policy asked for. */
export function judgedOf({ decision, masks }: { decision: Decision; masks: PredictedMasks }, blind: boolean): Judged {
  const masked = masks.whole ? ['*'] : masks.columns.map(({ column, mask }) => `${column} ${mask}`)
  return { decision, masked, blind }
}

const headings: Readonly<Record<ChangeKind, string>> = {
  stricter: 'now stricter',
  looser: 'now looser',
  terms: 'same verdict, other terms',
}

/** What would change, by rule, in both directions. `what` is counted: "sessions", "statements". */
export function showChanges(tally: ChangeTally, what: string): void {
  for (const kind of changeKinds) {
    const groups = tally.groups(kind)
    print(`  ${headings[kind].padEnd(26)}${count(groups.reduce((sum, group) => sum + group.count, 0)).padStart(8)}`)
    for (const group of groups) showGroup(group)
  }
  print(`  ${'unchanged'.padEnd(26)}${count(tally.unchanged).padStart(8)}   of ${count(tally.statements)} ${what}`)
}

/** Else what changes only because nobody said a number would pass for what the policy changes. */
export function showWithoutEstimate(which: string, statements: number): void {
  if (statements > 0) print(`\n  ${which}; unknown numbers make a deny or hold apply.`)
}

function showGroup({ from, to, ruleBefore, ruleAfter, differs, count: n, blind, examples }: ChangeGroup): void {
  const verdicts = from === to ? from : `${from} → ${to}`
  const rules = ruleBefore === ruleAfter ? ruleBefore : `${ruleBefore} → ${ruleAfter}`
  const terms = differs.length > 0 ? `  (${differs.join(', ')})` : ''
  const unknown = blind > 0 ? `  (${blind === n ? '' : `${count(blind)} `}without numbers that are asked for)` : ''
  print(`    ${verdicts.padEnd(14)}${count(n).padStart(18)}   ${plain(rules)}${terms}${unknown}`)
  const shown = examples.map(example => cut(plain(example), 60))
  const [first, ...others] = chunksOf(shown, 4).map(part => part.join('  '))
  for (const line of [first ?? '', ...others]) print(`${' '.repeat(39)}${line}`)
}

function chunksOf(items: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_none, i) => items.slice(i * size, (i + 1) * size))
}

/** The same as data. */
export function printChanges(tally: ChangeTally, further: object): void {
  const [stricter, looser, terms] = changeKinds.map(kind => tally.groups(kind))
  printJson({ statements: tally.statements, unchanged: tally.unchanged, stricter, looser, terms, ...further })
}
