import type { Attacks } from './attack.ts'

/** One name for two things: what it means hangs on rules of scope, and the harmless reading is not the warehouse's. */
export const snowflakeNames: Attacks = {
  topic: 'names',
  connection: 'shop',
  attacks: [
    [
      'CTE that stands before another, and names it',
      'with recursive a as (select id as z from orders), orders as (select email as id from customers) select z from a',
      'held',
    ],
    [
      "select item with a filter's name, which the filter does not mean",
      "select id from customers c where exists (select 1 as email from orders o where email like 'c%')",
      'held',
    ],
  ],
}

export const bigqueryNames: Attacks = {
  topic: 'names',
  connection: 'lake',
  attacks: [
    [
      'relation called as the data set of another',
      'select shop.customers.id as z from shop.customers p, (select struct(email as id) as customers from shop.customers) shop',
      'masked',
      '',
    ],
    [
      'star of a relation called as the data set of another',
      `select shop.customers.* from shop.customers p, (select struct(email as id, 'x' as name) as customers from shop.customers) shop`,
      'failed',
    ],
    [
      'column with the name of a relation outside, as a star',
      `select array(select as struct p.* from (select struct(email as id) as p from shop.customers) limit 1) as z
        from unnest([struct(1 as id)]) as p`,
      'traced',
    ],
    [
      'row and column of one name',
      "select to_json_string(p) as z from shop.customers as p, (select 'x' as p) as q",
      'masked',
      '',
    ],
    [
      'column with a dot in its name',
      'select t.`country.y` as z from (select country, email as `country.y` from shop.customers) as t',
      'traced',
    ],
    [
      'CTE that stands before another, and names it',
      'with recursive a as (select id as z from orders), orders as (select email as id from shop.customers) select z from a',
      'held',
      '',
      { schema: 'shop' },
    ],
    [
      "select item with a filter's name, which the filter does not mean",
      "select id from shop.customers c where exists (select 1 as email from shop.orders o where email like 'c%')",
      'held',
    ],
    ['table as it was before SET', "from shop.customers as p |> set email = 'x' |> select p.email as z", 'held'],
    [
      'row as it was before DROP',
      'from shop.customers as p |> drop email, phone, name |> select to_json_string(p) as z',
      'held',
    ],
    [
      'table that a column is called as',
      `from shop.customers as p join (select struct('x' as email) as p) as q on true
        |> where true |> where true |> select p.email as z`,
      'held',
    ],
  ],
}
