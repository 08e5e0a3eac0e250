import type { DuckDBDataChunk, DuckDBResult, DuckDBValue } from '@duckdb/node-api'

/** The rows of a finished statement. They stay in DuckDB's own columns until a page asks: a million of them fits. */
export class ResultRows {
  readonly count: number
  readonly #chunks: readonly { readonly start: number; readonly chunk: DuckDBDataChunk }[]

  private constructor(chunks: readonly DuckDBDataChunk[]) {
    let start = 0
    this.#chunks = chunks.map(chunk => {
      const placed = { start, chunk }
      start += chunk.rowCount
      return placed
    })
    this.count = start
  }

  static readonly none = new ResultRows([])

  static async of(result: DuckDBResult): Promise<ResultRows> {
    return new ResultRows(await result.fetchAllChunks())
  }

  *from(index: number): Generator<DuckDBValue[]> {
    for (const { start, chunk } of this.#chunks) {
      if (start + chunk.rowCount > index) yield* chunk.getRows().slice(Math.max(0, index - start))
    }
  }
}
