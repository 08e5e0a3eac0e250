import { type DetectorName, detectorNames } from '../decide/decision.ts'
import type { Report } from './content-mask.ts'
import type { Detected } from './masked.ts'

/** Counts the cells in which detectors found something, by column and detector. */
export class DetectionTally {
  readonly #columns: readonly { readonly name: string }[]
  readonly #cells = new Map<string, number>()
  readonly #inCell = new Set<DetectorName>()

  constructor(columns: readonly { readonly name: string }[]) {
    this.#columns = columns
  }

  /** Once `endCell` is called, this counts for the column named there; several times in one cell counts once. */
  readonly report: Report = detector => {
    this.#inCell.add(detector)
  }

  endCell(column: number): void {
    if (this.#inCell.size === 0) return
    for (const detector of this.#inCell) {
      const key = `${column} ${detector}`
      this.#cells.set(key, (this.#cells.get(key) ?? 0) + 1)
    }
    this.#inCell.clear()
  }

  /** In the order of the columns. */
  detected(): readonly Detected[] {
    return this.#columns.flatMap(({ name }, at) =>
      detectorNames.flatMap(detector => {
        const cells = this.#cells.get(`${at} ${detector}`) ?? 0
        return cells > 0 ? [{ column: name, detector, cells }] : []
      }),
    )
  }
}
