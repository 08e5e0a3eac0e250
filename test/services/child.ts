import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

interface ServerProcess {
  readonly pid: number
  /** Ends the process with `signal` and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

/** Starts a server and waits for the line that says it listens. Rejects with what it printed where it ends before. */
export async function startServer(
  command: string,
  args: readonly string[],
  options: { ready: string; uid?: number; gid?: number; cwd: string; env?: Readonly<Record<string, string>> },
): Promise<ServerProcess> {
  const { ready, env, ...spawning } = options
  const child = spawn(command, args, { ...spawning, stdio: ['ignore', 'pipe', 'pipe'], env: { LC_ALL: 'C', ...env } })
  const printed: string[] = []
  const listening = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', line => {
      if (printed.length < 200) printed.push(line)
      if (line.includes(ready)) listening.resolve()
    })
  }
  child.once('error', listening.reject)
  const exited = once(child, 'exit')
  exited.then(() => listening.reject(new Error(`${command} ended:\n${printed.join('\n')}`))).catch(() => undefined)
  await listening.promise
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  return {
    pid: pidOf(child),
    async end(signal) {
      child.kill(signal)
      await exited
      process.removeListener('exit', killWithUs)
    },
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process has no id')
  return child.pid
}
