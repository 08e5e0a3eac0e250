import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { approve, deny, ranTexts } from '#test/doors/reviewers.ts'
import { freePort } from '#test/services/free-port.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { agentEnvironment, type Ended, querywarden, sessionIn } from './command-line.ts'

describe('querywarden query', { timeout: 300_000 }, () => {
  let stand: Stand
  let env: Record<string, string>
  before(async () => {
    stand = await startStand({ sizes: { customers: 300, orders: 5_000 } })
    env = await agentEnvironment(stand)
  })
  after(() => stand.stop())

  const query = (sql: string, ...more: string[]) => ['query', sql, '--connection', 'shop', ...more]

  /** Starts a query that is held; `act` is called once with its session, when the hold is shown. */
  const held = (sql: string, act: (id: string) => Promise<void>, more: string[] = []) => {
    let acted = false
    const onOutput = (out: string) => {
      if (acted || !/session \S{14}/.test(out)) return
      acted = true
      void act(sessionIn(out))
    }
    return querywarden(query(sql, ...more), { env, onOutput })
  }

  test('rows as a table, masked columns marked', async () => {
    const { status, out, err } = await querywarden(query('select id, email from customers order by id limit 2'), {
      env,
    })
    assert.equal(status, 0, err)
    const lines = out.split('\n').map(line => line.trimEnd())
    assert.deepEqual(lines.slice(0, 4), [
      '  ID  EMAIL ▒',
      '  ──  ────────────────',
      '   1  c***@***.example',
      '   2  c***@***.example',
    ])
    assert.match(out, /2 rows · masked: EMAIL · \d+(\.\d)? m?s · rule reads-of-the-shop/)
    assert.match(out, /replay: npx querywarden sessions replay \S{14}\n/)
  })

  test('a held one waits for a click, then says who, as which role, and the way back', async () => {
    const sql = 'delete from orders where id in (1, 2, 3)'
    const { status, out, err } = await held(sql, id => approve(stand, id), ['--purpose', 'clean up'])
    assert.equal(status, 0, err)
    assert.match(out, /held by rule writes-need-a-person +session \S{14}/)
    assert.match(out, /deletes rows from DEMO\.SHOP\.ORDERS where id in \(1, 2, 3\) +about 3 of 5,000 rows \(counted\)/)
    assert.match(err, /waiting for one of data-oncall … 00:00 +expires \d\d:\d\d/)
    assert.match(out, /approved by oncall-1\n/)
    assert.match(out, /ran as AGENT_WRITER, credential used for \d/)
    assert.match(out, /3 rows affected/)
    assert.match(out, /way back: /)
    assert.equal(ranTexts(stand).filter(text => text === sql).length, 1)
  })

  test('a denied one ends with status 3 and the words of the person', async () => {
    const sql = 'delete from orders where id = 4'
    const { status, out } = await held(sql, id => deny(stand, id, 'keep number four'))
    assert.equal(status, 3)
    assert.match(out, /denied by oncall-1: "keep number four" \(rule writes-need-a-person\)/)
  })

  test('a refused one ends with status 3, the rule and what would pass', async () => {
    const { status, out } = await querywarden(query("copy into 's3://elsewhere/x' from customers"), { env })
    assert.equal(status, 3)
    assert.match(out, /refused by rule no-unload: Data may not be copied out of the warehouse\./)
    assert.match(out, /what would pass: Select the rows through the gateway/)
    assert.match(out, /session \S{14}/)
  })

  test('one that the warehouse refuses ends with status 4 and its message', async () => {
    const { status, out } = await querywarden(query('select cast(status as integer) as n from orders'), { env })
    assert.equal(status, 4, out)
    assert.match(out, /could not convert|not recognized/i)
    assert.match(out, /session \S{14}/)
  })

  test('--json is the answer of the gateway, and nothing else', async () => {
    const { status, out } = await querywarden(query('select id, phone from customers order by id limit 1', '--json'), {
      env,
    })
    assert.equal(status, 0)
    const answer = JSON.parse(out)
    assert.deepEqual([answer.status, answer.rows, answer.masked_columns], ['succeeded', [[1, '***00']], ['PHONE']])
  })

  test('--cancel ID withdraws what is held, and submits nothing', async () => {
    const sql = 'delete from orders where id = 5'
    const withdrawn: Promise<Ended>[] = []
    const cancel = (id: string) => querywarden(['query', '--cancel', id], { env })
    const { status, out } = await held(sql, async id => void withdrawn.push(cancel(id)))
    assert.equal(status, 3)
    assert.match(out, /Ctrl-C leaves it waiting; query --cancel \S{14} withdraws it/)
    assert.match(out, /The statement was withdrawn\./)
    const ended = await withdrawn[0]
    assert.deepEqual([ended?.status, /The statement was withdrawn\./.test(ended?.out ?? '')], [0, true])
    assert.equal(ranTexts(stand).includes(sql), false)
    const ran = await querywarden(query('select count(*) as before_it from orders'), { env })
    const late = await cancel(sessionIn(ran.out))
    assert.equal(late.status, 1)
    assert.match(late.out, /it had run before: session \S{14}/)
  })

  test('a token of the environment goes to no address out of the folder that it runs in', async () => {
    const heard: string[] = []
    const hostile = createServer((request, response) => {
      heard.push(String(request.headers.authorization))
      response.end('{}')
    })
    await new Promise<void>(resolve => hostile.listen(0, '127.0.0.1', resolve))
    const cwd = mkdtempSync(join(tmpdir(), 'querywarden-hostile-'))
    mkdirSync(join(cwd, '.querywarden'))
    const url = `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`
    writeFileSync(join(cwd, '.querywarden/agent.json'), JSON.stringify({ url, connection: 'shop' }))
    const { QUERYWARDEN_TOKEN = '' } = env
    const unnamed = { QUERYWARDEN_TOKEN, QUERYWARDEN_PROFILE: '' }
    const { status, err } = await querywarden(['query', 'select 1'], { cwd, env: unnamed })
    assert.deepEqual([status, heard], [2, []])
    assert.match(err, /No gateway: give --url, QUERYWARDEN_URL or --profile/)
    const named = ['query', 'select 1', '--profile', '.querywarden/agent.json']
    await querywarden(named, { cwd, env: unnamed })
    assert.deepEqual(heard, [`Bearer ${QUERYWARDEN_TOKEN}`])
    hostile.close()
    rmSync(cwd, { recursive: true })
  })

  test('a refused token says so', async () => {
    const { status, err } = await querywarden(query('select 1'), { env: { ...env, QUERYWARDEN_TOKEN: 'nonsense' } })
    assert.equal(status, 3)
    assert.match(err, /refused: The token is not a well-formed signed JWT\. \(token_malformed\)/)
  })

  test('a profile file brings the agent its own tokens', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'querywarden-profile-'))
    const profile = {
      ...{ url: env.QUERYWARDEN_URL, connection: 'lake', issuer: stand.issuer.url },
      ...{ client_id: 'release-bot', client_secret: 'release-bot-secret' },
    }
    writeFileSync(join(folder, 'agent.json'), JSON.stringify(profile))
    const args = ['query', 'select count(*) as n from shop.customers', '--profile', join(folder, 'agent.json')]
    const { status, out, err } = await querywarden(args)
    assert.equal(status, 0, err)
    assert.match(out, /\n +300\n/)
    for (const [wrong, says] of [
      [{ client_secret: 'guessed' }, /The identity provider http.* gave no token to release-bot: invalid_client/],
      [{ issuer: `http://127.0.0.1:${await freePort()}` }, /gave no token to release-bot: .*ECONNREFUSED/],
    ] as const) {
      writeFileSync(join(folder, 'agent.json'), JSON.stringify({ ...profile, ...wrong }))
      const refused = await querywarden(args)
      assert.equal(refused.status, 4)
      assert.match(refused.err, says)
    }
    for (const [text, says] of [
      ['{ "client_secret": "opensesame"; }', /agent\.json is no JSON\.$/m],
      ['null', /agent\.json is no profile/],
      ['{ "url": 5 }', /agent\.json: url is no text\.$/m],
    ] as const) {
      writeFileSync(join(folder, 'agent.json'), text)
      const unread = await querywarden(args)
      assert.equal(unread.status, 2)
      assert.match(unread.err, says)
      assert.doesNotMatch(unread.err, /sesame/)
    }
    rmSync(folder, { recursive: true })
  })

  test('a gateway that is not there, or is none, is named', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const gone = await querywarden(query('select 1'), { env: { ...env, QUERYWARDEN_URL: url } })
    assert.equal(gone.status, 4)
    assert.match(gone.err, new RegExp(`The gateway at ${url} cannot be reached: .*ECONNREFUSED`))
    const other = createServer((_request, response) => response.writeHead(502).end('<h1>Bad gateway \u001b[2J</h1>'))
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const there = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const none = await querywarden(query('select 1'), { env: { ...env, QUERYWARDEN_URL: there } })
    other.close()
    assert.equal(none.status, 4)
    assert.match(none.err, /answered HTTP 502, and not as a gateway does/)
  })

  const wrong: readonly [string, readonly string[], RegExp][] = [
    ['no command that exists', ['quary'], /unknown command "quary"[\s\S]*querywarden query/],
    ['a name that every object has', ['constructor'], /unknown command "constructor"/],
    ['no statement', ['query'], /exactly one statement/],
    ['--cancel without a session', ['query', '--cancel', 'select 1'], /"select 1" is no session/],
    ['a statement and --cancel', ['query', 'select 1', '--cancel'], /'--cancel <value>' argument missing/],
    ['a statement and a session', ['query', 'select 1', '--cancel', '7F3K-9Q2M-X4TB'], /--cancel takes the id/],
    ['two statements', ['query', 'select 1', 'select 2'], /exactly one statement/],
    ['no connection', ['query', 'select 1'], /No connection: give --connection/],
    ['an option that does not exist', ['query', 'select 1', '--dry-run'], /Unknown option '--dry-run'/],
    [
      'a profile that does not exist',
      ['query', 'select 1', '--profile', '/nowhere.json'],
      /nowhere\.json: does not exist/,
    ],
    ['explain without --batch', ['explain'], /explain --batch/],
    ['check without a file', ['check'], /querywarden check FILE/],
    ['sessions without a verb', ['sessions'], /sessions find \| show ID/],
    ['sessions show without an id', ['sessions', 'show'], /sessions find \| show ID/],
    ['an id that no session can have', ['sessions', 'show', 'xyz'], /"xyz" is no session/],
    ['an address that is none', ['query', 'select 1', '--url', 'nonsense'], /nonsense is no address of a gateway/],
    ['check with an option that does not exist', ['check', '--json'], /Unknown option '--json'/],
    ['check for neither process', ['check', 'x.yaml', '--for', 'slack'], /--for gateway\|bot/],
    ['a state that does not exist', ['sessions', 'find', '--state', 'gone'], /--state: one of .*held/],
  ]
  for (const [what, args, says] of wrong) {
    test(`wrong use, ${what}: status 2`, async () => {
      const { status, out, err } = await querywarden(args, { env })
      assert.equal(status, 2, err)
      assert.match(err, says)
      assert.equal(out, '')
    })
  }

  test('where there is no configuration it says how to give one', async () => {
    for (const args of [
      ['sessions', 'find'],
      ['policy', 'backtest'],
      ['explain', 'select 1', '--connection', 'shop'],
    ]) {
      const { status, err } = await querywarden(args, { cwd: tmpdir() })
      assert.equal(status, 2, err)
      assert.match(err, /No configuration: give --config FILE or QUERYWARDEN_CONFIG/)
    }
  })

  test('help goes to standard output', async () => {
    for (const args of [[], ['help'], ['--help']]) {
      const { status, out } = await querywarden(args)
      assert.equal(status, 0)
      assert.match(out, /exit status: 0 ran · 2 wrong use · 3 refused/)
    }
  })

  test('help on a command, wherever it is asked for, is about that command, which does not run', async () => {
    for (const args of [
      ['policy', '--help'],
      ['policy', 'test', '/nowhere.yaml', '-h'],
    ]) {
      const { status, out, err } = await querywarden(args)
      assert.deepEqual([status, err], [0, ''])
      assert.match(out, /^querywarden policy test FILE/)
      assert.doesNotMatch(out, /querywarden query/)
    }
    const { status, out } = await querywarden(['check', '--', '--help'])
    assert.deepEqual([status, out], [1, '--help  does not exist\n1 problem\n'])
  })
})
