import type { Secret } from '../config/secret.ts'
import type { Decided } from '../decide/judge.ts'
import { GatewayError } from '../errors.ts'
import type { Executed } from '../execute/execute-statement.ts'
import type { Cell, Column, RawPage } from '../execute/warehouse.ts'
import { type ContentMask, contentMask } from './content-mask.ts'
import { contentPlan } from './content-plan.ts'
import { DetectionTally } from './detection-tally.ts'
import { maskPlan } from './mask-plan.ts'
import { type MaskValue, maskValue } from './mask-value.ts'
import type { MaskedPage, MaskedResult } from './masked.ts'

/** Seventh stage: the only way from the warehouse's rows to rows that may leave. Streams; keeps one page at a time. */
export function mask({ authorized, execution }: Executed, key: Secret): MaskedResult {
  const { columns, masks, content } = maskedColumns(authorized, execution.columns)
  const tally = new DetectionTally(columns)
  const cells = columns.map((column, at): MaskValue | null => {
    const entry = masks[at]
    if (entry) return maskValue(entry.mask, column.type, key.reveal())
    const detectors = contentMask(content[at] ?? [], key.reveal())
    return detectors ? maskFound(detectors, tally, at) : null
  })
  return { columns, masks, pages: maskPages(execution.pages, cells), detected: () => tally.detected() }
}

/** How each column leaves, and what it is called then. */
export function maskedColumns(
  { classification, decision }: Pick<Decided, 'classification' | 'decision'>,
  found: readonly Column[],
) {
  const masks = maskPlan(classification, decision.sensitive, found)
  const content = contentPlan(classification, decision.detect, found, masks)
  const columns = found.map((column, at): Column => {
    const entry = masks[at]
    if (entry) return { ...column, name: entry.column, nullable: true }
    return content[at]?.some(each => each.mask === 'null') ? { ...column, nullable: true } : column
  })
  return { columns, masks, content }
}

/** Rows that were masked before: of this result, or of a recording. */
export function maskedPage(rows: MaskedPage['rows']): MaskedPage {
  return { rows } as MaskedPage
}

function maskFound(detectors: ContentMask, tally: DetectionTally, column: number): MaskValue {
  return value => {
    const masked = detectors.cell(value, tally.report)
    tally.endCell(column)
    return masked
  }
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
