import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '#src/statement.ts'

test('one text for one value, whatever order it was built in, and however deep', () => {
  const one = { b: [1, { d: null, c: ['x', { z: 1, y: 2 }] }], a: 'ü', 10: true, 9: undefined }
  const other = { 10: true, a: 'ü', b: [1, { c: ['x', { y: 2, z: 1 }], d: null }] }
  assert.equal(canonicalJson(one), '{"10":true,"a":"ü","b":[1,{"c":["x",{"y":2,"z":1}],"d":null}]}')
  assert.equal(canonicalJson(other), canonicalJson(one))
})

test('values are written as JSON writes them', () => {
  const at = new Date(0)
  const values = [at, { at }, [at, undefined, Number.NaN], 'a "text"', 0.1, [], {}, [[]], JSON.parse('{"__proto__":1}')]
  for (const value of values) assert.equal(canonicalJson(value), JSON.stringify(value))
})
