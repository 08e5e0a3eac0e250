import { standPolicy } from '#test/stand/stand.ts'

/** The stand's policy, where inserts are allowed, and all of a transaction runs under the role that writes. */
export const writesPolicy = `${standPolicy
  .replace('when: statement.writes.size() > 0', 'when: statement.writes.size() > 0 && statement.kind != "insert"')
  .replace('when: \'"coding-agents" in', 'when: \'!context.transaction && "coding-agents" in')}
  - name: inserts
    when: statement.kind == "insert" && statement.writes == ["DEMO.SHOP.ORDERS"]
    then: allow
    as: AGENT_WRITER
  - name: reads-in-a-transaction
    when: context.transaction && statement.harmless
    then: allow
    as: AGENT_WRITER
`
