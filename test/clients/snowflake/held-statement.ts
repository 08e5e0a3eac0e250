import assert from 'node:assert/strict'
import { ranTexts } from '#test/doors/reviewers.ts'
import type { Switchboard } from '#test/services/switchboard.ts'
import type { Stand } from '#test/stand/stand.ts'
import type { Answer, Scenario } from '../client.ts'
import { changed } from './answers.ts'

/** A row and a text of its own for each use, so that no client finds the statement of another. */
let uses = 100

export function freshUpdate(): string {
  uses += 1
  return `update orders set status = 'use ${uses}' where id = ${uses}`
}

export function freshDelete(): string {
  uses += 1
  return `delete from orders where id = ${uses}`
}

export function freshName(): string {
  uses += 1
  return `use_${uses}`
}

function executions(stand: Stand, sql: string): number {
  return ranTexts(stand).filter(text => text === sql).length
}

interface HeldStatement {
  readonly name: string
  readonly long?: true
  /** An update of one row where absent. */
  readonly write?: () => string
  readonly login?: Scenario['login']
  meanwhile?(stand: Stand, sql: string, board: Switchboard): Promise<unknown>
  cancelWhen?(stand: Stand, sql: string): Promise<unknown>
  /** Where absent it must have changed one row. */
  check?(answer: Answer | undefined): void
  /** How often it ran in the end; once where it was answered and never where not, where this is absent. */
  readonly ran?: number
}

/** A write that is held, and what people and the network do about it. */
export function held({
  name,
  long,
  write = freshUpdate,
  login,
  meanwhile,
  cancelWhen,
  check,
  ran,
}: HeldStatement): Scenario {
  let sql = ''
  return {
    name,
    get steps() {
      sql = write()
      return [{ sql, ...(cancelWhen ? { cancelled: true } : {}) }]
    },
    ...(long ? { long } : {}),
    ...(login ? { login } : {}),
    ...(meanwhile ? { meanwhile: async (stand, board) => meanwhile(stand, sql, board) } : {}),
    ...(cancelWhen ? { cancelWhen: async stand => cancelWhen(stand, sql) } : {}),
    check([answer], stand) {
      if (check) check(answer)
      else assert.equal(changed(answer), 1)
      assert.equal(executions(stand, sql), ran ?? (answer?.rows ? 1 : 0))
    },
  }
}
