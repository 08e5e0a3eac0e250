import { createHash } from 'node:crypto'
import { existsSync, type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { loadPolicy } from '../decide/load-policy.ts'
import type { LoadedPolicy } from '../decide/policy.ts'
import type { BotConfig, GatewayConfig } from './config.ts'
import { keepUnchanged } from './keep-unchanged.ts'
import { type Reading, readBotConfig, readConfigFile, readGatewayConfig } from './load.ts'
import { ConfigProblems, type Problem } from './problem.ts'
import { type Environment, fileError } from './secret-reader.ts'

/** What became of a changed file: a new value in force, or problems while the old value stays in force. */
export type Change<T> = { readonly value: T } | { readonly problems: readonly Problem[] }

export interface Watched<T> {
  /** What is in force now. */
  current(): T
  close(): void
}

/** Throws `ConfigProblems` where there is nothing usable to start with. `onChange` must report problems loudly. */
export function watchGatewayConfig(
  file: string,
  environment: Environment,
  onChange: (change: Change<GatewayConfig>) => void,
): Watched<GatewayConfig> {
  const startUrl = readConfigFile(file).document?.value.gateway?.url
  return watchReading(() => readGatewayConfig(file, environment, startUrl), onChange, keepUnchanged)
}

export function watchBotConfig(
  file: string,
  environment: Environment,
  onChange: (change: Change<BotConfig>) => void,
): Watched<BotConfig> {
  return watchReading(() => readBotConfig(file, environment), onChange, keepUnchanged)
}

interface WatchedPolicy extends Watched<LoadedPolicy> {
  /** The policy stands in this file from now on; where that is another one, it is read before this returns. */
  turnTo(file: string): void
}

/** The policy; a missing or broken one at the start throws, a broken new one leaves the old one in force. */
export function watchPolicy(file: string, onChange: (change: Change<LoadedPolicy>) => void): WatchedPolicy {
  let named = file
  const { reread, ...watched } = watchReading(() => readPolicy(named), onChange)
  return {
    ...watched,
    turnTo(other) {
      if (other === named) return
      named = other
      reread()
    },
  }
}

/** The policy as it is now. Throws `ConfigProblems`. */
export function loadPolicyFile(file: string): LoadedPolicy {
  const { config, problems } = readPolicy(file)
  if (!config) throw new ConfigProblems(problems)
  return config
}

function readPolicy(file: string): Reading<LoadedPolicy> {
  const files = [resolve(file)]
  try {
    const loaded = loadPolicy(readFileSync(file, 'utf8'), file)
    return 'policy' in loaded ? { config: loaded.policy, problems: [], files } : { problems: loaded.problems, files }
  } catch (error) {
    return { problems: [{ file, line: 0, column: 0, path: '', message: fileError(error) }], files }
  }
}

const settleMilliseconds = 100
/** Network file systems send no events; this is the longest a change goes unseen there. */
const pollMilliseconds = 10_000

/**
 * Reads again when the contents of a file behind the value change. Folders are watched, not files: editors and Kubernetes
 * replace a file by renaming another over it. A change counts once it has stood still for a moment: the first half of a
 * policy that is still being written may be a valid policy without its last rules.
 */
function watchReading<T>(
  read: () => Reading<T>,
  onChange: (change: Change<T>) => void,
  take: (before: T, now: T) => T = (_before, now) => now,
): Watched<T> & { reread(): void } {
  const first = read()
  if (first.config === undefined) throw new ConfigProblems(first.problems)
  let current: T = first.config
  let files = first.files
  let seen = contentHash(files)
  let candidate = seen
  let settling: NodeJS.Timeout | undefined
  const folders = new FolderWatch(soon)

  /** Not put off by further events: a log that is written in the same folder would put it off for ever. */
  function soon(): void {
    settling ??= setTimeout(look, settleMilliseconds).unref()
  }

  function look(): void {
    settling = undefined
    folders.watch(files)
    const now = contentHash(files)
    const settled = now === candidate
    candidate = now
    if (now === seen) return
    if (settled) reread(now)
    else soon()
  }

  function reread(now = contentHash(files)): void {
    const reading = read()
    const before = files
    files = reading.config === undefined ? [...new Set([...files, ...reading.files])] : reading.files
    seen = candidate = files.join() === before.join() ? now : contentHash(files)
    folders.watch(files)
    if (reading.config !== undefined) current = take(current, reading.config)
    onChange(reading.config === undefined ? { problems: reading.problems } : { value: current })
  }

  folders.watch(files)
  const poll = setInterval(look, pollMilliseconds)
  poll.unref()
  return {
    current: () => current,
    reread,
    close() {
      clearTimeout(settling)
      clearInterval(poll)
      folders.close()
    },
  }
}

/** Tells of the first event of a folder alone, until it is watched again: a database beside the file has an event for every page. */
class FolderWatch {
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #onEvent: () => void
  constructor(onEvent: () => void) {
    this.#onEvent = onEvent
  }

  /** A folder that is not there or cannot be watched is left to the poll. */
  watch(files: readonly string[]): void {
    for (const folder of new Set(files.map(file => dirname(file)))) {
      if (this.#watchers.has(folder) || !existsSync(folder)) continue
      try {
        this.#watchers.set(folder, this.#watchOnce(folder))
      } catch {
        // No more watches are to be had: https://man7.org/linux/man-pages/man2/inotify_add_watch.2.html
      }
    }
  }

  #watchOnce(folder: string): FSWatcher {
    const watcher = watch(folder, { persistent: false }, () => {
      watcher.close()
      if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder)
      this.#onEvent()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
  }
}

function contentHash(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) {
    hash.update(`\0${file}\0`)
    try {
      hash.update(readFileSync(file))
    } catch (error) {
      hash.update(fileError(error))
    }
  }
  return hash.digest('hex')
}
