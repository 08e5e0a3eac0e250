import { standPolicy } from '#test/stand/stand.ts'

export const maskedColumns = [0, 1, 10] as const
export const sampleRows = 1_000

/** Ten columns as results have them; `start`: a moment, in the type that the warehouse has for them. */
export const tenColumns = (start: string) => [
  'i as id',
  `printf('c%07d.pine@mail.example', i) as email`,
  `printf('+1-%d-555-01%02d', 201 + i % 700, i % 100) as phone`,
  `['Lisbon', 'Hamburg', 'Austin', 'Osaka', 'Bergen'][1 + i % 5] as city`,
  `case when i % 3 = 0 then null else 'left with the neighbours, call before the second try' end as note`,
  '((i * 37) % 2500000 / 100)::decimal(12, 2) as amount',
  `${start} + to_seconds(i) as at`,
  `date '2024-01-01' + (i % 900)::integer as day`,
  'i % 2 = 0 as paid',
  '(i % 977)::double / 7 as ratio',
]

/** The policy of the stand, for results of this size: all columns of one table masked, one column of another. */
export function largeResultPolicy(rows: number): string {
  return standPolicy
    .replaceAll('rows: 10000', `rows: ${rows + 1}`)
    .replaceAll(/seconds: \d+/g, 'seconds: 3000')
    .replace(
      'sensitive:',
      `sensitive:
  - { columns: ["*.result_1.email"], class: contact, mask: partial }
  - { columns: ["*.result_10.*"], class: contact, mask: redact }`,
    )
}
