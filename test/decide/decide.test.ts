import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Hazard, OutputColumn, StatementKind } from '#src/classify/classification.ts'
import { explainDecision } from '#src/decide/decide.ts'
import { reasonCodes } from '#src/decide/decision.ts'
import { decisionInput, deletes, nothingSpent, policyOf, rules } from './decision-input.ts'

const codes = (policy: ReturnType<typeof rules>, input = decisionInput()) =>
  policy.decide(input).reasons.map(({ code, rule }) => (rule ? `${code} ${rule}` : code))

test('deny wins over hold and hold over allow, whatever the order in the file', () => {
  const effects = ['deny', 'hold', 'allow']
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    const all = order.map(i => [`r-${effects[i]}`, effects[i] ?? '', 'statement.statements == 1'] as const)
    assert.equal(rules(all).decide(decisionInput()).verdict, 'deny')
    assert.equal(rules(all.filter(([, effect]) => effect !== 'deny')).decide(decisionInput()).verdict, 'hold')
    assert.equal(rules(all.filter(([, effect]) => effect === 'allow')).decide(decisionInput()).verdict, 'allow')
  }
})

test('one rule that asks for a fresh sign-in asks for the whole hold', () => {
  const policy = policyOf(`
defaults: { as: READER, approvers: { group: oncall } }
rules:
  - { name: any, when: 'true', then: hold }
  - { name: critical, when: 'statement.kind == "select"', then: hold, step_up: true }
`)
  assert.equal(policy.decide(decisionInput()).stepUp, true)
  assert.equal(policy.decide(decisionInput({ classification: deletes })).stepUp, undefined)
})

test('a hold may be released alone unless one of the rules that hold forbids it', () => {
  const policy = policyOf(`
defaults: { as: READER, approvers: { group: oncall } }
break_glass: { named: [lead-1] }
rules:
  - { name: deletes, when: 'statement.kind == "delete"', then: hold }
  - { name: customers, when: 'statement.writes.size() > 0', then: hold, break_glass: false }
  - { name: drops, when: 'statement.kind == "drop"', then: deny }
`)
  assert.deepEqual(policy.decide(decisionInput()).releasers, ['lead-1'])
  assert.deepEqual(policy.decide(decisionInput({ classification: { kind: 'delete' } })).releasers, ['lead-1'])
  assert.equal(policy.decide(decisionInput({ classification: deletes })).releasers, undefined)
  assert.equal(policy.decide(decisionInput({ classification: { kind: 'drop' } })).releasers, undefined)
})

test('a glob has its stars wherever a part of a name may be anything', () => {
  const reads = (glob: string, ...tables: string[]) =>
    rules([['r', 'allow', `statement.reads.all(t, t.matches("${glob}"))`]]).decide(
      decisionInput({ classification: { reads: tables } }),
    ).verdict
  assert.equal(reads('ANALYTICS.*.ORDERS', 'ANALYTICS.MARTS.ORDERS'), 'allow')
  assert.equal(reads('ANALYTICS.*.ORDERS', 'ANALYTICS.MARTS.CUSTOMERS'), 'hold')
  assert.equal(reads('ANALYTICS.*_MART', 'ANALYTICS.SALES_MART'), 'allow')
})

test('what no rule matches is held by the default approvers', () => {
  const decision = rules([['never', 'allow', 'statement.kind == "delete"']]).decide(decisionInput())
  assert.equal(decision.verdict, 'hold')
  assert.equal(decision.rule, 'default')
  assert.deepEqual(decision.approvers, [{ group: 'oncall', people: 1 }])
  assert.equal(decision.expiresSeconds, 1800)
  assert.equal(decision.role, 'READER')
  assert.deepEqual(
    decision.reasons.map(({ code }) => code),
    ['no_rule_matched'],
  )
})

