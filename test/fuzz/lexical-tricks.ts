import type { Dialect } from '#src/statement.ts'
import type { Random } from './random.ts'

/** What stands between two words without a meaning of its own. */
export const blanks: Readonly<Record<Dialect, readonly string[]>> = {
  snowflake: [' ', '\n', '\t', '\r\n', '/**/', '/* ; drop table x */', '-- it"s\n', "// ' /*\n", '/*--*/', ' /***/ '],
  bigquery: [' ', '\n', '\t', '\r\n', '/**/', '/* ; drop table x */', '-- it"s\n', "# ' /*\n", '/*--*/', ' /***/ '],
}

/** Pieces that lexers are known to read differently, or that begin or end something. */
const pieces: readonly string[] = [
  ...["'", '"', '`', "'''", '"""', "r'", "b'''", 'rb"', "R'\\''", "''", '""', '``', '\\', "\\'", '\\\\', '$$', '$x$'],
  ...['--', '#', '/*', '*/', '//', '/* /* */', '-- \r', '#\u2028', '--\u0085', '/*!', '*/ */'],
  ...['\r', '\n', '\r\n', '\t', '\v', '\f', '\0', '\u00a0', '\u200b', '\u2028', '\ufeff', '\u3000', '\u202e'],
  ...['\uff1b', '\u0455', '\u212a', '\u037e', '\u2019', '\ud800', '\u00e9', 'e\u0301'],
  ...[
    ';',
    ';;',
    '; drop table x',
    '; delete from x where true',
    ', secret',
    ' from secret',
    ' union all select 1 from secret',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '<',
    '>',
    ',',
    '.',
    '..',
    '-',
    '--x\n',
    '->',
    '=>',
    '|>',
    '||',
    '::',
    ':',
    '?',
    '!',
    '*',
  ],
  ...[
    '@',
    '@@x',
    '@{a=1}',
    '@p',
    '@`p`',
    '$1',
    '$x',
    '&x',
    '{{x}}',
    '1',
    '.1',
    '1.',
    '1e',
    '1e5',
    '0x1F',
    '0x',
    '1a',
    '1_000',
    '.5e-3',
  ],
  ...['a.b.1', 'a-b', 'a-1', 'a-b-c.d.e', 'a-1.b', 'x-y, secret', '`a.b`.c', '`a-b.c`', 't.`b`', 'a.`b c`'],
  ...[' as ', ' from ', ' select ', ' with t as (select 1) ', ' where true ', ' limit 1 ', ' (select 1 from secret) '],
  ...[' for system_time as of ', ' tablesample system (1 percent) ', ' unnest([1]) ', ' qualify ', ' window w as () '],
  ...[' |> where true ', ' |> join secret using (a) ', ' struct<a int64>(1) ', ' array<int64>[1] ', ' interval 1 day '],
  ...[
    ' date "2020-01-01" ',
    ' begin ',
    ' end ',
    ' case when ',
    ' pivot(sum(a) for b in (1)) ',
    ' except distinct ',
    ' safe.abs(1) ',
    't.`range` < date >> 0',
    't.`end`',
    't.`case`',
    ' contribution_bounds_per_row + (0) ',
    ', contribution_bounds_per_group => (0, 9)',
    ' with aggregation_threshold ',
  ],
]

/** The text with some of it moved, doubled, taken away, or with tricks put into it. */
export function mutated(random: Random, text: string, another: string): string {
  let result = text
  for (const _ of random.some(4, () => 0)) result = mutatedOnce(random, result, another)
  return result.slice(0, 2_000)
}

function mutatedOnce(random: Random, text: string, another: string): string {
  const at = boundary(random, text)
  const to = Math.min(text.length, at + 1 + random.below(12))
  switch (random.below(10)) {
    case 0:
      return text.slice(0, at) + text.slice(to)
    case 1:
      return text.slice(0, to) + text.slice(at)
    case 2:
      return text.slice(0, at) + another.slice(random.below(another.length + 1)) + text.slice(at)
    case 3:
      return `${text}${random.pick([';', ' ', '\n', '\r', '--\r'])}${another}`
    case 4:
      return text.replace(/ /g, () => (random.chance(20) ? random.pick(blanks.bigquery) : ' '))
    case 5:
      return text.replace(/[A-Za-z_]\w*/g, word => (random.chance(8) ? `\`${word}\`` : word))
    case 6:
      return text.replace(/'[^'\\]*'/g, literal =>
        random.chance(40) ? requoted(random, literal.slice(1, -1)) : literal,
      )
    case 7:
      return text.replace(/ (?=\W)|(?<=\W) /g, blank => (random.chance(60) ? '' : blank))
    default:
      return text.slice(0, at) + random.pick(pieces) + text.slice(at)
  }
}

/** Most often where a word begins or ends: what stands inside a word is soon no SQL any more. */
function boundary(random: Random, text: string): number {
  const at = random.below(text.length + 1)
  if (random.chance(25)) return at
  const found = text.slice(at).search(/\b|\B(?=[^\w\s])/)
  return found < 0 ? text.length : at + found
}

function requoted(random: Random, inside: string): string {
  const quote = random.pick(["'", '"', "'''", '"""'])
  return `${random.pick(['', '', 'r', 'b', 'rb', 'R'])}${quote}${inside}${random.pick(['', '\\', "\\'", '\\"', '\\\\', "''", '\n'])}${quote}`
}
