import type { WireType } from '../execute/warehouse.ts'
import { partName } from './mask-member.ts'
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
 * One mask for every value inside of a field: `of` says it for what is not nested, by its type and the `name` it goes by. `null` where it
 * says so of all. `done` is told of each nested value that was gone through.
 */
export function maskOfParts(
  type: WireType,
  of: (type: WireType, name: string) => WireMask | null,
  done: () => void = () => undefined,
  name = '',
): FieldMask | null {
  const { repeated, ...element } = type
  if (repeated) {
    const part = maskOfParts(element, of, undefined, name)
    return part && { kind: 'each', part, done }
  }
  if (!type.fields) return of(type, name)
  const parts = type.fields.map(field => maskOfParts(field, of, undefined, partName(field.name, name)))
  return parts.some(part => part !== null) ? { kind: 'fields', parts, done } : null
}
