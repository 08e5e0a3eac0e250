import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { DetectedContent } from '#src/decide/decision.ts'
import { contentMask } from '#src/mask/content-mask.ts'
import { traitsOf } from '#src/mask/text-traits.ts'
import { wireContentMask } from '#src/mask/wire-mask.ts'

const key = 'k'.repeat(32)
const rule = (detector: DetectedContent['detector'], mask: DetectedContent['mask']): DetectedContent => ({
  ...{ detector, mask },
  except: [],
})

function masked(text: string, ...rules: DetectedContent[]): string | null {
  const content = contentMask(rules, key)
  assert.ok(content)
  return wireContentMask(content, 'json', () => undefined).hide(text, traitsOf(text))
}

describe('what is found in a value is masked where it stands', () => {
  const cases = [
    ['the rest of a text stays', 'card 4111111111111111 of c000123@mail.example', 'card [masked] of c***@***.example'],
    ['inside of objects and arrays', '{"a": [1, {"b": "x@mail.example"}]}', '{"a": [1, {"b": "***@***.example"}]}'],
    ['keys too', '{"someone@mail.example": 3}', '{"s***@***.example": 3}'],
    ['numbers are left alone', '[4111111111111111]', '[4111111111111111]'],
    [
      'as it is typeset',
      '4111\u00a01111\u00a01111\u00a01111, 4111\u20111111\u22121111\u20131111',
      '[masked], [masked]',
    ],
    [
      'between what nobody sees',
      'a 4111\u200b1111\u200b1111\u200b1111 b, c00\u00ad0123\u200b@mail.example\u200b!',
      'a [masked] b, c***@***.example\u200b!',
    ],
    [
      'in the text of a URL',
      '/?mail=c00%2B1%2540mail%2Eexample&c=4111%201111%201111%201111',
      '/?mail=***le&c=[masked]',
    ],
    ['behind escapes', 'c00123\\u0040mail.example, %zz %4', '***le, %zz %4'],
    [
      'as programs write typeset text',
      '4111\\u00a01111\\u00a01111\\u00a01111 / 4111%C2%A01111%C2%A01111%C2%A01111 / c1%E2%80%8B@mail.example',
      '[masked] / [masked] / c***@***.example',
    ],
    [
      'as HTML writes it',
      '<b>c00123&#64;mail&#x2e;example</b> &amp; c00123&amp;#64;mail.example, 4111&nbsp;1111&#32;1111&#0032;1111, A&B &#8364;5',
      '<b>***le</b> &amp; ***le, [masked], A&B &#8364;5',
    ],
    ['in JSON within JSON', '[\\"c00123\\u200b@mail.example\\"]', '[\\"c***@***.example\\"]'],
    [
      'in JSON within JSON that is escaped twice',
      '{"a":"{\\"b\\":\\"c1\\\\u0040mail.example\\"}"}',
      '{"a":"{\\"b\\":\\"***le\\"}"}',
    ],
    ['in HTML within JSON', 'log {"to":"c00123\\u0026#64;mail.example"}', 'log {"to":"***le"}'],
    [
      'as people hide it from collectors',
      'c00123 (at) mail.example, c00123[at]mail[dot]example, look [at] this (dot)',
      '***le, ***le, look [at] this (dot)',
    ],
    [
      'in base64, whole',
      `a=${Buffer.from('{"to":"c00123@mail.example"}').toString('base64')}, ${Buffer.from('nothing at all').toString('base64')}`,
      'a=***==, bm90aGluZyBhdCBhbGw=',
    ],
    [
      'in base64 of base64',
      Buffer.from(Buffer.from('card 4111111111111111').toString('base64')).toString('base64'),
      '[masked]',
    ],
    [
      'in base64 for addresses, and in hexadecimal digits',
      `${Buffer.from('c00123@mail.example?>>').toString('base64url')}, 0x${Buffer.from('c00123@mail.example').toString('hex')}, \\x${Buffer.from('c00123@mail.example').toString('hex')}`,
      '***Pg, ***65, \\***65',
    ],
    ['as mail and scripts write it', 'c00123=40mail=2Eexample, c00123%u0040mail.example', '***le, ***le'],
    [
      'as people keep it from becoming a link',
      'c00123@mail[.]example, c00123 [@] mail (.) example',
      'c***@***, c***@***',
    ],
    ['with dots of other scripts', 'c00123@mail\u3002example', 'c***@***'],
    ['in base64 of Latin letters', `${Buffer.from('Björn <c00123@mail.example>').toString('base64')}`, '***=='],
    [
      'in mail whose lines were broken',
      'c00123@ma=\r\nil.example, 4111=201111=201111=201111',
      'c***@***.example, [masked]',
    ],
    ['behind an escaped end of a line', 'a\\nc00123@mail.example\\t4111111111111111', 'a\\n***@***.example\\t[masked]'],
    ['between blanks that HTML names', '4111&ensp;1111&thinsp;1111&zwnj;1111', '[masked]'],
    ['in wide letters', '４１１１ １１１１ １１１１ １１１１ / ｃ１２＠mail.example', '[masked] / ｃ***'],
    ['in other digits', 'بطاقة ٤١١١١١١١١١١١١١١١', 'بطاقة [masked]'],
  ] as const
  for (const [what, value, expected] of cases) {
    test(what, () => assert.deepEqual(masked(value, rule('card', 'redact'), rule('email', 'partial')), expected))
  }

  const beside = [
    ['Call me at 212-555-0123\u2014it is urgent', 'Call me at [masked]\u2014it is urgent'],
    ['Phone\u2014212-555-0123', 'Phone\u2014[masked]'],
    ['(212) 555-0123\u2013work', '[masked]\u2013work'],
    ['Mobil\u2013030 1234 5678', 'Mobil\u2013[masked]'],
    ['12\u00a0020 7946 0018', '12\u00a0[masked]'],
    ['ＩＢＡＮDE89370400440532013000', 'ＩＢＡＮ[masked]'],
    ['顧客Ａ123-45-6789', '顧客Ａ[masked]'],
    ['ＫＥＹAKIAIOSFODNN7EXAMPLE', 'ＫＥＹ[masked]'],
  ] as const
  const whatever = (['phone', 'iban', 'national_id', 'secret'] as const).map(detector => rule(detector, 'redact'))
  for (const [value, expected] of beside) {
    test(`a dash, a blank or a letter beside it hides nothing: ${value}`, () =>
      assert.equal(masked(value, ...whatever), expected))
  }

  test('a member of JSON is masked for its name, where nothing in its value says what it is', () => {
    const value =
      '{"db":{"password":"n0t \\"a\\" word","user":"a"},"phone":["2025550123"],"SSN":"078051120","sku":"078051120"}'
    const hidden = '{"db":{"password":"[masked]","user":"a"},"phone":["[masked]"],"SSN":"[masked]","sku":"078051120"}'
    assert.equal(masked(value, ...whatever), hidden)
    const pairs =
      '[{"name":"DB_PASSWORD","value":"word"},{"name":"USER","value":"word"},{"system":"phone","value":2025550123}]'
    const hiddenPairs =
      '[{"name":"DB_PASSWORD","value":"[masked]"},{"name":"USER","value":"word"},{"system":"phone","value":"[masked]"}]'
    assert.equal(masked(pairs, ...whatever), hiddenPairs)
    assert.equal(
      masked('{"card":{"number":4111111111111111,"cardNumber":4111111111111111}}', rule('card', 'redact')),
      '{"card":{"number":"[masked]","cardNumber":"[masked]"}}',
    )
    const numbers = '{"ssn":78051120,"phone":[2025550123],"password":1234,"passport":1,"pin":{"n":78051120}}'
    const none = '{"ssn":"[masked]","phone":["[masked]"],"password":"[masked]","passport":1,"pin":{"n":78051120}}'
    assert.equal(masked(numbers, ...whatever), none)
    assert.equal(masked('{"personnummer":"12345678"}', ...whatever), '{"personnummer":"[masked]"}')
    assert.equal(
      masked('{"c1@mail.example phone":"2025550123"}', rule('email', 'redact'), rule('phone', 'redact')),
      '{"[masked] phone":null}',
    )
  })

  const named = [
    [
      'what is around it',
      '{"phone":{"home":"2025550123"},"ssn":{"value":78051120}}',
      '{"phone":{"home":"[masked]"},"ssn":{"value":"[masked]"}}',
    ],
    [
      'what a list is called',
      '{"phones":[{"type":"home","number":"2025550123"}]}',
      '{"phones":[{"type":"home","number":"[masked]"}]}',
    ],
    [
      'what stands beside it, also behind it',
      '[{"number":"2025550123","type":"phone"},{"k":"ssn","v":"078051120"}]',
      '[{"number":"[masked]","type":"phone"},{"k":"ssn","v":"[masked]"}]',
    ],
    [
      'an option before it',
      '{"args":["--password","word","--user","a"]}',
      '{"args":["--password","[masked]","--user","a"]}',
    ],
    [
      'nothing',
      '{"phone":{"id":"2025550123","extension":"2025"},"password":{"policy":"strict"}}',
      '{"phone":{"id":"2025550123","extension":"2025"},"password":{"policy":"strict"}}',
    ],
  ] as const
  for (const [what, value, expected] of named) {
    test(`a member of JSON goes by ${what}`, () => assert.equal(masked(value, ...whatever), expected))
    test(`JSON in a text, too: ${what}`, () => {
      const content = contentMask(whatever, key)
      assert.ok(content)
      assert.equal(wireContentMask(content, 'string', () => undefined).hide(value, traitsOf(value)), expected)
    })
  }

  test('lines of base64 and of hexadecimal digits are read as one, wherever they break', () => {
    for (let before = 0; before < 80; before++)
      for (const encoding of ['base64', 'hex'] as const) {
        const text = `Dear Sir, ${'and so on '.repeat(8).slice(0, before)} c1@mail.example and so on and on, yours.`
        const lines =
          Buffer.from(text)
            .toString(encoding)
            .match(/.{1,76}/g) ?? []
        for (const end of ['\n', '\r\n', '\\n'])
          assert.match(
            String(masked(`x:${end}${lines.join(end)}`, rule('email', 'redact'))),
            /^x:(?:\\n|\s)+\[masked\]$/,
          )
      }
  })

  test('what overlaps is masked as one, by the strictest mask', () => {
    const text = 'at 4111111111111111@mail.example'
    assert.equal(masked(text, rule('card', 'hash'), rule('email', 'redact')), 'at [masked]')
    const url = 'postgres://app:not!word@db.example/x'
    assert.equal(masked(url, rule('secret', 'redact'), rule('email', 'partial')), 'postgres://app:[masked]/x')
  })

  test('of several entries for one detector the strictest counts, and null takes the whole value', () => {
    const value = 'call +1-201-555-0100 at noon'
    assert.equal(masked(value, rule('phone', 'partial'), rule('phone', 'redact')), 'call [masked] at noon')
    assert.equal(masked(value, rule('phone', 'partial'), rule('phone', 'null')), null)
  })

  test('a hash is the same wherever the value stands, so that what was found still joins', () => {
    const hash = masked('c1@mail.example', rule('email', 'hash'))
    assert.equal(masked('to c1@mail.example', rule('email', 'hash')), `to ${hash}`)
  })

  test('no address survives, whatever surrounds it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (before, after) => {
        const out = masked(`${before} c000123.pine@mail.example ${after}`, rule('email', 'redact'))
        assert.ok(!String(out).includes('pine@mail'))
      }),
    )
  })
})
