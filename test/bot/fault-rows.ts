import assert from 'node:assert/strict'
import { type FaultStand, room, text } from './fault-stand.ts'

const hour = 3_600_000

export async function awayForAnHour(at: FaultStand): Promise<void> {
  const before = await at.ask()
  await at.card(before)
  at.slack.outage('cut')
  const short = await at.ask()
  const long = await at.ask('longRead')
  at.pass(hour)
  for (const id of [before, short]) assert.equal((await at.ended(id)).status, 'expired')
  assert.equal((await at.agent.look(long)).http, 202)
  at.slack.faults.restore()
  assert.match(text(await at.card(long)), /Posted late/)
  await at.card(before, 'Expired')
  assert.deepEqual(at.cards(short), [], 'nothing asks for what is over')
  await at.slack.waitFor(() => at.slack.connected >= 2, 'sockets')
  await at.press(long, 'hold_approve')
  assert.equal((await at.ended(long)).status, 'succeeded')
  await at.card(long, 'Done')
}

export async function postingFails(at: FaultStand, fail: (at: FaultStand) => void): Promise<void> {
  fail(at)
  const id = await at.ask()
  await at.card(id)
  at.slack.faults.restore()
  await at.press(id, 'hold_approve')
  assert.equal((await at.ended(id)).status, 'succeeded')
  await at.card(id, 'Done')
}

export async function updatingFails(at: FaultStand, fail: (at: FaultStand) => void): Promise<void> {
  const id = await at.ask()
  await at.card(id)
  fail(at)
  await at.press(id, 'hold_approve')
  assert.equal((await at.ended(id)).status, 'succeeded')
  await at.card(id, 'Done')
}

/** Something between the click and its effect fails: the person is told, nothing is decided, and a second click counts. */
export async function clickFails(at: FaultStand, fail: (at: FaultStand) => void, words: RegExp): Promise<void> {
  const id = await at.ask()
  await at.card(id)
  // What Slack said of people and channels a minute ago is still believed.
  at.pass(61_000)
  fail(at)
  const told = at.told('U0ONCALL1', words)
  const { latencyMs } = await at.press(id, 'hold_approve')
  assert.ok(latencyMs < 3_000, `acknowledged after ${latencyMs} ms`)
  await told
  assert.equal((await at.agent.look(id)).http, 202)
  at.slack.faults.restore()
  await at.press(id, 'hold_approve')
  assert.equal((await at.ended(id)).status, 'succeeded')
}

export async function modalFails(at: FaultStand, fail: (at: FaultStand) => void): Promise<void> {
  const id = await at.ask()
  await at.card(id)
  fail(at)
  const told = at.told('U0ONCALL1', /Nothing was decided/)
  await at.press(id, 'hold_deny')
  await told
  assert.equal((await at.agent.look(id)).http, 202)
  at.slack.faults.restore()
  await deny(at, id)
}

export async function triggerExpires(at: FaultStand): Promise<void> {
  const id = await at.ask()
  await at.card(id)
  const told = at.told('U0ONCALL1', /Nothing was decided/)
  const clicks = at.slack.state.responseUrls.size
  const pressed = at.press(id, 'hold_deny')
  await at.slack.waitFor(() => at.slack.state.responseUrls.size > clicks, 'the click')
  at.slack.advance(3_100)
  await pressed
  await told
  await deny(at, id)
}

async function deny(at: FaultStand, id: string): Promise<void> {
  const before = at.slack.view('U0ONCALL1')?.id
  await at.press(id, 'hold_deny')
  const view = await at.slack.waitForView('U0ONCALL1', ({ id }) => id !== before)
  await at.slack.submit('U0ONCALL1', view.id, { words: 'not now' })
  const { status, reason } = await at.ended(id)
  assert.deepEqual([status, reason, at.ran(id)], ['denied', 'not now', 0])
  await at.card(id, 'Denied')
}

export async function deliveredTwice(at: FaultStand): Promise<void> {
  const approved = await at.ask()
  await at.card(approved)
  at.slack.faults.duplicateDeliveries()
  await at.press(approved, 'hold_approve')
  const { status, approved_by: reviews } = await at.ended(approved)
  assert.deepEqual([status, reviews?.length], ['succeeded', 1])
  const denied = await at.ask()
  await at.press(denied, 'hold_deny')
  const view = await at.slack.waitForView('U0ONCALL1')
  at.slack.faults.duplicateDeliveries()
  await at.slack.submit('U0ONCALL1', view.id, { words: 'once is enough' })
  assert.equal((await at.ended(denied)).status, 'denied')
  assert.deepEqual(
    at.slack.ephemerals('U0ONCALL1').filter(({ text }) => text.startsWith('Already')),
    [],
    'nobody is told of the second delivery',
  )
}

export async function twoAtOnce(at: FaultStand): Promise<void> {
  const either = await at.ask()
  await at.card(either)
  await Promise.all(['U0ONCALL1', 'U0ONCALL2'].map(user => at.press(either, 'hold_approve', user)))
  assert.equal((await at.ended(either)).approved_by?.length, 1)
  const both = await at.ask('writeForTwo')
  await at.card(both)
  await Promise.all(['U0ONCALL1', 'U0ONCALL2'].map(user => at.press(both, 'hold_approve', user)))
  assert.equal((await at.ended(both)).approved_by?.length, 2)
}

