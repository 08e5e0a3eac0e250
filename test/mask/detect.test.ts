import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { detectorNames } from '#src/decide/decision.ts'
import { detect } from '#src/mask/detect.ts'
import { plainText, traitsOf, traitsOfBytes } from '#src/mask/text-traits.ts'

/** What each detector finds, as `detector:text`. */
function found(text: string): string[] {
  return detectorNames.flatMap(name => {
    const parts: string[] = []
    detect(name, text, traitsOf(text), ({ start, end }) => parts.push(`${name}:${text.slice(start, end)}`))
    return parts
  })
}

/** Published sample numbers of schemes and registries, reserved domains, fictional telephone ranges; keys that open nothing. */
const hits: readonly (readonly [text: string, ...expected: string[]])[] = [
  ['4111111111111111', 'card:4111111111111111'],
  ['paid with 4111 1111 1111 1111 12/26', 'card:4111 1111 1111 1111'],
  ['5500-0000-0000-0004', 'card:5500-0000-0000-0004'],
  ['4111.1111.1111.1111', 'card:4111.1111.1111.1111'],
  ['3782 822463 10005', 'card:3782 822463 10005'],
  ['1234 4111 1111 1111 1111', 'card:4111 1111 1111 1111'],
  ['DE89 3704 0044 0532 0130 00 is the account', 'iban:DE89 3704 0044 0532 0130 00'],
  ['gb82west12345698765432', 'iban:gb82west12345698765432'],
  ['ssn 078-05-1120', 'national_id:078-05-1120', 'phone:078-05-1120'],
  ['AB 12 34 56 C', 'national_id:AB 12 34 56 C'],
  ['12345678Z', 'national_id:12345678Z'],
  ['RSSMRA85T10A562S', 'national_id:RSSMRA85T10A562S'],
  ['131052-308T', 'national_id:131052-308T'],
  ['811218-9876', 'national_id:811218-9876'],
  ['529.982.247-25', 'national_id:529.982.247-25'],
  ['11010519491231002X', 'national_id:11010519491231002X'],
  ['255081416802538', 'national_id:255081416802538'],
  ['756.9217.0769.85', 'national_id:756.9217.0769.85'],
  ['mail c000123.pine+x@mail.example, please', 'email:c000123.pine+x@mail.example'],
  ['müller@bücher.example', 'email:müller@bücher.example'],
  ['+1-201-555-0100', 'phone:+1-201-555-0100'],
  ['call +44 (0)20 7946 0018 now', 'phone:+44 (0)20 7946 0018'],
  ['(212) 555-0123', 'phone:(212) 555-0123'],
  ['0049 30 1234567', 'phone:0049 30 1234567'],
  ['001 201 555 0100', 'phone:001 201 555 0100'],
  ['020 7946 0018', 'phone:020 7946 0018'],
  ['AKIAIOSFODNN7EXAMPLE', 'secret:AKIAIOSFODNN7EXAMPLE'],
  [`token=ghp_${'a1'.repeat(18)};`, `secret:ghp_${'a1'.repeat(18)}`],
  [`xoxb-${'1'.repeat(12)}-abc`, `secret:xoxb-${'1'.repeat(12)}-abc`],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', 'secret:eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'],
  [
    '-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5IGF0IGFsbA\nbm8',
    'secret:-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5IGF0IGFsbA\nbm8',
  ],
  ['postgres://app:not-a-word@db/x', 'secret:not-a-word'],
]

const nothing = [
  ['a card whose check digit is wrong', '4111111111111112'],
  ['an id as long as a card, of no scheme', '9999999999999995'],
  ['a fraction', '0.4111111111111111'],
  ['an EAN-13', '4006381333931'],
  ['milliseconds', '1700000000000'],
  ['ten digits without a sign of a phone number', '2025550123'],
  ['a time', '2024-01-15 10:00:00.123456+02:00'],
  ['a date first by its day', '01-02-2024 10'],
  ['a UUID', '550e8400-e29b-41d4-a716-446655440000'],
  ['a digest', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['an order number', '034-1234567-1234567'],
  ['another order number', '001-1234567-1234567'],
  ['an IP address', '192.168.100.200'],
  ['a point', 'POINT(-122.350123 47.620456)'],
  ['an IBAN whose check digits are wrong', 'DE88370400440532013000'],
  ['a number the SSA never gave', '900-45-6789'],
  ['a CPF whose check digits are wrong', '529.982.247-26'],
  ['a handle', '@someone and user@intranet'],
  ['a kebab name', 'sk-a-module-with-a-rather-long-name'],
] as const

describe('what detectors find', () => {
  for (const [text, ...expected] of hits)
    test(text, () =>
      assert.deepEqual(
        expected.filter(part => !found(text).includes(part)),
        [],
        found(text).join(', '),
      ),
    )
})

describe('what detectors leave alone', () => {
  for (const [what, text] of nothing) test(`${what}: ${text}`, () => assert.deepEqual(found(text), []))
})

test('every blank, dash and digit of one code unit is read as that of ASCII, in texts and in bytes', () => {
  const all = Array.from({ length: 0xffff }, (_none, code) => String.fromCharCode(code)).filter(symbol =>
    /[\p{Zs}\p{Pd}\p{Nd}\u2212]/u.test(symbol),
  )
  const plain = all.map(symbol => {
    const bytes = new TextEncoder().encode(symbol)
    return plainText(symbol, traitsOf(symbol) & traitsOfBytes(bytes, 0, bytes.length))
  })
  const digits = plain.filter(symbol => /\d/.test(symbol)).join('')
  assert.equal(digits, '0123456789'.repeat(digits.length / 10))
  assert.ok(digits.length > 300)
  assert.deepEqual([...new Set(plain)].sort(), [' ', '-', ...'0123456789'])
})

test('the bytes of a text never have fewer traits than the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('', 'a@b.example', '4111111111111111'),
      (text, more) => {
        const bytes = new TextEncoder().encode(JSON.stringify(text + more))
        const traits = traitsOf(text + more)
        assert.equal(traits & traitsOfBytes(bytes, 1, bytes.length - 1), traits)
      },
    ),
  )
})

test('time grows with the length of a text, not with its square, whatever it is made of', () => {
  const pieces = [
    '4111 ',
    '4',
    'a@',
    'a.',
    '+1(',
    'DE89',
    '0-',
    'eyJ',
    '-eyJ',
    '-eyJhbGciOiJ.',
    '-SG.',
    '-----BEGIN PRIVATE KEY-----',
    'x://:',
    '1 2 ',
    'ABCDEF00',
    '://a:',
    ' ',
  ]
  for (const piece of pieces) {
    const took = (length: number) => {
      const text = piece.repeat(length / piece.length)
      const since = process.cpuUsage().user
      found(text)
      return process.cpuUsage().user - since
    }
    took(1 << 14)
    const [short, long] = [took(1 << 14), took(1 << 18)]
    assert.ok(long < 64 * short + 200_000, `${piece}: ${short} µs, 16 times as long ${long} µs`)
  }
})