test('what is not understood or ambiguous is never allowed by a rule that does not say so', () => {
  const everything = rules([['everything', 'allow', 'true']])
  const notUnderstood = decisionInput({
    classification: { understood: false, cause: 'an unknown clause', harmless: false },
  })
  const ambiguous = decisionInput({ classification: { gate: { ambiguous: 'a comment within a comment' } } })
  assert.equal(everything.decide(decisionInput()).verdict, 'allow')
  assert.equal(everything.decide(notUnderstood).verdict, 'hold')
  assert.equal(everything.decide(ambiguous).verdict, 'hold')
  assert.deepEqual(codes(everything, notUnderstood), ['no_rule_matched', 'not_understood'])
  assert.deepEqual(codes(everything, ambiguous), ['no_rule_matched', 'ambiguous_text'])
  const explicit = rules([['brave', 'allow', '!statement.understood']])
  assert.equal(explicit.decide(notUnderstood).verdict, 'allow')
  assert.equal(explicit.decide(ambiguous).verdict, 'allow')
  assert.equal(rules([['strict', 'deny', '!statement.understood']]).decide(ambiguous).verdict, 'deny')
})

test('a script that was understood is allowed by no rule that would not allow one that was not', () => {
  const script = decisionInput({
    classification: {
      statements: 2,
      kind: 'script',
      hazards: ['script', 'multi_statement'],
      outputs: null,
      harmless: false,
    },
  })
  for (const when of ['true', 'statement.understood', 'statement.understood && statement.writes.size() == 0']) {
    const decision = rules([['broad', 'allow', when]]).decide(script)
    assert.deepEqual([decision.verdict, decision.rule], ['hold', 'default'], when)
    assert.deepEqual(
      decision.reasons.map(({ because }) => because),
      ['No rule allows a script.'],
    )
  }
  assert.equal(rules([['strict', 'deny', '!statement.understood']]).decide(script).verdict, 'deny')
})

test('ambiguous text is not harmless, even where the classification says so', () => {
  const policy = rules([['harmless', 'allow', 'statement.harmless || (statement.harmless && statement.understood)']])
  assert.equal(
    policy.decide(decisionInput({ classification: { gate: { ambiguous: 'two readings' } } })).verdict,
    'hold',
  )
})

test('an error in any rule denies, whatever the rule would have done and whatever else matched', () => {
  for (const effect of ['deny', 'hold', 'allow']) {
    const policy = rules([
      ['fine', 'allow', 'true'],
      ['broken', effect, 'time.now.getHours(statement.purpose) > 3'],
    ])
    const decision = policy.decide(decisionInput())
    assert.equal(decision.verdict, 'deny', effect)
    assert.equal(decision.rule, 'broken')
    assert.equal(decision.role, '')
    assert.equal(decision.reasons[0]?.code, 'rule_error')
  }
})

test('an error names the decision even where another rule denies', () => {
  const policy = rules([
    ['no', 'deny', 'true'],
    ['broken', 'hold', 'agent.groups[7] == "x"'],
  ])
  const decision = policy.decide(decisionInput())
  assert.equal(decision.rule, 'broken')
  assert.deepEqual(codes(policy), ['rule_error broken', 'rule_denied no'])
})

test('an error behind an answer that is settled without it changes nothing', () => {
  const policy = rules([['settled', 'allow', 'true || agent.groups[7] == "x"']])
  assert.equal(policy.decide(decisionInput()).verdict, 'allow')
})

test('a number that is not known makes deny and hold match, and allow not', () => {
  const big = 'estimate.bytes > gib(200)'
  const small = 'estimate.bytes < gib(1)'
  for (const when of [big, small]) {
    assert.equal(rules([['d', 'deny', when]]).decide(decisionInput()).verdict, 'deny')
    assert.equal(
      rules([
        ['h', 'hold', when],
        ['a', 'allow', 'true'],
      ]).decide(decisionInput()).verdict,
      'hold',
    )
    assert.equal(rules([['a', 'allow', when]]).decide(decisionInput()).rule, 'default')
    assert.equal(rules([['a', 'allow', `!(${when})`]]).decide(decisionInput()).rule, 'default')
  }
  const known = decisionInput({ estimate: { bytes: 2 ** 20 } })
  assert.equal(rules([['d', 'deny', big]]).decide(known).rule, 'default')
  assert.equal(rules([['a', 'allow', small]]).decide(known).verdict, 'allow')
})

