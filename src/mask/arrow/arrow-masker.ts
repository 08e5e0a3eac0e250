import type { ArrowField } from '../../execute/arrow/arrow-schema.ts'
import { type ArrowBatch, ArrowWriter, readArrowStream } from '../../execute/arrow/arrow-stream.ts'
import { FreshBytes } from '../../execute/arrow/fresh-bytes.ts'
import type { ArrowVector } from '../../execute/arrow/record-batch.ts'
import { SchemaReader } from '../../execute/arrow/schema-reader.ts'
import { malformed } from '../../execute/json-bytes.ts'
import { isSteps, type Steps } from '../../steps.ts'
import type { WireMask } from '../wire-mask.ts'
import { type ColumnMasker, columnMasker } from './column-masker.ts'
import { Constants } from './constants.ts'

/** How one column of the result leaves. */
export interface ArrowColumn {
  /** Under which it leaves. */
  readonly name: string
  readonly mask: WireMask | null
}

interface MaskedArrow {
  readonly rows: number
  /** The stream, to be sent one after the other, never written to: what nothing touched is the input's own bytes. */
  readonly pieces: readonly Uint8Array[]
  /** For whoever is the last to read them: what is not the input's own is used for pages that follow. */
  readonly free: () => void
}

/** What is made of the fields of a schema, which is nearly always that of the page before. */
interface Leaving {
  readonly fields: readonly ArrowField[]
  readonly maskers: readonly ColumnMasker[]
  readonly writer: ArrowWriter
}

/**
 * Masks the pages of an Arrow result: IPC streams of one schema and record batches, with their end marker, in pieces of whole
 * messages. Column by column: of one without a mask, values are never looked at. The schema and all that tells where values stand
 * are written anew from what is known of them. The masks read and write numbers, dates and times as the cells of a result do.
 */
export class ArrowMasker {
  readonly #columns: readonly ArrowColumn[]
  readonly #constants = new Constants()
  readonly #fresh = new FreshBytes()
  readonly #schemas = new SchemaReader()
  #last: Leaving | undefined

  constructor(columns: readonly ArrowColumn[]) {
    this.#columns = columns
  }

  /**
   * One page after the other. Rejects with `result_shape` what is not exactly that: dictionaries, compressed bodies and types that
   * are not known here too.
   */
  *mask(page: readonly Uint8Array[]): Steps<MaskedArrow> {
    const { fields, batches } = readArrowStream(page, this.#schemas)
    const { maskers, writer } = this.#leaving(fields)
    const masked: ArrowBatch[] = []
    let rows = 0
    for (const batch of batches) {
      const columns: ArrowVector[] = []
      for (const masker of maskers) {
        const vector = masker.mask(batch.columns[columns.length] as ArrowVector)
        columns.push(isSteps(vector) ? yield* vector : vector)
      }
      masked.push({ rows: batch.rows, columns })
      rows += batch.rows
    }
    return { rows, pieces: writer.stream(masked), free: this.#fresh.endPage() }
  }

  #leaving(fields: readonly ArrowField[]): Leaving {
    if (this.#last?.fields === fields) return this.#last
    const columns = this.#columns
    if (fields.length !== columns.length) throw malformed(`${fields.length} columns, planned ${columns.length}`)
    const maskers = fields.map((field, at) => {
      const { name, mask } = columns[at] ?? { name: '', mask: null }
      return columnMasker({ ...field, name }, mask, this.#constants, this.#fresh)
    })
    this.#last = {
      fields,
      maskers,
      writer: new ArrowWriter(
        maskers.map(({ field }) => field),
        this.#fresh,
      ),
    }
    return this.#last
  }
}
