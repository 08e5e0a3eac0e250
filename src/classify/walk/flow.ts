import type { Aggregate } from '../classification.ts'

/** From which base columns a value comes. */
export interface Flow {
  /** `TABLE.COLUMN` whose values make up this value. */
  readonly sources: ReadonlySet<string>
  /** `TABLE.COLUMN` that decide which value is seen. */
  readonly indirect: ReadonlySet<string>
  /** False where some contributor could not be resolved; such a value may come from anything. */
  readonly known: boolean
  /**
   * False where a column that is named could not be told. What only a function, a stage or an earlier result makes is not known
   * either, and has a hazard of its own, but it is no column of a table.
   */
  readonly traced: boolean
  /** True where the value is that of a base column, unchanged; false for all that is computed, and for literals. */
  readonly copied: boolean
  /** What made it may have looked at any table. */
  readonly hidden?: true
  /** The value is this aggregate of a column that was `copied`. */
  readonly aggregate?: Aggregate
}

const none: ReadonlySet<string> = new Set()

export const emptyFlow: Flow = { sources: none, indirect: none, known: true, traced: true, copied: false }
export const unknownFlow: Flow = { ...emptyFlow, known: false, traced: false }
/** The value of something outside of the text: a function, a variable, a stage, a result. */
export const foreignFlow: Flow = { ...emptyFlow, known: false }
/** The same, of a function of anybody's, a connection or an earlier result: it may hold what is in any table. */
export const hiddenFlow: Flow = { ...foreignFlow, hidden: true }

export const columnFlow = (column: string): Flow => ({
  ...emptyFlow,
  sources: new Set([column]),
  copied: true,
})

/** Everything that may contribute, direct as direct and indirect as indirect. */
export function joinFlows(flows: readonly Flow[]): Flow {
  if (flows.length === 0) return emptyFlow
  const first = flows[0]
  if (flows.length === 1 && first !== undefined) return first
  const aggregate = flows.every(flow => flow.aggregate === first?.aggregate) ? first?.aggregate : undefined
  return {
    sources: union(flows, 'sources'),
    indirect: union(flows, 'indirect'),
    known: flows.every(flow => flow.known),
    traced: flows.every(flow => flow.traced),
    copied: flows.every(flow => flow.copied),
    ...(flows.some(flow => flow.hidden) && { hidden: true as const }),
    ...(aggregate && { aggregate }),
  }
}

/** A set is made only where there is something to unite: most of what a value is joined with is a literal. */
function union(flows: readonly Flow[], part: 'sources' | 'indirect'): ReadonlySet<string> {
  let whole = none
  let made: Set<string> | undefined
  for (const { [part]: columns } of flows) {
    if (columns.size === 0 || columns === whole) continue
    if (whole.size === 0) whole = columns
    else {
      made ??= new Set(whole)
      for (const column of columns) made.add(column)
      whole = made
    }
  }
  return whole
}

/** The same columns, but only as what decides: a CASE condition, a window's ordering, an EXISTS. */
export function asIndirect(flow: Flow): Flow {
  return {
    ...emptyFlow,
    indirect: new Set([...flow.sources, ...flow.indirect]),
    known: flow.known,
    traced: flow.traced,
    ...(flow.hidden && { hidden: true }),
  }
}

/** What was made of the value: a mask that keeps a part of it would keep whichever part the expression puts there. */
export function computed({ sources, indirect, known, traced, hidden }: Flow): Flow {
  return { sources, indirect, known, traced, copied: false, ...(hidden && { hidden }) }
}

/** Computed as well, but the value still tells no more than this aggregate of it. */
export function aggregated(flow: Flow, aggregate: Aggregate | undefined): Flow {
  return aggregate && flow.known && flow.indirect.size === 0 ? { ...computed(flow), aggregate } : computed(flow)
}

export const sameFlow = (a: Flow, b: Flow): boolean =>
  a.known === b.known &&
  a.traced === b.traced &&
  a.copied === b.copied &&
  a.hidden === b.hidden &&
  a.aggregate === b.aggregate &&
  a.sources.size === b.sources.size &&
  a.indirect.size === b.indirect.size