test('an unknown number does not matter where the answer does not hang on it', () => {
  const input = decisionInput()
  assert.equal(
    rules([
      ['d', 'deny', 'estimate.bytes > gib(1) && statement.kind == "delete"'],
      ['a', 'allow', 'true'],
    ]).decide(input).verdict,
    'allow',
  )
  assert.equal(rules([['a', 'allow', 'estimate.bytes < gib(1) || statement.harmless']]).decide(input).verdict, 'allow')
  assert.equal(
    rules([['a', 'allow', '!has(estimate.bytes) || estimate.bytes < gib(1)']]).decide(input).verdict,
    'allow',
  )
  assert.equal(rules([['a', 'allow', '!estimate.known']]).decide(input).verdict, 'allow')
})

test('a rule can ask for the size of the tables; where it is not known, it holds rather than allows', () => {
  const policy = rules([
    ['small', 'allow', 'statement.table_rows <= 1000'],
    ['large', 'hold', 'statement.table_rows > 1000'],
  ])
  for (const [classification, verdict] of [
    [{ tableRows: 1_000 }, 'allow'],
    [{ tableRows: 1_001 }, 'hold'],
    [{}, 'hold'],
  ] as const)
    assert.equal(policy.decide(decisionInput({ classification })).verdict, verdict)
})

test('estimates that are no numbers count as not known', () => {
  for (const bytes of [Number.NaN, Number.POSITIVE_INFINITY, -1])
    assert.equal(
      rules([['d', 'deny', 'estimate.bytes > gib(200)']]).decide(decisionInput({ estimate: { bytes } })).verdict,
      'deny',
      String(bytes),
    )
})

test('an allow over output columns does not match where lineage is not known, a deny does', () => {
  const unknown = decisionInput({ classification: { outputs: null } })
  assert.equal(
    rules([['a', 'allow', 'statement.outputs.all(o, o.sources.size() > 0)']]).decide(unknown).rule,
    'default',
  )
  assert.equal(rules([['d', 'deny', 'statement.outputs.exists(o, o.name == "X")']]).decide(unknown).verdict, 'deny')
})

test('of a paused agent what would be allowed is held, what is denied stays denied, what is held says why as well', () => {
  const paused = { agent: 'a', by: 'oncall-1', reason: 'loops', at: 1 }
  const input = { ...decisionInput(), paused }
  const decided = (effect: string, defaults?: string) =>
    rules([effect === 'deny' ? ['r', effect, 'true'] : ['r', effect, 'true', 'as: READER']], defaults).decide(input)
  assert.deepEqual(
    [decided('allow').verdict, decided('allow').rule, decided('allow').role],
    ['hold', 'paused', 'READER'],
  )
  assert.equal(decided('allow').reasons[0]?.code, 'agent_paused')
  assert.deepEqual([decided('hold').verdict, decided('hold').rule], ['hold', 'r'])
  assert.equal(decided('hold').reasons[0]?.code, 'agent_paused')
  assert.deepEqual([decided('deny').verdict, decided('deny').rule], ['deny', 'r'])
  assert.equal(decided('allow', '').verdict, 'deny')
})

test('nobody to approve, or no role to run as: denied', () => {
  const noApprovers = rules([['other', 'allow', 'false', 'as: READER']], '')
  assert.deepEqual(noApprovers.decide(decisionInput()).verdict, 'deny')
  assert.equal(codes(noApprovers)[0], 'no_role')
  const roleOnly = rules([['other', 'deny', 'false']], 'defaults: { as: READER }')
  assert.equal(codes(roleOnly)[0], 'no_approvers')
  const held = rules([['h', 'hold', 'true', 'approvers: { group: oncall }']], '')
  assert.equal(held.decide(decisionInput()).verdict, 'deny')
  assert.deepEqual(codes(held), ['no_role', 'rule_held h'])
})

