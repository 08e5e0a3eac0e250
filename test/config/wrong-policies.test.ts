import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatProblems } from '#src/config/problem.ts'
import { loadPolicy } from '#src/decide/load-policy.ts'

const head = `defaults: { as: READER, approvers: { group: oncall } }
sensitive:
  - { columns: ["*.customers.email"], class: contact, mask: partial }
rules:
  - name: one
    then: hold
    when: `

/** A wrong expression, the column where the mistake starts, and the advice. All stand in line 7 at `rules[0].when`. */
const expressions: readonly [when: string, column: number, advice: string][] = [
  ['statement.writez.size() > 0', 11, 'no such field "statement.writez"; did you mean "statement.writes"?'],
  ['true && statment.harmless', 19, 'no such variable "statment"; did you mean "statement"?'],
  [`'"unlod" in statement.hazards'`, 12, 'there is no hazard "unlod"; did you mean "unload"?'],
  ['statement.hazards.exists(h, h in ["unload", "exprot"])', 55, 'there is no hazard "exprot"; did you mean "export"?'],
  ['statement.kind == "selct"', 29, 'there is no kind "selct"; did you mean "select"?'],
  ['statement.filters.exists(c, c.class == "contcat")', 50, 'there is no class "contcat"; did you mean "contact"?'],
  ['statement.filters.exists(c, c.clas == "contact")', 39, 'no such field "c.clas"; did you mean "c.class"?'],
  [
    'statement.reads.all(t, t.matches("^A.*$"))',
    44,
    'matches(…) takes a glob, not a regular expression: * stands for any characters, all else for itself',
  ],
  [
    'statement.reads.all(t, t.matches(".*_MART"))',
    44,
    'matches(…) takes a glob, not a regular expression: * stands for any characters, all else for itself',
  ],
  ['statement.reads.all(t, t.matches(statement.purpose))', 44, 'write the pattern of matches(…) out as text'],
  ['estimate.bytes > gb(2)', 28, 'no such function "gb"; did you mean "gib"?'],
  ['estimate.bytes > gib("2")', 28, 'write it as gib(number)'],
  ['estimate.bytes > "2GiB"', 11, 'compares a number with text; write the number without quotes, a size as gib(2)'],
  ['agent.groups == "coding-agents"', 11, 'compares a list with text, which are never equal'],
  ['agent.groups in ["coding-agents"]', 11, 'looks for a list in a list of text'],
  ['statement.writes', 11, 'is a list, but a condition must be true or false'],
  ['statement.reads.al(t, t == "X")', 11, 'a list has no "al"; did you mean "all"?'],
  ['agent.owner == null', 26, 'nothing is ever null; ask has(…) whether a number is known, or compare text with ""'],
  [
    'estimate.bytes &&',
    26,
    'this is not a CEL expression from here on; look at quotes, brackets and operators (&&, ||, !, ==, in)',
  ],
  ['statement.sensitive.exists(c, c.class = "contact")', 49, 'CEL has no "="; write =='],
  ['statement.harmless and agent.name == "a and b"', 30, 'CEL has no "and"; write &&'],
  [`'"x or y" == agent.name OR statement.harmless'`, 35, 'CEL has no "OR"; write ||'],
  ['not statement.harmless', 11, 'CEL has no "not"; write !(…)'],
  ['agent.name <> "x"', 22, 'CEL has no "<>"; write !='],
  ['statement.harmless & true', 30, 'CEL has no "&"; write &&'],
  ['estimate.bytes > 20GiB', 28, 'write "20GiB" as gib(20)'],
  ['estimate.bytes > 1.5 TB', 28, 'write "1.5 TB" as tib(1.5)'],
  ['agent.spent(24h).rows > 5', 23, 'write a length of time as text: "24h"'],
  ['agent.name IN ["x"]', 22, 'write "in" in small letters'],
  ['agent.name like "x%"', 22, 'CEL has no "like"; write x.matches("*…*")'],
  [
    'agent.constructor == agent.name',
    11,
    'no such field "agent.constructor"; write one of subject, issuer, name, groups, owner, on_behalf_of',
  ],
  [
    'statement.writes.size > 0',
    11,
    '"statement.writes.size": a list has no fields; write size(), exists(x, condition on x) or all(x, condition on x) after it',
  ],
  [
    'agent.groups.contains("analysts")',
    11,
    'a list has no "contains": write value in list, or list.exists(x, condition on x)',
  ],
  ['time.now.getHours(7) > 3', 11, 'write it as time.now.getHours() or time.now.getHours("Europe/Berlin")'],
  ['agent.spend("24h").bytes > 5', 11, '"agent" has no "spend(…)"; did you mean "spent"?'],
  ['agent.spent("24h").byte > 5', 11, 'no such field "spent(…).byte"; did you mean "spent(…).bytes"?'],
  ['agent.spent("24h") > 5', 11, 'compares "spending", which has fields with a number'],
  [
    'agent.spent("2 days").rows > 5',
    11,
    '"2 days" is no window; write a duration with its unit: s, m, h or d, at most 31d',
  ],
  [
    'agent.spent(24).rows > 5',
    11,
    'write it as agent.spent("24h") or group("analysts").spent("24h"), the window and the group as text',
  ],
  [
    'time.now.getHours("Europe/Berlim") > 3',
    29,
    'there is no time zone "Europe/Berlim"; did you mean "Europe/Berlin"?',
  ],
  [
    'time.now > timestamp("2026-13-01")',
    32,
    '"2026-13-01" is no moment; write it as timestamp("2026-12-24T00:00:00Z")',
  ],
  [
    'time.now - timestamp("2026-01-01T00:00:00Z") > duration("2d")',
    67,
    '"2d" is no length of time; write it as duration("90m"), with h, m or s',
  ],
  [
    'agent.name == "x" && time.hour >= 22 && time.hour < 6',
    11,
    'is never true: no time.hour is >= 22 and < 6 at once; where one of them will do, write (time.hour >= 22 || time.hour < 6)',
  ],
  [
    'time.weekday != "saturday" || time.weekday != "sunday"',
    11,
    'is always true: any time.weekday is != "saturday" or != "sunday"; where all of them are meant, write (time.weekday != "saturday" && time.weekday != "sunday")',
  ],
  [
    'time.weekday == "saturday" && time.weekday == "sunday"',
    11,
    'is never true: no time.weekday is == "saturday" and == "sunday" at once; where one of them will do, write (time.weekday == "saturday" || time.weekday == "sunday")',
  ],
  [
    'time.date >= "2026-12-20" && time.date <= "2026-01-05"',
    11,
    'is never true: no time.date is >= "2026-12-20" and <= "2026-01-05" at once; where one of them will do, write (time.date >= "2026-12-20" || time.date <= "2026-01-05")',
  ],
  [
    'estimate.bytes > gib(2) && estimate.bytes < mib(500)',
    11,
    'is never true: no estimate.bytes is > gib(2) and < mib(500) at once; where one of them will do, write (estimate.bytes > gib(2) || estimate.bytes < mib(500))',
  ],
  [
    'statement.reads.exists(t, t == "A.B.C" && t == "A.B.D")',
    37,
    'is never true: no t is == "A.B.C" and == "A.B.D" at once; where one of them will do, write (t == "A.B.C" || t == "A.B.D")',
  ],
  [
    'time.now.getDayOfWeek("Europe/Berlin") == 7',
    53,
    'time.now.getDayOfWeek("Europe/Berlin") is 0 for Sunday to 6 for Saturday, and never 7',
  ],
  ['time.now.getDayOfWeek() in [6, 7]', 42, 'time.now.getDayOfWeek() is 0 for Sunday to 6 for Saturday, and never 7'],
  ['12 != time.now.getMonth()', 11, 'time.now.getMonth() is 0 for January to 11 for December, and never 12'],
  ['time.hour >= 24', 24, 'time.hour is 0 to 23, so this is never true'],
  ['time.date == "24.12.2026"', 24, 'is no day; write it as "2026-12-24"'],
  ['time.date in ["2026-02-30"]', 25, 'is no day; write it as "2026-12-24"'],
  [
    'time.now > timestamp("2026-02-31T00:00:00Z")',
    32,
    '"2026-02-31T00:00:00Z" is no moment; write it as timestamp("2026-12-24T00:00:00Z")',
  ],
  ['has(estimate) && estimate.rows > 5', 11, 'asks about one field; write it as has(estimate.bytes)'],
  ['group("analysts") == "x"', 11, 'write it as group("analysts").spent("24h")'],
  [
    'statement.sensitive.exists(c, c.aggregate == "average")',
    56,
    'there is no aggregate "average"; write one of count, count_distinct, sum, avg, min, max, median, stddev, variance',
  ],
  [
    'statement.sensitive.exists(c, c.use == "where")',
    50,
    'there is no use "where"; write one of output, computed, filter, indirect',
  ],
  ['context.door == "http"', 27, 'there is no door "http"; write one of rest, mcp, snowflake, bigquery'],
  ['user.name == "x"', 11, 'no such variable "user"; write one of agent, statement, estimate, context, time'],
  [
    'statement.reads.exists(t, t == "EMPLOYEES")',
    42,
    'is no table, because full names have three parts; write matches("*.EMPLOYEES")',
  ],
  [
    'statement.reads.exists(t, t in ["HR.PUBLIC.T", "PUBLIC.EMPLOYEES"])',
    58,
    'is no table, because full names have three parts; write matches("*.PUBLIC.EMPLOYEES")',
  ],
  [
    'statement.writes.exists(t, t.matches("public.orders"))',
    48,
    'is no table, because full names have three parts; write matches("*.public.orders")',
  ],
  [
    'statement.reads.exists(t, t.matches("HR.PAY*"))',
    47,
    'may or may not begin with a database, as far as can be told; write matches("*.HR.PAY*") for tables of that name, matches("HR.PAY*.*") for all there is in one',
  ],
  [
    'statement.filters.exists(f, f.column.matches("HR.PAY.*"))',
    56,
    'may or may not begin with a database, as far as can be told; write matches("*.HR.PAY.*") for columns of that name, matches("HR.PAY.*.*") for all there is in one',
  ],
  [
    'statement.filters.exists(f, f.column == "CUSTOMERS.EMAIL")',
    51,
    'is no column, because full names have four parts; write matches("*.CUSTOMERS.EMAIL")',
  ],
  ['statement.reads.exists(t, t == "HR.*")', 42, 'has a *, which stands for itself here; write it as matches("HR.*")'],
  [
    `'"*.PUBLIC.EMPLOYEES" in statement.reads'`,
    12,
    'has a *, which stands for itself here; write it as matches("*.PUBLIC.EMPLOYEES")',
  ],
  [
    'statement.reads.exists(t, t.startsWith("HR_*"))',
    50,
    'has a *, which stands for itself here; write it as matches("HR_*")',
  ],
  [
    'statement.reads.exists(t, t.matches("HR.%"))',
    47,
    'has a %, which stands for itself; write * for any characters, in matches(…)',
  ],
  ['agent.name == agent.name', 11, 'comes out the same whatever is asked; compare with a fact'],
  ['1 == 2', 11, 'comes out the same whatever is asked; compare with a fact'],
  ['statement.harmless && !statement.harmless', 11, 'is never true: both sides are the same, one of them with !'],
  ['agent.name in []', 11, 'looks in an empty list, where nothing is'],
  ['statement.writes.size() < 0', 37, 'statement.writes.size() is 0 or more, so this is never true'],
  ['statement.writes.size() >= 0', 38, 'statement.writes.size() is 0 or more, so this is always true'],
  ['estimate.bytes < gib(0)', 28, 'estimate.bytes is 0 or more, so this is never true'],
  ['agent.spent("24h").rows == -1', 38, 'agent.spent("24h").rows is 0 or more, and never -1'],
  ['has(statement.harmless)', 15, '"statement.harmless" is always there; ask what it is, without has(…)'],
  ['statement.kind.startsWith("DEL")', 37, 'this fits no kind'],
  ['statement.hazards.exists(h, h.contains("unlod"))', 50, 'this fits no hazard; did you mean "unload"?'],
  [
    'time.now > "2026-01-01"',
    11,
    'compares a moment in time with text; write the moment as timestamp("2026-12-24T00:00:00Z")',
  ],
  ['time.now.getHours("+99:99") > 3', 29, 'there is no time zone "+99:99"'],
  ...['A..C', ' A.B.C', 'A.B.', '`A.B.C`', 'A.B.{C,D}'].map((name): [string, number, string] => [
    `statement.reads.exists(t, t.matches("${name}"))`,
    47,
    'could be no table; write DATABASE.SCHEMA.TABLE without quotes, brackets or empty parts',
  ]),
  [`'{"a": 1}.a == 1'`, 12, 'maps and messages ("{…}") are not part of the policy language'],
]
for (const [when, column, advice] of expressions)
  test(`when: ${when}`, () => {
    const loaded = loadPolicy(`${head}${when}\n`, 'policy.yaml')
    assert.ok('problems' in loaded, 'a wrong policy was loaded')
    assert.deepEqual(
      loaded.problems.filter(({ message }) => message === advice),
      [{ file: 'policy.yaml', line: 7, column, path: 'rules[0].when', message: advice }],
      formatProblems(loaded.problems),
    )
  })

