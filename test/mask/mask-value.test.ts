import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { maskKinds } from '#src/decide/decision.ts'
import type { Column } from '#src/execute/warehouse.ts'
import { asciiMasks, maxAdded } from '#src/mask/mask-ascii.ts'
import { maskText, maskValue } from '#src/mask/mask-value.ts'

const key = 'k'.repeat(32)
const types: Column['type'][] = ['string', 'number', 'boolean', 'date', 'time', 'timestamp', 'binary', 'json']

const viewOf = ({ buffer, byteOffset, length }: Uint8Array) => new DataView(buffer, byteOffset, length)

describe('masked values', () => {
  const cases = [
    ['redact', 'string', '4111111111111111', '[masked]'],
    ['null', 'string', 'x', null],
    ['partial', 'string', 'c000123.pine@mail.example', 'c***@***.example'],
    ['partial', 'string', '+1 555 0100 123', '***23'],
    ['partial', 'string', 'room 12 😀!', '***!'],
    ['partial', 'string', 'room 12 😀', '***😀'],
    ['partial', 'string', '123', '***'],
    ['partial', 'string', 'ab@mail.example', '***@***.example'],
    ['partial', 'string', 'someone@intranet', 's***@***'],
    ['partial', 'string', 'someone@host.4111 1111', 's***@***'],
    ['partial', 'string', '', '***'],
    ['partial', 'string', '𠮷𠮷𠮷', '***'],
    ['partial', 'string', 'a\u0301o\u0301\u0302b', '***'],
    ['partial', 'string', 'a\u0301bcdef', 'a***'],
    ['partial', 'string', '𠮷𠮷@mail.example', '***@***.example'],
    ['date', 'date', '1984-07-31', '1984-01-01'],
    ['date', 'timestamp', '1984-07-31T10:11:12.5Z', '1984-01-01T00:00:00.0Z'],
    ['redact', 'number', 4111, null],
    ['redact', 'json', { email: 'x@y.example' }, null],
  ] as const
  for (const [kind, type, value, expected] of cases) {
    test(`${kind} of a ${type}: ${JSON.stringify(value)} → ${JSON.stringify(expected)}`, () => {
      assert.equal(maskValue(kind, type, key)(value), expected)
    })
  }

  for (const kind of maskKinds.filter(each => asciiMasks[each]))
    test(`${kind}: the bytes of a text are masked as the text is`, () => {
      // Beside signs and letters those that stand next to them in ASCII.
      const near = ['?', '@', 'A', 'Z', '[', '`', 'a', 'z', '{', '\u007f', '\u0000']
      const part = fc.constantFrom(...near, 'Bc', '.', '1', '29', '-', '2024-03-17', 'example', '.com', ' ')
      fc.assert(
        fc.property(fc.array(part, { maxLength: 12 }), parts => {
          const text = parts.join('')
          const expected = maskText(kind, key)(text)
          for (const around of ['@', '7']) {
            const texts = Buffer.from(`x${around}${text}${around}y.z`)
            const out = Buffer.alloc(4 + text.length + maxAdded)
            const end = asciiMasks[kind]?.(texts)(viewOf(texts), 2, 2 + text.length, viewOf(out), 4) ?? Number.NaN
            assert.equal(end < 0 ? null : out.toString('latin1', 4, end), expected)
            assert.ok(end <= 4 + text.length + maxAdded)
          }
        }),
        { numRuns: 3_000 },
      )
    })

  test('the hash is stable under one key, so that joins still work, and another under another', () => {
    const hash = maskValue('hash', 'string', key)
    assert.equal(hash('a'), hash('a'))
    assert.notEqual(hash('a'), hash('b'))
    assert.notEqual(hash('a'), maskValue('hash', 'string', 'another key of at least 32 bytes!')('a'))
  })

  test('format preserving keeps the shape and not the digits', () => {
    const masked = maskValue('format', 'string', key)('AB-4111 1111 1111 1111')
    assert.match(String(masked), /^[A-Z]{2}-\d{4} \d{4} \d{4} \d{4}$/)
    assert.notEqual(masked, 'AB-4111 1111 1111 1111')
  })

  test('format preserving keeps no numeral and no vowel sign either', () => {
    const masked = String(maskValue('format', 'string', key)('①③⑧〇 Ⅷ½ राम'))
    assert.match(masked, /^\d{4} \d\d [a-z]{3}$/)
  })

  test('no mask of any kind lets a long value through, and null stays null', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...maskKinds),
        fc.constantFrom(...types),
        fc.string({ minLength: 8, unit: 'grapheme' }).filter(text => /[\p{L}\p{Nd}]{6}/u.test(text)),
        (kind, type, text) => {
          const masked = maskValue(kind, type, key)(text)
          assert.ok(masked === null || !String(masked).includes(text))
        },
      ),
    )
    for (const kind of maskKinds) for (const type of types) assert.equal(maskValue(kind, type, key)(null), null)
  })
})
