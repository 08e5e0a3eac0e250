import { sensitiveValues } from '#test/fakes/dataset.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'

/**
 * The stand's policy with its second line taken away: computing with personal columns and reading views is allowed, so that
 * masking alone has to stand. And columns whose masks keep more of a value than the others do, and detectors with such masks.
 */
const policy = standPolicy
  .replace('c.use != "output"', 'c.use == "filter"')
  .replace(
    'statement.harmless &&',
    'statement.understood && statement.kind == "select" && statement.hazards.all(h, h == "view") &&',
  )
  .replace(
    'sensitive:\n',
    `sensitive:
  - { columns: ["*.customers.name"], class: name, mask: hash }
  - { columns: ["*.customers.city"], class: place, mask: format }
  - { columns: ["*.numbered.email"], class: contact, mask: partial }
  - { columns: ["*.profiles.person.called.first", "*.others.called"], class: name, mask: redact }
  - { columns: ["*.signals.payload.user.email"], class: contact, mask: partial }
`,
  )
  .replace(
    'rules:\n',
    `detect:
  - { content: [card], mask: "null" }
  - { content: [phone], mask: hash }
  - { content: [iban, national_id, secret, email], mask: redact }
rules:
`,
  )

export interface AttackedStand {
  readonly stand: Stand
  /** Texts that no answer may hold. */
  readonly raw: readonly string[]
}

/**
 * A small stand without people; a view made earlier hides a table, a table has a number for a column's name, and one holds
 * names in structs, or addresses in JSON.
 */
export async function startAttackedStand(): Promise<AttackedStand> {
  const stand = await startStand({ sizes: { customers: 40, orders: 300 }, policy, bots: 0, maxPending: 1_000 })
  const { admin } = stand.snowflake.database
  await admin.run('create view "DEMO"."SHOP"."CONTACTS" as select "ID", "EMAIL" from "DEMO"."SHOP"."CUSTOMERS"')
  await admin.run('create table "DEMO"."SHOP"."NUMBERED" as select "EMAIL", 1 as "1" from "DEMO"."SHOP"."CUSTOMERS"')
  await admin.run(
    `create table "DEMO"."SHOP"."SIGNALS" as select "ID", json_object('user', json_object('email', "EMAIL"), 'n', 1) as "PAYLOAD" from "DEMO"."SHOP"."CUSTOMERS"`,
  )
  await stand.bigquery.connection.run('create view shop.contacts as select id, email from shop.customers')
  await stand.bigquery.connection.run('create table shop.visits_1 as select id, city, phone from shop.customers')
  await stand.bigquery.connection.run('create table shop.visits_2 as select id, email from shop.customers')
  await stand.bigquery.connection.run(
    'create table shop.profiles as select id, {called: {first: name}, town: city} as person, [{called: name}] as others from shop.customers',
  )
  await stand.bigquery.connection.run(
    `create table shop.signals as select id, json_object('user', json_object('email', email), 'n', 1) as payload from shop.customers`,
  )
  const values = await sensitiveValues(admin, 1_000, { catalog: 'DEMO', schema: 'SHOP' })
  return { stand, raw: [...values.name, ...values.email, ...values.phone, ...values.cardNumber] }
}
