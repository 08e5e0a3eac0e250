import type { Classification } from '../classify/classification.ts'
import type { Decision } from '../decide/decision.ts'
import type { Stage } from '../stage.ts'
import type { Statement } from '../statement.ts'

/**
 * A statement that may run once: its decision is durable and its claim is won. Only `authorize.ts` makes one. `mint` and
 * `execute` take nothing else.
 */
export type Authorized = Stage<
  {
    readonly statement: Statement
    readonly digest: string
    readonly decision: Decision
    readonly classification: Classification
    /** True where people approved it, or others of its shape beforehand; then the credential is for this one statement. */
    readonly approved: boolean
  },
  'authorized'
>
