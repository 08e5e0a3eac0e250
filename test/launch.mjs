// Runs one of the project's programs on the project's own Node, installing what is missing first.
// Plain JavaScript, because it is what a machine with only Node 20 runs.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
const node = join(bin, 'node')
const wanted = [24, 12]

const programs = {
  demo: [['test/demo/main.ts']],
  test: [['test/run.ts']],
  'test:slack': [['test/bot/report.ts']],
  'test:clients': [['test/clients/main.ts']],
  pictures: [['test/bot/pictures.ts']],
  bench: [['test/bench/main.ts']],
  'bench:judgement': [['test/bench/judgement.ts']],
  fuzz: [['test/fuzz/main.ts']],
  docs: [['test/docs/write.ts']],
  check: [[join(bin, 'tsc')], [join(bin, 'biome'), 'check', '--error-on-warnings', '.']],
}

const [name, ...args] = process.argv.slice(2)
const program = programs[name]
if (!program) {
  console.error(`unknown program "${name}"; one of: ${Object.keys(programs).join(', ')}`)
  process.exit(2)
}
await install()
for (const command of program) {
  const status = await run(command, args)
  if (status !== 0) process.exit(status)
}

/** Installs when there is nothing yet or the lock file is newer; says so while it lasts. */
async function install() {
  const marker = join(root, 'node_modules', '.package-lock.json')
  const lock = join(root, 'package-lock.json')
  const current = existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs
  const started = Date.now()
  if (!current) {
    process.stdout.write('  installing …')
    npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  }
  if (!isNode()) npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'])
  if (!isNode()) {
    console.error(`\nNode ${wanted.join('.')} or newer is needed, and the npm package "node" did not bring it.`)
    console.error('Allow its install script (npm approve-scripts node; npm rebuild node), or install Node 24 yourself.')
    process.exit(1)
  }
  if (!current)
    console.log(` done (${Math.round((Date.now() - started) / 1000)} s)        Node ${version()} (brought along)`)
}

function npm(words) {
  const { status, stderr, stdout } = spawnSync('npm', words, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  console.error(`\nnpm ${words.join(' ')} failed:\n${stderr}${stdout}`)
  process.exit(1)
}

function version() {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim().slice(1) ?? ''
}

function isNode() {
  const [major = 0, minor = 0] = version().split('.').map(Number)
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1])
}

/** The child decides when to end: signals are passed on, and its status becomes ours. */
function run([script, ...words], more) {
  // What Node has compiled once serves the hundreds of processes that tests start.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'node')
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NODE_COMPILE_CACHE: cache }
  const child = spawn(node, [script, ...words, ...more], { cwd: root, stdio: 'inherit', env })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const pass = signal => child.kill(signal)
  for (const signal of signals) process.on(signal, pass)
  // npm that is told to end tells the shell between us alone, which ends without a word to us.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    pass('SIGTERM')
  }, 1000)
  watch.unref()
  return new Promise(resolve => {
    child.on('exit', (code, signal) => {
      for (const each of signals) process.off(each, pass)
      resolve(signal ? 1 : (code ?? 1))
    })
  })
}
