import type { Aggregate } from './classification.ts'

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
  /** The value is this aggregate of a column that was `copied`. */
  readonly aggregate?: Aggregate
}

const none: ReadonlySet<string> = new Set()

export const emptyFlow: Flow = { sources: none, indirect: none, known: true, traced: true, copied: false }
export const unknownFlow: Flow = { ...emptyFlow, known: false, traced: false }
/** The value of something outside of the text: a function, a variable, a stage, a result. */
export const foreignFlow: Flow = { ...emptyFlow, known: false }

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
  const sources = new Set<string>()
  const indirect = new Set<string>()
  let known = true
  let traced = true
  for (const flow of flows) {
    for (const source of flow.sources) sources.add(source)
    for (const source of flow.indirect) indirect.add(source)
    known &&= flow.known
    traced &&= flow.traced
  }
  const aggregate = flows.every(flow => flow.aggregate === first?.aggregate) ? first?.aggregate : undefined
  const copied = flows.every(flow => flow.copied)
  return { sources, indirect, known, traced, copied, ...(aggregate && { aggregate }) }
}

/** The same columns, but only as what decides: a CASE condition, a window's ordering, an EXISTS. */
export function asIndirect(flow: Flow): Flow {
  return {
    ...emptyFlow,
    indirect: new Set([...flow.sources, ...flow.indirect]),
    known: flow.known,
    traced: flow.traced,
  }
}

/** What was made of the value: a mask that keeps a part of it would keep whichever part the expression puts there. */
export function computed({ sources, indirect, known, traced }: Flow): Flow {
  return { sources, indirect, known, traced, copied: false }
}

/** Computed as well, but the value still tells no more than this aggregate of it. */
export function aggregated(flow: Flow, aggregate: Aggregate | undefined): Flow {
  return aggregate && flow.known && flow.indirect.size === 0 ? { ...computed(flow), aggregate } : computed(flow)
}

export const sameFlow = (a: Flow, b: Flow): boolean =>
  a.known === b.known &&
  a.traced === b.traced &&
  a.copied === b.copied &&
  a.aggregate === b.aggregate &&
  a.sources.size === b.sources.size &&
  a.indirect.size === b.indirect.size
