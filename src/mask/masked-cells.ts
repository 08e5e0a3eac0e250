import { pageCells } from '../execute/page-cells.ts'
import type { Cell, Column } from '../execute/warehouse.ts'
import type { MaskedPage, MaskedResult } from './masked.ts'

/** Some rows of a masked page as cells, or all: for people, and for clients that speak no warehouse's protocol. */
export function maskedCells(
  page: MaskedPage,
  { columns, masks }: Pick<MaskedResult, 'columns' | 'masks'>,
  from = 0,
  to = page.rows,
): readonly (readonly Cell[])[] {
  const rows = pageCells(page, columns, from, to)
  const shown = columns.flatMap((column, at) => (masks[at] && differs(column) ? [at] : []))
  if (shown.length === 0) return rows
  return rows.map(row => row.map((cell, at) => (shown.includes(at) ? maskedCell(cell) : cell)))
}

/** Whether a mask leaves on the wire what its cell is not: an empty list for none (BigQuery has no other), digits for a number. */
function differs({ type, wire }: Column): boolean {
  return wire?.repeated === true || type === 'number'
}

function maskedCell(cell: Cell): Cell {
  if (Array.isArray(cell)) return null
  return typeof cell === 'string' ? Number(cell) : cell
}
