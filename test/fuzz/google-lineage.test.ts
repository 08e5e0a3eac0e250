import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import { type GoogleLineage, googleLineage } from './google-lineage.ts'
import type { Tree } from './google-sql.ts'
import { lineageDifference } from './lineage-differences.ts'
import { pipedQuery } from './piped-query.ts'
import { Random } from './random.ts'
import { tangledQuery } from './tangled-query.ts'

// Trees as GoogleSQL's server gives them, in the parts that count.
const one = (kind: string, message: Tree): Tree => ({ node: kind, [kind]: message })
const column = (columnId: number, name: string): Tree => ({ columnId, name })
const ref = (of: Tree): Tree => one('resolvedColumnRefNode', { column: of })
const scan = (kind: string, columnList: readonly Tree[], message: Tree): Tree =>
  one(kind, { ...message, parent: { columnList } })
const table = (name: string, columns: readonly Tree[]): Tree =>
  scan('resolvedTableScanNode', columns, { table: { fullName: name } })
const query = (scan: Tree, columns: readonly Tree[]): Tree =>
  one('resolvedQueryStmtNode', {
    outputColumnList: columns.map(column => ({ name: column.name, column })),
    query: scan,
  })

function lineageOf(statement: Tree): object {
  const { tables, outputs, filters } = googleLineage(statement) as GoogleLineage
  const columns = outputs.map(({ name, sources, indirect }) => [name, [...sources], [...indirect]])
  return { tables: [...tables], columns, filters: [...filters] }
}

test('columns are followed to the tables, fields of a struct that is made one by one, and conditions are filters', () => {
  const [a, b, c] = [column(1, 'a'), column(2, 'b'), column(3, 'c')]
  const [field, ranked] = [column(4, 'field'), column(5, 'ranked')]
  const struct = one('resolvedMakeStructNode', { fieldList: [ref(a), ref(b)] })
  const fieldOf = one('resolvedGetStructFieldNode', { expr: struct, fieldIdx: 1 })
  const rank = one('resolvedFunctionCallBaseNode', one('resolvedAnalyticFunctionCallNode', { parent: {} }))
  const filtered = scan('resolvedFilterScanNode', [a, b, c], {
    inputScan: table('p.d.t', [a, b, c]),
    filterExpr: ref(c),
  })
  const windows = scan('resolvedAnalyticScanNode', [a, b, c, ranked], {
    inputScan: filtered,
    functionGroupList: [
      {
        orderBy: { orderByItemList: [{ columnRef: { column: a } }] },
        analyticFunctionList: [{ column: ranked, expr: rank }],
      },
    ],
  })
  const projected = scan('resolvedProjectScanNode', [field, ranked], {
    inputScan: windows,
    exprList: [{ column: field, expr: fieldOf }],
  })
  assert.deepEqual(lineageOf(query(projected, [field, ranked])), {
    tables: ['p.d.t'],
    columns: [
      ['field', ['p.d.t.b'], []],
      ['ranked', [], ['p.d.t.a']],
    ],
    filters: ['p.d.t.c'],
  })
})

test('a query that reads itself comes to an end', () => {
  const [base, again, result, place] = [column(1, 'a'), column(2, 'a'), column(3, 'a'), column(4, 'place')]
  const elements = scan('resolvedArrayScanNode', [place], {
    inputScan: scan('resolvedRecursiveRefScanNode', [again], {}),
    arrayExpr: ref(again),
    elementColumn: column(5, 'element'),
    arrayOffsetColumn: { column: place },
  })
  const recursive = scan('resolvedRecursiveScanNode', [result], {
    opType: 1,
    nonRecursiveTerm: { scan: table('p.d.t', [base]), outputColumnList: [base] },
    recursiveTerm: { scan: elements, outputColumnList: [place] },
  })
  assert.deepEqual(lineageOf(query(recursive, [result])), {
    tables: ['p.d.t'],
    columns: [['a', ['p.d.t.a'], ['p.d.t.a']]],
    filters: ['p.d.t.a'],
  })
})

test('what is no query has no lineage here', () => {
  assert.equal(googleLineage(one('resolvedDropStmtNode', {})), undefined)
})

const lineage: GoogleLineage = {
  tables: new Set(['p.d.t']),
  outputs: [{ name: 'a', sources: new Set(['p.d.t.a']), indirect: new Set(['p.d.t.b']) }],
  filters: new Set(['p.d.t.c']),
}
const output = { name: 'A', sources: ['p.d.t.a'], indirect: ['p.d.t.b'] }
const answer = { reads: ['p.d.t'], outputs: [output], filters: ['p.d.t.c'] }
const difference = (other: object) => lineageDifference(lineage, { ...answer, ...other } as unknown as Classification)

test('an answer that says less than GoogleSQL resolves is noticed, one that says more is not', () => {
  for (const fine of [
    {},
    { reads: ['p.d.t', 'p.d.u'], filters: ['p.d.t.c', 'p.d.t.d'] },
    { outputs: [{ ...output, sources: ['p.d.t.*'], indirect: [] }] },
    { outputs: [{ ...output, indirect: [] }], filters: ['p.d.t.b', 'p.d.t.c'] },
    { outputs: null },
  ])
    assert.equal(difference(fine), undefined)
  for (const [wrong, words] of [
    [{ reads: [] }, /the table is missed: p\.d\.t$/],
    [{ filters: [] }, /the filter is missed: p\.d\.t\.c$/],
    [{ outputs: [] }, /counted wrongly: 0 in place of 1/],
    [{ outputs: [{ ...output, sources: [] }] }, /the source is missed: p\.d\.t\.a in column 1/],
    [{ outputs: [{ ...output, indirect: [] }] }, /the source is missed: p\.d\.t\.b in column 1/],
    [{ outputs: [{ ...output, name: 'b' }] }, /the name is wrong/],
  ] as const)
    assert.match(difference(wrong) ?? '', words)
})

test('a seed tangles the same names each time, and of several forms', () => {
  const some = () => {
    const random = new Random(16)
    return Array.from({ length: 300 }, () => tangledQuery(random))
  }
  assert.deepEqual(some(), some())
  for (const form of [
    /with recursive/,
    /unnest\(/,
    / using \(/,
    / pivot\(/,
    / as struct /,
    / except \(/,
    /exists\(select/,
  ])
    assert.ok(
      some().some(sql => form.test(sql)),
      String(form),
    )
})

test('a seed makes the same pipes each time, of every operator, and what they mean without any', () => {
  const some = () => {
    const random = new Random(16)
    return Array.from({ length: 100 }, () => pipedQuery(random))
  }
  assert.deepEqual(some(), some())
  assert.ok(some().every(({ plain }) => !plain.includes('|>')))
  const operators = 'where select extend set drop rename order limit aggregate join as union'.split(' ')
  for (const operator of operators)
    assert.ok(
      some().some(({ sql }) => sql.includes(`|> ${operator} `)),
      operator,
    )
})