test('of several holds the lowest limits and the earliest expiry count, the approvers of each have to agree; the first names it', () => {
  const policy = rules([
    ['first', 'hold', 'true', 'limits: { rows: 500, bytes: 10GiB }\n    expires: 2h\n    approvers: { group: oncall }'],
    [
      'second',
      'hold',
      'true',
      'limits: { rows: 900, bytes: 5GiB, seconds: 60 }\n    expires: 10m\n    approvers: { group: privacy, people: 2 }\n    as: WRITER',
    ],
    ['allowing', 'allow', 'true', 'limits: { rows: 1 }'],
  ])
  const decision = policy.decide(decisionInput())
  assert.equal(decision.rule, 'first')
  assert.equal(decision.role, 'WRITER')
  assert.deepEqual(decision.limits, { rows: 500, bytes: 5 * 2 ** 30, seconds: 60 })
  assert.equal(decision.expiresSeconds, 600)
  assert.deepEqual(decision.approvers, [
    { group: 'oncall', people: 1 },
    { group: 'privacy', people: 2 },
  ])
  assert.deepEqual(codes(policy), ['rule_held first', 'rule_held second', 'rule_allowed allowing'])
})

test('a rule without a limit is bound by the defaults, and never lifts what another rule says', () => {
  const policy = rules([
    ['a', 'allow', 'true'],
    ['b', 'allow', 'true', 'limits: { rows: 50000 }'],
  ])
  assert.equal(policy.decide(decisionInput()).limits.rows, 10_000)
})

test('a held read runs in the role of the rule that would have allowed it', () => {
  const policy = rules([
    ['h', 'hold', 'true'],
    ['a', 'allow', 'true', 'as: NARROW'],
  ])
  assert.equal(policy.decide(decisionInput()).role, 'NARROW')
})

test('sensitive columns reach rules by how they are used', () => {
  const head =
    'defaults: { as: R, approvers: { group: g } }\nsensitive:\n  - { columns: ["*.customers.email"], class: contact, mask: partial }\n  - { columns: ["*.customers.*"], class: pii, mask: hash }'
  const use = (kind: string, name: string) =>
    rules([['d', 'deny', `statement.sensitive.exists(s, s.class == "${name}" && s.use == "${kind}")`]], head)
  const email = 'SHOP.PUBLIC.CUSTOMERS.EMAIL'
  const copied = { name: 'E', sources: [email], indirect: [], copied: true } as const
  const output = decisionInput({ classification: { outputs: [copied] } })
  const computed = decisionInput({ classification: { outputs: [{ name: 'E', sources: [email], indirect: [] }] } })
  const indirect = decisionInput({ classification: { outputs: [{ name: 'E', sources: [], indirect: [email] }] } })
  const filter = decisionInput({ classification: { filters: [email, 'SHOP.PUBLIC.ORDERS.ID'] } })
  const lineageUnknown = decisionInput({ classification: { outputs: null, reads: ['SHOP.PUBLIC.CUSTOMERS'] } })
  for (const name of ['contact', 'pii']) {
    assert.equal(use('output', name).decide(output).verdict, 'deny')
    assert.equal(use('computed', name).decide(computed).verdict, 'deny')
    assert.equal(use('computed', name).decide(output).verdict, 'hold')
    assert.equal(use('computed', name).decide(lineageUnknown).verdict, 'deny')
    assert.equal(use('indirect', name).decide(indirect).verdict, 'deny')
    assert.equal(use('filter', name).decide(filter).verdict, 'deny')
    assert.equal(use('output', name).decide(lineageUnknown).verdict, 'deny')
    assert.equal(use('output', name).decide(filter).verdict, 'hold')
  }
  const filtered = (name: string) =>
    rules([['d', 'deny', `statement.filters.exists(c, c.class == "${name}")`]], head).decide(filter).verdict
  assert.deepEqual(['contact', 'pii', ''].map(filtered), ['deny', 'deny', 'deny'])
  assert.equal(rules([['d', 'deny', 'statement.filters.all(c, c.class != "")']], head).decide(filter).verdict, 'hold')
})

