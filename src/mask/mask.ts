import type { Secret } from '../config/secret.ts'
import { GatewayError } from '../errors.ts'
import type { Executed } from '../execute/execute-statement.ts'
import type { Cell, Column, RawPage } from '../execute/warehouse.ts'
import { maskPlan } from './mask-plan.ts'
import { type MaskValue, maskValue } from './mask-value.ts'
import type { MaskedPage, MaskedResult, MaskPlan } from './masked.ts'

/** Seventh stage: the only way from the warehouse's rows to rows that may leave. Streams; keeps one page at a time. */
export function mask({ authorized, execution }: Executed, key: Secret): MaskedResult {
  const { classification, decision } = authorized
  const masks = maskPlan(classification, decision.sensitive, execution.columns)
  const columns = execution.columns.map((column, at) => {
    const entry = masks[at]
    return entry ? { ...column, name: entry.column, nullable: true } : column
  })
  return { columns, masks, pages: maskPages(execution.pages, cellMasks(execution.columns, masks, key.reveal())) }
}

/** Rows that were masked before: of this result, or of a recording. */
export function maskedPage(rows: MaskedPage['rows']): MaskedPage {
  return { rows } as MaskedPage
}

function cellMasks(columns: readonly Column[], masks: MaskPlan, key: string): readonly (MaskValue | null)[] {
  return columns.map((column, at) => {
    const entry = masks[at]
    return entry ? maskValue(entry.mask, column.type, key) : null
  })
}

async function* maskPages(
  pages: AsyncIterable<RawPage>,
  masks: readonly (MaskValue | null)[],
): AsyncGenerator<MaskedPage> {
  for await (const { rows } of pages) {
    yield maskedPage(rows.map(row => maskRow(row, masks)))
  }
}

/** A row with more or fewer cells than the plan has columns would leave unmasked cells: refused. */
function maskRow(row: readonly Cell[], masks: readonly (MaskValue | null)[]): readonly Cell[] {
  if (row.length !== masks.length) {
    throw new GatewayError('result_shape', { detail: `a row of ${row.length} cells, planned ${masks.length}` })
  }
  return row.map((cell, at) => {
    const hide = masks[at]
    return hide ? hide(cell) : cell
  })
}
