import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..', '..')

/** One process of the product, as it is deployed: its own program, its own environment. */
export interface Running {
  readonly child: ChildProcess
  /** Everything it logged so far. */
  log(): string
  /** Resolves when a line with this text has come. */
  logged(text: string): Promise<void>
  /** Resolves to the exit code once it has ended. */
  readonly exited: Promise<number | null>
  /** SIGTERM, and what it takes until it has ended. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

interface Program {
  readonly script: string
  readonly config: string
  readonly env: Readonly<Record<string, string>>
  /** A text that one line of its log has when it is ready. */
  readonly ready: string
  readonly logFile: string
}

/** Where programs are, and what Node has compiled before; nothing else of ours. */
export function bareEnvironment(): Readonly<Record<string, string>> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env
  return { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) }
}

/** Resolves when the program says that it is ready; rejects with what it said where it ends before. */
export async function startProcess({ script, config, env, ready, logFile }: Program): Promise<Running> {
  const child = spawn(process.execPath, [script, config], {
    cwd: root,
    env: { ...bareEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const file = createWriteStream(logFile, { flags: 'a', mode: 0o600 })
  const { promise: started, resolve, reject } = Promise.withResolvers<void>()
  let log = ''
  const heard = new EventEmitter()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', line => {
      log += `${line}\n`
      file.write(`${line}\n`)
      heard.emit('line')
      if (line.includes(ready)) resolve()
    })
  }
  const exited = whenExited(child, file)
  exited.then(code => reject(new Error(`${script} ended with ${code} before it was ready:\n${log}`)))
  await started
  return {
    child,
    log: () => log,
    async logged(text) {
      while (!log.includes(text)) await once(heard, 'line')
    },
    exited,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function whenExited(child: ChildProcess, file: WriteStream): Promise<number | null> {
  return new Promise(resolve => {
    child.on('close', code => {
      file.end()
      resolve(code)
    })
  })
}
