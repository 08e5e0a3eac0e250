import type { Dialect } from '../statement.ts'

/** Of the size and the forms of what agents ask a warehouse, in both dialects. */
const shared: readonly string[] = [
  `with totals as (
     select o.customer_id as buyer, o.shop_id as shop, sum(o.amount) as total from shop.orders o, shop.days d
     where o.day_id = d.id and d.year = 2025 group by o.customer_id, o.shop_id)
   select c.name, t.total from totals t, shop.shops s, shop.customers c
   where t.total > (select avg(u.total) * 1.2 from totals u where t.shop = u.shop)
     and s.id = t.shop and s.region = 'north' and t.buyer = c.id order by c.name, t.total limit 100`,
  `select channel, item, return_rank, value_rank from (
     select channel, item, ratio, rank() over (order by ratio) as return_rank, rank() over (order by value_ratio desc) as value_rank
     from (select 'web' as channel, w.item_id as item,
             cast(sum(coalesce(r.quantity, 0)) as decimal(15, 4)) / cast(sum(coalesce(w.quantity, 0)) as decimal(15, 4)) as ratio,
             sum(r.amount) / nullif(sum(w.net_paid), 0) as value_ratio
           from shop.web_sales w left outer join shop.web_returns r on (w.order_number = r.order_number and w.item_id = r.item_id), shop.days d
           where r.amount > 10000 and w.net_profit > 1 and w.quantity > 0 and w.day_id = d.id and d.year = 2025 and d.month = 12
           group by w.item_id) inner_web) web
   where (web.return_rank <= 10 or web.value_rank <= 10)
   union all
   select 'store' as channel, s.item_id, 1, count(distinct s.ticket) from shop.store_sales s where s.price between 10 and 10 + 30 group by s.item_id
   order by 1, 3, 4 limit 100`,
  `select case when (select count(*) from shop.store_sales where quantity between 1 and 20) > 48409
       then (select avg(discount) from shop.store_sales where quantity between 1 and 20)
       else (select avg(net_paid) from shop.store_sales where quantity between 1 and 20) end as bucket_1,
     case when exists (select 1 from shop.reasons r where r.id = s.reason_id and r.text like '%late%') then 'late' else null end as why
   from shop.reasons s where s.id in (1, 2, 3, 5, 8) and not exists (select * from shop.web_sales w, shop.days d where s.customer_id = w.customer_id and w.day_id = d.id)`,
  `select i.id, i.category, i.brand, substr(w.name, 1, 20) as short_name, sm.type,
     sum(case when (s.ship_day - s.sold_day <= 30) then 1 else 0 end) as days_30,
     sum(case when (s.ship_day - s.sold_day > 30) and (s.ship_day - s.sold_day <= 60) then 1 else 0 end) as days_60,
     sum(s.ext_price) as revenue, sum(s.ext_price) * 100 / sum(sum(s.ext_price)) over (partition by i.category) as share,
     stddev_samp(s.quantity) as spread, round(avg(s.price), 2) as average_price, min(s.price) as low, max(s.price) as high
   from shop.catalog_sales s join shop.items i on s.item_id = i.id join shop.warehouses w on w.id = s.warehouse_id
     left join shop.ship_modes sm on sm.id = s.ship_mode_id and sm.carrier is not null
   where i.category in ('Sports', 'Books', 'Home') and (i.color <> 'blue' or i.size = 'large') and s.net_profit >= 100.50
   group by i.id, i.category, i.brand, substr(w.name, 1, 20), sm.type having count(*) >= 10 and max(s.quantity) is not null
   order by revenue desc, i.category, i.id`,
  `with years as (
     select c.id as customer, c.first_name as first_name, c.country as country, d.year as year_of,
       sum(((s.list_price - s.cost - s.discount) + s.sales_price) / 2) as year_total, 's' as sale_type
     from shop.customers c, shop.store_sales s, shop.days d
     where c.id = s.customer_id and s.day_id = d.id group by c.id, c.first_name, c.country, d.year
     union all
     select c.id, c.first_name, c.country, d.year, sum(w.net_paid), 'w'
     from shop.customers c, shop.web_sales w, shop.days d
     where c.id = w.customer_id and w.day_id = d.id group by c.id, c.first_name, c.country, d.year)
   select b.customer, b.first_name, b.country from years a, years b, years e
   where b.customer = a.customer and a.customer = e.customer and a.sale_type = 's' and e.sale_type = 'w' and b.year_of = 2025 + 1
     and case when a.year_total > 0 then b.year_total / a.year_total else null end > case when e.year_total > 0 then e.year_total / 2 else 0.0 end
     and (a.country is null or lower(trim(a.country)) = 'x') order by 1, 2, 3 limit 100`,
]

const snowflake = `with recent as (
     select o.id, o.customer_id, o.amount, date_trunc('month', o.created_at) as month,
       row_number() over (partition by o.customer_id order by o.created_at desc) as nth
     from shop.public.orders o left join shop.public.customers c on c.id = o.customer_id and c.city <> 'x'
     where o.status in ('paid', 'sent') and o.created_at between '2026-01-01'::date and current_date qualify nth = 1)
   select month, count(*) as n, sum(iff(amount > 10, amount, 0)) / nullif(count(distinct id), 0) as share,
     f.value:name::string as label, datediff(day, month, current_date) as age
   from recent, lateral flatten(input => parse_json(label)) f
   where exists (select 1 from shop.public.events e where e.user_id = recent.customer_id and e.payload not like 'a%')
   group by month, label having count(*) > 1 union all select null, 0, 0, "Label", 0 from totals order by 1 desc limit 10`

const bigquery = `with recent as (
     select o.id, o.customer_id, cast(o.amount as float64) as amount, date_trunc(o.created_at, month) as month, i.sku,
       row_number() over (partition by o.customer_id order by o.created_at desc) as nth
     from \`p.shop.orders\` as o left join p.shop.customers c on c.id = o.customer_id and c.city != "x", unnest(o.items) i
     where o.status in ('paid', 'sent') and o.created_at between date '2026-01-01' and date_sub(current_date(), interval 1 day))
   select month, count(*) as n, sum(if(amount > 10, amount, 0)) / nullif(count(distinct id), 0) as share,
     array_agg(struct(sku, amount) order by amount limit 3)[offset(0)].sku as best, safe_divide(1, 2) as half
   from recent where nth = 1 and exists (select 1 from p.shop.events e where e.user_id = recent.customer_id)
   group by month having count(*) > 1 union all select * from totals order by 1 desc limit 10`

/** What is judged before the first agent's statement comes. */
export const warmUpQueries: readonly (readonly [Dialect, string])[] = [
  ['snowflake', snowflake],
  ['bigquery', bigquery],
  ...shared.flatMap((sql): (readonly [Dialect, string])[] => [
    ['snowflake', sql],
    ['bigquery', sql],
  ]),
]
