import fc from 'fast-check'
import type { TSchema } from 'typebox'

/** Pieces of text that would come alive, break out, hide or break a limit if anything let them. */
const pieces = [
  '<!channel>',
  '<!subteam^S0ONCALL>',
  '<@U0ONCALL1>',
  '<#C0APPROVALS>',
  '<https://evil.example|safe>',
  'https://evil.example/approve?x=1 www.evil.example',
  '&lt;!here&gt; &amp;',
  '```',
  '`code` *bold* _it_ ~x~ :skull:',
  '> quoted\n>>> more',
  '\u202E right to left \u2066',
  'zero\u200Bwidth\uFEFF',
  'tag\u{E0041}\u{E007F}',
  '\u0000\u001B[2J\u2028\u0085',
  'lone \uD800 half',
  '\u0301'.repeat(50),
  '😀'.repeat(700),
  `x${'𝔘'.repeat(1_300)}`,
  'ﷺ'.repeat(200),
  '\n'.repeat(300),
  'Approved by oncall-1 · fine',
  "' ; drop table t --",
]

/** What an agent or a warehouse might put wherever it may put a text; up to about 100 kB. */
export const hostileText: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 200 })), { maxLength: 12 }),
    fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 40 }) }),
  )
  .map(([parts, times]) => parts.join('').repeat(times).slice(0, 100_000))

/** What mrkdwn makes of a text besides calls: bare addresses, styles and emoji. Nothing in code, and of what is ours a moment. */
export function markup(text: string): readonly string[] {
  const parsed = text.replaceAll(/`[^`\n]+`|<!date\^[^<>]*>/g, '')
  return parsed.match(/\w+:\/\/[^\s>|]+|www\.\S+|([*_~])\S[^\n]*?\1|`|:[\w+-]*[a-z][\w+-]*:/g) ?? []
}

interface Node {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly items?: TSchema
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly TSchema[]
}

/** What a look-up brings of it: shorter, but many of them. */
const shorter = hostileText.map(text => text.slice(0, 5_000))

/** Every answer of a form, with hostile text wherever the form allows any. */
export function answersOf(schema: TSchema): fc.Arbitrary<unknown> {
  const { type, enum: values, pattern, items, maxItems, properties, required = [], anyOf } = schema as Node
  if (values) return fc.constantFrom(...values)
  if (anyOf) return fc.oneof(...anyOf.map(answersOf))
  switch (type) {
    case 'string':
      return pattern?.includes('HJKMNP') ? fc.constant('7F3K-9Q2M-X4TB') : shorter
    case 'integer':
      return fc.integer({ min: 0, max: 2_000_000_000_000 })
    case 'number':
      return fc.double({ min: 0, max: 1e12, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'array':
      return maxItems === undefined
        ? fc.oneof(fc.constant([]), fc.array(answersOf(items as TSchema), { maxLength: 4 }), many(items as TSchema))
        : fc.array(answersOf(items as TSchema), { maxLength: maxItems })
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(properties ?? {}).map(([name, of]) => [name, answersOf(of)])),
        {
          requiredKeys: [...required],
        },
      )
    default:
      throw new Error(`no answers of ${JSON.stringify(schema)}`)
  }
}

/** As many as there may be, of a few kinds. */
function many(items: TSchema): fc.Arbitrary<unknown[]> {
  return fc
    .array(answersOf(items), { minLength: 1, maxLength: 2 })
    .map(few => Array.from({ length: 200 }, (_, at) => few[at % few.length]))
}
