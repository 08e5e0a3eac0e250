import type { Principal } from '../principal.ts'
import { cut } from './cut.ts'
import { visibleLine } from './visible-text.ts'

/** Who asks: the agent's name, and then who answers for it and whom it acts for. `nameOf`: a person's name by id. */
export function askedBy(principal: Principal, nameOf: (id: string) => string): { name: string; rest: string } {
  const name = (id: string) => cut(visibleLine(nameOf(id)), 80)
  const subject = principal.name === principal.subject ? '' : `, ${cut(visibleLine(principal.subject), 80)}`
  const owner = principal.owner ? `owner: ${name(principal.owner)}` : 'no owner'
  const behalf = principal.onBehalfOf ? `, on behalf of ${name(principal.onBehalfOf)},` : ''
  return { name: cut(visibleLine(principal.name), 80), rest: `${subject} (${owner})${behalf}` }
}