test('what only shows the names and types of a table uses no column of it', () => {
  const policy = rules(
    [['d', 'deny', 'statement.sensitive.size() > 0']],
    'defaults: { as: R, approvers: { group: g } }\nsensitive: [{ columns: ["*.customers.email"], class: contact, mask: hash }]',
  )
  const verdict = (kinds: readonly StatementKind[], understood = true, odd: readonly Hazard[] = []) => {
    const hazards: readonly Hazard[] = ['metadata', ...odd]
    const classification = { kinds, understood, hazards, outputs: null, reads: ['A.B.CUSTOMERS'] }
    return policy.decide(decisionInput({ classification })).verdict
  }
  assert.equal(verdict(['describe']), 'hold')
  assert.equal(verdict(['show', 'describe']), 'hold')
  assert.equal(verdict(['explain']), 'deny')
  assert.equal(verdict(['describe', 'select']), 'deny')
  assert.equal(verdict(['describe'], false), 'deny')
  assert.equal(verdict(['describe'], true, ['opaque_source']), 'deny')
})

test('what is not understood may use the sensitive columns of its tables in any way', () => {
  const head =
    'defaults: { as: R, approvers: { group: g } }\nsensitive: [{ columns: ["*.customers.email"], class: contact, mask: hash }]'
  const read = { reads: ['SHOP.PUBLIC.CUSTOMERS'], outputs: [], understood: false, harmless: false }
  const denies = (when: string, change = {}) =>
    rules([['d', 'deny', when]], head).decide(decisionInput({ classification: { ...read, ...change } })).verdict
  for (const use of ['output', 'computed', 'filter', 'indirect'])
    assert.equal(denies(`statement.sensitive.exists(c, c.use == "${use}")`), 'deny', use)
  const filtered = 'statement.filters.exists(f, f.class == "contact")'
  assert.equal(denies(filtered), 'deny')
  assert.equal(denies('statement.filters.exists(f, f.column.matches("*.EMAIL"))'), 'deny')
  assert.equal(denies(filtered, { understood: true }), 'hold')
  assert.equal(denies(filtered, { reads: ['SHOP.PUBLIC.ORDERS'] }), 'hold')
})

test('an aggregate of a sensitive column can be told from what else is computed with it', () => {
  const head =
    'defaults: { as: R, approvers: { group: g } }\nsensitive:\n  - { columns: ["*.customers.email"], class: contact, mask: partial }'
  const policy = rules(
    [
      ['more', 'hold', 'statement.sensitive.exists(c, c.use != "output" && c.aggregate != "count")'],
      ['a', 'allow', 'statement.outputs.all(o, o.aggregate == "" || o.aggregate == "count")'],
    ],
    head,
  )
  const email = { name: 'N', sources: ['SHOP.PUBLIC.CUSTOMERS.EMAIL'], indirect: [] }
  const verdict = (aggregate: Partial<OutputColumn>) =>
    policy.decide(decisionInput({ classification: { outputs: [{ ...email, ...aggregate }] } })).verdict
  assert.equal(verdict({ aggregate: 'count' }), 'allow')
  assert.equal(verdict({ aggregate: 'min' }), 'hold')
  assert.equal(verdict({}), 'hold')
})

test('matches takes a whole name, in the case the warehouse stores', () => {
  const marts = rules([['marts', 'allow', 'statement.reads.all(t, t.matches("ANALYTICS.MARTS.*"))']])
  const verdict = (...reads: string[]) => marts.decide(decisionInput({ classification: { reads } })).verdict
  assert.equal(verdict('ANALYTICS.MARTS.DAILY', 'ANALYTICS.MARTS.WEEKLY'), 'allow')
  for (const other of [
    'EVIL.ANALYTICS.MARTS.DAILY',
    'ANALYTICS.MARTSX.DAILY',
    'ANALYTICSXMARTSXDAILY',
    'analytics.marts.daily',
    'ANALYTICS."MARTS.X".DAILY',
  ])
    assert.equal(verdict('ANALYTICS.MARTS.DAILY', other), 'hold', other)
})

test('deciding is pure: the same input gives the same decision, and neither policy nor input changes', () => {
  const policy = policyOf(readFileSync('manifests/policy.example.yaml', 'utf8'))
  const input = Object.freeze(decisionInput({ classification: deletes }))
  assert.deepEqual(policy.decide(input), policy.decide(structuredClone(input)))
  assert.ok(Object.isFrozen(policy) && Object.isFrozen(policy.rules) && Object.isFrozen(policy.sensitive))
})

