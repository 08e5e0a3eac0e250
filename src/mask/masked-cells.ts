import { pageCells } from '../execute/page-cells.ts'
import type { Cell } from '../execute/warehouse.ts'
import type { MaskedPage, MaskedResult } from './masked.ts'

/** The rows of a masked page as cells: for people, and for clients that speak no warehouse's protocol. */
export function maskedCells(
  page: MaskedPage,
  { columns, masks }: Pick<MaskedResult, 'columns' | 'masks'>,
): readonly (readonly Cell[])[] {
  const rows = pageCells(page, columns)
  // BigQuery knows no null in place of an array; people do.
  const emptied = columns.flatMap(({ wire }, at) => (masks[at] && wire?.repeated ? [at] : []))
  return emptied.length === 0 ? rows : rows.map(row => row.map((cell, at) => (emptied.includes(at) ? null : cell)))
}
