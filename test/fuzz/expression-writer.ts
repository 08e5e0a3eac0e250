import type { Dialect } from '#src/statement.ts'
import type { Random } from './random.ts'

export interface WrittenColumn {
  readonly name: string
  readonly from: ReadonlySet<string>
}

export interface Source {
  readonly alias: string
  readonly columns: readonly WrittenColumn[]
}

/** Pieces of text, and the base columns that their value is made of. */
interface Part {
  readonly pieces: readonly string[]
  readonly from: ReadonlySet<string>
}

export interface Query {
  readonly pieces: readonly string[]
  readonly columns: readonly WrittenColumn[]
}

/** What an expression may look at: its own sources, those of the queries around it, and CTEs for its sub-queries. */
export interface Scope {
  readonly own: readonly Source[]
  readonly outer: readonly Source[]
  readonly ctes: readonly Source[]
  readonly depth: number
}

export const union = (...sets: readonly ReadonlySet<string>[]): ReadonlySet<string> =>
  new Set(sets.flatMap(set => [...set]))
export const nothing: ReadonlySet<string> = new Set()

/** Writes expressions and conditions, and keeps what conditions look at. */
export abstract class ExpressionWriter {
  readonly filters = new Set<string>()
  protected readonly random: Random
  protected readonly dialect: Dialect
  private names = 0
  constructor(random: Random, dialect: Dialect) {
    this.random = random
    this.dialect = dialect
  }

  /** A query inside an expression. */
  protected abstract subquery(scope: Scope, width?: number): Query

  protected condition(scope: Scope): readonly string[] {
    const { random } = this
    const left = this.filtered(this.expression(scope, 1))
    switch (random.below(scope.depth < 3 ? 6 : 3)) {
      case 0:
        return [...left, random.pick(['=', '<', '>=', '<>']), ...this.filtered(this.expression(scope, 1))]
      case 1:
        return [...left, 'is', 'not', 'null', 'and', ...this.condition({ ...scope, depth: 9 })]
      case 2:
        return [...left, 'in', '(', '1', ',', '2', ')', 'or', ...left, 'between', '1', 'and', '5']
      case 3: {
        const { pieces, columns } = this.subquery(scope, 1)
        for (const { from } of columns) this.filter(from)
        return [...left, 'in', '(', ...pieces, ')']
      }
      case 4:
        return [...left, 'is', 'null', 'or', 'not', 'exists', '(', ...this.subquery(scope).pieces, ')']
      default: {
        const { pieces, columns } = this.subquery(scope, 1)
        for (const { from } of columns) this.filter(from)
        return [...left, '>', '(', ...pieces, ')']
      }
    }
  }

  protected expression(scope: Scope, most: number): Part {
    const { random } = this
    const inner = () => this.expression(scope, most - 1)
    if (most === 0) return random.chance(20) ? this.literal() : this.column(scope)
    switch (random.below(scope.depth < 3 ? 9 : 8)) {
      case 0:
        return this.literal()
      case 1:
        return joined(['('], inner(), [random.pick(['+', '-', '*', '||'])], inner(), [')'])
      case 2:
        return joined([random.pick(['coalesce', 'greatest', 'concat']), '('], inner(), [','], inner(), [')'])
      case 3:
        return joined(['case', 'when'], inner(), ['=', '1', 'then'], inner(), ['else'], inner(), ['end'])
      case 4:
        return joined(['cast', '('], inner(), ['as', this.dialect === 'snowflake' ? 'varchar' : 'string', ')'])
      case 5:
        return this.window(scope)
      case 8: {
        const { pieces, columns } = this.subquery(scope, 1)
        return { pieces: ['(', ...pieces, ')'], from: columns[0]?.from ?? nothing }
      }
      default:
        return this.column(scope)
    }
  }

  protected window(scope: Scope): Part {
    const [value, by, order] = [this.column(scope), this.column(scope), this.column(scope)]
    const over = joined(['(', 'partition', 'by'], by, ['order', 'by'], order, [')'])
    return joined([this.random.pick(['max', 'sum', 'first_value']), '('], value, [')', 'over'], over)
  }

  private literal(): Part {
    return { pieces: [this.random.pick(literals[this.dialect])], from: nothing }
  }

  protected column(scope: Scope): Part {
    const reachable = scope.outer.length > 0 && this.random.chance(30) ? scope.outer : scope.own
    const source = this.random.pick(reachable)
    const column = this.random.pick(source.columns)
    const same = [...scope.own, ...scope.outer].flatMap(({ columns }) =>
      columns.filter(({ name }) => name === column.name),
    )
    const plain = column.name.toLowerCase()
    // Two columns of one name cannot be told apart in one source either; what is made of both counts.
    const from = union(...source.columns.filter(({ name }) => name === column.name).map(each => each.from))
    const qualified = same.length > 1 || this.random.chance(60)
    return { pieces: [qualified ? `${source.alias}.${plain}` : plain], from }
  }

  protected filtered({ pieces, from }: Part): readonly string[] {
    this.filter(from)
    return pieces
  }

  protected filter(from: ReadonlySet<string>): void {
    for (const column of from) this.filters.add(column)
  }

  protected name(letter: string): string {
    this.names += 1
    return `${letter}${this.names}`
  }
}

function joined(...parts: readonly (readonly string[] | Part)[]): Part {
  return {
    pieces: parts.flatMap(part => ('from' in part ? part.pieces : part)),
    from: union(...parts.map(part => ('from' in part ? part.from : nothing))),
  }
}

const literals: Readonly<Record<Dialect, readonly string[]>> = {
  snowflake: ['1', '2.5', "'x'", "'it''s'", "'--'", "'/*'", '$$;$$', "'\\\\'", '1e3', 'null', 'true'],
  bigquery: ['1', '2.5', "'x'", '"it\'s"', "'--'", "r'\\''", "'''a'b'''", "b'/*'", '1e3', 'null', 'true'],
}