test('the example policy decides as its comments say', () => {
  const policy = policyOf(readFileSync('manifests/policy.example.yaml', 'utf8'))
  const small = { bytes: 1000 }
  const decided = (change: Parameters<typeof decisionInput>[0]) => {
    const spent = [{ ...nothingSpent, bytes: 2 ** 40 }]
    const { verdict, rule, role, approvers } = policy.decide(decisionInput({ spent, ...change }))
    return [verdict, rule, role, approvers?.map(({ group }) => group).join()].filter(Boolean).join(' ')
  }
  assert.ok(policy.needsEstimate)
  assert.equal(decided({ estimate: small }), 'allow reads-own-marts AGENT_READER')
  assert.equal(decided({ estimate: small, principal: { groups: [] } }), 'hold default AGENT_READER data-oncall')
  assert.equal(decided({ estimate: { bytes: 201 * 2 ** 30 } }), 'hold big-scans AGENT_READER data-platform')
  assert.equal(decided({ estimate: small, spent: [] }), 'hold bytes-a-day AGENT_READER data-platform')
  assert.equal(decided({}), 'hold big-scans AGENT_READER data-platform')
  assert.equal(
    decided({ estimate: small, classification: deletes }),
    'hold writes-need-a-person AGENT_WRITER data-oncall',
  )
  assert.equal(decided({ estimate: small, classification: { hazards: ['unload'], harmless: false } }), 'deny no-unload')
  assert.equal(
    decided({ estimate: small, classification: { filters: ['SHOP.PUBLIC.CUSTOMERS.BIRTH_DATE'] } }),
    'hold filters-on-personal-data AGENT_READER data-oncall,privacy',
  )
  const refusal = policy.decide(
    decisionInput({ classification: { hazards: ['export'], harmless: false }, estimate: small }),
  ).reasons[0]
  assert.equal(refusal?.because, 'Data may not be copied out of the warehouse.')
  assert.match(refusal?.instead ?? '', /^Select the rows through the gateway/)
})

test('explain says for every rule what became of it', () => {
  const policy = rules([
    ['one', 'deny', 'statement.kind == "delete"'],
    ['two', 'hold', 'estimate.rows > 10'],
    ['three', 'allow', 'true'],
    ['four', 'allow', 'agent.groups[9] == ""'],
  ])
  const traces = explainDecision(policy, decisionInput({ classification: { understood: false } }))
  assert.deepEqual(
    traces.map(({ rule, result, takesEffect }) => [rule.name, result, takesEffect]),
    [
      ['one', 'not_matched', false],
      ['two', 'unknown', true],
      ['three', 'not_understood', false],
      ['four', 'error', false],
    ],
  )
  assert.deepEqual(
    traces.map(({ rule }) => rule.line),
    [3, 6, 9, 12],
  )
})

test('the policy version changes with every byte of the policy', () => {
  const text = 'rules: [{ name: a, when: "false", then: deny }]\n'
  assert.notEqual(policyOf(text).version, policyOf(`${text}#`).version)
  assert.match(policyOf(text).version, /^[0-9a-f]{64}$/)
})

test('reason codes are what outsiders match on', () => {
  assert.deepEqual(reasonCodes, [
    'rule_denied',
    'rule_held',
    'rule_allowed',
    'no_rule_matched',
    'not_understood',
    'ambiguous_text',
    'rule_error',
    'no_role',
    'no_approvers',
    'no_justification',
    'agent_paused',
    'granted',
    'transaction',
    'temporary_table',
  ])
})

