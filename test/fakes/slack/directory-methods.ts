import { blockProblems, viewProblems } from './block-validator.ts'
import type { SlackState } from './state.ts'
import type { Method } from './web-api.ts'
import { asFields, asText, type Fields, isTrue, jsonArgument, SlackFailure } from './wire.ts'
import type { SlackUser, Workspace } from './workspace.ts'

/** Of another organization. Slack calls them strangers only where they share no channel with the app. */
function isOutsider({ teamId, enterpriseId }: SlackUser, { team }: Workspace): boolean {
  return (teamId ?? team.id) !== team.id && (enterpriseId === undefined || enterpriseId !== team.enterpriseId)
}

/** A user as users.info and events show them; the address only with the scope for it. */
export function userBody(user: SlackUser, workspace: Workspace): Fields {
  const realName = user.realName ?? user.name
  const outsider = isOutsider(user, workspace)
  const isStranger = outsider && !workspace.channels.some(({ members }) => members.includes(user.id))
  const showEmail = workspace.scopes.includes('users:read.email') && user.email && !outsider
  return {
    id: user.id,
    team_id: user.teamId ?? workspace.team.id,
    name: user.name,
    real_name: realName,
    deleted: Boolean(user.deleted),
    is_bot: Boolean(user.isBot),
    is_app_user: false,
    is_restricted: Boolean(user.isRestricted || user.isUltraRestricted),
    is_ultra_restricted: Boolean(user.isUltraRestricted),
    ...(isStranger ? { is_stranger: true } : {}),
    ...(user.enterpriseId ? { enterprise_user: { id: user.id, enterprise_id: user.enterpriseId } } : {}),
    ...(user.isEmailConfirmed === undefined ? {} : { is_email_confirmed: user.isEmailConfirmed }),
    tz: user.tz ?? 'Etc/UTC',
    updated: 0,
    profile: {
      real_name: realName,
      display_name: user.name,
      team: user.teamId ?? workspace.team.id,
      ...(showEmail ? { email: user.email } : {}),
    },
  }
}

function lookupByEmail(args: Fields, state: SlackState): Fields {
  const email = asText(args.email).toLowerCase()
  const found = state.workspace.users.find(
    user => user.email?.toLowerCase() === email && !user.deleted && !isOutsider(user, state.workspace),
  )
  if (!found) throw new SlackFailure('users_not_found')
  return { user: userBody(found, state.workspace) }
}

function userGroups(args: Fields, state: SlackState): Fields {
  const shown = state.workspace.userGroups.filter(group => !group.disabled || isTrue(args.include_disabled))
  return {
    usergroups: shown.map(group => ({
      id: group.id,
      team_id: state.workspace.team.id,
      handle: group.handle,
      name: group.name ?? group.handle,
      is_usergroup: true,
      user_count: group.users.length,
      date_delete: group.disabled ? 1 : 0,
      ...(isTrue(args.include_users) ? { users: group.users } : {}),
    })),
  }
}

function validateBlocks(args: Fields): Fields {
  const message = asFields(jsonArgument(args, 'message', 'invalid_arguments'))
  const blocks = jsonArgument(args, 'blocks', 'invalid_blocks_format') ?? message.blocks
  const view = jsonArgument(args, 'view', 'invalid_arguments')
  if (blocks === undefined && view === undefined) throw new SlackFailure('invalid_arguments')
  const problems = [
    ...(blocks === undefined ? [] : blockProblems(blocks, 'message')),
    ...(view === undefined ? [] : viewProblems(view)),
  ]
  if (problems.length === 0) return {}
  throw new SlackFailure('invalid_blocks', { errors: problems })
}

export const directoryMethods: Record<string, Method> = {
  'auth.test': {
    run: (_args, { state }) => {
      const { team, app } = state.workspace
      return {
        url: `https://${team.domain}.slack.com/`,
        team: team.name,
        team_id: team.id,
        user: app.name.toLowerCase(),
        user_id: app.botUserId,
        bot_id: app.botId,
        ...(team.enterpriseId ? { enterprise_id: team.enterpriseId } : {}),
        is_enterprise_install: false,
      }
    },
  },
  'users.info': {
    scopes: ['users:read'],
    run: (args, { state }) => ({ user: userBody(state.user(asText(args.user)), state.workspace) }),
  },
  'users.list': {
    scopes: ['users:read'],
    run: (_args, { state }) => ({
      members: state.workspace.users.map(user => userBody(user, state.workspace)),
      cache_ts: Math.floor(state.now() / 1000),
      response_metadata: { next_cursor: '' },
    }),
  },
  'users.lookupByEmail': { scopes: ['users:read.email'], run: (args, { state }) => lookupByEmail(args, state) },
  'usergroups.list': { scopes: ['usergroups:read'], run: (args, { state }) => userGroups(args, state) },
  'usergroups.users.list': {
    scopes: ['usergroups:read'],
    run: (args, { state }) => {
      const group = state.workspace.userGroups.find(candidate => candidate.id === asText(args.usergroup))
      if (!group) throw new SlackFailure('no_such_subteam')
      if (group.disabled && !isTrue(args.include_disabled)) throw new SlackFailure('subteam_disabled')
      return { users: group.users }
    },
  },
  'blocks.validate': { run: args => validateBlocks(args) },
}