for (const when of [
  'time.hour >= 22 || time.hour < 6',
  'time.hour >= 20 && time.hour < 24 && time.now.getHours("Europe/Berlin") < 6',
  'time.weekday != "saturday" && time.weekday != "sunday"',
  'time.date >= "2026-12" && time.date < "2027" && time.date != "2026-12-24"',
  'time.hour + 2 > 24 || 5 < time.hour && time.hour != 6',
  'estimate.bytes > gib(2) && estimate.bytes < gib(2.5) && estimate.cost > 1.0 && estimate.cost < 1.5',
  'statement.reads.exists(t, t == "A.B.C") && statement.reads.exists(t, t == "A.B.D")',
  'time.hour >= 0 && (time.hour < 6 || agent.name == "x") && !(time.hour == 3)',
  'agent.name == "a" || agent.name == "b"',
  'estimate.bytes >= 0 && has(estimate.rows) && estimate.rows == 0',
  'statement.kind.startsWith("in") || statement.hazards.exists(h, h.endsWith("_where"))',
  'statement.reads.exists(t, t.startsWith("HR.") && t.contains(".MY TABLE."))',
])
  test(`nothing is wrong with ${when}`, () => {
    const loaded = loadPolicy(`${head}'${when}'\n`, 'policy.yaml')
    assert.ok(!('problems' in loaded), 'problems' in loaded ? formatProblems(loaded.problems) : '')
  })

