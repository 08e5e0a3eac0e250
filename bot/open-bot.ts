import { createPrivateKey, createPublicKey } from 'node:crypto'
import { type Receiver, webApi } from '@slack/bolt'
import { type Clock, systemClock } from '#src/clock.ts'
import type { BotConfig } from '#src/config/config.ts'
import type { Secret } from '#src/config/secret.ts'
import { DenialKeeper } from '#src/hold/denial-keeper.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import { isIntact } from '#src/hold/intact.ts'
import { requestSigner } from '#src/hold/request-seal.ts'
import { reviewSigner, reviewVerifier } from '#src/hold/seal.ts'
import { findPerson } from '#src/principal.ts'
import { type BotPorts, buildBot } from './app.ts'
import { cardDesk } from './card-desk.ts'
import { cardSeal } from './card-seal.ts'
import { Channels } from './channels.ts'
import { Claims } from './claims.ts'
import { directMessages } from './direct-messages.ts'
import { gatewayClient } from './gateway-client.ts'
import { LinkedAccounts } from './linked-accounts.ts'
import { type BotLog, errorCode, slackLogger } from './logger.ts'
import { Notifier, type Pace } from './notifier.ts'
import { HttpReceiver, socketReceiver } from './receivers.ts'
import { ReleaseKeeper } from './release-keeper.ts'
import { slackDirectory } from './slack-directory.ts'
import { SlackGroups } from './slack-groups.ts'
import { UnderWay } from './under-way.ts'
import { viewSeal } from './view-seal.ts'

export interface OpenBot {
  /** Where HTTP deliveries arrive; undefined in Socket Mode. */
  readonly port: number | undefined
  /** Resolves when Slack's deliveries reach us; rejects where Slack refuses our tokens. */
  readonly connected: Promise<void>
  /** Takes no more deliveries, finishes what has begun: clicks too, which Slack sends once. The hold store stays open. */
  close(): Promise<void>
}

/** Between two looks for what is new at the gateway: links, and releases. */
const lookMilliseconds = 5_000

/** Wires and starts a bot. Slack need not be there: cards and deliveries wait for it. */
export async function openBot(
  config: BotConfig,
  { holds, log, clock = systemClock, pace }: { holds: HoldStore; log: BotLog; clock?: Clock; pace?: Partial<Pace> },
): Promise<OpenBot> {
  const logger = slackLogger(log)
  const { slack, people, keys } = config
  const consoleUrl = config.console?.url
  const client = (timeout: number) => webClient(slack.botToken, timeout, { logger, apiUrl: slack.apiUrl })
  const quick = client(2_500)
  const directory = slackDirectory(quick, clock)
  const verifier = reviewVerifier({ slack: publicHalf(keys.reviews), ...(keys.console && { console: keys.console }) })
  const slackGroups = Object.keys(config.slackGroups)
  const gateway = gatewayClient({ ...config.gateway, slackGroups }, requestSigner(keys.reviews), clock)
  const site = consoleUrl === undefined ? {} : { consoleUrl }
  const slow = client(10_000)
  const direct = directMessages(slow)
  const claims = new Claims(holds, clock)
  const links = new LinkedAccounts({ people, gateway, direct, claims, log, ...site })
  const shared = {
    ...{ holds, people, verifier, directory, links, log, matchEmail: slack.matchEmail, ...site },
    person: findPerson(people, slackGroups),
    groups: new SlackGroups(config.slackGroups, directory, log),
  }
  const stop = new AbortController()
  const every = pace?.sweepMilliseconds ?? lookMilliseconds
  const ports: BotPorts = {
    ...{ ...shared, slackGroups, clock, gateway, client: quick },
    isGenuine: isIntact,
    denials: new DenialKeeper({
      ...{ log, everyMilliseconds: every, signal: stop.signal },
      record: (id, review) => gateway.askAsBot('denied', { id, review }),
    }),
    signer: reviewSigner(keys.reviews, 'slack'),
    seal: viewSeal(keys.reviews),
  }
  const receiver = receiverOf(config, clock, logger)
  const underWay = new UnderWay()
  buildBot(ports, { receiver, logger, underWay })
  const cardChannels = [slack.channel, ...(slack.fallback ? [slack.fallback] : [])]
  const channels = new Channels({ ...shared, direct, clock }, { channels: cardChannels, engineers: slack.engineers })
  const cards = { claims, desk: cardDesk(slow), cardSeal: cardSeal(keys.reviews) }
  const releases = new ReleaseKeeper({
    ...{ gateway, claims, directory, links, log, mention: slack.oncall.mention },
    desk: cardDesk(slow, 'querywarden_release'),
    channels: [...new Set([slack.oncall.channel, ...cardChannels])],
  })
  const notifier = new Notifier({ ...shared, ...cards, channels, direct, tellOwners: slack.tellOwners }, pace)
  const working = [notifier.run(stop.signal), links.run(every, stop.signal), releases.run(every, stop.signal)]
  const started = Promise.resolve(receiver.start())
  const port = slack.mode === 'http' ? ((await started) as { port: number }).port : undefined
  const connected = started.then(() => log.info({ mode: slack.mode }, 'connected to Slack'))
  connected.catch((error: unknown) => log.error({ code: errorCode(error) }, 'cannot connect to Slack'))
  return {
    port,
    connected,
    async close() {
      if (stop.signal.aborted) return
      stop.abort()
      await receiver.stop()
      await Promise.all([underWay.finished(), ...working])
    },
  }
}

/** Retries nothing by itself: a click cannot wait, and a card must not be posted twice. The notifier retries. */
function webClient(
  token: Secret,
  timeout: number,
  { logger, apiUrl }: { logger: ReturnType<typeof slackLogger>; apiUrl: string | undefined },
) {
  return new webApi.WebClient(token.reveal(), {
    ...{ timeout, logger, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true },
    ...(apiUrl ? { slackApiUrl: apiUrl } : {}),
  })
}

function receiverOf({ slack }: BotConfig, clock: Clock, logger: ReturnType<typeof slackLogger>): Receiver {
  if (slack.mode === 'socket') {
    if (!slack.appToken) throw new Error('slack.appToken is needed for Socket Mode')
    return socketReceiver({ appToken: slack.appToken, logger, ...(slack.apiUrl ? { apiUrl: slack.apiUrl } : {}) })
  }
  if (!slack.signingSecret) throw new Error('slack.signingSecret is needed for HTTP deliveries')
  const { signingSecret, host, port } = slack
  return new HttpReceiver({ signingSecret, host, port, logger, clock })
}

function publicHalf(privateKey: Secret): string {
  return String(createPublicKey(createPrivateKey(privateKey.reveal())).export({ type: 'spki', format: 'pem' }))
}
