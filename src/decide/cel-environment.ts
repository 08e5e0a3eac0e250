import {
  type CelError,
  CelScalar,
  type CelValue,
  celEnv,
  celFunc,
  celMethod,
  isCelList,
  listType,
  parse,
  plan,
} from '@bufbuild/cel'
import { holdsForAny, isAmong, nameContains, nameEndsWith, nameMatches, nameStartsWith, sameName } from './wildcard.ts'

const { STRING, BOOL, INT, DOUBLE, DYN } = CelScalar

const binaryUnit = (name: string, factor: number) => [
  celFunc(name, [INT], INT, n => n * BigInt(factor)),
  celFunc(name, [DOUBLE], INT, n => BigInt(Math.ceil(n * factor))),
]

const standardEquals = plan(celEnv(), parse('a == b')) as (variables: object) => CelValue | CelError

/** CEL's own equality, but for names: a wildcard may be equal to some of what it stands for. */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return sameName(a, b)
  if (!isCelList(a) || !isCelList(b)) return standardEquals({ a, b }) === true
  const [left, right] = [[...a], [...b]]
  return left.length === right.length && !holdsForAny(left.entries(), ([at, value]) => !equal(value, right[at]))
}

/**
 * CEL with what the policy language has besides, and with functions that know wildcards. CEL's own `matches` takes an
 * unanchored regular expression, which lets `X.Y` match more than it says; ours takes a glob.
 */
export const celEnvironment = celEnv({
  funcs: [
    celMethod('matches', STRING, [STRING], BOOL, function (glob) {
      return nameMatches(this, glob)
    }),
    celMethod('startsWith', STRING, [STRING], BOOL, function (start) {
      return nameStartsWith(this, start)
    }),
    celMethod('endsWith', STRING, [STRING], BOOL, function (end) {
      return nameEndsWith(this, end)
    }),
    celMethod('contains', STRING, [STRING], BOOL, function (part) {
      return nameContains(this, part)
    }),
    celFunc('_==_', [DYN, DYN], BOOL, equal),
    celFunc('_!=_', [DYN, DYN], BOOL, (a, b) => !equal(a, b)),
    celFunc('@in', [DYN, listType(DYN)], BOOL, (value, items) => isAmong(value, items, equal)),
    ...binaryUnit('mib', 2 ** 20),
    ...binaryUnit('gib', 2 ** 30),
    ...binaryUnit('tib', 2 ** 40),
  ],
})
