import { type parse, unparse } from '@bufbuild/cel'
import type { Expression } from './check-expression.ts'
import { isDay } from './check-literal.ts'

/* Comparisons that come out the same whatever is asked: a rule with one never matches, or always, and nobody sees why. */

type Parsed = ReturnType<typeof parse>
type Value = number | string

interface Found {
  readonly at: Expression
  readonly message: string
}

const operators: Readonly<Record<string, { readonly sign: string; readonly holds: (a: Value, b: Value) => boolean }>> =
  {
    '_==_': { sign: '==', holds: (a, b) => a === b },
    '_!=_': { sign: '!=', holds: (a, b) => a !== b },
    '_<_': { sign: '<', holds: (a, b) => a < b },
    '_<=_': { sign: '<=', holds: (a, b) => a <= b },
    '_>_': { sign: '>', holds: (a, b) => a > b },
    '_>=_': { sign: '>=', holds: (a, b) => a >= b },
  }
const flipped: Readonly<Record<string, string>> = { '_<_': '_>_', '_<=_': '_>=_', '_>_': '_<_', '_>=_': '_<=_' }

/** What is asked, how, and with which value that is written out. */
interface Comparison {
  readonly subject: Expression
  readonly operator: string
  readonly value: Value
  readonly written: Expression
}

interface Range {
  readonly from: number
  readonly to: number
  readonly words: string
}

const hours: Range = { from: 0, to: 23, words: '0 to 23' }
const ranges: Readonly<Record<string, Range>> = {
  getHours: hours,
  getMinutes: { from: 0, to: 59, words: '0 to 59' },
  getDayOfWeek: { from: 0, to: 6, words: '0 for Sunday to 6 for Saturday' },
  getDate: { from: 1, to: 31, words: '1 to 31' },
  getMonth: { from: 0, to: 11, words: '0 for January to 11 for December' },
}
const counts: Range = { from: 0, to: Number.POSITIVE_INFINITY, words: '0 or more' }

/** Of one operator and what stands beside it. */
export function comparisonProblems(parsed: Parsed, call: Expression): readonly Found[] {
  const { function: name = '', args = [] } = call.exprKind.case === 'callExpr' ? call.exprKind.value : {}
  const textOf = (part: Expression) => unparse({ ...parsed, expr: part })
  if (name === '_&&_' || name === '_||_')
    return [...oppositeProblems(call, name, args.map(textOf)), ...chainProblems(call, name, args, textOf)]
  const [a, b] = args
  if (a && b && operators[name] && (textOf(a) === textOf(b) || (isWritten(a) && isWritten(b))))
    return [{ at: call, message: 'comes out the same whatever is asked; compare with a fact' }]
  const compared = comparisonsOf(name, args)
  return compared.flatMap(each => {
    const message = outsideProblem(each, textOf) ?? dateProblem(each)
    return message === undefined ? [] : [{ at: each.written, message }]
  })
}

/** One, or of `in` one for each value of the list. */
function comparisonsOf(name: string, [a, b]: readonly Expression[]): readonly Comparison[] {
  if (!a || !b) return []
  if (name === '@in') {
    const items = b.exprKind.case === 'listExpr' ? b.exprKind.value.elements : []
    return items.flatMap(item => comparisonsOf('_==_', [a, item]))
  }
  const [left, right] = [writtenValue(a), writtenValue(b)]
  if (!operators[name] || (left === undefined) === (right === undefined)) return []
  if (right !== undefined) return [{ subject: a, operator: name, value: right, written: b }]
  return left === undefined ? [] : [{ subject: b, operator: flipped[name] ?? name, value: left, written: a }]
}

const isWritten = (part: Expression): boolean => writtenValue(part) !== undefined

/** `x && !x`, `x || !x`. */
function oppositeProblems(at: Expression, name: '_&&_' | '_||_', texts: readonly string[]): readonly Found[] {
  if (!texts.some(text => texts.includes(`!${text}`))) return []
  return [
    { at, message: `is ${name === '_||_' ? 'always' : 'never'} true: both sides are the same, one of them with !` },
  ]
}

const units: Readonly<Record<string, number>> = { '-_': -1, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 }

/** What is written out: a text, a number, a size, a moment. */
function writtenValue({ exprKind }: Expression): Value | undefined {
  if (exprKind.case === 'constExpr') {
    const { case: kind, value } = exprKind.value.constantKind
    if (kind === 'int64Value') return Number(value)
    return kind === 'stringValue' || kind === 'doubleValue' ? value : undefined
  }
  if (exprKind.case !== 'callExpr' || exprKind.value.target) return undefined
  const { function: name, args } = exprKind.value
  const [value] = args.map(writtenValue)
  if (name === 'timestamp' && typeof value === 'string') return Date.parse(value)
  const unit = Object.hasOwn(units, name) ? units[name] : undefined
  return unit !== undefined && typeof value === 'number' ? value * unit : undefined
}

function rangeOf(subject: Expression): Range | undefined {
  const { exprKind } = subject
  if (isTime(subject, 'hour')) return hours
  if (isCount(subject)) return counts
  const call = exprKind.case === 'callExpr' ? exprKind.value : undefined
  return call?.target && Object.hasOwn(ranges, call.function) ? ranges[call.function] : undefined
}

