import { standPolicy } from '#test/stand/stand.ts'

/** The stand's policy, but two may release holds alone, nobody filters by what came from cards, and holds of changes to customers expire while a test looks on. */
export const hurriedPolicy = standPolicy.replace(
  'rules:\n',
  `break_glass: { named: [oncall-2, release-owner] }
rules:
  - name: never-by-card
    when: statement.sensitive.exists(c, c.class == "payment" && c.use == "filter")
    then: deny
    because: Nobody searches by payment data.
  - name: in-a-moment
    when: statement.writes.exists(t, t.matches("*.customers"))
    then: hold
    as: AGENT_WRITER
    approvers: { group: data-oncall, people: 1 }
    expires: 2s
`,
)
