import { randomUUID } from 'node:crypto'
import type { Envelope } from './envelope.ts'
import type { FinalState } from './final-state.ts'
import { toldParameters } from './parameters.ts'
import { ownAnswer } from './result-answer.ts'
import { ownColumn } from './rowtype.ts'
import { statementTypes } from './statement-type.ts'

/** https://docs.snowflake.com/en/sql-reference/sql/show-parameters */
const names = ['key', 'value', 'default', 'level', 'description', 'type']

/** The session's parameters as the gateway keeps them: the warehouse's own are those of a session that others use too. */
export function parametersAnswer(after: FinalState, like = '%'): Envelope {
  const usual = new Map(shownParameters({ parameters: {} }).map(({ name, value }) => [name, String(value)]))
  const rowset = shownParameters(after)
    .filter(({ name }) => isLike(name, like.toUpperCase()))
    .map(({ name, value }) => {
      const own = String(value) !== usual.get(name)
      return [name, String(value), usual.get(name) ?? '', own ? 'SESSION' : '', '', (typeof value).toUpperCase()]
    })
  const rowtype = names.map(name => ownColumn(name, 'text'))
  return ownAnswer({ rowtype, rowset, statementTypeId: statementTypes.show }, after, randomUUID())
}

/** What drivers are told, and what their users look for: tools put the session's tag back after they have set their own. */
function shownParameters(state: Parameters<typeof toldParameters>[0] & Pick<FinalState, 'purpose'>) {
  return [...toldParameters(state), { name: 'QUERY_TAG', value: state.purpose ?? '' }]
}

/** `%` for any text, `_` for any character; in time that grows with the length of the text alone, whatever the pattern. */
function isLike(text: string, pattern: string): boolean {
  let reached = new Set([0])
  for (const symbol of pattern.replaceAll(/%+/g, '%')) {
    if (reached.size === 0) return false
    const next = new Set<number>()
    for (const at of reached) {
      if (symbol === '%') for (let to = at; to <= text.length; to++) next.add(to)
      else if (at < text.length && (symbol === '_' || symbol === text[at])) next.add(at + 1)
    }
    reached = next
  }
  return reached.has(text.length)
}
