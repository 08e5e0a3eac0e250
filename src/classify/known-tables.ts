/** Columns of tables by their full names, in order. */
export type Columns = Map<string, Readonly<Record<string, string>>>

const maxTables = 200

/** Columns that tables had when they were last looked up: a guess at what the next text needs, never a fact. */
export class KnownTables {
  readonly #tables = new Map<string, { readonly word: string; readonly columns: Readonly<Record<string, string>> }>()

  remember(columns: Columns): void {
    for (const [table, known] of columns) {
      this.#tables.delete(table)
      this.#tables.set(table, { word: table.slice(table.lastIndexOf('.') + 1).toLowerCase(), columns: known })
    }
    for (const table of this.#tables.keys()) {
      if (this.#tables.size <= maxTables) return
      this.#tables.delete(table)
    }
  }

  /** Those whose last part stands somewhere in the text, in whatever sense. */
  namedIn(sql: string): Columns {
    const text = sql.toLowerCase()
    const named: Columns = new Map()
    for (const [table, { word, columns }] of this.#tables) if (text.includes(word)) named.set(table, columns)
    return named
  }
}

/** Whether the guess was right for every table that was touched: the same columns in the same order, or none. */
export function sameColumns(guess: Columns, columns: Columns, touched: readonly string[]): boolean {
  return touched.every(table => {
    const [guessed, known] = [guess.get(table), columns.get(table)]
    return guessed === known || (guessed !== undefined && known !== undefined && inOrder(guessed) === inOrder(known))
  })
}

function inOrder(columns: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(columns))
}
