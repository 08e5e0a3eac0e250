import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { pagePlaces } from '#src/record/page-places.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'

const agent = { issuer: 'https://issuer.example', subject: 'agent-1', name: 'Agent 1', groups: [] }
const [one, two] = ['7F3K-9Q2M-X4TB', '8F3K-9Q2M-X4TB'].map(id => parseSessionId(id) as SessionId) as [
  SessionId,
  SessionId,
]
const places = pagePlaces(() => new Secret('k'.repeat(48)))

test('a page token names its row to its principal, in its result, and to nobody else', () => {
  const token = places.token(agent, one, 1_000)
  assert.equal(places.row(agent, one, token), 1_000)
  assert.equal(places.row({ ...agent, subject: 'agent-2' }, one, token), undefined)
  assert.equal(places.row(agent, two, token), undefined)
  assert.equal(pagePlaces(() => new Secret('l'.repeat(48))).row(agent, one, token), undefined)
})

test('a page token that was changed names no row', () => {
  const token = places.token(agent, one, 1_000)
  for (const changed of [`1${token}`, token.slice(1), `${token}A`, token.slice(0, -1), token.replace('.', ''), '', '.'])
    assert.equal(places.row(agent, one, changed), undefined, changed)
})