const rule = (rest: string) => `rules:\n  - name: one\n    when: 'true'\n    ${rest}\n`

/** A wrong file, with what `querywarden check` prints. */
const files: readonly [text: string, printed: string][] = [
  [`rules:\n\t- name: one\n`, 'policy.yaml:2:1  YAML: a tab at the beginning of a line; indent with blanks'],
  [
    `${rule('then: deny')}---\nrules: []\n`,
    'policy.yaml:5:1  YAML: a second document begins here; leave out the line "---", or make two files',
  ],
  [
    `rules:\n  - name: one\n    when: "etl" in agent.groups\n    then: deny\n`,
    'policy.yaml:3:17  YAML: text that begins with a quote ends with the next one; put the whole in single quotes, or on a line of its own after ">-"',
  ],
  [
    `rules:\n  - name: one\n    when: true\n    then: deny\n`,
    'policy.yaml:3:11  rules[0].when  write text (in quotes if it looks like a number, or is true or false) here',
  ],
  [rule('then: alow'), 'policy.yaml:4:11  rules[0].then  write one of deny, hold, allow; did you mean "allow"?'],
  [
    rule('then: deny\n    becuase: x'),
    'policy.yaml:5:5  rules[0].becuase  no such field "becuase"; did you mean "because"?',
  ],
  [
    rule('then: deny\n    as: READER'),
    'policy.yaml:5:9  rules[0].as  has no meaning on a rule that denies; leave it out',
  ],
  [
    rule('then: allow'),
    'policy.yaml:2:5  rules[0]  allows, but names no role to run as; add as: ROLE here or under defaults',
  ],
  [
    rule('then: hold'),
    'policy.yaml:2:5  rules[0]  holds, but nobody could approve it; add approvers: { group: … } here or under defaults',
  ],
  [
    rule('then: hold\n    approvers: { group: g, escalate: { group: h, after: 30m } }'),
    'policy.yaml:5:57  rules[0].approvers.escalate.after  comes too late: the hold ends after 30m (expires); write less than that, or a longer expires',
  ],
  [
    rule('then: hold\n    stages: [{ group: g }, { group: h, escalate: { group: i, after: 2h } }]\n    expires: 1h'),
    'policy.yaml:5:69  rules[0].stages[1].escalate.after  comes too late: the hold ends after 1h (expires); write less than that, or a longer expires',
  ],
  [
    `defaults: { approvers: { group: g, escalate: { group: h, after: 1h } }, expires: 20m }\n${rule('then: hold')}`,
    'policy.yaml:1:65  defaults.approvers.escalate.after  comes too late: the hold ends after 20m (expires); write less than that, or a longer expires',
  ],
  [
    rule('then: hold\n    approvers: { group: g }\n    expires: 32d'),
    'policy.yaml:6:14  rules[0].expires  waits longer than 31 days, which nobody does; write 31d or less',
  ],
  [
    `defaults: { approvers: { group: g }, expires: 9999999d }\n${rule('then: hold')}`,
    'policy.yaml:1:47  defaults.expires  waits longer than 31 days, which nobody does; write 31d or less',
  ],
  [
    rule('then: hold\n    approvers: { group: g }\n    remind: [10m, 30m]'),
    'policy.yaml:6:13  rules[0].remind  comes too late: the hold ends after 30m (expires); write less than that, or a longer expires',
  ],
  [
    `defaults: { expires: 1h }\n${rule('then: hold\n    approvers: { group: g }\n    approval_expires: 1h')}`,
    'policy.yaml:7:23  rules[0].approval_expires  comes too late: the hold ends after 1h (expires); write less than that, or a longer expires',
  ],
  [
    rule('then: deny').replace('one', 'paused'),
    'policy.yaml:2:11  rules[0].name  "paused" is the name of what holds the statements of a paused agent; choose another',
  ],
  [
    rule('then: deny').replace('one', 'transaction'),
    'policy.yaml:2:11  rules[0].name  "transaction" is the name of what a transaction adds to the rules; choose another',
  ],
  [
    rule('then: hold\n    approvers: { group: g, people: 0 }'),
    'policy.yaml:5:36  rules[0].approvers.people  write a whole number from 1 to 10 here',
  ],
  [
    rule('then: hold\n    approvers: { people: 2 }'),
    'policy.yaml:5:16  rules[0].approvers  names nobody; write group: NAME or named: [ID]',
  ],
  [
    rule('then: hold\n    approvers: { group: g }\n    stages: [{ group: g }]'),
    'policy.yaml:5:16  rules[0].approvers  stands beside stages; write one of the two',
  ],
  [
    rule('then: hold\n    stages: [{ group: g }, { people: 2 }]'),
    'policy.yaml:5:28  rules[0].stages[1]  names nobody; write group: NAME or named: [ID]',
  ],
  [
    rule(
      'then: hold\n    approvers: { group: g }\n    approve_within: { days: [monday], from: "08:00", to: "18:00", zone: Europe/Berlim }',
    ),
    'policy.yaml:6:21  rules[0].approve_within  there is no time zone "Europe/Berlim"; did you mean "Europe/Berlin"?',
  ],
  [
    rule(
      'then: hold\n    approvers: { group: g }\n    approve_within: { days: [monday], from: "08:00", to: "18:00", zone: "02:00" }',
    ),
    'policy.yaml:6:21  rules[0].approve_within  there is no time zone "02:00"',
  ],
  [
    rule('then: allow\n    as: R\n    approval_reason: required'),
    'policy.yaml:6:22  rules[0].approval_reason  has no meaning on a rule that allows; leave it out',
  ],
  [
    rule('then: allow\n    as: R\n    break_glass: false'),
    'policy.yaml:6:18  rules[0].break_glass  has no meaning on a rule that allows; leave it out',
  ],
  [
    `break_glass: { named: [] }\n${rule('then: deny')}`,
    'policy.yaml:1:23  break_glass.named  needs at least one entry',
  ],
  [
    rule('then: hold\n    approvers: { group: g }\n    expires: 30'),
    'policy.yaml:6:14  rules[0].expires  write a duration with its unit: s, m, h or d, such as 30m',
  ],
  [
    rule('then: allow\n    as: R\n    limits: { bytes: 50 GB }'),
    'policy.yaml:6:22  rules[0].limits.bytes  write a size with its unit: B, KiB, MiB, GiB or TiB, such as 50GiB',
  ],
  [
    `${rule('then: deny')}  - name: one\n    when: 'true'\n    then: deny\n`,
    'policy.yaml:5:11  rules[1].name  there is already a rule "one"',
  ],
  [
    `sensitive:\n  - { columns: [customers.email], class: pii, mask: hash }\n${rule('then: deny')}`,
    'policy.yaml:2:17  sensitive[0].columns[0]  is no column, because full names have four parts; write "*.customers.email"',
  ],
  [
    `sensitive:\n  - { columns: ["email*"], class: pii, mask: hash }\n${rule('then: deny')}`,
    'policy.yaml:2:17  sensitive[0].columns[0]  may or may not begin with a database, as far as can be told; write "*.email*" for columns of that name, "email*.*" for all there is in one',
  ],
  [
    `sensitive:\n  - { columns: ["shop.customers.*"], class: pii, mask: hash }\n${rule('then: deny')}`,
    'policy.yaml:2:17  sensitive[0].columns[0]  may or may not begin with a database, as far as can be told; write "*.shop.customers.*" for columns of that name, "shop.customers.*.*" for all there is in one',
  ],
  [
    `detect:\n  - { content: [email], mask: redact, except: ["contacts.e*mail"] }\n${rule('then: deny')}`,
    'policy.yaml:2:48  detect[0].except[0]  may or may not begin with a database, as far as can be told; write "*.contacts.e*mail" for columns of that name, "contacts.e*mail.*" for all there is in one',
  ],
  ...['*..email', '%.email', '*.customers.(email|phone)', '^email$'].map((pattern): [string, string] => [
    `sensitive:\n  - { columns: ["${pattern}"], class: pii, mask: hash }\n${rule('then: deny')}`,
    'policy.yaml:2:17  sensitive[0].columns[0]  write DATABASE.SCHEMA.TABLE.COLUMN with * where anything may stand, without quotes, spaces or regular expressions',
  ]),
  [
    `sensitive:\n  - { tags: ["pii = yes"], class: pii, mask: hash }\n${rule('then: deny')}`,
    'policy.yaml:2:14  sensitive[0].tags[0]  write a tag as NAME or NAME=VALUE, without spaces around =',
  ],
  [
    `sensitive:\n  - { columns: ["*.email"], class: pii, mask: hsah }\n${rule('then: deny')}`,
    'policy.yaml:2:47  sensitive[0].mask  write one of redact, null, partial, hash, date, format; did you mean "hash"?',
  ],
  [
    `sensitive:\n  - { columns: ["*.email"], class: pii, mask: hash, aggregates: { average: clear } }\n${rule('then: deny')}`,
    'policy.yaml:2:67  sensitive[0].aggregates.average  no such field "average"; write one of count, count_distinct, sum, avg, min, max, median, stddev, variance',
  ],
  [
    `sensitive:\n  - { columns: ["*.email"], class: pii, mask: hash, aggregates: { avg: yes } }\n${rule('then: deny')}`,
    'policy.yaml:2:72  sensitive[0].aggregates.avg  write one of clear, mask',
  ],
  ['rules: []\n', 'policy.yaml:1:8  rules  needs at least one entry'],
  ['rule: []\n', 'policy.yaml:1:1  rule  no such field "rule"; did you mean "rules"?'],
  [
    'rules:\n  - name: one\n    name: two\n    when: "true"\n    then: deny\n',
    'policy.yaml:3:5  this field is given twice',
  ],
  [
    'rules: [{ name: one, when: !secret x, then: deny }]\n',
    'policy.yaml:1:28  YAML: tags ("!…") have no meaning here; put text that starts with "!" in quotes',
  ],
  ['', 'policy.yaml:1:1  write a mapping here (name: value, indented)'],
  [rule('then: [deny]'), 'policy.yaml:4:11  rules[0].then  write one of deny, hold, allow here'],
  [
    rule('then: hold\n    approvers: { group: g }\n    break_glass: true'),
    'policy.yaml:6:18  rules[0].break_glass  write false',
  ],
  [
    rule('<<: { as: R }\n    then: allow'),
    'policy.yaml:4:5  rules[0].<<  nothing is merged into a mapping; write the fields out',
  ],
  [
    rule('then: deny\n    because: This: is refused'),
    'policy.yaml:5:14  YAML: a second ": " in one line; put text that holds one in quotes, and a field on a line of its own',
  ],
  [rule("then: 'deny"), 'policy.yaml:5:1  YAML: a quote opens and is not closed before here'],
  [rule('then:deny'), 'policy.yaml:4:5  YAML: a colon with a blank behind it, a comma or "- " is missing here'],
  [
    rule('then: hold\n  as: R'),
    'policy.yaml:5:1  YAML: the line begins too far to the left or right; begin the fields of one mapping in one column',
  ],
  [
    rule('then: hold\n    approvers: { group: g'),
    'policy.yaml:6:1  YAML: a bracket or brace opens and is not closed before here',
  ],
  [
    Buffer.from(rule('then: deny\n    because: f\u00fcr'), 'latin1').toString(),
    'policy.yaml:5:15  is no UTF-8 here; save the file in that encoding',
  ],
  [
    `%YAML 1.1\n---\n${rule('then: deny')}`,
    'policy.yaml:1:1  YAML: leave out the line "%YAML"; the file is read as YAML 1.2',
  ],
  ...['', '~'].map((nothing): [string, string] => [
    `sensitive:\n  - columns: ["*.email"]\n    class: pii\n    mask: ${nothing}\n${rule('then: deny')}`,
    `policy.yaml:4:11  sensitive[0].mask  write one of redact, null, partial, hash, date, format`,
  ]),
  ...['*.customers.', '.email', '*.{email,phone}'].map((pattern): [string, string] => [
    `sensitive:\n  - { columns: ["${pattern}"], class: pii, mask: hash }\n${rule('then: deny')}`,
    'policy.yaml:2:17  sensitive[0].columns[0]  write DATABASE.SCHEMA.TABLE.COLUMN with * where anything may stand, without quotes, spaces or regular expressions',
  ]),
  [
    rule('then: hold\n    approvers: { named: [a, b], people: 3 }'),
    'policy.yaml:5:16  rules[0].approvers  needs 3 people and names 2; name more, or write a smaller people',
  ],
  [
    rule('then: hold\n    stages: [{ named: [a] }, { named: [a] }]'),
    'policy.yaml:5:13  rules[0].stages  needs 2 people and names 1; name more, or write a smaller people',
  ],
  [
    rule('then: hold\n    approvers: { named: [a, b, a] }'),
    'policy.yaml:5:32  rules[0].approvers.named[2]  is in this list already; was another one meant?',
  ],
  [
    rule('then: hold\n    approvers: { named: [" "] }'),
    'policy.yaml:5:26  rules[0].approvers.named[0]  write the id of one of identity.people',
  ],
  [
    rule('then: hold\n    approvers: { group: g, escalate: { group: g, after: 5m } }'),
    'policy.yaml:5:47  rules[0].approvers.escalate.group  is asked from the beginning; name another group',
  ],
]
for (const [text, printed] of files)
  test(printed, () => {
    const loaded = loadPolicy(text, 'policy.yaml')
    assert.ok('problems' in loaded, 'a wrong policy was loaded')
    assert.ok(formatProblems(loaded.problems).split('\n').includes(printed), formatProblems(loaded.problems))
  })

test('every problem of a policy is reported at once, in the order of the file', () => {
  const loaded = loadPolicy(
    `${head}statement.writez.size() > 0 && agent.nam == "x"\n    limts: {}\n  - name: two\n    then: deny\n    when: gb(1) > 2\n`,
    'policy.yaml',
  )
  assert.ok('problems' in loaded)
  assert.deepEqual(
    loaded.problems.map(({ line, path }) => `${line} ${path}`),
    ['7 rules[0].when', '7 rules[0].when', '8 rules[0].limts', '11 rules[1].when'],
  )
})

test('the place within folded, quoted and block text is still the mistake', () => {
  for (const [yaml, line, column] of [
    ["'statement.harmless && statement.writez.size() > 0'", 7, 34],
    ['>-\n      statement.harmless &&\n      statement.writez.size() > 0', 9, 7],
    ['"\\"x\\" in agent.groups && statement.writez.size() > 0"', 7, 37],
  ] as const) {
    const loaded = loadPolicy(`${head}${yaml}\n`, 'policy.yaml')
    assert.ok('problems' in loaded)
    assert.deepEqual(
      loaded.problems.map(problem => [problem.line, problem.column]),
      [[line, column]],
      yaml,
    )
  }
})
