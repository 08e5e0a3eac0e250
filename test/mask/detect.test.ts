import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { detectorNames } from '#src/decide/decision.ts'
import { detect } from '#src/mask/detect.ts'
import { readingsOf } from '#src/mask/readings.ts'
import { traitsOf, traitsOfBytes } from '#src/mask/text-traits.ts'

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
  ['4111\t1111\t1111\t1111', 'card:4111\t1111\t1111\t1111'],
  ['4111 - 1111 - 1111 - 1111', 'card:4111 - 1111 - 1111 - 1111'],
  ['card=4111+1111+1111+1111&cvc=', 'card:4111+1111+1111+1111'],
  ['3782.822463.10005', 'card:3782.822463.10005'],
  ['4111_1111_1111_1111', 'card:4111_1111_1111_1111'],
  ['4111\n1111\n1111\n1111', 'card:4111\n1111\n1111\n1111'],
  ['2200000000000004', 'card:2200000000000004'],
  ['4111-11111-1111-111', 'card:4111-11111-1111-111'],
  ['4111.11111.1111.111', 'card:4111.11111.1111.111'],
  ['37828 22463 10005', 'card:37828 22463 10005'],
  ['3782822463 10005', 'card:3782822463 10005'],
  ['411111 1111111111', 'card:411111 1111111111'],
  ['4111   1111   1111   1111', 'card:4111   1111   1111   1111'],
  ['IBANDE89370400440532013000', 'iban:DE89370400440532013000'],
  ['DE89\n3704\n0044\n0532\n0130\n00', 'iban:DE89\n3704\n0044\n0532\n0130\n00'],
  ['DE89/3704/0044/0532/0130/00', 'iban:DE89/3704/0044/0532/0130/00'],
  ['DE 89 3704 0044 0532 0130 00', 'iban:DE 89 3704 0044 0532 0130 00'],
  ['3782 822463 10005', 'card:3782 822463 10005'],
  ['1234 4111 1111 1111 1111', 'card:4111 1111 1111 1111'],
  ['DE89 3704 0044 0532 0130 00 is the account', 'iban:DE89 3704 0044 0532 0130 00'],
  ['DE89-3704-0044-0532-0130-00', 'iban:DE89-3704-0044-0532-0130-00'],
  ['DE89.3704.0044.0532.0130.00.', 'iban:DE89.3704.0044.0532.0130.00'],
  ['gb82west12345698765432', 'iban:gb82west12345698765432'],
  ['ssn 078-05-1120', 'national_id:078-05-1120', 'phone:078-05-1120'],
  ['912-70-1234', 'national_id:912-70-1234'],
  ['AB 12 34 56 C', 'national_id:AB 12 34 56 C'],
  ['12345678Z', 'national_id:12345678Z'],
  ['12.345.678-Z', 'national_id:12.345.678-Z'],
  ['RSSMRA85T10A562S', 'national_id:RSSMRA85T10A562S'],
  ['131052-308T', 'national_id:131052-308T'],
  ['811218-9876', 'national_id:811218-9876'],
  ['19811218-9876', 'national_id:19811218-9876'],
  ['529.982.247-25', 'national_id:529.982.247-25'],
  ['11010519491231002X', 'national_id:11010519491231002X'],
  ['255081416802538', 'national_id:255081416802538'],
  ['756.9217.0769.85', 'national_id:756.9217.0769.85'],
  ['52998224725', 'national_id:52998224725'],
  ['10000000146', 'national_id:10000000146'],
  ['09053426694', 'national_id:09053426694'],
  ['85073003328', 'national_id:85073003328'],
  ['17073003384', 'national_id:17073003384'],
  ['85.07.30-033.28', 'national_id:85.07.30-033.28'],
  ['20-12345678-6', 'national_id:20-12345678-6'],
  ['12.345.678-5', 'national_id:12.345.678-5'],
  ['HEGG560427MVZRRL04', 'national_id:HEGG560427MVZRRL04'],
  ['800101-1234560', 'national_id:800101-1234560'],
  ['780123/3540', 'national_id:780123/3540'],
  ['15070649C103', 'national_id:15070649C103'],
  ['A123456(3)', 'national_id:A123456(3)'],
  ['S1234567D', 'national_id:S1234567D'],
  ['PESEL: 44051401359', 'national_id:44051401359'],
  ['ssn=078051120', 'national_id:078051120'],
  ['<ssn>078051120</ssn>', 'national_id:078051120'],
  ['{"ssnNumber": "078051120"}', 'national_id:078051120'],
  ['social_security_number=078051120', 'national_id:078051120'],
  ['his BSN nr. 111 222 333', 'national_id:111 222 333'],
  ['mail c000123.pine+x@mail.example, please', 'email:c000123.pine+x@mail.example'],
  ['müller@bücher.example', 'email:müller@bücher.example'],
  ['mu\u0308ller@bu\u0308cher.example', 'email:mu\u0308ller@bu\u0308cher.example'],
  ['someone@mail.xn--p1ai', 'email:someone@mail.xn--p1ai'],
  ['"some one"@mail.example', 'email:"some one"@mail.example'],
  ['c00!#~@mail.example', 'email:c00!#~@mail.example'],
  ['to name @ mail.example', 'email:name @ mail.example'],
  ['to name@ mail.example', 'email:name@ mail.example'],
  ['<bounces+12-john=mail.example@sender.example>', 'email:bounces+12-john=mail.example@sender.example'],
  ['SRS0=HHH=TT=mail.example=john@fwd.example', 'email:SRS0=HHH=TT=mail.example=john@fwd.example'],
  ['mail=john.doe@mail.example', 'email:john.doe@mail.example'],
  ['201-555-0100x123', 'phone:201-555-0100'],
  ['2015550100 ext. 12', 'phone:2015550100'],
  ['201 555-0100', 'phone:201 555-0100'],
  ['(201)-555-0100', 'phone:(201)-555-0100'],
  ['201.555-0100', 'phone:201.555-0100'],
  ['201 - 555 - 0100', 'phone:201 - 555 - 0100'],
  ['0049(0)30123456', 'phone:0049(0)30123456'],
  ['+44\u00b77911\u00b7123456', 'phone:+44\u00b77911\u00b7123456'],
  ['"PHONE":"555-0100"', 'phone:555-0100'],
  ['home_tel=201 5550100', 'phone:201 5550100'],
  ['+1-201-555-0100', 'phone:+1-201-555-0100'],
  ['call +44 (0)20 7946 0018 now', 'phone:+44 (0)20 7946 0018'],
  ['(212) 555-0123', 'phone:(212) 555-0123'],
  ['(212)5550123', 'phone:(212)5550123'],
  ['0049 30 1234567', 'phone:0049 30 1234567'],
  ['001 201 555 0100', 'phone:001 201 555 0100'],
  ['011 44 20 7946 0018', 'phone:011 44 20 7946 0018'],
  ['+44\t20\t7946\t0018', 'phone:+44\t20\t7946\t0018'],
  ['089/1234567', 'phone:089/1234567'],
  ['202/555-0123', 'phone:202/555-0123'],
  ['138 1234 5678', 'phone:138 1234 5678'],
  ['(11) 91234-5678', 'phone:(11) 91234-5678'],
  ['8 (916) 123-45-67', 'phone:8 (916) 123-45-67'],
  ['Tel. 2025550123', 'phone:2025550123'],
  ['{"phone":"2025550123"}', 'phone:2025550123'],
  ['mobile_number=2025550123', 'phone:2025550123'],
  ['{"Phone Number":"2025550123","tel":"2025550124"}', 'phone:2025550123', 'phone:2025550124'],
  ['<homePhone>2025550123</homePhone>', 'phone:2025550123'],
  ['01.23.45.67.89', 'phone:01.23.45.67.89'],
  ['020 7946 0018', 'phone:020 7946 0018'],
  ['AKIAIOSFODNN7EXAMPLE', 'secret:AKIAIOSFODNN7EXAMPLE'],
  [`token=ghp_${'a1'.repeat(18)};`, `secret:ghp_${'a1'.repeat(18)}`],
  [`xoxb-${'1'.repeat(12)}-abc`, `secret:xoxb-${'1'.repeat(12)}-abc`],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', 'secret:eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'],
  ['eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', 'secret:eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'],
  [`dckr_pat_${'a1'.repeat(14)}`, `secret:dckr_pat_${'a1'.repeat(14)}`],
  [`the_ghp_${'a1'.repeat(18)}`, `secret:ghp_${'a1'.repeat(18)}`],
  [
    '-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5IGF0IGFsbA\nbm8',
    'secret:-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5IGF0IGFsbA\nbm8',
  ],
  ...[
    `glsa_${'a1'.repeat(16)}_0a1b2c3d`,
    `SK${'a1'.repeat(16)}`,
    `123456789:AA${'a1'.repeat(16)}b`,
    `${'a1'.repeat(7)}.atlasv1.${'a1'.repeat(32)}`,
    `${'a1'.repeat(16)}-us12`,
    `a1b8Q~${'a1'.repeat(16)}`,
    `gsk_${'a1'.repeat(26)}`,
    `secret_${'a1'.repeat(21)}b`,
    `M${'a1'.repeat(12)}.a1b2c3.${'a1'.repeat(15)}`,
    `hooks.slack.com/triggers/T00000000/1234567890/${'a1'.repeat(16)}`,
    `authorization: bearer ${'a1'.repeat(8)}`,
    `Bearer ${'a1'.repeat(12)}`,
    `X-Api-Key: ${'a1'.repeat(8)}`,
    `sqp_${'a1'.repeat(20)}`,
    `sk.eyJ${'a1'.repeat(16)}.${'a1'.repeat(11)}`,
    'access-production-550e8400-e29b-41d4-a716-446655440000',
    `lsv2_pt_${'a1'.repeat(16)}_0a1b2c3d4e`,
    `SSWS 00${'a1'.repeat(20)}`,
    `ver:3-hint:1234567890-ETMsDg${'a1'.repeat(20)}`,
    `xoxd-${'a1'.repeat(20)}`,
    `Cookie: a=b; session=${'a1'.repeat(16)}`,
    `bearer\n ${'a1'.repeat(12)}`,
    'Authorization: Basic\r\n dXNlcjpub3QtYS13b3Jk',
    'AUTHORIZATION:\n ApiKey n0t-a-key',
    `MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n${'a1'.repeat(30)}==`,
    `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nbm90IGEga2V5IGF0IGFsbA\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
    `Private-Lines: 1\n${'a1'.repeat(30)}`,
  ].map(text => [text, `secret:${text}`] as const),
  ['--password word', 'secret:word'],
  ['--db-password "not a word"', 'secret:not a word'],
  ['["--password", "word"]', 'secret:word'],
  ['--token\nn0t-a-token', 'secret:n0t-a-token'],
  ['mysql -u root -pw0rd', 'secret:w0rd'],
  ['docker login -u a -p word', 'secret:word'],
  ['curl -u a:word https://mail.example', 'secret:word'],
  ["create user a identified by 'word'", 'secret:word'],
  ["set password for a = 'word'", 'secret:word'],
  ['Basic\n dXNlcjpub3QtYS13b3Jk', 'secret:dXNlcjpub3QtYS13b3Jk'],
  ['Kennwort: n0t1234', 'secret:n0t1234'],
  ["MASTER_KEY = 'n0t'", 'secret:n0t'],
  ['postgres://app:not/a/word@db/x', 'secret:not/a/word'],
  ['jdbc:oracle:thin:scott/word@db:1521/x', 'secret:word'],
  ['{"access_token":"n0t-a-token"}', 'secret:n0t-a-token'],
  ['api_key=n0t-a-key', 'secret:n0t-a-key'],
  ['?token=n0t1234&a=b', 'secret:n0t1234'],
  ['https://app.example/reset?id_token=n0t1234#a', 'secret:n0t1234#a'],
  ['api-key=n0t-a-key', 'secret:n0t-a-key'],
  ['password: n0t1234', 'secret:n0t1234'],
  ["'password' => 'n0t'", 'secret:n0t'],
  ['password := "n0t"', 'secret:n0t'],
  ['<password>n0t</password>', 'secret:n0t'],
  ['pass=n0t1234', 'secret:n0t1234'],
  ['SECRET_KEY=n0t-a-key', 'secret:n0t-a-key'],
  ["{'password': 'n0t'}", 'secret:n0t'],
  ['db_password: "n0t"', 'secret:n0t'],
  ["password='n''t'", "secret:n''t"],
  ['{"password":"n\\"t a word"}', 'secret:n\\"t a word'],
  ['Authorization: Basic dXNlcjpub3QtYS13b3Jk', 'secret:Authorization: Basic dXNlcjpub3QtYS13b3Jk'],
  [`?sp=r&sig=${'a1'.repeat(21)}%3D`, `secret:sig=${'a1'.repeat(21)}%3D`],
  ['postgres://app:not-a-word@db/x', 'secret:not-a-word'],
  ['postgres://app:not@a@word@db/x', 'secret:not@a@word'],
  ["create user a password = 'n0t'", 'secret:n0t'],
  ['Uid=a;Pwd=n0tAw0rd!;', 'secret:n0tAw0rd!'],
  ['jdbc:postgresql://db/x?user=a&password=n0t&ssl=1', 'secret:n0t'],
  ['Server=db;Password="not a word";', 'secret:not a word'],
  ['{"user":"a","password": "not a word"}', 'secret:not a word'],
  [`AccountKey=${'a1'.repeat(43)}==;EndpointSuffix=a`, `secret:${'a1'.repeat(43)}==`],
  [`aws_secret_access_key = ${'a/1+'.repeat(10)}`, `secret:${'a/1+'.repeat(10)}`],
]

const nothing = [
  ['a card whose check digit is wrong', '4111111111111112'],
  ['an id as long as a card, of no scheme', '9999999999999995'],
  ['a fraction', '0.4111111111111111'],
  ['an EAN-13', '4006381333931'],
  ['eleven digits whose check digits are wrong', '52998224726'],
  ['eleven times the same digit', '11111111111'],
  ['a number with an exponent', '5.77506365e+10'],
  ['a ZIP code of nine digits', 'Springfield, MA 02399-9774'],
  ['a long name', 'secret_rotation_of_all_keys_in_the_vault_of_the_shop'],
  ['milliseconds', '1700000000000'],
  ['ten digits without a sign of a phone number', '2025550123'],
  ['a time', '2024-01-15 10:00:00.123456+02:00'],
  ['a time before its date', '10:05:00 2024-01-15'],
  ['the number of an invoice', '01/2024/000123'],
  ['a number of zeros first', '0001 23456789'],
  ['a number with its sign', '+00001234567'],
  ['words about a password', 'Password: to be reset, password=? and pwd= '],
  ['what people say of a password', "I don't know the password: it's new"],
  ['a choice about a password', 'reset_password=true&password=1 {"has_password":"false","pwd":"Y"}'],
  ['a comparison', 'where password = :password or pwd = null'],
  ['a token that is a word', '{"token":"the","pass":"north"} token: to be renewed, secret=none'],
  ['a length', 'length(password) >= 12'],
  ['a type', 'const key: Promise<SigningKey> = made'],
  ['an option that is talked about', 'use --password to set one, or -p, docker login -p'],
  ['a port', 'mkdir -p a; ssh -p 2222 db mysql -P 3306'],
  ['a path behind a port', 'http://db:8080/a@b'],
  ['something basic', 'Basic Understanding of Basic Communication'],
  ['a list of numbers', '4111 11111 1111 1119 4532 1234 5122'],
  ['a number with a fraction', '5112.345678901234 4111111111.1111'],
  ['a date under a phone number', 'phone: 2024-01-15'],
  ['what is where', 'two @ 3.50 and lunch @ noon'],
  ['a picture', 'logo@2x.png'],
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
  ['where a program gets its files', 'git@github.example:some/thing.git'],
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
    return readingsOf(symbol, traitsOf(symbol) & traitsOfBytes(bytes, 0, bytes.length))[1]?.text ?? symbol
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
    '%2',
    '&amp;',
    '&#0',
    'ssn ',
    'Bearer ',
    'Q~',
    'SK0',
    'pwd=',
    '"pwd"',
    '"a',
    '1234.',
    'AB12-',
    '[at]',
    '\\\\',
    'Iaaa',
    ' ',
    'pwd>',
    'token:',
    '=40',
    '6d',
    '[.]',
    '--password ',
    'mysql ',
    'curl -u ',
    'password for ',
    'basic ',
    'MIIaIBAAKC',
    '4111-',
    'a @ ',
    '-1-a=',
    'x://a:b/',
    'Zm9v\n',
    `${'Zm9vYmFy'.repeat(6)}\n`,
    '=\n',
    'cookie: a=b; ',
    'authorization: ',
  ]
  for (const piece of pieces) {
    const took = (length: number) => {
      const text = piece.repeat(length / piece.length)
      const since = process.cpuUsage().user
      for (const read of readingsOf(text, traitsOf(text))) found(read.text)
      return process.cpuUsage().user - since
    }
    took(1 << 14)
    const [short, long] = [took(1 << 14), took(1 << 18)]
    assert.ok(long < 64 * short + 200_000, `${piece}: ${short} µs, 16 times as long ${long} µs`)
  }
})
