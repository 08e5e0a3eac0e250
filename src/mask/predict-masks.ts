import type { Classification } from '../classify/classification.ts'
import type { SensitiveColumns } from '../decide/decision.ts'
import type { Column } from '../execute/warehouse.ts'
import { answersWithStatus, maskPlan } from './mask-plan.ts'
import type { ColumnMask } from './masked.ts'

/** How the result of a statement that has not run will leave, as far as it can be told without the result. */
export interface PredictedMasks {
  readonly columns: readonly ColumnMask[]
  /** The columns are not known, and sensitive ones may be among them: each of them will be masked whole. */
  readonly whole: boolean
  /** Whether the output columns are known; else a column may still be masked for the name it turns out to have. */
  readonly known: boolean
}

/** `maskPlan` over the columns that `classify` predicted, so that what is foretold is what will happen. */
export function predictMasks(classification: Classification, sensitive: readonly SensitiveColumns[]): PredictedMasks {
  if (answersWithStatus(classification)) return { columns: [], whole: false, known: true }
  const { outputs } = classification
  const names = outputs?.map(({ name }) => name) ?? ['']
  const masks = maskPlan(classification, sensitive, names.map(columnNamed)).filter(mask => mask !== null)
  const whole = outputs === null && masks.some(({ because }) => because === 'unknown_lineage')
  return { columns: outputs === null ? [] : masks, whole, known: outputs !== null }
}

/** The masked columns by name, `*` for all of them. */
export function maskedNames({ columns, whole }: PredictedMasks): string[] {
  return whole ? ['*'] : columns.map(({ column }) => column)
}

function columnNamed(name: string): Column {
  return { name, type: 'string', warehouseType: '', nullable: true }
}
