/**
 * Rules for the end of a policy: what touches temporary tables runs under one role, and needs a person where a table is called held,
 * or orders are written to. `folded`: a name as the warehouse has it.
 */
export function temporaryRules(folded: (name: string) => string): string {
  return `
  - name: held-temporary-tables
    when: context.temporary && statement.writes.exists(t, t.matches("*.${folded('held')}*") || t.matches("*.${folded('orders')}"))
    then: hold
    as: AGENT_WRITER
    expires: 30m
  - name: other-role
    when: context.temporary && statement.reads.exists(t, t.matches("*.${folded('others')}"))
    then: allow
    as: AGENT_READER
  - name: what-nobody-knows
    when: context.temporary == false && statement.hazards.exists(h, h == "view")
    then: allow
  - name: temporary-tables
    when: context.temporary && statement.understood
    then: allow
    as: AGENT_WRITER
`
}
