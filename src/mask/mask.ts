import type { Secret } from '../config/secret.ts'
import type { DetectedContent } from '../decide/decision.ts'
import type { Decided } from '../decide/judge.ts'
import { cutArrow } from '../execute/arrow/cut-arrow.ts'
import type { Executed } from '../execute/execute-statement.ts'
import { rowSpans } from '../execute/json-rows.ts'
import type { Column, RawPage, WireType } from '../execute/warehouse.ts'
import type { WireForm, WirePage } from '../execute/wire-page.ts'
import { stepByStep } from '../steps.ts'
import { wholeBytes } from '../whole-bytes.ts'
import { contentMask } from './content-mask.ts'
import { contentPlan, namesOf, withoutKeyed } from './content-plan.ts'
import { DetectionTally } from './detection-tally.ts'
import { knownLineage, type Lineage, maskPlan } from './mask-plan.ts'
import type { MaskedPage, MaskedResult } from './masked.ts'
import { type ColumnPlan, type MaskPieces, pageMaskers } from './page-masker.ts'
import { traitsOf } from './text-traits.ts'

/** Seventh stage: the only way from the warehouse's rows to rows that may leave. Streams; keeps one page at a time. */
export function mask({ authorized, execution }: Executed, key: Secret): MaskedResult {
  const { columns, masks, content, names } = maskedColumns(authorized, execution.columns)
  const tally = new DetectionTally(columns)
  // The warehouse's own columns under the names that they leave by: what a mask makes of one says nothing of how its values are written.
  const plan = execution.columns.map((column, at): ColumnPlan => {
    const { name } = columns[at] ?? column
    return { column: { ...column, name }, mask: masks[at] ?? null, content: content[at] ?? [], names: names[at] ?? [] }
  })
  const maskers = new Map<WireForm, MaskPieces>()
  const maskerOf = (form: WireForm) => {
    const known = maskers.get(form) ?? pageMaskers[form](plan, key.reveal(), tally)
    maskers.set(form, known)
    return known
  }
  return { columns, masks, pages: maskPages(execution.pages, maskerOf), detected: () => tally.detected() }
}

/** How each column leaves, and what it is called then. */
export function maskedColumns(
  { classification, decision }: Pick<Decided, 'classification' | 'decision'>,
  found: readonly Column[],
) {
  const lineage = knownLineage(classification, found)
  const masks = maskPlan(classification, decision.sensitive, found, lineage)
  const content = contentPlan(lineage, decision.detect, found, masks)
  const show = shownName(lineage, decision.detect)
  const columns = found.map((column, at): Column => {
    const entry = masks[at]
    if (entry?.because === 'unknown_lineage') return named(column, entry.column, true, () => null)
    if (entry) return named(column, entry.column, true, show)
    const nullable = column.nullable || content[at]?.some(each => each.mask === 'null') === true
    return named(column, show(column.name) ?? `column_${at + 1}`, nullable, show)
  })
  return { columns, masks, content, names: namesOf(lineage, found) }
}

/** `null` where nothing of it is left. */
type ShowName = (name: string) => string | null

/** Where it is not known which columns come, as of PIVOT (… IN (ANY)) or of dynamic SQL, a name may be a value, and that of a field too. */
function shownName(lineage: Lineage, detect: readonly DetectedContent[]): ShowName {
  const hide = lineage ? undefined : contentMask(withoutKeyed(detect), '')
  return name => (hide ? hide(name, traitsOf(name), () => undefined) : name)
}

function named({ wire, ...column }: Column, name: string, nullable: boolean, show: ShowName): Column {
  return { ...column, name, nullable, ...(wire ? { wire: withFields(wire, show) } : {}) }
}

function withFields<Type extends WireType>(type: Type, show: ShowName): Type {
  const { fields } = type
  if (!fields) return type
  const shown = fields.map((field, at) => ({ ...withFields(field, show), name: show(field.name) ?? `field_${at + 1}` }))
  return { ...type, fields: shown }
}

/** The first rows of a page that has more. */
export function firstRows(page: MaskedPage, rows: number): MaskedPage {
  const { form } = page
  const bytes = wholeBytes(page.pieces)
  if (form === 'snowflake-arrow') return masked({ form, rows, pieces: [cutArrow(bytes, rows)] })
  const { end = 1 } = [...rowSpans(bytes)][rows - 1] ?? {}
  return masked({ form, rows, pieces: [bytes.subarray(0, end), Buffer.from(']')] })
}

const masked = (page: WirePage) => page as MaskedPage

async function* maskPages(
  pages: AsyncIterable<RawPage>,
  maskerOf: (form: WireForm) => MaskPieces,
): AsyncGenerator<MaskedPage> {
  for await (const page of pages) {
    const { pieces, free } = await stepByStep(maskerOf(page.form)(page.pieces))
    const freeBoth = () => {
      free?.()
      page.free?.()
    }
    yield masked({ ...page, pieces, free: freeBoth })
  }
}