/** How many there are, how much the warehouse estimates, or what was spent. */
function isCount({ exprKind: { case: kind, value } }: Expression): boolean {
  if (kind === 'callExpr') return value.function === 'size'
  if (kind !== 'selectExpr' || value.testOnly) return false
  const { exprKind: owner } = value.operand ?? { exprKind: { case: undefined } }
  if (owner.case === 'callExpr') return owner.value.function === 'spent'
  return owner.case === 'identExpr' && ['estimate', 'statement'].includes(owner.value.name) && numbers.has(value.field)
}

const numbers: ReadonlySet<string> = new Set(['rows', 'bytes', 'cost', 'table_rows', 'statements'])

function isTime({ exprKind }: Expression, name: string): boolean {
  const { operand, field } = exprKind.case === 'selectExpr' ? exprKind.value : {}
  return field === name && operand?.exprKind.case === 'identExpr' && operand.exprKind.value.name === 'time'
}

function outsideProblem(
  { subject, operator, value }: Comparison,
  textOf: (part: Expression) => string,
): string | undefined {
  const range = rangeOf(subject)
  if (!range || typeof value !== 'number') return undefined
  const isInside = value >= range.from && value <= range.to
  const is = `${textOf(subject)} is ${range.words}`
  if (operator === '_==_' || operator === '_!=_') return isInside ? undefined : `${is}, and never ${value}`
  const holds = [range.from, range.to].map(end => operators[operator]?.holds(end, value))
  if (!holds.includes(true)) return `${is}, so this is never true`
  // An estimate that nobody knows is no number.
  const isKnown = subject.exprKind.case === 'callExpr'
  return range === counts && isKnown && !holds.includes(false) ? `${is}, so this is always true` : undefined
}

/** Days are compared as text, for which a month, or a year, will do only as a bound. */
function dateProblem({ subject, operator, value }: Comparison): string | undefined {
  if (!isTime(subject, 'date') || typeof value !== 'string') return undefined
  const isBound = !/^_[!=]=_$/.test(operator) && /^\d{4}(-(0[1-9]|1[0-2]))?$/.test(value)
  return isBound || isDay(value) ? undefined : 'is no day; write it as "2026-12-24"'
}

/** Of what is joined here for the first time: `time.hour >= 22 && time.hour < 6`, `time.weekday != "saturday" || time.weekday != "sunday"`. */
function chainProblems(
  at: Expression,
  name: '_&&_' | '_||_',
  args: readonly Expression[],
  textOf: (part: Expression) => string,
): readonly Found[] {
  const sides = args.map(arg => Map.groupBy(joined(arg, name), ({ subject }) => textOf(subject)))
  const subjects = new Set(sides.flatMap(side => [...side.keys()]))
  return [...subjects].flatMap(subject => {
    const parts = sides.map(side => side.get(subject) ?? [])
    if (parts.some(part => part.length === 0 || isDecided(part, name)) || !isDecided(parts.flat(), name)) return []
    const [never, both] = [name === '_&&_', parts.flat()]
    const asked = both.map(({ operator, written }) => `${operators[operator]?.sign} ${textOf(written)}`)
    const way = both.map((_, i) => `${subject} ${asked[i]}`).join(never ? ' || ' : ' && ')
    const message = never
      ? `is never true: no ${subject} is ${asked.join(' and ')} at once; where one of them will do, write (${way})`
      : `is always true: any ${subject} is ${asked.join(' or ')}; where all of them are meant, write (${way})`
    return [{ at, message }]
  })
}

/** The comparisons that this operator joins. */
function joined(part: Expression, name: string): readonly Comparison[] {
  const call = part.exprKind.case === 'callExpr' ? part.exprKind.value : undefined
  if (call?.function === name) return call.args.flatMap(arg => joined(arg, name))
  return call && operators[call.function] ? comparisonsOf(call.function, call.args) : []
}

/** Of `&&` that no value passes all of them; of `||` that any passes one. */
function isDecided(all: readonly Comparison[], name: '_&&_' | '_||_'): boolean {
  const passes = (tried: Value) => (each: Comparison) => operators[each.operator]?.holds(tried, each.value) ?? false
  const tries = triedValues(all)
  return name === '_&&_'
    ? !tries.some(tried => all.every(passes(tried)))
    : tries.every(tried => all.some(passes(tried)))
}

/** One of each kind that the comparisons can tell apart: what they name, what is between, and what is beyond. */
function triedValues(all: readonly Comparison[]): readonly Value[] {
  const [first] = all
  const range = first && rangeOf(first.subject)
  if (range && range !== counts)
    return Array.from({ length: range.to - range.from + 1 }, (_none, at) => range.from + at)
  const texts = all.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  const numbers = all.flatMap(({ value }) => (typeof value === 'number' ? [value] : [])).sort((a, b) => a - b)
  const between = numbers.map((value, at) => (value + (numbers[at + 1] ?? value + 2)) / 2)
  if (texts.length > 0) return ['', ...texts.flatMap(text => [text, `${text}\0`])]
  const any = [(numbers[0] ?? 0) - 1, ...numbers, ...between]
  return range ? any.filter(value => value >= range.from) : any
}