const inOtherLetters: readonly (readonly [when: string, result: string])[] = [
  ['statement.reads.exists(t, t.matches("hr.public.*"))', 'unknown'],
  ['statement.reads.exists(t, t.matches("hr.public.*") || t.matches("HR.PUBLIC.*"))', 'matched'],
  ['!statement.reads.all(t, t.matches("dev.*") || t.matches("DEV.*"))', 'matched'],
  ['statement.reads.all(t, t.matches("Hr.*"))', 'unknown'],
  ['statement.reads.exists(t, t.matches("hr.private.*"))', 'not_matched'],
  ['"hr.public.employees" in statement.reads', 'unknown'],
  ['"HR.PUBLIC.EMPLOYEES" in statement.reads', 'matched'],
  ['"HR.PUBLIC.*" in statement.reads', 'unknown'],
  ['statement.reads[0] != "hr.public.employees"', 'unknown'],
  ['statement.reads[0].startsWith("hr.")', 'unknown'],
  ['statement.reads[0].endsWith(".employees")', 'unknown'],
  ['statement.reads[0].contains("public")', 'unknown'],
  ['"Contractors" in agent.groups', 'unknown'],
  ['statement.kind == "select"', 'matched'],
]
for (const [when, result] of inOtherLetters)
  test(`a name in other letters is neither the same nor another: ${when} is ${result}`, () => {
    const input = decisionInput({
      classification: { reads: ['HR.PUBLIC.EMPLOYEES'] },
      principal: { groups: ['contractors'] },
    })
    for (const effect of ['deny', 'hold', 'allow']) {
      const [trace] = explainDecision(rules([['asks', effect, when]]), input)
      assert.equal(trace?.result, result, trace?.detail)
      assert.equal(trace?.takesEffect, result === 'matched' || (result === 'unknown' && effect !== 'allow'))
    }
  })

const wildcards: readonly (readonly [when: string, reads: string, result: string])[] = [
  ['statement.reads.all(t, t.matches("p.ds.events_*"))', 'p.ds.events_*', 'matched'],
  ['statement.reads.all(t, t.matches("p.ds.*"))', 'p.ds.events_2026*', 'matched'],
  ['statement.reads.all(t, t.matches("p.ds.events_2026*"))', 'p.ds.events_*', 'unknown'],
  ['statement.reads.all(t, t.matches("p.ds.events_2026*") || t.matches("p.ds.*"))', 'p.ds.events_*', 'matched'],
  ['statement.reads.exists(t, t.matches("*.events_secret"))', 'p.ds.events_*', 'unknown'],
  ['statement.reads.exists(t, t.matches("*.secrets"))', 'p.ds.events_*', 'not_matched'],
  ['!statement.reads.exists(t, t.matches("*.events_secret"))', 'p.ds.events_*', 'unknown'],
  ['"p.ds.events_1" in statement.reads', 'p.ds.events_*', 'unknown'],
  ['"p.ds.events_*" in statement.reads', 'p.ds.events_*', 'matched'],
  ['"p.ds.orders" in statement.reads', 'p.ds.events_*', 'not_matched'],
  ['statement.reads == ["p.ds.events_1"]', 'p.ds.events_*', 'unknown'],
  ['statement.reads == ["p.ds.orders"]', 'p.ds.events_*', 'not_matched'],
  ['statement.reads[0] != "p.ds.events_1"', 'p.ds.events_*', 'unknown'],
  ['statement.reads[0].startsWith("p.ds.")', 'p.ds.events_*', 'matched'],
  ['statement.reads[0].startsWith("p.ds.events_2")', 'p.ds.events_*', 'unknown'],
  ['statement.reads[0].startsWith("p.other.")', 'p.ds.events_*', 'not_matched'],
  ['statement.reads[0].endsWith("_raw")', 'p.ds.events_*', 'unknown'],
  ['statement.reads[0].endsWith(".raw")', 'p.ds.events_*', 'not_matched'],
  ['statement.reads[0].contains("secret")', 'p.ds.events_*', 'unknown'],
  ['statement.purpose.contains("secret")', 'p.ds.events_*', 'not_matched'],
  ['statement.purpose == "a.x"', 'p.ds.events_*', 'not_matched'],
  [
    'statement.statements == 1 && "b" in ["a", "b"] && [statement.statements, 2] == [1, 2] && [statement.statements] != [2]',
    'p.ds.events_*',
    'matched',
  ],
  ['statement.sensitive.exists(c, c.column.matches("*.events_1.email"))', 'p.ds.events_*', 'unknown'],
]
for (const [when, table, result] of wildcards) {
  test(`a rule about a wildcard table is ${result}: ${when} with ${table}`, () => {
    const email = { name: 'email', sources: [`${table}.email`], indirect: [] }
    const input = decisionInput({ classification: { reads: [table], outputs: [email] } })
    const asked = { ...input, statement: { ...input.statement, purpose: 'select * from a.*' } }
    const head =
      'defaults: { as: READER, approvers: { group: oncall } }\nsensitive: [{ columns: ["*.email"], class: contact, mask: redact }]'
    for (const effect of ['deny', 'hold', 'allow']) {
      const [trace] = explainDecision(rules([['asks', effect, when]], head), asked)
      assert.equal(trace?.result, result, trace?.detail)
      assert.equal(trace?.takesEffect, result === 'matched' || (result === 'unknown' && effect !== 'allow'))
    }
  })
}

