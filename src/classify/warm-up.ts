import type { Dialect } from '../statement.ts'
import { spentMs } from './spent-ms.ts'

/** Queries that hold most of what agents' queries are made of. */
const queries: readonly (readonly [Dialect, string])[] = [
  [
    'snowflake',
    `with recent as (
       select o.id, o.customer_id, o.amount, date_trunc('month', o.created_at) as month,
         row_number() over (partition by o.customer_id order by o.created_at desc) as nth
       from shop.public.orders o left join shop.public.customers c on c.id = o.customer_id and c.city <> 'x'
       where o.status in ('paid', 'sent') and o.created_at between '2026-01-01'::date and current_date qualify nth = 1)
     select month, count(*) as n, sum(case when amount > 10 then amount else 0 end) / nullif(count(distinct id), 0) as share,
       f.value:name::string as label
     from recent, lateral flatten(input => parse_json(label)) f
     where exists (select 1 from shop.public.events e where e.user_id = recent.customer_id and not e.payload like 'a%')
     group by month, label having count(*) > 1 union all select null, 0, 0, "Label" from totals order by 1 desc limit 10`,
  ],
  [
    'bigquery',
    `with recent as (
       select o.id, o.customer_id, cast(o.amount as float64) as amount, date_trunc(o.created_at, month) as month, i.sku,
         row_number() over (partition by o.customer_id order by o.created_at desc) as nth
       from \`p.shop.orders\` as o left join p.shop.customers c on c.id = o.customer_id and c.city != "x", unnest(o.items) i
       where o.status in ('paid', 'sent') and o.created_at between date '2026-01-01' and current_date())
     select month, count(*) as n, sum(if(amount > 10, amount, 0)) / nullif(count(distinct id), 0) as share,
       array_agg(struct(sku, amount) order by amount limit 3)[offset(0)].sku as best, safe_divide(1, 2) as half
     from recent where nth = 1 and exists (select 1 from p.shop.events e where e.user_id = recent.customer_id)
     group by month having count(*) > 1 union all select * from totals order by 1 desc limit 10`,
  ],
]

/** Processor time, milliseconds; long enough for the engine to compile what each query runs through, and no start takes much longer. */
const enough = 150

/** Judges the same queries again and again: the first agent's statement shall take no longer than the next one's. */
export function warmUp(run: (sql: string, dialect: Dialect) => unknown): void {
  const until = spentMs() + enough
  for (let round = 0; spentMs() < until; round += 1) {
    // A new text each time, so that nothing is answered from memory.
    for (const [dialect, sql] of queries) run(`${sql} offset ${round}`, dialect)
  }
}
