import { randomBytes } from 'node:crypto'

/** A person or bot of the workspace, or somebody of another one who shares a channel. */
export interface SlackUser {
  id: string
  name: string
  realName?: string
  email?: string
  /** Their home workspace; the stand-in's own when absent. */
  teamId?: string
  tz?: string
  deleted?: boolean
  isBot?: boolean
  /** Multi-channel guest. */
  isRestricted?: boolean
  /** Single-channel guest. */
  isUltraRestricted?: boolean
  /** Their Enterprise Grid organization. */
  enterpriseId?: string
  isEmailConfirmed?: boolean
}

export interface SlackChannel {
  id: string
  name: string
  topic?: string
  members: string[]
  isPrivate?: boolean
  isArchived?: boolean
  isExtShared?: boolean
  /** A direct message between the bot and this user. */
  imWith?: string
}

interface SlackUserGroup {
  id: string
  handle: string
  name?: string
  users: string[]
  disabled?: boolean
}

export interface Workspace {
  team: { id: string; domain: string; name: string; enterpriseId?: string }
  app: { id: string; name: string; botId: string; botUserId: string }
  users: SlackUser[]
  channels: SlackChannel[]
  userGroups: SlackUserGroup[]
  /** Slash commands the app has registered, with whether Slack turns names into ids in their text. */
  commands: { command: string; shouldEscape: boolean }[]
  scopes: string[]
  botToken: string
  appToken: string
  signingSecret: string
  /** The old verification token that Slack still puts into every payload. */
  verificationToken: string
}

const DEFAULT_SCOPES = [
  'commands',
  'chat:write',
  'users:read',
  'users:read.email',
  'im:write',
  'im:history',
  'files:write',
  'usergroups:read',
  'channels:read',
  'channels:history',
  'groups:read',
  'groups:history',
]

const person = (id: string, name: string, more: Partial<SlackUser> = {}): SlackUser => ({
  id,
  name,
  realName: name,
  email: `${name}@acme.example`,
  tz: 'Europe/Berlin',
  isEmailConfirmed: true,
  ...more,
})

function demoUsers(botUserId: string): SlackUser[] {
  return [
    person('U0ONCALL1', 'oncall-1'),
    person('U0ONCALL2', 'oncall-2'),
    person('U0OWNER', 'release-owner'),
    person('U0READER', 'reader-1'),
    person('U0GUEST', 'guest-1', { isRestricted: true, email: 'guest-1@partner.example' }),
    person('U0LEFT', 'oncall-0', { deleted: true }),
    person('U0OUTSIDER', 'outsider-1', { teamId: 'T0PARTNER', email: 'outsider-1@partner.example' }),
    { id: botUserId, name: 'querywarden', realName: 'Querywarden', isBot: true },
  ]
}

function demoChannels(botUserId: string): SlackChannel[] {
  const staff = ['U0ONCALL1', 'U0ONCALL2', 'U0OWNER', botUserId]
  return [
    {
      id: 'C0APPROVALS',
      name: 'data-approvals',
      topic: 'What agents want to do to the warehouse, and who said yes',
      members: [...staff, 'U0READER', 'U0GUEST'],
    },
    { id: 'C0ONCALL', name: 'data-oncall', topic: 'Who is on call, and what is on fire', members: staff },
    { id: 'C0GENERAL', name: 'general', members: ['U0ONCALL1', 'U0ONCALL2', 'U0OWNER'] },
    {
      id: 'C0PARTNER',
      name: 'ext-partner',
      topic: 'Shared with another company',
      members: [...staff, 'U0OUTSIDER'],
      isExtShared: true,
    },
    { id: 'C0OLD', name: 'data-approvals-2025', members: staff, isArchived: true },
  ]
}

/** The workspace the demo shows: two on-call people, an owner, a guest, an outsider and one bot. Secrets are random. */
export function workspace(changes: Partial<Workspace> = {}): Workspace {
  const secret = (bytes: number) => randomBytes(bytes).toString('hex')
  const app = changes.app ?? { id: 'A0WARDEN', name: 'Querywarden', botId: 'B0WARDEN', botUserId: 'U0WARDEN' }
  return {
    team: { id: 'T0DEMO', domain: 'acme', name: 'Acme Data' },
    app,
    users: demoUsers(app.botUserId),
    channels: demoChannels(app.botUserId),
    userGroups: [{ id: 'S0ONCALL', handle: 'data-oncall', name: 'Data on call', users: ['U0ONCALL1', 'U0ONCALL2'] }],
    commands: [{ command: '/qw', shouldEscape: true }],
    scopes: DEFAULT_SCOPES,
    botToken: `xoxb-${secret(12)}`,
    appToken: `xapp-1-${app.id}-${secret(12)}`,
    signingSecret: secret(16),
    verificationToken: secret(12),
    ...changes,
  }
}
