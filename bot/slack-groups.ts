import type { Person } from '#src/principal.ts'
import type { BotLog } from './logger.ts'
import type { SlackDirectory } from './slack-directory.ts'
import { slackFault } from './slack-fault.ts'

/** The groups whose members are those of a Slack user group (`identity.slackGroups`), as Slack has them now. */
export class SlackGroups {
  readonly #groups: readonly (readonly [name: string, userGroup: string])[]
  readonly #directory: SlackDirectory
  readonly #log: BotLog

  constructor(groups: Readonly<Record<string, string>>, directory: SlackDirectory, log: BotLog) {
    this.#groups = Object.entries(groups)
    this.#directory = directory
    this.#log = log
  }

  /** The person behind this account, with the groups that it is in. Rejects where Slack cannot be asked. */
  async added(person: Person, user: string): Promise<Person> {
    const members = await this.#members()
    const groups = members.filter(({ users }) => users.includes(user)).map(({ name }) => name)
    return groups.length === 0 ? person : { ...person, groups: [...person.groups, ...groups] }
  }

  async addedToAll(people: readonly Person[]): Promise<readonly Person[]> {
    if (this.#groups.length === 0) return people
    return Promise.all(people.map(person => (person.slack ? this.added(person, person.slack.user) : person)))
  }

  #members() {
    return Promise.all(
      this.#groups.map(async ([name, userGroup]) => ({ name, users: await this.#usersOf(name, userGroup) })),
    )
  }

  /** A user group that is gone or disabled has nobody in it. */
  async #usersOf(name: string, userGroup: string): Promise<readonly string[]> {
    try {
      return await this.#directory.members(userGroup)
    } catch (error) {
      const { kind, code } = slackFault(error)
      if (kind === 'later') throw error
      this.#log.error({ code }, `the members of user group ${name} could not be read: it has none`)
      return []
    }
  }
}
