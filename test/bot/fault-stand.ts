import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { until } from '#test/chaos/until.ts'
import type { Delivery } from '#test/fakes/slack/delivery.ts'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { Agent, type Answer } from '#test/journey/agent.ts'
import { insist } from '#test/journey/insist.ts'
import { MovedTime } from '#test/stand/moved-time.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { header, isCardOf, shownText } from './world.ts'

export const room = 'C0APPROVALS'

/** Writes wait for half an hour, everything else for three. */
const policy = standPolicy.replace('expires: 30m\n  limits', 'expires: 3h\n  limits')

const statements = {
  write: (at: number) => `delete from orders where status = 'fault-${at}'`,
  writeForTwo: (at: number) => `delete from customers where email = 'fault-${at}'`,
  longRead: (at: number) => `select count(*) from customers where email = 'fault-${at}'`,
} as const

/** The whole product, in which time can pass and every statement is accounted for. */
export class FaultStand {
  readonly stand: Stand
  readonly agent: Agent
  readonly #time: MovedTime
  readonly #folder: string
  readonly #asked = new Map<string, string>()
  #count = 0

  private constructor(stand: Stand, time: MovedTime, folder: string) {
    this.stand = stand
    this.agent = new Agent(stand)
    this.#time = time
    this.#folder = folder
  }

  static async start(folder: string): Promise<FaultStand> {
    const time = new MovedTime(`${folder}/moved-time`)
    const sizes = { customers: 50, orders: 500 }
    return new FaultStand(await startStand({ bots: 2, folder, sizes, policy, env: time.env }), time, folder)
  }

  async stop(): Promise<void> {
    await this.stand.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get slack() {
    return this.stand.slack
  }

  pass(milliseconds: number): void {
    this.#time.pass(milliseconds)
  }

  /** A statement that nobody else asks for, and that waits for people. */
  async ask(kind: keyof typeof statements = 'write'): Promise<string> {
    this.#count += 1
    const sql = statements[kind](this.#count)
    const { request_id: id, status } = await this.agent.ask(sql)
    assert.equal(status, 'pending_approval')
    this.#asked.set(id, sql)
    return id
  }

  /** Its card, once it begins with these words. */
  card(id: string, words = 'Approval needed', milliseconds = 60_000): Promise<SlackMessage> {
    return this.slack.waitForMessage(
      message => isCardOf(message, { id }) && header(message).startsWith(words),
      milliseconds,
    )
  }

  cards(id: string): SlackMessage[] {
    return this.slack.messages(room).filter(message => isCardOf(message, { id }))
  }

  /** Presses a button of its card until that arrives. */
  async press(id: string, action: 'hold_approve' | 'hold_deny', user = 'U0ONCALL1'): Promise<Delivery> {
    const { ts } = await this.card(id)
    const arrived = await insist(this.slack, user, () => this.slack.click(user, room, ts, action))
    assert.ok(arrived)
    return arrived
  }

  /** What this user is told besides, from now on, once it says this. */
  told(user: string, words: RegExp): Promise<SlackMessage> {
    const seen = new Set(this.slack.ephemerals(user).map(({ ts }) => ts))
    return this.slack.waitForEphemeral(user, ({ ts, text }) => !seen.has(ts) && words.test(text))
  }

  /** How its agent is answered at its end. */
  async ended(id: string): Promise<Answer> {
    return until(async () => {
      const answer = await this.agent.look(id, 5)
      return answer.http !== 202 && answer
    }, `end of ${id}`)
  }

  /** How often the warehouse ran it. */
  ran(id: string): number {
    const sql = this.#asked.get(id)
    const all = this.stand.snowflake.statements().filter(({ sqlText }) => sqlText === sql)
    return all.reduce((sum, { executions }) => sum + executions, 0)
  }

  /** A line of any bot's log, once there is one. */
  logged(words: string): Promise<true> {
    return until(async () => this.stand.bots.some(bot => bot.log().includes(words)), `log line "${words}"`)
  }

  /** What must hold whatever happened: one card of each statement at most, and one run, and none that nobody approved. */
  async settle(): Promise<void> {
    this.slack.faults.restore()
    for (const id of this.#asked.keys()) {
      assert.ok(this.cards(id).length <= 1, `${this.cards(id).length} cards of ${id}`)
      assert.ok(this.ran(id) <= 1, `${id} ran ${this.ran(id)} times`)
      const { status, approved_by: reviews = [] } = await this.agent.look(id)
      if (this.ran(id) > 0) assert.ok(reviews.length > 0, `${id} ran, ${status}, and nobody approved it`)
    }
    assert.deepEqual(this.slack.failures, [])
  }
}

export function text(message: SlackMessage): string {
  return shownText(message.blocks).replaceAll(/\s+/g, ' ')
}
