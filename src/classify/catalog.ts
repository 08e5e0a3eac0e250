import { canonicalJson, sha256 } from '../statement.ts'

/** One object of a warehouse, as its own catalog describes it. Never changed: what has changed is another object. */
export interface CatalogObject {
  /** `other`: external tables and whatever else is neither a table of its own nor a view. */
  readonly kind: 'table' | 'view' | 'other'
  /** Types by name, in order; names as the dialect resolves them. Empty where they are not known. */
  readonly columns: Readonly<Record<string, string>>
  /**
   * Of columns that hold structs, paths of the fields inside (`address.street`, `notes.*` where they may have any name); absent
   * where there are none, or they are not known.
   */
  readonly fields?: Readonly<Record<string, readonly string[]>>
  /** Of a view: its query, or the statement that created it; absent where the warehouse does not show it. */
  readonly definition?: string
  /** Tags (`name=value`, or a name alone) by column, `*` for all of them; absent where they are not looked up. */
  readonly tags?: Readonly<Record<string, readonly string[]>>
  /** Of a table, how many rows it had when the catalog was asked; absent where that is not known. No judgement rests on it. */
  readonly rows?: number
}

/** Objects by their full names. */
export type CatalogObjects = ReadonlyMap<string, CatalogObject>

export interface Catalog {
  /**
   * What is known of these objects; one that is not there, or may not be seen, is absent. Rejects with `warehouse_unavailable`
   * or `mint_failed` where nobody can be asked.
   */
  objects(names: readonly string[]): Promise<CatalogObjects>
}

const versions = new WeakMap<CatalogObject, string>()

/** Changes with everything of an object that a judgement rests on: what it is, its columns in order, its definition. */
export function objectVersion(object: CatalogObject): string {
  const known = versions.get(object)
  if (known !== undefined) return known
  const { kind, columns, fields, definition, tags } = object
  const parts = [kind, Object.entries(columns), definition ?? null, tags ?? null, ...(fields ? [fields] : [])]
  const version = sha256(canonicalJson(parts)).slice(0, 32)
  versions.set(object, version)
  return version
}
