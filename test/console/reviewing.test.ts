import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { weekdays } from '#src/decide/vocabulary.ts'
import { agentOf, firstGateway } from '#test/doors/agent.ts'
import { ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'

/** As the README's policy has it, with one rule that asks for a fresh sign-in. */
const policy = `break_glass: { named: [privacy-2, oncall-2, release-owner] }
${standPolicy}
  - name: critical
    when: statement.kind == "truncate" || statement.hazards.exists(h, h == "no_where")
    then: hold
    as: AGENT_WRITER
    because: This cannot be taken back.
    step_up: true
  - name: hours
    when: statement.kind == "insert"
    then: hold
    as: AGENT_WRITER
    approve_within: { days: [${weekdays[(new Date().getUTCDay() + 3) % 7]}], from: "10:00", to: "11:00", zone: UTC }
`

describe('a person with a browser, and no Slack', () => {
  let stand: Stand
  let browser: Browser
  let page: Page
  let consoleUrl: string
  before(async () => {
    stand = await startStand({ bots: 0, policy })
    consoleUrl = `${firstGateway(stand).url}/console`
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  })
  after(async () => {
    await browser?.close()
    await stand?.stop()
  })

  const held = async (sql: string, purpose?: string) => {
    const agent = await agentOf(stand)
    const { body } = await agent.submit({ connection: 'shop', sql, ...(purpose ? { purpose } : {}) })
    assert.equal(body.status, 'pending_approval', JSON.stringify(body))
    return { agent, id: body.request_id }
  }
  const newPage = async () => {
    const context = await browser.newContext()
    context.setDefaultTimeout(10_000)
    return context.newPage()
  }
  const signInAs = (name: string) => page.getByRole('button', { name, exact: true }).click()

  test('signs in from the link of a statement, reads all of it, approves, and it runs once', async () => {
    page = await newPage()
    const sql = `update shop.orders set status = 'kept' where id = 7 -- ${'all of this is shown '.repeat(200)}`
    const { agent, id } = await held(sql, 'keep <b>order 7</b>')
    await page.goto(`${consoleUrl}/holds/${id}`)
    await signInAs('On-call 1')
    await page.getByRole('heading', { name: 'Approval needed · UPDATE · demo.shop.orders' }).waitFor()
    assert.equal(await page.locator('pre').first().textContent(), sql)
    assert.ok((await page.locator('blockquote').textContent())?.includes('keep <b>order 7</b>'))
    await page.getByLabel(/Your words/).fill('fine, looked at order 7')
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByText('Approved by oncall-1').waitFor()
    const { body } = await agent.look(id)
    assert.equal(body.status, 'succeeded', JSON.stringify(body))
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
    const log = firstGateway(stand).log().split('\n')
    const told = (words: string) => JSON.parse(log.find(line => line.includes(words)) ?? assert.fail(words))
    assert.partialDeepStrictEqual(told('signed in to the console'), { person: 'oncall-1' })
    const reviewed = { hold: id, reviewer: 'oncall-1', verdict: 'approve' }
    assert.partialDeepStrictEqual(told('reviewed in the console'), reviewed)
    await page.reload()
    await page.getByRole('heading', { name: 'Done · UPDATE · demo.shop.orders' }).waitFor()
  })

  test('denies with words that the agent gets; without words nothing is decided', async () => {
    const { agent, id } = await held("delete from shop.orders where status = 'test'")
    await page.goto(consoleUrl)
    await page.getByRole('link', { name: 'DELETE · demo.shop.orders' }).click()
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('Say why, in 3 to 500 characters').waitFor()
    await page.getByRole('link', { name: 'Back to the statement' }).click()
    await page.getByLabel(/Your words/).fill('not before the freeze ends')
    await page.getByText('Suggest another statement').click()
    await page.getByLabel(/What would pass/).fill("select count(*) from shop.orders where status = 'ü-test'")
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('Denied by oncall-1').waitFor()
    const { body } = await agent.look(id)
    assert.equal(body.code, 'review_denied')
    assert.match(String(body.message), /not before the freeze ends/)
    const better = "select count(*) from shop.orders where status = 'ü-test'"
    assert.equal((body as { suggested_sql?: string }).suggested_sql, better)
    await page.getByText('Suggested instead').waitFor()
    assert.ok(!ranTexts(stand).includes(better))
  })

  test('who has approved can still deny', async () => {
    const { agent, id } = await held("update shop.customers set city = 'x' where id = 7")
    await page.goto(`${consoleUrl}/holds/${id}`)
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByText('Approved by oncall-1').waitFor()
    await page.getByText('You can still deny it.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0)
    await page.getByLabel(/Your words \(needed to deny/).fill('that was a mistake')
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('Denied by oncall-1').waitFor()
    assert.equal((await agent.look(id)).body.code, 'review_denied')
  })

  test('signs in again where the rule says so, and only then it counts', async () => {
    const { agent, id } = await held('delete from shop.orders')
    await page.goto(`${consoleUrl}/holds/${id}`)
    await page.getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Sign in again and approve' }).click()
    await page.waitForURL(url => url.origin === stand.issuer.url)
    assert.equal((await agent.look(id, 'wait=0')).body.status, 'pending_approval')
    await signInAs('On-call 1')
    await page.getByText(/Approved by oncall-1.*signed in for it/).waitFor()
    assert.equal((await agent.look(id)).body.status, 'succeeded')
  })

  test('outside of its hours nothing is approved, and a denial counts', async () => {
    const { agent, id } = await held("insert into shop.orders (id, status) values (1, 'late')")
    await page.goto(`${consoleUrl}/holds/${id}`)
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { name: 'Nothing was decided' }).waitFor()
    assert.equal((await agent.look(id, 'wait=0')).body.status, 'pending_approval')
    await page.getByRole('link', { name: 'Back to the statement' }).click()
    await page.getByLabel(/Your words/).fill('come back on the day')
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('Denied by oncall-1').waitFor()
    assert.equal((await agent.look(id)).body.code, 'review_denied')
  })

  test('somebody else who signs in instead does not count', async () => {
    const { agent, id } = await held('delete from shop.orders -- again')
    await page.goto(`${consoleUrl}/holds/${id}`)
    await page.getByRole('checkbox').check()
    // Another person at the same desk: the identity provider has forgotten who was here before.
    await page.context().clearCookies({ name: /^_session/ })
    await page.getByRole('button', { name: 'Sign in again and approve' }).click()
    await signInAs('On-call 2')
    await page.getByText('It does not count').waitFor()
    assert.equal((await agent.look(id, 'wait=0')).body.status, 'pending_approval')
  })

  test('an identity provider that does not ask again is not believed', async () => {
    const { agent, id } = await held('delete from shop.orders -- a third time')
    await page.goto(`${consoleUrl}/holds/${id}`)
    await page.getByRole('checkbox').check()
    await page.context().clearCookies({ name: /^_session/ })
    // Too little for the library's own check of max_age, which allows for clocks that differ.
    stand.issuer.signedInSince(20)
    await page.getByRole('button', { name: 'Sign in again and approve' }).click()
    await signInAs('On-call 1')
    await page.getByText('did not ask you again who you are').waitFor()
    stand.issuer.signedInSince(0)
    assert.equal((await agent.look(id, 'wait=0')).body.status, 'pending_approval')
  })

  test('breaks the glass alone, in words and signed in again, though no approver', async () => {
    const { agent, id } = await held('delete from shop.orders -- a fourth time')
    const privacy = await newPage()
    await privacy.goto(consoleUrl)
    await privacy.getByRole('button', { name: 'Privacy 2', exact: true }).click()
    await privacy.getByText('in an emergency you may release it alone').waitFor()
    await privacy.goto(`${consoleUrl}/holds/${id}`)
    await privacy.getByText('instead of 1 of data-oncall').waitFor()
    assert.equal(await privacy.getByRole('button', { name: /approve|Deny/ }).count(), 0)
    await privacy.getByRole('checkbox').check()
    const release = privacy.getByRole('button', { name: 'Sign in again and release it alone' })
    await release.click()
    await privacy.getByText('Say why, in 3 to 500 characters').waitFor()
    await privacy.getByRole('link', { name: 'Back to the statement' }).click()
    await privacy.getByLabel(/Your words \(needed;/).fill('payments stand still')
    await privacy.getByRole('checkbox').check()
    await release.click()
    await privacy.waitForURL(url => url.origin === stand.issuer.url)
    assert.equal((await agent.look(id, 'wait=0')).body.status, 'pending_approval')
    await privacy.getByRole('button', { name: 'Privacy 2', exact: true }).click()
    await privacy.getByText('Released alone by privacy-2').waitFor()
    const { body } = await agent.look(id)
    assert.deepEqual(body.approved_by, [{ reviewer: 'privacy-2', reason: 'payments stand still', alone: true }])
  })

  test('sees statements of their own agents and cannot decide them', async () => {
    const { id } = await held("update shop.orders set status = 'mine' where id = 8")
    const owner = await newPage()
    await owner.goto(`${consoleUrl}/holds/${id}`)
    await owner.getByRole('button', { name: 'Release owner' }).click()
    await owner.getByText('somebody else has to decide').waitFor()
    assert.equal(await owner.getByRole('button', { name: /Approve|Release it/ }).count(), 0)
    await owner.goto(consoleUrl)
    await owner.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
    await owner.getByText('Of agents you own').waitFor()
  })

  test('reads hostile text as text', async () => {
    const sql =
      'update shop.orders set status = \'</pre><script>document.title="owned"</script><img src=x onerror=alert(1)> \u202Etset\u202C\u200B\' where id = 9'
    const { id } = await held(sql, '</blockquote><form action="https://evil.example"><button>Approve</button></form>')
    await page.goto(`${consoleUrl}/holds/${id}`)
    const shown = (await page.locator('pre').first().textContent()) ?? ''
    assert.equal(shown, sql.replace('\u202E', '⟨U+202E⟩').replace('\u202C', '⟨U+202C⟩').replace('\u200B', '⟨U+200B⟩'))
    assert.equal(await page.locator('script, img').count(), 0)
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 1)
    assert.notEqual(await page.title(), 'owned')
  })
})
