import { randomBytes } from 'node:crypto'
import { Redis, type RedisOptions, type Result } from 'ioredis'
import type { Secret } from '../config/secret.ts'
import { GatewayError } from '../errors.ts'
import { principalKey } from '../principal.ts'
import { type SessionId, sha256 } from '../statement.ts'
import { type Hold, type HoldState, holdStates, mayMove } from './hold.ts'
import {
  type HoldStore,
  type KeepOptions,
  listedAtOnce,
  maxKeptBytes,
  type Replaced,
  tooMuchKept,
} from './hold-store.ts'
import { RedisChanges } from './redis-changes.ts'
import { holdScripts } from './redis-hold-scripts.ts'
import { allAnswers, oldestFirst, redisDetail } from './redis-replies.ts'
import { redisFindings } from './redis-requirements.ts'
import { parseStoredHold } from './stored-hold.ts'

type Value = string | number
declare module 'ioredis' {
  interface RedisCommander<Context> {
    createHold(...keysAndValues: Value[]): Result<number, Context>
    replaceHold(...keysAndValues: Value[]): Result<Replaced, Context>
    reservePlace(...keysAndValues: Value[]): Result<number, Context>
    collectHolds(...keys: string[]): Result<number, Context>
    keepText(...keysAndValues: Value[]): Result<number, Context>
    forgetText(...keysAndValues: Value[]): Result<number, Context>
  }
}

const options = {
  connectTimeout: 3_000,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000),
  // A command whose answer was lost may have been done. It is never sent a second time: the caller hears `holds_unavailable`
  // and reads again. Without this, a click's `once` would answer "seen before" to its own first attempt.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // After a failover the old primary is a replica: leave it.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  commandTimeout: 4_000,
  socketTimeout: 4_500,
  scripts: holdScripts,
} satisfies RedisOptions

export interface RedisHoldStoreOptions {
  /** Separates deployments that share one Redis. Letters, digits, `-` and `_`. */
  readonly tenant?: string
}

/**
 * The hold store in Redis 7 or newer (or Valkey), for several gateways and bots. Keys are `qw:{tenant}:…`; an ACL user needs
 * `~qw:*` and the commands used here. Connects by itself and again whenever the connection is lost.
 */
export class RedisHoldStore implements HoldStore {
  readonly #redis: Redis
  readonly #prefix: string
  readonly #changes: RedisChanges
  readonly #closed = new AbortController()

  constructor(url: Secret, { tenant = 'main' }: RedisHoldStoreOptions = {}) {
    if (!/^[\w-]{1,64}$/.test(tenant)) throw new Error('A tenant is named with letters, digits, - and _.')
    this.#prefix = `qw:{${tenant}}:`
    this.#redis = new Redis(url.reveal(), options)
    // Every command reports its own failure; without a listener the client prints to the console.
    this.#redis.on('error', () => undefined)
    this.#changes = new RedisChanges(this.#redis, this.#key('changes'))
  }

