import type { Dialect } from '../../statement.ts'

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

/** Of other forms: what was compiled for a few is thrown away again where others come. */
const further: readonly string[] = [
  `select * from (select i.category, i.class, i.brand, s.shop_id, d.year, d.month, sum(s.sales_price * s.quantity) sales,
      rank() over (partition by i.category order by sum(s.sales_price * s.quantity) desc) nth
    from shop.store_sales s, shop.days d, shop.shops h, shop.items i
    where s.day_id = d.id and s.item_id = i.id and s.shop_id = h.id and d.month_of_all between 1200 and 1200 + 11
    group by rollup (i.category, i.class, i.brand, s.shop_id, d.year, d.month)) ranked
  where nth <= 100 order by category, class, brand, shop_id, year, month, sales, nth limit 100`,
  `select count(*) from (select distinct c.last_name, c.first_name, d.day from shop.store_sales s, shop.days d, shop.customers c
      where s.day_id = d.id and s.customer_id = c.id and d.month_of_all between 1190 and 1201
    intersect distinct select distinct c.last_name, c.first_name, d.day from shop.catalog_sales s, shop.days d, shop.customers c
      where s.day_id = d.id and s.customer_id = c.id and d.month_of_all between 1190 and 1201) both_ways`,
  `select avg(s.quantity), avg(s.ext_price), avg(s.cost), sum(s.cost) from shop.store_sales s, shop.shops h, shop.people p, shop.addresses a, shop.days d
  where h.id = s.shop_id and s.day_id = d.id and d.year = 2001
    and ((p.id = s.person_id and p.married = 'M' and p.education = 'College' and s.sales_price between 100.00 and 150.00 and p.children = 3)
      or (p.id = s.person_id and p.married = 'S' and p.education = '2 yr Degree' and s.sales_price between 50.00 and 100.00 and p.children = 1)
      or (p.id = s.person_id and p.married = 'W' and p.education = 'Primary' and s.sales_price between 150.00 and 200.00))
    and ((s.address_id = a.id and a.country = 'US' and a.state in ('TX', 'OH', 'KY') and s.net_profit between 100 and 200)
      or (s.address_id = a.id and a.country = 'US' and a.state in ('OR', 'NM', 'VA') and s.net_profit between 150 and 300))`,
  `with one as (select d.week, sum(case when d.day_name = 'Sunday' then s.sales_price else null end) sun,
      sum(case when d.day_name = 'Monday' then s.sales_price else null end) mon from (
        select day_id, price as sales_price from shop.web_sales union all select day_id, price from shop.catalog_sales) s
      join shop.days d on d.id = s.day_id group by d.week)
  select week1, round(sun1 / sun2, 2), round(mon1 / mon2, 2) from
    (select one.week as week1, one.sun as sun1, one.mon as mon1 from one, shop.days d where d.week = one.week and d.year = 2001) y,
    (select one.week as week2, one.sun as sun2, one.mon as mon2 from one, shop.days d where d.week = one.week and d.year = 2001 + 1) z
  where week1 = week2 - 53 order by week1`,
  `select a.state, count(*) cnt from shop.addresses a, shop.customers c, shop.store_sales s, shop.days d, shop.items i
  where a.id = c.address_id and c.id = s.customer_id and s.day_id = d.id and s.item_id = i.id
    and d.month_of_all = (select distinct (month_of_all) from shop.days where year = 2001 and month = 2)
    and i.price > 1.2 * (select avg(j.price) from shop.items j where j.category = i.category)
  group by a.state having count(*) >= 10 order by cnt nulls last, a.state limit 100`,
  `select c.last_name, c.first_name, c.title, n.ticket, n.cnt from (
      select s.ticket, s.customer_id, count(*) cnt from shop.store_sales as s inner join shop.days as d on s.day_id = d.id
        inner join shop.shops h on s.shop_id = h.id inner join shop.homes m on s.home_id = m.id
      where (d.day_of_month >= 1 and d.day_of_month <= 3 or d.day_of_month between 25 and 28)
        and (m.potential = '>10000' or m.potential = 'unknown') and m.vehicles > 0
        and (case when m.vehicles > 0 then m.dependents / m.vehicles else null end) > 1.2 and d.year in (1999, 1999 + 1, 1999 + 2)
      group by s.ticket, s.customer_id) as n, shop.customers c
  where n.customer_id = c.id and n.cnt between 15 and 20 order by c.last_name asc, c.first_name, c.title desc`,
  `select coalesce(w.id, v.id) as id, w.revenue - coalesce(v.loss, 0) as profit, -1 * w.tax as less_tax, w.name || ', ' || v.name as both_names
  from (select p.id, p.name, sum(ext_price) as revenue, max(tax) as tax from shop.web_sales s left join shop.pages p on s.page_id = p.id group by 1, 2) w
    full outer join (select p.id, p.name, sum(loss) as loss from shop.web_returns r right join shop.pages p on r.page_id = p.id group by p.id, p.name) v
    on w.id = v.id and (w.name <> v.name or v.name is not null)`,
  `select c.id, c.gender, count(*) as n, min(c.age) as youngest, max(c.age), avg(c.age), count(distinct c.city) cities from shop.customers c
  where exists (select * from shop.store_sales s, shop.days d where c.id = s.customer_id and s.day_id = d.id and d.year = 2002)
    and (exists (select * from shop.web_sales s where c.id = s.customer_id) or exists (select 1 from shop.catalog_sales s where c.id = s.customer_id))
    and c.city not in (select city from shop.closed where reason = 'x') and c.zip is not null and not (c.age < 18)
  group by c.id, c.gender order by n desc, c.id`,
  `with frequent as (select substr(i.name, 1, 30) as name, i.id as item, d.day as sold_on, count(*) as cnt from shop.store_sales s, shop.days d, shop.items i
      where s.day_id = d.id and s.item_id = i.id and d.year in (2000, 2001, 2002) group by substr(i.name, 1, 30), i.id, d.day having count(*) > 4),
    top_spender as (select max(spent) as most from (select c.id, sum(s.quantity * s.sales_price) as spent
      from shop.store_sales s, shop.customers c where s.customer_id = c.id group by c.id) t),
    best as (select c.id as customer, sum(s.quantity * s.sales_price) as spent from shop.store_sales s, shop.customers c
      where s.customer_id = c.id group by c.id having sum(s.quantity * s.sales_price) > (95 / 100.0) * (select most from top_spender))
  select last_name, first_name, sales from (
    select c.last_name, c.first_name, sum(s.quantity * s.price) as sales from shop.catalog_sales s, shop.customers c
    where s.item_id in (select item from frequent) and s.customer_id in (select customer from best) and s.customer_id = c.id group by 1, 2
    union all select c.last_name, c.first_name, s.quantity * s.price from shop.web_sales s, shop.customers c
    where s.item_id in (select item from frequent) and s.customer_id = c.id) t`,
  `select d.day, sum(s.price) over (partition by s.item_id order by d.day rows between unbounded preceding and current row) as so_far,
    lag(s.price) over (partition by s.item_id order by d.day) as before_that, avg(sum(s.price)) over (partition by d.year) as of_year
  from shop.web_sales s cross join shop.days d where d.day >= cast('2000-02-01' as date) and abs(s.price - 5) / s.price > 0.1
  group by d.day, s.price, s.item_id, d.year`,
  `select 'all' as what, t.id, t.text, u.name from shop.reasons t inner join (select id, upper(name) as name, row_number() over (order by name) nth from shop.reasons) u on t.id = u.id
  where u.nth < 11 and cast(t.code as decimal(7, 2)) <> 0.5 and (t.text like 'a%' or t.text is null)
  except distinct select 'none', r.id, null, 'x' from shop.reasons r where r.id = 1`,
]

const snowflake = `with recent as (
     select o.id, o.customer_id, o.amount, date_trunc('month', o.created_at) as month,
       row_number() over (partition by o.customer_id order by o.created_at desc) as nth
     from shop.public.orders o left join shop.public.customers c on c.id = o.customer_id and c.city <> 'x'
     where o.status in ('paid', 'sent') and o.created_at between '2026-01-01'::date and current_date qualify nth = 1)
   select month, count(*) as n, sum(iff(amount > 10, amount, 0)) / nullif(count(distinct id), 0) as share,
     f.value:name::string as label, datediff(day, month, current_date) as age
   from recent, lateral flatten(input => parse_json(month)) f
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
  ...[...shared, ...further].flatMap((sql): (readonly [Dialect, string])[] => [
    ['snowflake', sql],
    ['bigquery', sql],
  ]),
]
