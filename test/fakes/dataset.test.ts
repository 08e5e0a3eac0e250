import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { createShopData, sensitiveValues, testOrderCount } from './dataset.ts'

async function shop(customers: number, orders: number) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await createShopData(connection, { customers, orders })
  return connection
}

/** By doubling from the right, unlike the way the numbers are made. */
function satisfiesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

test('the full data set has exactly 4,210 test orders, a smaller one its share', async () => {
  assert.equal(testOrderCount(1_000_000), 4_210)
  for (const orders of [1_000, 123_457]) {
    const reader = await (await shop(10, orders)).runAndReadAll(`SELECT count(*) FROM orders WHERE status = 'test'`)
    assert.equal(Number(reader.getRowsJS()[0]?.[0]), testOrderCount(orders))
  }
})

test('every order has a customer, every card number satisfies Luhn, and nobody is real', async () => {
  const connection = await shop(1_000, 1_000)
  const orphans = await connection.runAndReadAll(
    'SELECT count(*) FROM orders WHERE customer_id NOT IN (SELECT id FROM customers)',
  )
  assert.equal(Number(orphans.getRowsJS()[0]?.[0]), 0)
  const values = await sensitiveValues(connection, 1_000)
  assert.equal(new Set(values.cardNumber).size, 1_000)
  assert.ok(values.cardNumber.every(number => number.length === 16 && satisfiesLuhn(number)))
  assert.ok(values.phone.every(phone => /-555-01\d\d$/.test(phone)))
  assert.ok(values.email.every(email => email.endsWith('@mail.example')))
})

test('the same rows come out every time', async () => {
  const digest = async () => {
    const connection = await shop(200, 500)
    const reader = await connection.runAndReadAll(
      `SELECT md5(string_agg(c::VARCHAR, '|' ORDER BY c.id)) FROM customers c
       UNION ALL SELECT md5(string_agg(o::VARCHAR, '|' ORDER BY o.id)) FROM orders o`,
    )
    return reader.getRowsJS()
  }
  assert.deepEqual(await digest(), await digest())
})