  async create(hold: Hold): Promise<boolean> {
    const { id, version, state, terms } = hold
    const keys = [...this.#keysOf(hold), this.#stateKey(state)]
    const values = [terms.expiresAt, id, terms.createdAt, version, state, JSON.stringify(hold)]
    return (await this.#ask(() => this.#redis.createHold(...keys, ...values))) === 1
  }

  async fetch(id: SessionId): Promise<Hold | undefined> {
    const body = await this.#bodyOf(id)
    if (body === null) return undefined
    const hold = await parseStoredHold(id, body)
    if (!hold) throw new GatewayError('integrity', { detail: `hold ${id} is not readable in the hold store` })
    return hold
  }

  async storedHash(id: SessionId): Promise<string | undefined> {
    const body = await this.#bodyOf(id)
    return body === null ? undefined : sha256(body)
  }

  #bodyOf(id: SessionId): Promise<string | null> {
    return this.#ask(() => this.#redis.hget(this.#holdKey(id), 'body'))
  }

  async replace(expected: Hold, next: Hold, options: { before?: number } = {}): Promise<Replaced> {
    if (next.id !== expected.id) return 'conflict'
    if (next.state !== expected.state && !mayMove(expected.state, next.state)) return 'conflict'
    const stored = { ...next, version: expected.version + 1 }
    const keys = [...this.#keysOf(expected), this.#stateKey(expected.state), this.#stateKey(stored.state)]
    const { expiresAt, createdAt } = expected.terms
    const values = [expiresAt, expected.id, createdAt, expected.version, expected.state, stored.version, stored.state]
    const before = options.before === undefined ? 0 : Math.max(options.before, 1)
    return this.#ask(() => this.#redis.replaceHold(...keys, ...values, JSON.stringify(stored), before))
  }

  async ids(states: readonly HoldState[]): Promise<SessionId[]> {
    if (states.length === 0) return []
    await this.#ask(() => this.#redis.collectHolds(this.#key('garbage'), ...holdStates.map(s => this.#stateKey(s))))
    // One transaction, so that a hold that moves meanwhile is not missed between two indexes.
    const reads = states.map(state => ['zrange', this.#stateKey(state), 0, -1, 'WITHSCORES'])
    const answers = await this.#ask(async () => allAnswers(await this.#redis.multi(reads).exec()))
    return oldestFirst(answers as string[][])
  }

  async *list(states: readonly HoldState[]): AsyncIterable<Hold> {
    const ids = await this.ids(states)
    for (let from = 0; from < ids.length; from += listedAtOnce) {
      const some = ids.slice(from, from + listedAtOnce)
      const bodies = await this.#ask(() => Promise.all(some.map(id => this.#redis.hget(this.#holdKey(id), 'body'))))
      for (const [n, body] of bodies.entries()) {
        const hold = await parseStoredHold(some[n] ?? '', body)
        if (hold && states.includes(hold.state)) yield hold
      }
    }
  }

  changes(signal: AbortSignal): AsyncIterable<SessionId> {
    return this.#changes.follow(AbortSignal.any([signal, this.#closed.signal]))
  }

  async now(): Promise<number> {
    const [seconds = 0, microseconds = 0] = await this.#ask(() => this.#redis.time())
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000)
  }

  async findWaiting(principal: string, digest: string): Promise<SessionId | undefined> {
    const ids = await this.#ask(() => this.#redis.zrange(this.#waitingKey(principal, digest), '0', '9'))
    for (const id of ids) {
      const hold = await this.fetch(id)
      if ((hold?.state !== 'pending' && hold?.state !== 'approved') || hold.terms.digest !== digest) continue
      if (principalKey(hold.terms.statement.principal) === principal) return id
    }
    return undefined
  }

  async reserve(id: SessionId, principal: string, most: number): Promise<boolean> {
    return (await this.#ask(() => this.#redis.reservePlace(this.#placesKey(principal), id, most))) === 1
  }

  async touch(id: SessionId, milliseconds: number): Promise<void> {
    const key = this.#key('awaited', id)
    const life = Math.max(Math.ceil(milliseconds), 1)
    const both = this.#redis.multi().set(key, '1', 'PX', life, 'NX').pexpire(key, life, 'GT')
    await this.#ask(async () => allAnswers(await both.exec()))
  }

  async isAwaited(id: SessionId): Promise<boolean> {
    return (await this.#ask(() => this.#redis.exists(this.#key('awaited', id)))) === 1
  }

  async once(key: string, seconds: number): Promise<boolean> {
    return (await this.#ask(() => this.#redis.set(this.#key('once', sha256(key)), '1', 'EX', seconds, 'NX'))) === 'OK'
  }

  async keep(
    key: string,
    text: string,
    seconds: number,
    { instead = '', owner = '' }: KeepOptions = {},
  ): Promise<boolean> {
    const most = owner === '' ? Number.MAX_SAFE_INTEGER : maxKeptBytes
    const values = [sha256(key), text, seconds, instead, most]
    const done = await this.#ask(() => this.#redis.keepText(...this.#keptKeys(key, owner), ...values))
    if (done < 0) throw tooMuchKept()
    return done === 1
  }

  async kept(key: string): Promise<string | undefined> {
    return (await this.#ask(() => this.#redis.get(this.#key('kept', sha256(key))))) ?? undefined
  }

  async forget(key: string, owner = ''): Promise<void> {
    await this.#ask(() => this.#redis.forgetText(...this.#keptKeys(key, owner), sha256(key)))
  }

  #keptKeys(key: string, owner: string): string[] {
    const whose = sha256(owner)
    return [this.#key('kept', sha256(key)), this.#key('kept-until', whose), this.#key('kept-sizes', whose)]
  }

  async epoch(): Promise<string> {
    const word = randomBytes(16).toString('hex')
    return (await this.#ask(() => this.#redis.set(this.#key('epoch'), word, 'NX', 'GET'))) ?? word
  }

  async check(): Promise<readonly string[]> {
    const { refusals, warnings } = redisFindings(await this.#ask(() => this.#redis.info()))
    if (refusals.length > 0) throw new Error(refusals.join('\n'))
    return warnings
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#redis.disconnect()
  }

  #keysOf({ id, terms }: Hold): string[] {
    const principal = principalKey(terms.statement.principal)
    const waiting = this.#waitingKey(principal, terms.digest)
    return [this.#holdKey(id), waiting, this.#key('garbage'), this.#key('changes'), this.#placesKey(principal)]
  }

  #holdKey(id: SessionId): string {
    return this.#key('hold', id)
  }

  #stateKey(state: HoldState): string {
    return this.#key('state', state)
  }

  #waitingKey(principal: string, digest: string): string {
    return this.#key('waiting', sha256(JSON.stringify([principal, digest])))
  }

  #placesKey(principal: string): string {
    return this.#key('places', sha256(principal))
  }

  #key(...parts: string[]): string {
    return this.#prefix + parts.join(':')
  }

  async #ask<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command()
    } catch (error) {
      throw new GatewayError('holds_unavailable', { detail: redisDetail(error) })
    }
  }
}
