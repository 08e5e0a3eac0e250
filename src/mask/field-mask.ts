import type { WireField, WireType } from '../execute/warehouse.ts'
import type { WireMask } from './wire-mask.ts'

/** How a field of BigQuery leaves: whole, or, where it is nested, by its parts. A null stays one. */
export type FieldMask = WireMask | NestedMask

export type NestedMask =
  /** Of a REPEATED field. */
  (
    | { readonly kind: 'each'; readonly part: FieldMask }
    /** Of a RECORD, by position. */
    | { readonly kind: 'fields'; readonly parts: readonly (FieldMask | null)[] }
  ) & {
    readonly done: () => void
  }

/**
 * One mask for every value inside of a field: `of` says it for what is not nested. `null` where it says so of all. `done` is told
 * of each nested value that was gone through.
 */
export function maskOfParts(
  type: WireType,
  of: (type: WireType & Partial<Pick<WireField, 'name'>>) => WireMask | null,
  done: () => void = () => undefined,
): FieldMask | null {
  const { repeated, ...element } = type
  if (repeated) {
    const part = maskOfParts(element, of)
    return part && { kind: 'each', part, done }
  }
  if (!type.fields) return of(type)
  const parts = type.fields.map(field => maskOfParts(field, of))
  return parts.some(part => part !== null) ? { kind: 'fields', parts, done } : null
}
