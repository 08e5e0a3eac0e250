import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestError } from '#gateway/doors/bigquery/google-error.ts'
import { GatewayError } from '#src/errors.ts'

const said = (message: string) => requestError(new GatewayError('invalid_request', { message })).message

test('nothing that is said reads like a rate limit to a client that would try again by itself', () => {
  assert.equal(said('It Exceeds what this\nRATE has as its limit.'), 'It go over what this\nRATE has as its limit.')
  for (const other of [
    'exceeded limit of the rate',
    'the rate exceeded its limit',
    'limit, rate, exceed',
    'exceed rate',
  ])
    assert.equal(said(other), other)
  const long = `${'exceed '.repeat(1e4)}${'rate '.repeat(1e4)}`
  assert.equal(said(long), long)
})
