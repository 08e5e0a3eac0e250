import { bigqueryFunctions, lambdaFunctions } from '../functions-bigquery.ts'
import { snowflakeFunctions } from '../functions-snowflake.ts'
import { argumentValue, identifier, isNode, list, type Node, Unread, variant } from './ast.ts'
import { emptyFlow, type Flow, foreignFlow, hiddenFlow, unknownFlow } from './flow.ts'
import type { Names } from './names.ts'
import type { Walk } from './walk.ts'

/** Whether it is no call: one of the `words`, or `ARRAY(SELECT …)`. In back-ticks it would be the name of a function. */
export function isGrammar({ names }: Walk, { name, args }: Node, words?: ReadonlySet<string>): boolean {
  const [part, ...path] = list(name, 'a function name')
  if (names.dialect !== 'bigquery' || path.length > 0) return false
  const { text, quoted } = identifier(variant(part, 'a function name')[1])
  const word = text.toUpperCase()
  return !quoted && (words?.has(word) || (word === 'ARRAY' && isNode(args) && 'Subquery' in args))
}

/** `ARRAY_FILTER(a, e -> e > 1)`; without a lambda, anybody's function of that name could be meant. */
function takesLambda({ names }: Walk, name: string, { args }: Node): boolean {
  if (names.dialect !== 'bigquery' || !lambdaFunctions.has(name)) return false
  const [, payload] = variant(args, 'arguments')
  return list(isNode(payload) ? payload.args : [], 'arguments').some(isLambda)
}

/** GoogleSQL's lambdas come as an operator. */
export function isLambda(argument: unknown): boolean {
  const value = argumentValue(argument)
  return isNode(value?.Lambda) || (isNode(value?.BinaryOp) && value.BinaryOp.op === 'Arrow')
}

/** Dotted name of a function, upper case; but a quoted name of Snowflake is what it is: `"sum"` is no SUM. */
export function functionName(walk: Walk, parts: unknown): string {
  return list(parts, 'a function name')
    .map(part => {
      const [kind, payload] = variant(part, 'a function name')
      if (kind !== 'Identifier') throw new Unread('a computed function name')
      const name = walk.names.fold(identifier(payload))
      return walk.names.dialect === 'snowflake' ? name : name.toUpperCase()
    })
    .join('.')
}

/** `` `net.host`(x) ``: in back-ticks it is one name, and a data set can be called so. */
const isPathOfRoutine = (call: Node): boolean =>
  list(call.name, 'a function name').some(part => identifier(variant(part, 'a function name')[1]).text.includes('.'))

/** What a call brings in beside its arguments, with a hazard where the function is not known to only compute from those. */
export function broughtIn(walk: Walk, name: string, call: Node): Flow {
  const allowed = walk.names.dialect === 'snowflake' ? snowflakeFunctions : bigqueryFunctions
  if ((allowed.has(name) && !isPathOfRoutine(call)) || takesLambda(walk, name, call)) return emptyFlow
  if (name === 'IDENTIFIER') {
    walk.hazard('dynamic_sql')
    return unknownFlow
  }
  const external = isExternal(walk.names, name)
  if (!external && walk.functions.has(name)) return emptyFlow
  if (external) walk.hazard('external')
  // A model sees what it is given. Who calls a schema of their own AI or ML has functions of their own in it, whose bodies may read tables.
  if (external && !isAnybodys(walk.names, name)) return foreignFlow
  walk.hazard('unknown_function')
  return hiddenFlow
}

/** Whether a function that is called like one that reaches a model may be anybody's. GoogleSQL's own have a path of two parts at most. */
function isAnybodys({ dialect, context: { database } }: Names, name: string): boolean {
  const parts = name.split('.')
  if (dialect === 'bigquery') return parts.length > 2
  return parts.length > 1 && parts[0] !== 'SNOWFLAKE' && (parts.length > 2 || database !== 'SNOWFLAKE')
}

/**
 * Whether it hands its arguments to a model, to another database or to a bucket. In Snowflake's own database, that is found without
 * its path too.
 */
export function isExternal({ context: { database, schema } }: Names, name: string): boolean {
  const path = database === 'SNOWFLAKE' ? `${schema}.${name}` : name
  return /(^|\.)(CORTEX|ML|AI|OBJ)\.|(^|\.)AI_|^EXTERNAL_(QUERY|OBJECT_TRANSFORM)$/.test(path)
}
