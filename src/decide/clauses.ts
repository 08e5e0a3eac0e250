import { type CelValue, isCelList, isCelMap, parse, unparse } from '@bufbuild/cel'
import { sizeText } from '../config/units.ts'
import type { Expression } from './check-expression.ts'
import { shownName } from './wildcard.ts'

/** A part of a condition that its answer hangs on. */
export interface Clause {
  /** As the policy says it. */
  readonly text: string
  readonly answer: boolean | 'unknown' | 'error'
  /** What it found: `estimate.bytes = 20 GiB`, or the items of a list that made it come out so. */
  readonly found: readonly string[]
}

type Parsed = ReturnType<typeof parse>

/** Evaluates parts of one condition over one statement. */
interface Evaluator {
  answer(part: Expression, item?: object): Clause['answer']
  /** Undefined where it is not known. */
  value(part: Expression): CelValue | undefined
}

const maxItems = 3

/**
 * The parts that decide: of an `&&` that is false those that are false, of an `||` that is true those that are true. `source`
 * is what `parsed` was made from, before calls of `spent` were replaced in it.
 */
export function decidingClauses(source: string, parsed: Parsed, evaluator: Evaluator): readonly Clause[] {
  const written = parse(source)
  const textOf = (part: Expression) => unparse({ ...written, expr: part })
  const clausesOf = (shown: Expression, part: Expression): readonly Clause[] => {
    const answer = evaluator.answer(part)
    const shownParts = operandsOf(shown)
    const parts = operandsOf(part)
    if (parts.length === 0) return [{ text: textOf(shown), answer, found: foundIn(shown, part, answer) }]
    return parts.flatMap((operand, at) => {
      const own = shownParts[at]
      return own && evaluator.answer(operand) === answer ? clausesOf(own, operand) : []
    })
  }
  function foundIn(shown: Expression, part: Expression, answer: Clause['answer']): readonly string[] {
    const items = decidingItems(part, answer, evaluator)
    if (items.length > 0) return shortened(items)
    const facts = factsIn(shown, part).filter(fact => fact.shown !== shown)
    const said = facts.map(
      fact => `${textOf(fact.shown)} = ${valueText(textOf(fact.shown), evaluator.value(fact.part))}`,
    )
    return [...new Set(said)]
  }
  return written.expr && parsed.expr ? clausesOf(written.expr, parsed.expr) : []
}

function operandsOf({ exprKind }: Expression): readonly Expression[] {
  const call = exprKind.case === 'callExpr' ? exprKind.value : undefined
  return call && (call.function === '_&&_' || call.function === '_||_') ? call.args : []
}

/** The items for which `all` does not hold, or for which `exists` does. */
function decidingItems({ exprKind }: Expression, answer: Clause['answer'], evaluator: Evaluator): readonly string[] {
  const { iterRange, iterVar, loopStep } = exprKind.case === 'comprehensionExpr' ? exprKind.value : {}
  const step = loopStep?.exprKind.case === 'callExpr' ? loopStep.exprKind.value : undefined
  const test = step?.args[1]
  const range = iterRange && evaluator.value(iterRange)
  if (!test || iterVar === undefined || !isCelList(range)) return []
  const decides = step.function === '_||_' ? true : step.function === '_&&_' ? false : undefined
  // Where every item had a part in it, the list itself tells more.
  if (decides === undefined || answer === !decides) return []
  return [...range].filter(item => evaluator.answer(test, { [iterVar]: item }) === answer).map(itemText)
}

interface Located {
  readonly shown: Expression
  readonly part: Expression
}

/** Facts that the part reads: `agent.groups`, `agent.spent("24h").bytes`, `time.now.getHours("Europe/Berlin")`. */
function factsIn(shown: Expression, part: Expression): readonly Located[] {
  const { case: kind, value } = shown.exprKind
  if (kind === 'selectExpr') return value.testOnly ? [] : [{ shown, part }]
  if (kind === 'comprehensionExpr' && value.iterRange && part.exprKind.case === 'comprehensionExpr') {
    const range = part.exprKind.value.iterRange
    return range ? factsIn(value.iterRange, range) : []
  }
  if (kind !== 'callExpr' || part.exprKind.case !== 'callExpr') return []
  if (/^get[A-Z]/.test(value.function)) return [{ shown, part }]
  const { target, args } = part.exprKind.value
  const [shownAll, all] = [
    [value.target, ...value.args],
    [target, ...args],
  ]
  return shownAll.flatMap((each, at) => {
    const own = all[at]
    return each && own ? factsIn(each, own) : []
  })
}

function valueText(text: string, value: CelValue | undefined): string {
  if (value === undefined) return 'not known'
  if (isCelList(value)) return value.size === 0 ? 'none' : shortened([...value].map(itemText)).join(', ')
  return typeof value === 'bigint' && text.endsWith('.bytes') ? sizeText(Number(value)) : itemText(value)
}

function itemText(value: CelValue): string {
  const seconds = momentSeconds(value)
  if (seconds !== undefined) return new Date(seconds * 1000).toISOString()
  if (typeof value === 'string') return shownName(value) || '""'
  if (typeof value === 'bigint' || typeof value === 'number') return value.toLocaleString('en-US')
  if (!isCelMap(value)) return String(value)
  const [name, ...more] = ['column', 'name', 'class', 'use'].flatMap(key => {
    const own = value.get(key)
    return typeof own === 'string' && own !== '' ? shownName(own) : []
  })
  return more.length > 0 ? `${name} (${more.join(', ')})` : (name ?? '(no name)')
}

/** Of a timestamp, which the library holds as a message of Protocol Buffers. */
function momentSeconds(value: CelValue): number | undefined {
  const { message } = (typeof value === 'object' ? value : {}) as { message?: { $typeName: string; seconds?: bigint } }
  return message?.$typeName === 'google.protobuf.Timestamp' ? Number(message.seconds) : undefined
}

function shortened(items: readonly string[]): readonly string[] {
  if (items.length <= maxItems) return items
  return [...items.slice(0, maxItems), `${items.length - maxItems} more`]
}
