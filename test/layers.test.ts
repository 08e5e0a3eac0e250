import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, test } from 'node:test'

interface Edge {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

const files = globSync('{src,gateway,bot,test}/**/*.ts').map(normalize)
const edges = files.flatMap(importsOf)

/** Every `import … from`, `export … from` and `import()` of one file; aliases and relative paths as paths from the root. */
function importsOf(file: string): Edge[] {
  const text = readFileSync(file, 'utf8')
  const found = text.matchAll(
    /(?:^|\n)(?:import|export)(\s+type)? (?:[^'"=()]*? )?from '([^']+)'|(?:^|\n)import() '([^']+)'|import\('([^']+)'\)/g,
  )
  return Array.from(found, ([, type, named, , bare, dynamic]) => {
    const target = named ?? bare ?? dynamic ?? ''
    const to = target.startsWith('.')
      ? normalize(join(dirname(file), target))
      : target.replace(/^#(src|gateway|bot|test)\//, '$1/')
    return { from: file, to, typeOnly: type !== undefined }
  })
}

function never(what: string, from: RegExp, to: RegExp, except: (edge: Edge) => boolean = () => false): void {
  test(what, () => {
    const sources = files.filter(file => from.test(file))
    assert.ok(sources.length > 0, `the rule looks at no file: ${from}`)
    const broken = edges.filter(edge => from.test(edge.from) && to.test(edge.to) && !except(edge))
    assert.deepEqual(
      broken.map(({ from, to }) => `${from} → ${to}`),
      [],
    )
  })
}

const stages = ['authenticate', 'classify', 'decide', 'hold', 'mint', 'execute', 'mask', 'record']

describe('import directions', () => {
  test('the imports are really seen', () => {
    assert.ok(edges.length > 300, `only ${edges.length} imports seen`)
    assert.ok(edges.some(edge => edge.from === 'src/pipeline.ts' && edge.to === 'src/mask/mask.ts'))
    assert.ok(edges.some(edge => edge.from === 'gateway/server.ts' && edge.to === 'fastify'))
  })

  never('the domain knows no process', /^src\//, /^(gateway|bot|test)\//)
  never('the bot knows nothing of the gateway', /^bot\//, /^gateway\//)
  never('the gateway knows nothing of the bot', /^gateway\//, /^bot\//)
  never('the product holds no test code', /^(src|gateway|bot)\//, /^test\//)
  never(
    'the domain needs no server and no cloud client',
    /^src\//,
    /^(fastify|@fastify\/|@slack\/|@modelcontextprotocol\/|snowflake-sdk|@google-cloud\/|google-auth-library|openid-client|node:https?$|node:net$)/,
  )
  never(
    'the product speaks to warehouses itself, and their clients drive it in tests',
    /^(src|gateway|bot)\//,
    /^(snowflake-sdk|@google-cloud\/)/,
  )
  never('one file knows Redis', /^(src|gateway|bot)\//, /^ioredis/, edge => /^src\/hold\/redis-/.test(edge.from))
  never('one file knows PostgreSQL', /^(src|gateway|bot)\//, /^pg$/, edge => /^src\/record\/postgres-/.test(edge.from))
  never('keys are used where tokens are verified, minted or reviews signed', /^(src|gateway|bot)\//, /^jose$/, edge =>
    /^(gateway\/(authenticate|mint|console)\/|src\/hold\/(seal|request-seal)\.ts)/.test(edge.from),
  )
  never('Slack is known to the bot alone', /^(src|gateway)\//, /^@slack\//)
  never(
    'a door calls the journey and nothing else',
    /^gateway\/doors\//,
    /^(gateway\/(mint|execute|authenticate|hold|http)\/|src\/.*-store)/,
  )
  never(
    'doors do not know each other',
    /^gateway\/doors\/(rest\.ts|mcp\.ts|snowflake\/|bigquery\/)/,
    /^gateway\/doors\/(rest\.ts|mcp\.ts|snowflake\/|bigquery\/)/,
    ({ from, to }) => from.split('/')[2] === to.split('/')[2],
  )
  never('composition roots are leaves', /./, /(^|\/)main\.ts$/)
  never('no stage knows the pipeline', new RegExp(`^src/(${stages.join('|')})/`), /^src\/pipeline\.ts/)
  never('stand-ins can disagree with us', /^test\/fakes\//, /^(src|gateway|bot)\//, edge =>
    /\.test\.ts$/.test(edge.from),
  )

  const steps = ['text', 'rewrite', 'walk', 'judge']
  for (const [at, step] of steps.slice(0, -1).entries())
    never(
      `of a judgement, ${step} runs nothing of a later step`,
      new RegExp(`^src/classify/${step}/`),
      new RegExp(`^src/classify/(${steps.slice(at + 1).join('|')})/`),
      ({ typeOnly }) => typeOnly,
    )

  for (const [at, stage] of stages.entries()) {
    const later = stages.slice(at + 1)
    if (later.length === 0) continue
    never(
      `${stage} runs nothing of a later stage`,
      new RegExp(`^src/${stage}/`),
      new RegExp(`^src/(${later.join('|')})/`),
      ({ typeOnly, to }) => typeOnly || /^src\/(record\/(opening|session-facts)|hold\/verified-reviews)\.ts$/.test(to),
    )
  }
})

describe('what only one place may do', () => {
  const product = files.filter(file => /^(src|gateway|bot)\//.test(file))
  // Also of a list or a stream of it, and where a function only says that something is it: `page is MaskedPage`.
  const madeBy = (stage: string) => new RegExp(`\\b(as|is)\\b[^;={}()\\n]*\\b${stage}\\b`)
  const owners: readonly [string, RegExp, RegExp][] = [
    ['make an authenticated principal', madeBy('Authenticated'), /^src\/authenticate\/authenticate\.ts$/],
    ['make a classified statement', madeBy('Classified'), /^src\/classify\/understand\.ts$/],
    ['make a decided statement', madeBy('Decided'), /^src\/decide\/judge\.ts$/],
    ['make an authorization', madeBy('Authorized'), /^src\/hold\/authorize\.ts$/],
    ['make an executed statement', madeBy('Executed'), /^src\/execute\/execute-statement\.ts$/],
    ['make a masked page, or read one back', madeBy('MaskedPage'), /^src\/(mask\/mask|record\/record-result)\.ts$/],
    ['make anything of a stage by its brand', madeBy('Stage'), /^src\/stage\.ts$/],
    ['give the type checker the lie', /\bas never\b/, /^gateway\/doors\/mcp\.ts$/],
    [
      'reveal a secret',
      /\.reveal\(\)/,
      /^(src\/(hold|record|mask|config)\/|gateway\/(authenticate|mint|execute|cli|console)\/|bot\/)/,
    ],
  ]
  for (const [what, pattern, owner] of owners) {
    test(`only ${owner.source} may ${what}`, () => {
      const found = product.filter(file => pattern.test(readFileSync(file, 'utf8')))
      assert.ok(found.length > 0, `nothing does it: ${pattern}`)
      assert.deepEqual(
        found.filter(file => !owner.test(file)),
        [],
      )
    })
  }
})

test('what no other file names is not exported', () => {
  const texts = files.map(file => ({ file, text: readFileSync(file, 'utf8') }))
  const named = texts.map(({ file, text }) => ({ file, words: new Set(text.match(/\w+/g)) }))
  const exported = /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm
  const found = texts.flatMap(({ file, text }) =>
    Array.from(text.matchAll(exported), ([, name = '']) => ({ file, name })),
  )
  assert.ok(found.length > 1_000, `only ${found.length} exports seen`)
  const alone = found.filter(({ file, name }) => !named.some(other => other.file !== file && other.words.has(name)))
  assert.deepEqual(alone, [])
})
