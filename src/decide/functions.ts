import { didYouMean } from '../config/problem.ts'
import { comparisonProblems } from './check-comparison.ts'
import type { Checker, Expression } from './check-expression.ts'
import { checkGlob, checkLiteral, checkName, checkPart, checkWord, fits } from './check-text.ts'
import {
  any,
  bool,
  comparable,
  double,
  duration,
  type FactType,
  int,
  isNumber,
  isText,
  listOf,
  string,
  timestamp,
  typeInWords,
} from './vocabulary.ts'

type Test = (type: FactType) => boolean
const kindIs =
  (...kinds: readonly FactType['kind'][]): Test =>
  type =>
    kinds.includes(type.kind)
const sized: Test = type => type.kind === 'list' || isText(type)

interface Signature {
  readonly args: readonly Test[]
  readonly result: FactType
  readonly usage: string
}

const functions: Readonly<Record<string, Signature>> = {
  size: { args: [sized], result: int, usage: 'size(list or text)' },
  mib: { args: [isNumber], result: int, usage: 'mib(number)' },
  gib: { args: [isNumber], result: int, usage: 'gib(number)' },
  tib: { args: [isNumber], result: int, usage: 'tib(number)' },
  timestamp: { args: [isText], result: timestamp, usage: 'timestamp("2026-12-24T00:00:00Z")' },
  duration: { args: [isText], result: duration, usage: 'duration("90m")' },
  int: { args: [isNumber], result: int, usage: 'int(number)' },
  double: { args: [isNumber], result: double, usage: 'double(number)' },
}

const zoned = (name: string) => ({
  args: [],
  result: int,
  usage: `time.now.${name}() or time.now.${name}("Europe/Berlin")`,
})
const onTimestamp: Readonly<Record<string, Signature>> = Object.fromEntries(
  ['getHours', 'getMinutes', 'getDayOfWeek', 'getDate', 'getMonth', 'getFullYear'].map(name => [name, zoned(name)]),
)
const onText: Readonly<Record<string, Signature>> = {
  matches: { args: [isText], result: bool, usage: 'text.matches("ANALYTICS.MARTS.*")' },
  startsWith: { args: [isText], result: bool, usage: 'text.startsWith("ANALYTICS.")' },
  endsWith: { args: [isText], result: bool, usage: 'text.endsWith("_TMP")' },
  contains: { args: [isText], result: bool, usage: 'text.contains("TMP")' },
  size: { args: [], result: int, usage: 'text.size()' },
}
const onList: Readonly<Record<string, Signature>> = { size: { args: [], result: int, usage: 'list.size()' } }
const macros = ['all', 'exists', 'exists_one', 'filter', 'map']

/** The type of a call or an operator; reports what does not fit. */
export function callType(
  checker: Checker,
  call: Expression,
  name: string,
  target: FactType | undefined,
  args: readonly Expression[],
  types: readonly FactType[],
): FactType {
  if (target) return methodType(checker, call, name, target, args, types)
  if (/[^a-z_0-9]/i.test(name) || name.startsWith('_')) return operatorType(checker, call, name, args, types)
  if (name === 'has') return checker.report(call, 'asks about one field; write it as has(estimate.bytes)')
  if (name === 'group') return checker.report(call, 'write it as group("analysts").spent("24h")')
  const signature = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!signature) return checker.report(call, `no such function "${name}"${didYouMean(name, Object.keys(functions))}`)
  if (name === 'timestamp' || name === 'duration') checkLiteral(checker, name, args[0])
  return checkArguments(checker, call, signature, types)
}

function methodType(
  checker: Checker,
  call: Expression,
  name: string,
  target: FactType,
  args: readonly Expression[],
  types: readonly FactType[],
): FactType {
  if (target.kind === 'any') return any
  const table =
    target.kind === 'list' ? onList : target.kind === 'timestamp' ? onTimestamp : isText(target) ? onText : {}
  const signature = Object.hasOwn(table, name) ? table[name] : undefined
  if (!signature && target.kind === 'record')
    return checker.report(
      call,
      `"${target.name}" has no "${name}(…)"${target.name === 'agent' ? didYouMean(name, ['spent']) : ''}`,
    )
  if (!signature) {
    const names = [...Object.keys(table), ...(target.kind === 'list' ? macros : [])]
    const few =
      macros.includes(name) && target.kind === 'list'
        ? `: write list.${name}(x, condition on x)`
        : didYouMean(name, names)
    const instead =
      few === '' && target.kind === 'list' ? ': write value in list, or list.exists(x, condition on x)' : few
    return checker.report(call, `${typeInWords(target)} has no "${name}"${instead}`)
  }
  if (target.kind === 'timestamp' && types.length === 1 && types.every(isText)) {
    checkLiteral(checker, 'zone', args[0])
    return signature.result
  }
  if (name === 'matches') checkGlob(checker, args[0])
  if (Object.hasOwn(fits, name)) {
    checkName(checker, target, args[0], name === 'matches' ? 'glob' : 'part')
    checkPart(checker, target, name as keyof typeof fits, args[0])
  }
  return checkArguments(checker, call, signature, types)
}

