import { durationText } from '#src/config/units.ts'
import type { AskedGrant } from '#src/hold/grant.ts'
import type { HoldTerms } from '#src/hold/hold.ts'
import { count } from '#src/show/facts.ts'
import { grantChoices, grantFacts } from '#src/show/grant-words.ts'
import { visible, visibleLine } from '#src/show/visible-text.ts'
import type { Form } from '../doors/form-body.ts'
import { html, type Part } from './html.ts'

/** Approve with its shape, where that may be granted: all of the shape, what may differ, for how long and how often at most. */
export function grantFields({ statement, grantable }: HoldTerms, again: string): Part {
  if (!grantable) return undefined
  const { seconds, uses } = grantChoices(grantable)
  const times = (number: number) => `${count(number)} ${number === 1 ? 'time' : 'times'}`
  return html`<fieldset><legend>And its shape</legend>
<p>What <bdi>${visibleLine(statement.principal.name)}</bdi> sends of this shape would then run without asking anybody:</p>
<pre>${visible(grantable.shape)}</pre>
<dl>${grantFacts(grantable).map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>
<label>For how long <select name="seconds">${seconds.map(each => option(each, durationText(each)))}</select></label>
<label>How often at most <select name="uses">${uses.map(each => option(each, times(each)))}</select></label>
<button name="verdict" value="grant">${again}${again ? 'approve' : 'Approve'} with its shape</button>
</fieldset>`
}

/** What was chosen; not a number, and so refused, where nothing was. */
export function askedGrant(form: Form): AskedGrant {
  const chosen = (name: string) => Number(form.get(name) ?? Number.NaN)
  return { seconds: chosen('seconds'), uses: chosen('uses') }
}

function option(value: number, words: string): Part {
  return html`<option value="${value}">${words}</option>`
}
