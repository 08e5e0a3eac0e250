import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ConsoleConfig } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import { isSameAddress, type Person } from '#src/principal.ts'
import { sha256 } from '#src/statement.ts'
import type { ConsolePorts } from './console-ports.ts'
import type { ConsoleSeal } from './console-seal.ts'
import { cookieOf, readCookie, setCookie } from './cookies.ts'
import type { Identity } from './identity-provider.ts'

/** Somebody who is signed in here. */
export interface ConsoleSession {
  readonly id: string
  /** When it began, by the clock of the gateway where it did; milliseconds since the epoch. */
  readonly at: number
  readonly identity: Identity
  readonly person: Person
}

const lifeSeconds = 3_600
const attempts = 8

/** The one person of the configuration whom an identity stands for; undefined where there is none, or more than one. */
export function personOf(people: readonly Person[], { subject, email }: Identity): Person | undefined {
  const bySubject = people.filter(person => person.subject === subject)
  const byEmail = people.filter(
    person => person.subject === undefined && email && person.email && isSameAddress(person.email, email),
  )
  const [person, ...others] = bySubject.length > 0 ? bySubject : byEmail
  return others.length > 0 ? undefined : person
}

export async function startSession(
  reply: FastifyReply,
  { url, issuer }: ConsoleConfig,
  seal: ConsoleSeal,
  identity: Identity,
  now: number,
): Promise<void> {
  const value = { ...identity, issuer, id: randomUUID(), at: now }
  setCookie(reply, cookieOf('session', url), await seal.seal('session', value, lifeSeconds), lifeSeconds)
}

/**
 * Who is signed in, looked up anew at every request: who left the configuration, or signed out anywhere, is signed in
 * nowhere. Rejects with `record_unavailable`.
 */
export async function sessionOf(
  ports: ConsolePorts,
  request: FastifyRequest,
  { url, issuer, matchEmail }: ConsoleConfig,
  seal: ConsoleSeal,
): Promise<ConsoleSession | undefined> {
  const value = await seal.open('session', readCookie(request, cookieOf('session', url)) ?? '')
  if (
    value?.issuer !== issuer ||
    typeof value.subject !== 'string' ||
    typeof value.id !== 'string' ||
    typeof value.at !== 'number'
  )
    return undefined
  const identity: Identity = {
    subject: value.subject,
    ...(matchEmail && typeof value.email === 'string' ? { email: value.email } : {}),
  }
  const person = personOf(ports.people(), identity)
  const signedOutAt = Number((await ports.records.setting(settingOf(identity))) ?? 0)
  return person && value.at > signedOutAt ? { id: value.id, at: value.at, identity, person } : undefined
}

/**
 * Ends every session of this person, at every gateway and in every browser: at least all that began no later than this one, by
 * whichever gateway's clock, and what was signed out before stays so.
 */
export async function endSessions(
  ports: ConsolePorts,
  reply: FastifyReply,
  { url }: ConsoleConfig,
  { identity, at }: ConsoleSession,
): Promise<void> {
  const name = settingOf(identity)
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await ports.records.setting(name)
    const signedOutAt = Math.max(ports.clock.now(), at, Number(before ?? 0))
    if (!(await ports.records.putSetting(name, before, String(signedOutAt)))) continue
    return setCookie(reply, cookieOf('session', url))
  }
  throw new GatewayError('conflict')
}

function settingOf({ subject }: Identity): string {
  return `console-signed-out:${sha256(subject)}`
}
