import { members } from './ast.ts'

/** Expressions whose value is made of all their operands: the operands' members, and the members that hold no data. */
export const plain: Readonly<
  Record<string, { operands: readonly string[]; rest: readonly string[]; known: ReadonlySet<string> }>
> = {}
function operands(name: string, parts: readonly string[], rest: readonly string[] = []): void {
  Object.assign(plain, { [name]: { operands: parts, rest, known: members(...parts, ...rest) } })
}
operands('BinaryOp', ['left', 'right'], ['op'])
operands('AnyOp', ['left', 'right'], ['compare_op', 'is_some'])
operands('AllOp', ['left', 'right'], ['compare_op'])
operands('UnaryOp', ['expr'], ['op'])
operands('Like', ['expr', 'pattern'], ['negated', 'any', 'escape_char'])
operands('ILike', ['expr', 'pattern'], ['negated', 'any', 'escape_char'])
operands('RLike', ['expr', 'pattern'], ['negated', 'regexp'])
operands('SimilarTo', ['expr', 'pattern'], ['negated', 'escape_char'])
operands('Between', ['expr', 'low', 'high'], ['negated'])
operands('InList', ['expr', 'list'], ['negated'])
operands('InUnnest', ['expr', 'array_expr'], ['negated'])
operands('Cast', ['expr'], ['kind', 'data_type', 'array', 'format'])
operands('AtTimeZone', ['timestamp', 'time_zone'])
operands('Extract', ['expr'], ['field', 'syntax'])
operands('Ceil', ['expr'], ['field'])
operands('Floor', ['expr'], ['field'])
operands('Position', ['expr', 'in'])
operands('Substring', ['expr', 'substring_from', 'substring_for'], ['special', 'shorthand'])
operands('Trim', ['expr', 'trim_what', 'trim_characters'], ['trim_where'])
operands('Overlay', ['expr', 'overlay_what', 'overlay_from', 'overlay_for'])
operands('Collate', ['expr'], ['collation'])
operands('Array', ['elem'], ['named'])
operands('Interval', ['value'], ['leading_field', 'leading_precision', 'last_field', 'fractional_seconds_precision'])
operands('Named', ['expr'], ['name'])

/** Expressions whose payload is itself an expression or a list of them. */
export const wrappers: ReadonlySet<string> = new Set([
  'Nested',
  'IsNull',
  'IsNotNull',
  'IsTrue',
  'IsNotTrue',
  'IsFalse',
  'IsNotFalse',
  'IsUnknown',
  'IsNotUnknown',
  'IsDistinctFrom',
  'IsNotDistinctFrom',
  'Tuple',
  'Cube',
  'Rollup',
  'Prior',
  'OuterJoin',
])

/** `->` and `->>` are no operators of these dialects; Snowflake's `->>` chains statements. */
export const binaryOperators: ReadonlySet<string> = new Set([
  'Plus',
  'Minus',
  'Multiply',
  'Divide',
  'Modulo',
  'StringConcat',
  'Gt',
  'Lt',
  'GtEq',
  'LtEq',
  'Eq',
  'NotEq',
  'And',
  'Or',
  'BitwiseOr',
  'BitwiseAnd',
  'BitwiseXor',
  'PGBitwiseShiftLeft',
  'PGBitwiseShiftRight',
])

/** The value of a column as it is, and not one that is made of it. */
export const names: ReadonlySet<string> = new Set(['Identifier', 'CompoundIdentifier', 'Nested'])
/** Of an aggregate they are still that aggregate, with fewer digits. */
export const roundings: ReadonlySet<string> = new Set(['Cast', 'Ceil', 'Floor'])
