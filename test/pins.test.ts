import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CompletedAnswer, ExplainAnswer, PendingAnswer, Problem, RefusedAnswer } from '#gateway/doors/answer-schema.ts'
import { Explain, Submit, Window } from '#gateway/doors/rest-schema.ts'
import { hazards, statementKinds } from '#src/classify/classification.ts'
import { detectorNames, maskKinds, reasonCodes } from '#src/decide/decision.ts'
import { errorTable } from '#src/errors.ts'
import { transitions } from '#src/hold/hold.ts'
import { type EventKind, sessionStates } from '#src/record/event.ts'
import { silentServer } from './doors/silent-server.ts'

/*
 * The public contract as literals: agents, policies, dashboards and recorded sessions rely on these words. Adding is fine;
 * changing or removing one breaks somebody, and needs a major version.
 */

const statusOf = {
  unauthenticated: 401,
  token_malformed: 401,
  token_algorithm: 401,
  token_issuer: 401,
  token_audience: 401,
  token_signature: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  token_claims: 401,
  session_expired: 401,
  session_ended: 401,
  issuer_unreachable: 503,
  not_permitted: 403,
  denied: 403,
  review_denied: 403,
  killed: 403,
  transaction_over: 409,
  temporary_lost: 409,
  hold_expired: 403,
  cancelled: 409,
  invalid_request: 400,
  invalid_utf8: 400,
  request_too_slow: 408,
  headers_too_large: 431,
  unsupported_media_type: 415,
  no_such_path: 404,
  method_not_allowed: 405,
  statement_too_large: 413,
  unknown_connection: 404,
  unknown_session: 404,
  idempotency_mismatch: 422,
  conflict: 409,
  session_busy: 409,
  too_many: 429,
  integrity: 403,
  policy_failed: 403,
  record_unavailable: 503,
  recording_lost: 410,
  holds_unavailable: 503,
  mint_failed: 502,
  warehouse_unavailable: 502,
  warehouse_error: 422,
  syntax_error: 422,
  not_compiled: 422,
  result_shape: 502,
  schema_changed: 409,
  limit_exceeded: 422,
  outcome_unknown: 502,
  interrupted: 503,
  draining: 503,
  internal: 500,
}
const retried = [
  ...[
    'token_not_yet_valid',
    'session_expired',
    'issuer_unreachable',
    'hold_expired',
    'cancelled',
    'request_too_slow',
    'conflict',
    'session_busy',
    'too_many',
  ],
  ...[
    'record_unavailable',
    'holds_unavailable',
    'mint_failed',
    'warehouse_unavailable',
    'schema_changed',
    'interrupted',
    'draining',
    'internal',
  ],
]

/** A kind that is missing or new here does not compile. */
const eventKinds: Readonly<Record<EventKind, true>> = {
  received: true,
  classified: true,
  estimated: true,
  decided: true,
  held: true,
  claimed: true,
  minted: true,
  submitting: true,
  executed: true,
  masked: true,
  ended: true,
  completed: true,
  failed: true,
  unknown: true,
  denied: true,
  expired: true,
  cancelled: true,
  kill: true,
  withdrawn: true,
  granted: true,
  revoked: true,
  reviewed: true,
}

