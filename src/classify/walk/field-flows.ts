import { computed, type Flow, joinFlows } from './flow.ts'
import { type Field, structFields } from './type-text.ts'
import type { Walk } from './walk.ts'

/**
 * What each of these fields of a value comes from, where the value comes from this: of a struct that the query makes, from what was put
 * into that field, and from what is in the value besides its fields.
 */
export function fieldFlows(walk: Walk, whole: Flow, fields: readonly Field[]): readonly Flow[] {
  const before = walk.told.get(fields)
  if (before?.whole === whole) return before.flows
  const flows = toldFlows(walk, whole, fields)
  walk.told.set(fields, { whole, flows })
  return flows
}

function toldFlows(walk: Walk, whole: Flow, fields: readonly Field[]): readonly Flow[] {
  const flows = fields.flatMap(([, , mark]) => (mark === undefined ? [] : (walk.fields[mark] ?? [])))
  const all = joinFlows(flows)
  const isTold = flows.length === fields.length && [...all.sources].every(source => whole.sources.has(source))
  if (!isTold) return fields.map(() => whole)
  const besides = [...whole.sources].filter(source => !all.sources.has(source))
  return flows.map(({ sources }) => ({ ...computed(whole), sources: new Set([...sources, ...besides]) }))
}

/** Of this value the field of this name, its type where that is known; it comes from the whole where the type tells of no such field. */
export function fieldOf(
  walk: Walk,
  whole: Flow,
  type: string,
  name: string,
): { readonly type: string | undefined; readonly flow: Flow } {
  const fields = structFields(type) ?? []
  const flows = fieldFlows(walk, whole, fields)
  const found = [...fields.keys()].filter(at => fields[at]?.[0].toLowerCase() === name.toLowerCase())
  const [first = -1] = found
  return {
    type: fields[first]?.[1],
    flow: first < 0 ? whole : joinFlows(found.flatMap(at => flows[at] ?? [])),
  }
}