const mixed: readonly (readonly [when: string, kinds: readonly StatementKind[], result: string])[] = [
  ['statement.kind == "insert"', ['insert', 'drop'], 'unknown'],
  ['statement.kind == "drop"', ['insert', 'drop'], 'unknown'],
  ['statement.kind != "drop"', ['insert', 'drop'], 'unknown'],
  ['statement.kind == "delete"', ['insert', 'drop'], 'not_matched'],
  ['statement.kind in ["insert", "drop", "update"]', ['insert', 'drop'], 'matched'],
  ['statement.kind in ["show", "describe"]', ['show', 'select'], 'unknown'],
  ['statement.kind in ["show", "describe"]', ['insert', 'drop'], 'not_matched'],
  ['statement.kind.startsWith("in")', ['insert', 'drop'], 'unknown'],
  ['statement.kind == "insert"', ['transaction', 'insert', 'insert', 'transaction'], 'matched'],
  ['statement.kind == "transaction"', ['transaction', 'select', 'transaction'], 'not_matched'],
  ['statement.kind == "transaction"', ['transaction', 'transaction'], 'matched'],
]
for (const [when, kinds, result] of mixed)
  test(`what some of several statements do is asked of each: ${when} is ${result} of ${kinds.join('; ')}`, () => {
    const [kind = 'other'] = kinds
    const input = decisionInput({ classification: { kind, kinds, statements: kinds.length } })
    for (const effect of ['deny', 'hold', 'allow']) {
      const [trace] = explainDecision(rules([['asks', effect, when]]), input)
      assert.equal(trace?.result, result, trace?.detail)
      assert.equal(trace?.takesEffect, result === 'matched' || (result === 'unknown' && effect !== 'allow'))
    }
  })

test('a text that is written like several words is one text', () => {
  const input = decisionInput({ principal: { name: 'bot\u{e001}bot' } })
  for (const name of ['bot', 'bot and bot']) {
    const [trace] = explainDecision(rules([['asks', 'allow', `agent.name == "${name}"`]]), input)
    assert.equal(trace?.result, 'not_matched')
  }
})

test('stages of several rules are merged stage by stage; named people stand beside groups', () => {
  const policy = policyOf(`defaults: { as: READER }
rules:
  - { name: one, when: 'true', then: hold, stages: [{ group: oncall }, { group: privacy, named: [dpo-1], people: 2 }] }
  - { name: two, when: 'true', then: hold, approvers: { group: oncall, people: 2 }, approval_reason: required }
`)
  const { approvers, approvalReason } = policy.decide(decisionInput())
  assert.deepEqual(approvers, [
    { group: 'oncall', people: 2 },
    { group: 'privacy', named: ['dpo-1'], people: 2, stage: 2 },
  ])
  assert.equal(approvalReason, true)
})

test('a statement that does not say why is denied where a rule that decides asks for it', () => {
  const policy = rules([
    ['why', 'allow', 'statement.kind == "select"', 'justification: required'],
    ['other', 'hold', 'statement.kind == "delete"'],
  ])
  const input = decisionInput()
  assert.equal(policy.decide(input).verdict, 'allow')
  for (const purpose of [' ', 'a \u00a0\n b', '\u200b\u2060\u3164\u00ad', undefined]) {
    const silent = { ...input, statement: { ...input.statement, purpose } as typeof input.statement }
    const { verdict, rule, reasons } = policy.decide(silent)
    assert.deepEqual([verdict, rule, reasons[0]?.code], ['deny', 'why', 'no_justification'], purpose)
    assert.match(reasons[0]?.instead ?? '', /`purpose`.*`--purpose`/)
  }
})
