import type { types } from '@slack/bolt'
import { durationText } from '#src/config/units.ts'
import type { GrantOffer } from '#src/hold/grant.ts'
import type { Hold } from '#src/hold/hold.ts'
import { askedBy } from '#src/show/asked-by.ts'
import { count } from '#src/show/facts.ts'
import { grantChoices, grantFacts } from '#src/show/grant-words.ts'
import { oddities } from '#src/show/oddities.ts'
import { warningLine } from './card.ts'
import { reviewModal, statementParts, viewIds, wordsOfApproval } from './modals.ts'
import { bold, labelled, line, plain, preformatted, richText } from './rich-text.ts'
import { shapeParts } from './shown-statement.ts'

/** Where the chosen bounds stand in a submitted view. */
export const grantInputs = {
  seconds: { block: 'seconds', action: 'choice' },
  uses: { block: 'uses', action: 'choice' },
} as const

/** The statement and its shape, all of both, with how long and how often others of that shape may run. Only where `shapeParts` has some. */
export function grantModal(hold: Hold, channel: string, nameOf: (id: string) => string): types.ModalView {
  const { terms } = hold
  if (!terms.grantable) throw new RangeError('nothing of this hold may be granted')
  const warnings = oddities(terms)
  const { name } = askedBy(terms.statement.principal, nameOf)
  return {
    ...reviewModal(hold, channel, viewIds.grant, 'Approve its shape'),
    submit: { type: 'plain_text', text: 'Approve and grant' },
    blocks: [
      ...statementParts(hold),
      ...(warnings.length > 0 ? [richText(warningLine(warnings))] : []),
      richText(
        line(bold('And from then on, without asking anybody'), plain(`, what ${name} sends of this shape:`)),
        ...shapeParts(terms).map(preformatted),
        labelled(grantFacts(terms.grantable)),
      ),
      ...bounds(terms.grantable),
      wordsOfApproval(hold),
    ],
  }
}

function bounds(offer: GrantOffer): types.InputBlock[] {
  const { seconds, uses } = grantChoices(offer)
  return [
    select('For how long', grantInputs.seconds, seconds, durationText),
    select('How often at most', grantInputs.uses, uses, times => `${count(times)} ${times === 1 ? 'time' : 'times'}`),
  ]
}

function select(
  label: string,
  { block, action }: { readonly block: string; readonly action: string },
  values: readonly number[],
  words: (value: number) => string,
): types.InputBlock {
  const options = values.map(value => ({
    text: { type: 'plain_text' as const, text: words(value) },
    value: String(value),
  }))
  return {
    type: 'input',
    block_id: block,
    label: { type: 'plain_text', text: label },
    element: { type: 'static_select', action_id: action, options },
  }
}
