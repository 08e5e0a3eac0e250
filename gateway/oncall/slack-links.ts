import { GatewayError } from '#src/errors.ts'
import type { AnswerOf, BodyOf } from '#src/oncall/internal-api.ts'
import { endLink } from '#src/record/end-link.ts'
import { createConsoleSeal } from '../console/console-seal.ts'
import { invitationSeconds, sealInvitation } from '../console/invitation.ts'
import type { OncallDeps } from './asker.ts'

/** What the bot asks about Slack accounts: whose they are, where somebody shows that one is theirs, and its end. */
export function slackLinks({ ports: { records, clock }, console }: OncallDeps) {
  return {
    links: async (): Promise<AnswerOf<'links'>> => ({ links: [...(await records.links())] }),
    async invite({ account, ...shown }: BodyOf<'invite'>): Promise<AnswerOf<'invite'>> {
      const site = console()
      if (!site) throw new GatewayError('not_permitted', { message: 'This installation has no console to sign in at.' })
      const invitation = await sealInvitation(createConsoleSeal(site.key), { ...account, ...shown })
      const url = `${site.url}/link?invitation=${encodeURIComponent(invitation)}`
      return { url, expiresAt: clock.now() + invitationSeconds * 1000 }
    },
    async unlink({ account }: BodyOf<'unlink'>): Promise<AnswerOf<'unlink'>> {
      const { team, user } = account
      const link = (await records.links()).find(link => link.team === team && link.user === user)
      return { ended: link !== undefined && (await endLink(records, link, { at: clock.now() })) }
    },
    async told({ link }: BodyOf<'told'>): Promise<AnswerOf<'told'>> {
      await records.markLinkTold(link, clock.now())
      return {}
    },
  }
}