describe('the public contract', () => {
  test('error codes, their statuses, and which of them may pass later', () => {
    assert.deepEqual(
      Object.fromEntries(Object.entries(errorTable).map(([code, { status }]) => [code, status])),
      statusOf,
    )
    assert.deepEqual(
      Object.entries(errorTable).flatMap(([code, { retry }]) => (retry ? [code] : [])),
      retried,
    )
  })

  test('every code has a sentence of its own', () => {
    const sentences = Object.values(errorTable).map(({ sentence }) => sentence)
    assert.equal(new Set(sentences).size, sentences.length)
    for (const sentence of sentences) assert.match(sentence, /^[A-Z].{10,}\.$/)
  })

  test('reason codes', () => {
    assert.deepEqual(reasonCodes, [
      ...['rule_denied', 'rule_held', 'rule_allowed', 'no_rule_matched', 'not_understood', 'ambiguous_text'],
      ...['rule_error', 'no_role', 'no_approvers', 'no_justification', 'agent_paused', 'granted', 'transaction'],
      'temporary_table',
    ])
  })

  test('kinds of events', () => {
    assert.equal(Object.keys(eventKinds).length, 22)
  })

  test('states of a hold and every way between them', () => {
    assert.deepEqual(transitions, {
      pending: ['approved', 'denied', 'expired', 'cancelled'],
      approved: ['executing', 'expired', 'cancelled', 'denied'],
      executing: ['completed', 'failed', 'unknown'],
      unknown: ['completed', 'failed'],
      completed: [],
      failed: [],
      denied: ['expired', 'cancelled'],
      expired: [],
      cancelled: [],
    })
  })

  test('states of a session', () => {
    assert.deepEqual(sessionStates, [
      ...['held', 'claimed', 'unknown', 'completed', 'failed', 'denied', 'expired', 'cancelled'],
    ])
  })

  test('words of the policy language', () => {
    assert.deepEqual(maskKinds, ['redact', 'null', 'partial', 'hash', 'date', 'format'])
    assert.deepEqual(detectorNames, ['card', 'iban', 'national_id', 'secret', 'email', 'phone'])
    assert.deepEqual(statementKinds, [
      ...['select', 'insert', 'update', 'delete', 'merge', 'truncate', 'create', 'alter', 'drop', 'grant', 'copy'],
      ...['unload', 'file', 'call', 'script', 'transaction', 'session', 'use', 'show', 'describe', 'explain', 'other'],
    ])
    assert.deepEqual(hazards, [
      ...['unload', 'export', 'share', 'file_transfer', 'stage_read', 'script', 'dynamic_sql', 'call', 'grant', 'ddl'],
      ...[
        'deferred',
        'external',
        'view',
        'other_tables',
        'opaque_source',
        'unknown_function',
        'session_change',
        'role_change',
      ],
      ...[
        'multi_statement',
        'no_where',
        'constant_where',
        'metadata',
        'time_travel',
        'ambiguous_text',
        'not_understood',
      ],
    ])
  })

  test('MCP tools, in their order', async () => {
    const app = await silentServer()
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const accept = 'application/json, text/event-stream'
    const listed = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', 'mcp-protocol-version': '2025-11-25' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
    })
    const body = await listed.text()
    await app.close()
    assert.deepEqual(
      Array.from(body.matchAll(/\{"name":"(\w+)","description"/g), ([, name]) => name),
      ['execute_sql', 'get_query_status', 'get_query_results', 'cancel_query', 'explain_sql', 'list_connections'],
    )
  })

  const fields = (schema: { readonly properties: object; readonly required?: readonly string[] | undefined }) =>
    Object.keys(schema.properties)
      .map(name => (schema.required?.includes(name) ? name : `${name}?`))
      .sort()
      .join(' ')

  test('fields that REST and MCP take and answer with; ? where one may be absent', () => {
    assert.equal(fields(Submit), 'binds? connection database? max_rows? purpose? schema? sql')
    assert.equal(fields(Explain), 'binds? connection database? purpose? schema? sql')
    assert.equal(fields(Window), 'max_rows? offset? wait?')
    assert.equal(
      fields(PendingAnswer),
      'approval? estimate? grant? next_step poll_after_seconds reasons request_id rule status summary',
    )
    assert.equal(
      fields(CompletedAnswer),
      'affected_rows? approved_by? columns credential_milliseconds? detected? grant? masked_columns milliseconds next_offset? reasons request_id role row_count rows rule status summary truncated way_back?',
    )
    assert.equal(
      fields(RefusedAnswer),
      'code denied_by? grant? message reason? reasons request_id rule status suggested_sql? summary? what_would_pass?',
    )
    assert.equal(
      fields(ExplainAnswer),
      'approvers? cause? code? columns estimate? grant? hazards kind limits message? reads reasons role? rule summary understood verdict what_would_pass? writes',
    )
    assert.equal(fields(Problem), 'code http_status message retry title type what_would_pass?')
  })
})
