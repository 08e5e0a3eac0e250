import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gate } from '#src/classify/gate.ts'
import { judge } from '#src/classify/judge/judge.ts'
import { startParsers } from '#src/classify/judge/parsers.ts'
import { isNode } from '#src/classify/walk/ast.ts'
import { corpus, type Labelled } from './corpus.ts'

const parsers = await startParsers()

/** A sub-query over a table, as the parser gives it. */
const [statement] = parsers.first('select (select max(x) from secret)', 'snowflake')
const planted = nodesOf(statement).find(node => 'Subquery' in node)

/** Every node of a tree but places in the text, which nobody reads. */
function nodesOf(value: unknown): readonly Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf)
  if (!isNode(value)) return []
  const inner = Object.entries(value).filter(([name]) => !/^span$|_token$/.test(name))
  return [value, ...inner.flatMap(([, member]) => nodesOf(member))]
}

test('a tree with a part that the walk does not know is not understood, wherever the part is', t => {
  let tried = 0
  for (const { sql, dialect } of [...corpus<Labelled>('hand'), ...corpus<Labelled>('lineage')]) {
    const input = { sql, dialect, context: {}, catalog: new Map() }
    const passage = gate(sql, dialect)
    if (!passage.passed || !judge(parsers, input).harmless) continue
    const text = passage.statements[0]?.text ?? ''
    const count = nodesOf(parsers.first(text, dialect)).length
    // One node in three of each tree, another third for each statement.
    for (let at = tried % 3; at < count; at += 3) {
      const tree = structuredClone(parsers.first(text, dialect))
      const node = nodesOf(tree)[at]
      if (node) node.surprise = structuredClone(planted)
      const { understood } = judge({ first: () => tree, second: parsers.second }, input)
      assert.equal(understood, false, `${sql}\n${JSON.stringify(node)}`)
      tried += 1
    }
  }
  t.diagnostic(`${tried} trees`)
  assert.ok(tried > 500)
})