/** One approves while the other denies: it is one of both, and the card and the agent say the same. */
export async function againstEachOther(at: FaultStand): Promise<void> {
  const id = await at.ask()
  await at.press(id, 'hold_deny', 'U0ONCALL2')
  const view = await at.slack.waitForView('U0ONCALL2')
  await Promise.all([
    at.press(id, 'hold_approve', 'U0ONCALL1'),
    at.slack.submit('U0ONCALL2', view.id, { words: 'rather not' }),
  ])
  const { status } = await at.ended(id)
  await at.card(id, status === 'denied' ? 'Denied' : 'Done')
  assert.equal(at.ran(id), status === 'denied' ? 0 : 1)
}

/** The card is there and is even decided on; only who posted it knew where it is. */
export async function killedBeforeRemembering(at: FaultStand): Promise<void> {
  at.slack.faults.stall('chat.postMessage')
  const id = await at.ask()
  await at.press(id, 'hold_approve')
  assert.equal((await at.ended(id)).status, 'succeeded')
  await killBots(at)
  at.slack.faults.restore()
  await at.stand.startBot()
  // Whoever posted may still be at it: its claim has to run out.
  at.pass(61_000)
  await at.card(id, 'Done')
}

export async function killedBeforeUpdate(at: FaultStand): Promise<void> {
  const id = await at.ask()
  await at.card(id)
  at.slack.faults.stall('chat.update', 100)
  at.slack.faults.rateLimit('chat.update', 30)
  await at.press(id, 'hold_approve')
  assert.equal((await at.ended(id)).status, 'succeeded')
  await killBots(at)
  assert.equal(at.cards(id).length, 1)
  at.slack.faults.restore()
  await at.stand.startBot()
  await at.card(id, 'Done')
}

export async function oneOfTwoBots(at: FaultStand): Promise<void> {
  await at.stand.startBot()
  const ids = await Promise.all(Array.from({ length: 6 }, () => at.ask()))
  for (const id of ids.slice(0, 3)) await at.press(id, 'hold_approve')
  for (const id of ids.slice(0, 3)) await at.ended(id)
  await at.stand.bots.at(-1)?.kill()
  for (const id of ids.slice(3)) await at.press(id, 'hold_approve')
  for (const id of ids) assert.equal((await at.ended(id)).status, 'succeeded')
  for (const id of ids) await at.card(id, 'Done')
}

async function killBots({ stand }: FaultStand): Promise<void> {
  await Promise.all(stand.bots.map(bot => bot.kill()))
}

/** Nobody can be asked: it waits, expires when it should, and never runs. When the channel is back, so is the card. */
export async function channelGone(at: FaultStand, gone: (at: FaultStand, is: boolean) => void): Promise<void> {
  gone(at, true)
  const short = await at.ask()
  const long = await at.ask('longRead')
  await at.logged('cards cannot be posted in their channel')
  at.pass(hour)
  assert.equal((await at.ended(short)).status, 'expired')
  assert.equal((await at.agent.look(long)).http, 202)
  gone(at, false)
  // A bot whose post was refused leaves the channel alone for a minute.
  at.pass(61_000)
  assert.match(text(await at.card(long, 'Approval needed', 90_000)), /Posted late/)
  await at.press(long, 'hold_approve')
  assert.equal((await at.ended(long)).status, 'succeeded')
}

export async function deletedByAdmin(at: FaultStand): Promise<void> {
  const pending = await at.ask()
  at.slack.remove(room, (await at.card(pending)).ts)
  // Its agent goes away, which the card would have to say.
  at.pass(121_000)
  await at.press(pending, 'hold_approve')
  assert.equal((await at.ended(pending)).status, 'succeeded')
  const decided = await at.ask()
  const { ts } = await at.card(decided)
  const gate = at.stand.snowflake.holdNext(/^delete from orders/)
  await at.press(decided, 'hold_approve')
  await gate.arrived
  at.slack.remove(room, ts)
  gate.release()
  assert.equal((await at.ended(decided)).status, 'succeeded')
  assert.deepEqual(at.cards(decided), [], 'what is decided asks nobody again')
}

export async function silentSocket(at: FaultStand): Promise<void> {
  const before = at.slack.connected
  at.slack.silenceConnection()
  const ids = await Promise.all(Array.from({ length: before }, () => at.ask()))
  for (const id of ids) await at.card(id)
  const click = (id: string) => at.slack.click('U0ONCALL1', room, at.cards(id)[0]?.ts ?? '', 'hold_approve')
  const clicks = await Promise.all(ids.map(click))
  assert.equal(clicks.filter(click => !click?.acked).length, 1, 'one click is lost')
  const lost = ids.filter((_, nth) => !clicks[nth]?.acked)
  for (const id of lost) {
    assert.equal((await at.agent.look(id)).http, 202)
    assert.match(at.slack.ephemerals('U0ONCALL1').at(-1)?.text ?? '', /not responding/)
    await at.press(id, 'hold_approve')
  }
  for (const id of ids) assert.equal((await at.ended(id)).status, 'succeeded')
  await at.slack.waitFor(() => at.slack.connected > before, 'a connection in its place', 60_000)
}

export async function tokenRevoked(at: FaultStand): Promise<void> {
  const { workspace } = at.slack.state
  const token = workspace.botToken
  workspace.botToken = 'xoxb-another'
  const id = await at.ask()
  await at.logged('invalid_auth')
  assert.equal((await at.agent.look(id)).http, 202)
  workspace.botToken = token
  at.pass(61_000)
  await at.press(id, 'hold_approve')
  assert.equal((await at.ended(id)).status, 'succeeded')
}
