import type { DuckDBConnection } from '@duckdb/node-api'

export interface ShopDataOptions {
  /** Rows of the customers table. */
  readonly customers?: number
  /** Rows of the orders table; `testOrderCount(orders)` of them have status `test`. */
  readonly orders?: number
  /** Must already be attached. The connection's own catalog where absent. */
  readonly catalog?: string
  /** Created where it does not exist. */
  readonly schema?: string
  /** How table and column names are stored: Snowflake folds unquoted names to upper case. */
  readonly names?: 'lower' | 'upper'
}

export interface SensitiveValues {
  readonly name: readonly string[]
  readonly email: readonly string[]
  readonly phone: readonly string[]
  readonly cardNumber: readonly string[]
  readonly dateOfBirth: readonly string[]
}

const defaultCustomers = 120_000
const defaultOrders = 1_000_000

/** Test orders are spread evenly: 4,210 in the first million, floor(orders × 4210 / 1,000,000) in general. */
export function testOrderCount(orders: number): number {
  return Math.floor((orders * 4_210) / 1_000_000)
}

const words = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heath', 'islet', 'juniper', 'kelp']
const places = [
  ['Lisbon', 'PT'],
  ['Porto', 'PT'],
  ['Hamburg', 'DE'],
  ['Leipzig', 'DE'],
  ['Lyon', 'FR'],
  ['Nantes', 'FR'],
  ['Austin', 'US'],
  ['Denver', 'US'],
  ['Osaka', 'JP'],
  ['Kyoto', 'JP'],
  ['Leeds', 'GB'],
  ['Bergen', 'NO'],
  ['Toronto', 'CA'],
] as const

/** Multiplicative scrambling instead of `hash()` or `random()`: the same rows with every DuckDB version. */
const scrambled = (salt: number) => `((id * 2654435761 + ${salt}) % 4294967291)`
const pick = (list: readonly string[], salt: number) =>
  `[${list.map(item => `'${item}'`).join(', ')}][1 + ${scrambled(salt)} % ${list.length}]`

/** The Luhn check digit of the 15-digit number in `column`: digits 1, 3, … 15 from the left count double. */
function luhnCheckDigit(column: string): string {
  const terms = Array.from({ length: 15 }, (_, place) => {
    const digit = `(${column} // ${10 ** place} % 10)`
    return place % 2 === 0 ? `(${digit} * 2 - CASE WHEN ${digit} > 4 THEN 9 ELSE 0 END)` : digit
  })
  return `((10 - (${terms.join(' + ')}) % 10) % 10)`
}

/**
 * A shop with customers and orders, the same on every run, made inside DuckDB in about a second. Nobody in it is real:
 * numbered names, the reserved domain `mail.example`, the fictional 555-01xx telephone range, card numbers that only
 * satisfy the Luhn check.
 */
export async function createShopData(connection: DuckDBConnection, options: ShopDataOptions = {}): Promise<void> {
  const { customers = defaultCustomers, orders = defaultOrders, names = 'lower' } = options
  const named = (name: string) => `"${names === 'upper' ? name.toUpperCase() : name}"`
  const inSchema = qualifier(options)
  const table = (name: string) => `${inSchema}${named(name)}`
  const columns = (expressions: Record<string, string>) =>
    Object.entries(expressions)
      .map(([name, expression]) => `${expression} AS ${named(name)}`)
      .join(',\n')

  if (inSchema !== '') await connection.run(`CREATE SCHEMA IF NOT EXISTS ${inSchema.slice(0, -1)}`)
  await connection.run(`
    CREATE TABLE ${table('customers')} AS
    WITH numbered AS (
      SELECT range AS id, 400000000000000 + (range * 7919 * 31 + 104729) % 1000000000 AS card FROM range(1, ${customers + 1})
    )
    SELECT ${columns({
      id: 'id',
      name: `printf('Customer %06d', id)`,
      email: `printf('c%06d.', id) || ${pick(words, 11)} || '@mail.example'`,
      phone: `printf('+1-%d-555-01%02d', 201 + id % 700, (id // 700) % 100)`,
      card_number: `(card * 10 + ${luhnCheckDigit('card')})::VARCHAR`,
      date_of_birth: `DATE '1940-01-01' + (${scrambled(17)} % 24000)::INTEGER`,
      city: pick(
        places.map(([city]) => city),
        23,
      ),
      country: pick(
        places.map(([, country]) => country),
        23,
      ),
      created_at: `TIMESTAMP '2021-03-01 08:00:00' + to_seconds(id * ${Math.floor(170_000_000 / Math.max(customers, 1))})`,
    })}
    FROM numbered`)
  await connection.run(`
    CREATE TABLE ${table('orders')} AS
    SELECT ${columns({
      id: 'id',
      customer_id: `1 + ${scrambled(5)} % ${customers}`,
      status: `CASE
        WHEN id * 4210 // 1000000 > (id - 1) * 4210 // 1000000 THEN 'test'
        ELSE ['paid', 'shipped', 'shipped', 'shipped', 'shipped', 'returned', 'paid', 'shipped'][1 + ${scrambled(41)} % 8]
      END`,
      amount: `((499 + ${scrambled(97)} % 24500) / 100)::DECIMAL(12, 2)`,
      ordered_at: `TIMESTAMP '2024-01-01 00:00:00' + to_seconds(id * ${Math.floor(90_000_000 / Math.max(orders, 1))})`,
    })}
    FROM (SELECT range AS id FROM range(1, ${orders + 1}))`)
}

/** Raw personal values of `count` customers, evenly spread, for searching what must not contain them. */
export async function sensitiveValues(
  connection: DuckDBConnection,
  count: number,
  options: Pick<ShopDataOptions, 'catalog' | 'schema'> = {},
): Promise<SensitiveValues> {
  const customers = `${qualifier(options)}customers`
  const reader = await connection.runAndReadAll(`
    SELECT name, email, phone, card_number, date_of_birth::VARCHAR FROM ${customers}
    WHERE (id - 1) % greatest(1, (SELECT count(*) FROM ${customers}) // ${Math.max(1, Math.floor(count))}) = 0
    ORDER BY id LIMIT ${Math.max(1, Math.floor(count))}`)
  const [name, email, phone, cardNumber, dateOfBirth] = reader.getColumnsJS() as string[][]
  return {
    name: name ?? [],
    email: email ?? [],
    phone: phone ?? [],
    cardNumber: cardNumber ?? [],
    dateOfBirth: dateOfBirth ?? [],
  }
}

function qualifier({ catalog, schema }: Pick<ShopDataOptions, 'catalog' | 'schema'>): string {
  const parts = [catalog, schema].filter(part => part !== undefined)
  return parts.map(part => `"${part.replaceAll('"', '""')}".`).join('')
}
