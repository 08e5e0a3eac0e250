import { App, type Logger, type Receiver, type webApi } from '@slack/bolt'
import type { Clock } from '#src/clock.ts'
import type { ReviewPorts } from '#src/hold/review-hold.ts'
import { registerActions } from './actions.ts'
import { registerAfterReviews } from './after-reviews.ts'
import { registerBatchView } from './batch-views.ts'
import { registerHome } from './commands/home.ts'
import { registerCommands } from './commands/register.ts'
import type { GatewayClient } from './gateway-client.ts'
import type { BotLog } from './logger.ts'
import type { ReviewerPorts } from './reviewer.ts'
import type { UnderWay } from './under-way.ts'
import type { ViewSeal } from './view-seal.ts'
import { registerViews } from './views.ts'

/** Everything a click needs. Only `open-bot.ts` and tests build one. */
export interface BotPorts extends ReviewPorts, ReviewerPorts {
  /** For what must be quick: a trigger lives three seconds. */
  readonly client: webApi.WebClient
  readonly gateway: GatewayClient
  /** Absent: there is no console. */
  readonly consoleUrl?: string
  /** For what modals carry. */
  readonly seal: ViewSeal
  readonly clock: Clock
  readonly log: BotLog
}

/**
 * The Bolt app with its listeners, on an injected receiver. Starts nothing and asks Slack nothing: Bolt would otherwise call
 * auth.test before it acknowledges, and crash while Slack is away.
 */
export function buildBot(
  ports: BotPorts,
  { receiver, logger, underWay }: { receiver: Receiver; logger: Logger; underWay: UnderWay },
): App {
  const app = new App({
    receiver,
    logger,
    authorize: async () => ({}),
    convoStore: false,
    ignoreSelf: false,
  })
  app.error(async ({ code }) => ports.log.error({ code }, 'a listener failed'))
  app.use(underWay.middleware)
  registerActions(app, ports)
  registerViews(app, ports)
  registerBatchView(app, ports)
  registerAfterReviews(app, ports)
  registerCommands(app, ports)
  registerHome(app, ports)
  return app
}
