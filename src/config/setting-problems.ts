import { ownPaths, warehousePaths } from './own-paths.ts'
import { didYouMean, type Path } from './problem.ts'
import type { ConfigFile } from './schema.ts'
import type { SecretReader } from './secret-reader.ts'
import { isLoopback } from './store-transport.ts'
import { durationSeconds, sizeBytes } from './units.ts'

type Report = SecretReader['report']

/** What the form of single settings cannot say: what they must not be together, and what must not go in the clear. */
export function settingProblems(value: ConfigFile, reader: SecretReader): void {
  const report = reportTo(reader)
  if (reader.isSound('gateway')) listenerProblems(value, report)
  if (reader.isSound('identity')) identityProblems(value, report)
  if (reader.isSound('console')) consoleProblems(value, report)
  if (reader.isSound('connections')) connectionProblems(value, report)
  if (reader.isSound('oncall') && reader.isSound('identity')) oncallProblems(value, report)
}

/** The same of what only the bot needs. */
export function botSettingProblems(value: ConfigFile, reader: SecretReader): void {
  const report = reportTo(reader)
  if (reader.isSound('slack')) slackProblems(value, report)
  if (reader.isSound('slack') && reader.isSound('identity')) engineerProblems(value, report)
}

function reportTo(reader: SecretReader): Report {
  return (path, message, severity) => reader.report(path, message, severity)
}

function listenerProblems({ gateway }: ConfigFile, report: Report): void {
  if (!isLoopback(gateway.host) && gateway.url.startsWith('http:'))
    report(
      ['gateway', 'host'],
      'listens beyond this machine while gateway.url is plain http: tokens and rows would travel in the clear; put a proxy with TLS in front and write its https URL',
      'warning',
    )
  if (sizeBytes(gateway.maxSqlBytes) > sizeBytes('16MiB')) report(['gateway', 'maxSqlBytes'], 'is more than 16MiB')
}

function identityProblems({ identity }: ConfigFile, report: Report): void {
  const { issuers, people, slackGroups } = identity
  issuers.forEach((issuer, i) => {
    secure(['identity', 'issuers', i, 'issuer'], issuer.issuer, report)
    if (durationSeconds(issuer.clockTolerance) > 120)
      report(['identity', 'issuers', i, 'clockTolerance'], 'is more than 2m')
  })
  unique(
    issuers.map(({ issuer }) => issuer),
    (first, i) => report(['identity', 'issuers', i, 'issuer'], `is the issuer of identity.issuers[${first}] again`),
  )
  people.forEach(({ groups }, i) => {
    for (const group of groups.filter(group => Object.hasOwn(slackGroups, group)))
      report(['identity', 'people', i, 'groups'], `"${group}" is one of identity.slackGroups: Slack says who is in it`)
  })
  unique(
    people.map(({ id }) => id),
    (first, i) => report(['identity', 'people', i, 'id'], `is the id of identity.people[${first}] again`),
  )
  // Somebody who is two people could be counted as two approvers.
  unique(
    people.map(({ subject }) => subject),
    (first, i) => report(['identity', 'people', i, 'subject'], `is the subject of identity.people[${first}] again`),
  )
  unique(
    people.map(({ email }) => email?.toLowerCase()),
    (first, i) => report(['identity', 'people', i, 'email'], `is the address of identity.people[${first}] again`),
  )
  // Two people behind one account could be counted as two approvers.
  unique(
    people.map(({ slack }) => slack && `${slack.team} ${slack.user}`),
    (first, i) =>
      report(
        ['identity', 'people', i, 'slack'],
        `is the Slack account of identity.people[${first}] again; each person needs their own`,
      ),
  )
}

function consoleProblems({ console }: ConfigFile, report: Report): void {
  if (!console) return
  secure(['console', 'url'], console.url, report)
  secure(['console', 'issuer'], console.issuer, report)
  const [, path = ''] = new URL(console.url).pathname.split('/')
  // No console can stand in a door.
  if ([...ownPaths, ...warehousePaths].includes(path))
    report(['console', 'url'], `the gateway answers other things under /${path}`)
}

function connectionProblems({ connections }: ConfigFile, report: Report): void {
  for (const [name, connection] of Object.entries(connections)) {
    const path = ['connections', name]
    const { credentials } = connection
    if (connection.url) secure([...path, 'url'], connection.url, report)
    if (connection.kind === 'snowflake' && connection.url && new URL(connection.url).pathname !== '/')
      report([...path, 'url'], 'has a path, which Snowflake has not; write the host alone')
    if ('iamUrl' in credentials) secure([...path, 'credentials', 'iamUrl'], credentials.iamUrl, report)
    if ('stsUrl' in credentials) secure([...path, 'credentials', 'stsUrl'], credentials.stsUrl, report)
    const most = connection.kind === 'snowflake' ? '60s' : '1h'
    const lifetime = durationSeconds(credentials.lifetime)
    if (lifetime > durationSeconds(most)) report([...path, 'credentials', 'lifetime'], `is more than ${most}`)
    // In whole seconds, and by two clocks: a shorter one could be over before it is presented.
    if (lifetime < 10) report([...path, 'credentials', 'lifetime'], 'is less than 10s')
    if ('serviceAccounts' in credentials && !Object.hasOwn(credentials.serviceAccounts, connection.reader))
      report(
        [...path, 'reader'],
        `is not a key of credentials.serviceAccounts (${Object.keys(credentials.serviceAccounts).join(', ')})`,
      )
  }
}

/** A group that nobody is in is mostly a misspelt one. */
function oncallProblems({ oncall, identity }: ConfigFile, report: Report): void {
  const groups = new Set([...identity.people.flatMap(person => person.groups), ...Object.keys(identity.slackGroups)])
  const look = (path: Path, group: string) => {
    if (!groups.has(group))
      report(path, `nobody of identity.people is in this group${didYouMean(group, groups)}`, 'warning')
  }
  for (const [i, { group }] of oncall.lookups.entries()) look(['oncall', 'lookups', i, 'group'], group)
  for (const [i, group] of oncall.operators.entries()) look(['oncall', 'operators', i], group)
}

function slackProblems({ slack }: ConfigFile, report: Report): void {
  if (!slack) return
  secure(['slack', 'apiUrl'], slack.apiUrl, report)
  if (slack.fallback === slack.channel) report(['slack', 'fallback'], 'is slack.channel again; name another one')
  secure(['slack', 'gateway'], slack.gateway, report)
  if (slack.mode === 'socket' && !slack.appToken) report(['slack'], 'appToken is missing: mode socket needs it')
  if (slack.mode === 'http' && !slack.signingSecret) report(['slack'], 'signingSecret is missing: mode http needs it')
}

function engineerProblems({ slack, identity }: ConfigFile, report: Report): void {
  const ids = new Set(identity.people.map(({ id }) => id))
  for (const [i, id] of (slack?.engineers ?? []).entries())
    if (!ids.has(id)) report(['slack', 'engineers', i], `is the id of nobody in identity.people${didYouMean(id, ids)}`)
}

/** Credentials and keys go over these URLs: plain http is for this machine only. */
function secure(path: Path, url: string | undefined, report: Report): void {
  if (url?.startsWith('http:') && !isLoopback(new URL(url).hostname))
    report(path, 'is plain http beyond this machine; write an https URL')
}

function unique(values: readonly (string | undefined)[], again: (first: number, i: number) => void): void {
  values.forEach((value, i) => {
    const first = values.indexOf(value)
    if (value !== undefined && first < i) again(first, i)
  })
}