function checkArguments(
  checker: Checker,
  call: Expression,
  { args, result, usage }: Signature,
  types: readonly FactType[],
): FactType {
  const fits = args.length === types.length && types.every((type, i) => type.kind === 'any' || args[i]?.(type))
  return fits ? result : checker.report(call, `write it as ${usage}`)
}

function operatorType(
  checker: Checker,
  call: Expression,
  operator: string,
  args: readonly Expression[],
  types: readonly FactType[],
): FactType {
  const [a = any, b = any, c = any] = types
  const wrong = (message: string) => checker.report(call, message)
  const unknown = types.some(kindIs('any'))
  for (const { at, message } of comparisonProblems(checker.parsed, call)) checker.report(at, message)
  switch (operator) {
    case '_&&_':
    case '_||_':
    case '!_':
    case '@not_strictly_false':
      types.forEach((type, i) => {
        const arg = args[i]
        if (arg && !kindIs('bool', 'any')(type))
          checker.report(arg, `is ${typeInWords(type)}; &&, || and ! need true or false`)
      })
      return bool
    case '_==_':
    case '_!=_':
      checkWord(checker, a, args[1])
      checkWord(checker, b, args[0])
      return comparable(a, b) ? bool : wrong(`compares ${typeInWords(a)} with ${typeInWords(b)}, which are never equal`)
    case '_<_':
    case '_<=_':
    case '_>_':
    case '_>=_':
      if (unknown || (isNumber(a) && isNumber(b))) return bool
      return a.kind === b.kind && kindIs('timestamp', 'duration', 'string')(a)
        ? bool
        : wrong(`compares ${typeInWords(a)} with ${typeInWords(b)}${isText(b) ? insteadOfText(a) : ''}`)
    case '@in':
      return membershipType(checker, call, a, b, args)
    case '_?_:_':
      if (!kindIs('bool', 'any')(a)) return wrong('the part before "?" must be true or false')
      return comparable(b, c) ? (b.kind === 'any' ? c : b) : wrong('both sides of ":" must be of one kind')
    case '_[_]':
      if (a.kind === 'list' && kindIs('int', 'any')(b)) return a.of
      return unknown ? any : wrong('"[…]" takes a list and a whole number')
    default:
      return unknown && operator !== '_+_'
        ? any
        : (arithmeticType(operator, a, b, types.length) ??
            wrong(`this operator does not fit ${types.map(typeInWords).join(' and ')}`))
  }
}

function insteadOfText({ kind }: FactType): string {
  if (kind === 'timestamp') return '; write the moment as timestamp("2026-12-24T00:00:00Z")'
  if (kind === 'duration') return '; write the length of time as duration("90m")'
  return '; write the number without quotes, a size as gib(2)'
}

function membershipType(
  checker: Checker,
  call: Expression,
  a: FactType,
  b: FactType,
  args: readonly Expression[],
): FactType {
  if (b.kind === 'any') return bool
  if (b.kind !== 'list') return checker.report(call, `"in" needs a list on its right, not ${typeInWords(b)}`)
  checkWord(checker, b.of, args[0])
  const right = args[1]
  if (right?.exprKind.case === 'listExpr' && right.exprKind.value.elements.length === 0)
    return checker.report(call, 'looks in an empty list, where nothing is')
  if (right?.exprKind.case === 'listExpr')
    for (const element of right.exprKind.value.elements) checkWord(checker, a, element)
  return comparable(a, b.of)
    ? bool
    : checker.report(call, `looks for ${typeInWords(a)} in a list of ${typeInWords(b.of)}`)
}

function arithmeticType(operator: string, a: FactType, b: FactType, count: number): FactType | undefined {
  if (operator === '-_' && count === 1) return isNumber(a) ? a : undefined
  if (operator === '_+_' && a.kind === 'list' && b.kind === 'list') return listOf(a.of.kind === 'any' ? b.of : a.of)
  if (kindIs('any')(a) || kindIs('any')(b)) return any
  if (operator === '_+_' && isText(a) && isText(b)) return string
  if (/^_[-+]_$/.test(operator) && a.kind === 'timestamp' && b.kind === 'duration') return timestamp
  if (operator === '_-_' && a.kind === 'timestamp' && b.kind === 'timestamp') return duration
  if (operator === '_%_') return a.kind === 'int' && b.kind === 'int' ? int : undefined
  return /^_[-+*/]_$/.test(operator) && isNumber(a) && a.kind === b.kind ? a : undefined
}
