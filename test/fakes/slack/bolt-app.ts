import { App, LogLevel } from '@slack/bolt'
import type { FakeSlack } from './fake-slack.ts'

/** An unmodified Bolt app connected to the stand-in over Socket Mode. */
export function socketApp(slack: FakeSlack): App {
  return new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
  })
}
