import { type Column, names, PipedSources, type Rows, type Said, type Scope } from './piped-sources.ts'
import type { Random } from './random.ts'

/** A query of pipes, and one without any that means the same: in that, every column has a name of its own. */
interface PipedQuery {
  readonly sql: string
  readonly plain: string
}

interface Item extends Said {
  readonly column: Column
}

export const pipedQuery = (random: Random): PipedQuery => new PipedQueries(random).whole()

/** Names that mean more than one thing are not made here: what they mean, `tangledQuery` asks. */
class PipedQueries extends PipedSources {
  whole(): PipedQuery {
    const free = new Set([...names, 'w'])
    const head = this.upTo(2, () => {
      const name = this.random.pick([...free])
      free.delete(name)
      const rows = this.query(0)
      this.ctes.set(name, { plain: `select ${outputs(rows.columns)} from (${rows.plain})`, columns: rows.columns })
      return `${name} as (${rows.piped})`
    })
    const { piped, plain, columns } = this.query(0)
    const shown = columns.map(({ id, name }) => `${id}${name ? ` as \`${name}\`` : ''}`).join(', ')
    const start = head.length > 0 ? `with ${head.join(', ')} ` : ''
    return { sql: `${start}${piped}`, plain: `select ${shown} from (${plain})` }
  }

  protected override query(depth: number): Rows {
    let rows = this.source(depth)
    rows = { ...rows, piped: `from ${rows.piped}` }
    for (let left = 1 + this.random.below(depth === 0 ? 7 : 3); left > 0; left -= 1) rows = this.operator(rows, depth)
    return rows
  }

  private operator(rows: Rows, depth: number): Rows {
    const scope = [rows]
    const operators = [
      () => this.where(rows, scope, depth),
      () => this.where(rows, scope, depth),
      () => this.select(rows, scope, depth),
      () => this.extend(rows, scope, depth),
      () => this.extend(rows, scope, depth),
      () => this.set(rows, scope, depth),
      () => this.drop(rows),
      () => this.rename(rows),
      () => this.order(rows, scope),
      () => this.aggregate(rows, scope, depth),
      () => this.join(rows, depth),
      () => this.join(rows, depth),
      () => this.as(rows),
      () => this.unite(rows, depth),
    ]
    return this.random.pick(operators)() ?? rows
  }

  private where(rows: Rows, scope: Scope, depth: number): Rows {
    const { piped, plain } = this.condition(scope, depth)
    return { ...rows, piped: `${rows.piped} |> where ${piped}`, plain: `select * from (${rows.plain}) where ${plain}` }
  }

  private select(rows: Rows, scope: Scope, depth: number): Rows {
    const { random } = this
    const star = random.chance(25) ? rows.columns : []
    const [alias, own = []] = rows.aliases.size > 0 && random.chance(20) ? random.pick([...rows.aliases]) : []
    const isSure = alias !== undefined && this.isAlias(scope, alias)
    const { columns, piped, plain } = this.items(scope, depth)
    const stars = [...(star.length > 0 ? ['*'] : []), ...(isSure ? [`${alias}.*`] : [])]
    const shown = [...star, ...(isSure ? own : [])].map(column => ({ ...column, from: column.id, id: this.id() }))
    const list = [...shown.map(({ from, id }) => `${from} as ${id}`), ...plain].join(', ')
    return {
      piped: `${rows.piped} |> select ${[...stars, ...piped].join(', ')}`,
      plain: `select ${list} from (${rows.plain})`,
      columns: [...shown, ...columns],
      aliases: new Map(),
    }
  }

  private extend(rows: Rows, scope: Scope, depth: number): Rows {
    const { columns, piped, plain } = this.items(scope, depth)
    return {
      ...rows,
      piped: `${rows.piped} |> extend ${piped.join(', ')}`,
      plain: `select *, ${plain.join(', ')} from (${rows.plain})`,
      columns: [...rows.columns, ...columns],
    }
  }

  private set(rows: Rows, scope: Scope, depth: number): Rows | undefined {
    const column = this.oneOf(rows)
    if (column === undefined) return undefined
    const { piped, plain } = this.int(scope, depth)
    const made: Column = { name: column.name, id: this.id(), type: 'INT64' }
    return {
      ...rows,
      piped: `${rows.piped} |> set \`${column.name}\` = ${piped}`,
      plain: `select *, ${plain} as ${made.id} from (${rows.plain})`,
      columns: rows.columns.map(each => (each === column ? made : each)),
    }
  }

  private drop(rows: Rows): Rows | undefined {
    const column = this.oneOf(rows)
    if (column === undefined || rows.columns.length < 2) return undefined
    const columns = rows.columns.filter(each => each !== column)
    return { ...rows, piped: `${rows.piped} |> drop ${column.name}`, columns }
  }

  private rename(rows: Rows): Rows | undefined {
    const column = this.oneOf(rows)
    if (column === undefined) return undefined
    const name = this.random.pick(names)
    const columns = rows.columns.map(each => (each === column ? { ...each, name } : each))
    return { ...rows, piped: `${rows.piped} |> rename ${column.name} ${this.random.pick(['as ', ''])}${name}`, columns }
  }

  private order(rows: Rows, scope: Scope): Rows {
    const { piped, plain } = this.number(scope)
    if (piped === '1')
      return { ...rows, piped: `${rows.piped} |> limit 5`, plain: `select * from (${rows.plain}) limit 5` }
    return {
      ...rows,
      piped: `${rows.piped} |> order by ${piped} desc`,
      plain: `select * from (${rows.plain}) order by ${plain} desc`,
    }
  }

  private aggregate(rows: Rows, scope: Scope, depth: number): Rows {
    const { random } = this
    const keys = this.upTo(2, () => this.item(scope, depth))
    const values = random.some(2, () => {
      const { piped, plain, column } = this.item(scope, depth)
      const name = random.pick(['sum', 'max', 'any_value'])
      return { piped: `${name}(${piped})`, plain: `${name}(${plain})`, column: { ...column, name: random.pick(names) } }
    })
    const isGrouped = keys.length > 0
    const by = keys.map(as)
    const group = isGrouped ? ` group by ${keys.map((_, at) => at + 1).join(', ')}` : ''
    return {
      piped: `${rows.piped} |> aggregate ${values.map(as).join(', ')}${isGrouped ? ` group by ${by.join(', ')}` : ''}`,
      plain: `select ${[...keys, ...values].map(({ plain, column }) => `${plain} as ${column.id}`).join(', ')} from (${rows.plain})${group}`,
      columns: [...keys, ...values].map(({ column }) => column),
      aliases: new Map(),
    }
  }

  private join(rows: Rows, depth: number): Rows {
    const { random } = this
    const right = this.source(depth, rows.aliases)
    const both = {
      columns: [...rows.columns, ...right.columns],
      aliases: new Map([...rows.aliases, ...right.aliases]),
    }
    const kind = random.pick(['join', 'left join', 'cross join', 'full join'])
    const on = kind === 'cross join' ? undefined : this.condition([both], 2)
    return {
      ...both,
      piped: `${rows.piped} |> ${kind} ${right.piped}${on ? ` on ${on.piped}` : ''}`,
      plain: `select * from (${rows.plain}) ${kind} (${right.plain})${on ? ` on ${on.plain}` : ''}`,
    }
  }

  private as(rows: Rows): Rows {
    const alias = this.random.pick(names)
    return { ...rows, piped: `${rows.piped} |> as ${alias}`, aliases: new Map([[alias, rows.columns]]) }
  }

  private unite(rows: Rows, depth: number): Rows | undefined {
    const { random } = this
    if (depth > 1 || rows.columns.some(({ type }) => type !== 'INT64')) return undefined
    const inner = this.source(2)
    const scope = [inner]
    const items = rows.columns.map(() => this.item(scope, 2))
    const operator = random.pick(['union all', 'union distinct', 'except distinct', 'intersect distinct'])
    const columns = rows.columns.map(column => ({ ...column, id: this.id() }))
    const left = rows.columns.map(({ id }, at) => `${id} as ${columns[at]?.id}`).join(', ')
    return {
      piped: `${rows.piped} |> ${operator} (from ${inner.piped} |> select ${items.map(as).join(', ')})`,
      plain: `(select ${left} from (${rows.plain})) ${operator} (select ${items.map(({ plain }) => plain).join(', ')} from (${inner.plain}))`,
      columns,
      aliases: new Map(),
    }
  }

  private items(scope: Scope, depth: number) {
    const items = [this.item(scope, depth), ...this.upTo(2, () => this.item(scope, depth))]
    return {
      columns: items.map(({ column }) => column),
      piped: items.map(as),
      plain: items.map(({ plain, column }) => `${plain} as ${column.id}`),
    }
  }

  private item(scope: Scope, depth: number): Item {
    const said = this.int(scope, depth)
    return { ...said, column: { name: this.random.pick(names), id: this.id(), type: 'INT64' } }
  }

  private int(scope: Scope, depth: number): Said {
    const { random } = this
    const [one, two] = [this.number(scope), this.number(scope)]
    const forms: (() => Said)[] = [
      () => both(one, two, (a, b) => `${a} + ${b}`),
      () => both(one, two, (a, b) => `if(${a} > 0, ${b}, 0)`),
    ]
    if (depth < 2) forms.push(() => this.scalar(scope, depth))
    return random.chance(60) ? one : random.pick(forms)()
  }

  private scalar(scope: Scope, depth: number): Said {
    const rows = this.source(2)
    const inner: Rows = { ...rows, piped: `from ${rows.piped}` }
    const within = this.random.chance(60) ? this.where(inner, [inner, ...scope], 2) : inner
    const { piped, plain } = this.int([within, ...scope], depth + 2)
    return {
      piped: `(${within.piped} |> aggregate max(${piped}))`,
      plain: `(select max(${plain}) from (${within.plain}))`,
    }
  }

  private condition(scope: Scope, depth: number): Said {
    const [one, two] = [this.int(scope, depth), this.number(scope)]
    const plain = () => both(one, two, (a, b) => `${a} > ${b}`)
    if (depth > 1 || this.random.chance(80)) return plain()
    const rows = this.source(2)
    const from = { ...rows, piped: `from ${rows.piped}` }
    const inner = this.where(from, [from, ...scope], 2)
    return { piped: `exists(${inner.piped})`, plain: `exists(${inner.plain})` }
  }
}

const as = ({ piped, column }: Item): string => `${piped} as ${column.name}`

const both = (one: Said, two: Said, form: (a: string, b: string) => string): Said => ({
  piped: form(one.piped, two.piped),
  plain: form(one.plain, two.plain),
})

const outputs = (columns: readonly Column[]): string => columns.map(({ id }) => id).join(', ')
