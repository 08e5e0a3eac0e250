import { standPolicy } from '#test/stand/stand.ts'

/** The stand's policy, but two may release holds alone, and holds of changes to customers expire while a test looks on. */
export const hurriedPolicy = standPolicy.replace(
  'rules:\n',
  `break_glass: { named: [oncall-2, release-owner] }
rules:
  - name: in-a-moment
    when: statement.writes.exists(t, t.matches("*.customers"))
    then: hold
    as: AGENT_WRITER
    approvers: { group: data-oncall, people: 1 }
    expires: 2s
`,
)
