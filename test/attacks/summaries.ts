/** A statement that would rather be taken for another one, and what its summary has to say all the same. */
type Disguise = readonly [title: string, connection: 'shop' | 'lake', sql: string, says: RegExp]

export const disguises: readonly Disguise[] = [
  [
    'a MERGE that deletes',
    'shop',
    'merge into orders o using (select 1 x) s on true when matched then delete',
    /ORDERS: deletes/,
  ],
  [
    'a MERGE with all actions',
    'lake',
    "merge shop.orders o using shop.customers c on o.id = c.id when matched then update set status = 'x' when not matched then insert (id) values (1) when not matched by source then delete",
    /updates, inserts, deletes/,
  ],
  [
    'a table that is replaced',
    'shop',
    'create or replace table orders as select * from orders limit 0',
    /creates or replaces a table orders/,
  ],
  ['a drop behind sixty reads', 'shop', `${'select 1; '.repeat(60)} drop table orders`, /drops table orders/],
  [
    'a write behind a CTE',
    'shop',
    "with a as (select 1) update orders set status = 'x'",
    /may write DEMO\.SHOP\.ORDERS/,
  ],
  ['a clause word as an alias', 'shop', 'delete from orders window where window.id > 0', /where window\.id > 0/],
  [
    'our words in an alias',
    'shop',
    'select id as "nothing from ORDERS where 1=0 --", email from customers',
    /reads "nothing from ORDERS where 1=0 --", EMAIL from DEMO\.SHOP\.CUSTOMERS/,
  ],
  [
    'our words in a table name',
    'shop',
    'delete from "ORDERS where id = 1"',
    /deletes rows from "DEMO\.SHOP\.ORDERS where id = 1", all of them/,
  ],
  [
    'a drop behind a long update',
    'lake',
    `update shop.orders set status = 'a' where status = '${'x'.repeat(400)}'; drop table shop.customers`,
    /drops table shop\.customers/,
  ],
  [
    'a drop behind sixty inserts',
    'lake',
    `${Array.from({ length: 60 }, (_none, at) => `insert into shop.orders (id) select ${at} from shop.t${at}; `).join('')} drop table shop.customers`,
    /drops table shop\.customers; inserts rows into \S*shop\.orders from \S*… \(60 alike\)$/,
  ],
  [
    'a drop behind many that are not alike',
    'lake',
    `${Array.from({ length: 60 }, (_none, at) => `insert into shop.t${at}_${'x'.repeat(40)} (id) select 1; `).join('')} drop table shop.customers`,
    /drops table shop\.customers; .*; and 56 more$/,
  ],
  [
    'what becomes sensitive behind a long condition',
    'shop',
    `update orders o set status = c.email from customers c where c.country = '${'x'.repeat(400)}'`,
    /; makes sensitive: DEMO\.SHOP\.ORDERS\.STATUS \(contact\)$/,
  ],
  [
    'a load that replaces, of files with long names',
    'lake',
    `load data overwrite shop.orders from files (format = 'CSV', uris = ['gs://b/${'x'.repeat(400)}.csv'])`,
    /replacing all rows/,
  ],
  [
    'a write behind a long condition',
    'shop',
    `with a as (select 1) update orders set status = 'x' where status <> '${'x'.repeat(400)}'`,
    /may write DEMO\.SHOP\.ORDERS/,
  ],
  ['a delete of everything', 'lake', 'delete shop.orders where true', /where true/],
  [
    'an insert that replaces',
    'shop',
    'insert overwrite into orders select * from orders limit 0',
    /replacing all rows/,
  ],
]
