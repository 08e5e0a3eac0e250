import { GatewayError } from '#src/errors.ts'
import { denyOnRecord } from '#src/hold/end-hold.ts'
import { requestLifeSeconds, type SignedRequest, verifyRequest } from '#src/hold/request-seal.ts'
import type { AnswerOf, BodyOf, BotOperation, PersonalOperation } from '#src/oncall/internal-api.ts'
import type { Access, AccessAction } from '#src/record/access.ts'
import { announced, close, releases, reviews } from './after-reviews.ts'
import { Asker, type Found, type OncallDeps } from './asker.ts'
import { grants, revoke } from './grants.ts'
import { find, home, pending, read, rows, show } from './look-ups.ts'
import { slackLinks } from './slack-links.ts'
import { kill, pause, resume } from './stops.ts'
import { why } from './why.ts'

type Operations = { readonly [O in PersonalOperation]: (asker: Asker, body: BodyOf<O>) => Promise<AnswerOf<O>> }
type ForBot = { readonly [O in BotOperation]: (body: BodyOf<O>) => Promise<AnswerOf<O>> }

/** What on-call staff may ask through the bot, on record whatever it is, and what the bot itself may. */
export interface Oncall {
  /** A request of the bot's, taken once. Rejects with `unauthenticated`. */
  authenticate(token: string): Promise<SignedRequest>
  /** The person a request speaks for, by this gateway's own configuration. Throws `not_permitted`. */
  asker(request: SignedRequest): Asker
  readonly operations: Operations
  readonly forBot: ForBot
}

export function createOncall(deps: OncallDeps): Oncall {
  const { ports } = deps
  const look =
    <B extends object, T>(action: AccessAction, work: (asker: Asker, body: B) => Promise<Found<T>>) =>
    (asker: Asker, body: B) =>
      asker.onRecord({ action, ...askedFor(body) }, () => work(asker, body))
  return {
    async authenticate(token) {
      const request = await verifyRequest(token, deps.reviewKey(), deps.url, ports.clock.now())
      // Longer than a token is taken, whatever the clocks say.
      const fresh = request && (await ports.holds.once(`request:${request.id}`, 4 * requestLifeSeconds))
      if (!fresh) throw new GatewayError('unauthenticated', { message: 'This is no request of the bot.' })
      return request
    },
    asker({ person, groups }) {
      const known = person === undefined ? undefined : ports.person(person, groups)
      if (!known) throw new GatewayError('not_permitted', { message: 'The gateway knows nobody of this id.' })
      return new Asker(known, deps)
    },
    operations: {
      find: look('find', find),
      show: look('show', (asker, body) => show(ports, asker, body)),
      read: look('read', read),
      rows: look('replay', (asker, body) => rows(ports, asker, body)),
      why: look('why', (asker, body) => why(deps.policy(), asker, body)),
      pause: look('pause', (asker, body) => pause(ports, asker, body)),
      resume: look('resume', (asker, body) => resume(ports, asker, body)),
      kill: look('kill', (asker, body) => kill(ports, asker, body)),
      grants: look('grants', asker => grants(ports, asker)),
      revoke: look('revoke', (asker, body) => revoke(ports, asker, body)),
      home: look('home', asker => home(ports, asker)),
      reviews: look('reviews', asker => reviews(ports, asker)),
      close: look('close', (asker, body) => close(ports, asker, body)),
      pending: look('pending', asker => pending(ports, asker)),
    },
    forBot: {
      ...slackLinks(deps),
      async denied({ id, review }) {
        await denyOnRecord(ports, id, review)
        return {}
      },
      releases: () => releases(ports),
      announced: body => announced(ports, body),
    },
  }
}

function askedFor({ id, ...asked }: { id?: string }): Pick<Access, 'session' | 'asked'> {
  return {
    ...(id === undefined ? {} : { session: id }),
    ...(Object.keys(asked).length === 0 ? {} : { asked: asked as Record<string, string | number> }),
  }
}
