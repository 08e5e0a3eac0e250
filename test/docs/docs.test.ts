import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { withGenerated } from './generated.ts'

const readme = readFileSync('README.md', 'utf8')
const documents = ['README.md', ...globSync('.github/*.md')]

describe('documents', () => {
  test('the generated sections of the README are current (npm run docs)', () => {
    assert.match(readme, /<!-- generated: configuration -->/)
    assert.equal(readme, withGenerated(readme))
  })

  let checked = 0
  for (const file of documents) {
    test(`${file} names only files and scripts that exist`, () => {
      const text = readFileSync(file, 'utf8')
      const links = Array.from(text.matchAll(/\]\(([^)#\s]+)\)/g), match => match[1] ?? '')
      const paths = Array.from(
        text.matchAll(/`((?:src|gateway|bot|test|manifests|\.github|\.ci)\/[\w./-]+)`/g),
        match => match[1] ?? '',
      )
      const base = file.startsWith('.github/') ? '.github/' : ''
      const local = links.filter(link => !link.includes('://')).map(link => `${base}${link}`)
      checked += local.length + paths.length
      assert.deepEqual(
        [...local, ...paths].filter(path => !existsSync(path)),
        [],
      )
      const scripts = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts)
      const named = Array.from(text.matchAll(/npm (?:run )?([a-z][\w:-]*)/g), match => match[1] ?? '')
      const unknown = named.filter(name => !['ci', 'install', 'and', 'are', 'package', ...scripts].includes(name))
      assert.deepEqual(unknown, [])
    })
  }

  test('there was something to check', () => assert.ok(checked > 20, `only ${checked} paths`))

  test('links out of .github do not leave the repository by accident', () => {
    for (const file of globSync('.github/*.md')) assert.doesNotMatch(readFileSync(file, 'utf8'), /\]\(\.\.\/\.\.\//)
  })
})

describe('the connections of the README', () => {
  let stand: Stand
  let env: NodeJS.ProcessEnv
  before(async () => {
    stand = await startStand({ bots: 0 })
    const token = await stand.issuer.tokenFor('release-bot')
    env = { ...process.env, QUERYWARDEN_URL: stand.gateways[0]?.url, QUERYWARDEN_TOKEN: token }
  })
  after(() => stand.stop())

  const snippets = Array.from(
    readme.matchAll(/\*\*(REST|MCP|Snowflake driver|BigQuery client)\*\*[\s\S]*?```js\n([\s\S]*?)```/g),
  )
  test('are there', () =>
    assert.deepEqual(
      snippets.map(match => match[1]),
      ['REST', 'MCP', 'Snowflake driver', 'BigQuery client'],
    ))
  for (const [, door = '', code = ''] of snippets) {
    test(`${door} runs as it is written`, async () => {
      const file = `test/docs/.snippet-${door.toLowerCase().replaceAll(' ', '-')}.mjs`
      writeFileSync(file, code)
      try {
        const { output, status } = await run([file], env)
        assert.equal(status, 0, output)
        assert.match(output, /c\*\*\*@\*\*\*\.example/)
      } finally {
        rmSync(file)
      }
    })
  }

  test('the command line runs as it is written', async () => {
    const [, sql = '', connection = ''] = /npx querywarden query "([^"]+)" --connection (\w+)/.exec(readme) ?? []
    const { output, status } = await run(['gateway/cli/main.ts', 'query', sql, '--connection', connection], env)
    assert.equal(status, 0, output)
    assert.match(output, /masked: EMAIL/)
  })
})

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ output: string; status: number | null }> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise(resolve => child.on('close', status => resolve({ output, status })))
}
