import { approversText } from '#src/decide/approvers.ts'
import { type Hold, type HoldTerms, termsHash } from '#src/hold/hold.ts'
import { needsReason, type Review, type ReviewVerdict } from '#src/hold/review.ts'
import { askedBy, type NameOf } from '#src/show/asked-by.ts'
import { contextSections } from '#src/show/context.ts'
import { type Fact, facts, rowsTouched, subject, summaryLine } from '#src/show/facts.ts'
import { boundsWords } from '#src/show/grant-words.ts'
import { oddities } from '#src/show/oddities.ts'
import { type OutcomeLine, outcomeOf, type Reviewed, stateWord } from '#src/show/outcome.ts'
import { quorumWords } from '#src/show/quorum-words.ts'
import { verdictWords } from '#src/show/verdict-words.ts'
import { shortLine, visible, visibleLine } from '#src/show/visible-text.ts'
import { wholeStatement } from '#src/show/whole-statement.ts'
import { grantFields } from './grant-form.ts'
import { type Html, html, type Part } from './html.ts'
import { momentWords } from './moment.ts'
import type { Page } from './page.ts'

export interface HoldView extends Reviewed {
  readonly hold: Hold
  /** What this person may do now, with the token of the form. What they may not: why, in words, or nothing where it is over. */
  readonly decide: {
    readonly because?: string
    readonly form?: { readonly token: string; readonly may: Readonly<Record<ReviewVerdict, boolean>> }
  }
  readonly nameOf: NameOf
  readonly path: string
  readonly now: number
}

/** Everything that a card shows, with the whole statement. */
export function holdPage(view: HoldView): Page {
  const { hold, reviews, now } = view
  const { terms, state, id } = hold
  const heading = `${stateWord(hold)} · ${subject(terms.classification)}`
  const { sql, context } = wholeStatement(terms)
  const outcome = outcomeOf(hold, view)
  return {
    title: heading,
    body: html`<h1>${heading}</h1>
${reviews.map(review => reviewLine(review, view))}
${outcome.map(outcomeLine)}
${lead(view)}
${warnings(oddities(terms))}
${table(facts(terms))}
${purpose(hold)}
<h2>The whole statement</h2>
<pre>${sql}</pre>
${runsWith(context)}
<p><small>${quorumWords(view.quorum)} · ${state === 'pending' ? `expires ${momentWords(terms.expiresAt, now)} · ` : ''}asked ${momentWords(terms.createdAt, now)} · ${id} · sha256 ${terms.digest}</small></p>
${decision(view)}
<details><summary>Whole context</summary>
${contextSections(terms).map(({ title, rows }) => html`<h2>${title}</h2>${table(rows)}`)}
</details>`,
  }
}

function lead({ hold: { terms, state }, nameOf }: HoldView): Html {
  const { name, rest } = askedBy(terms.statement.principal, nameOf)
  const asks = state === 'pending' ? 'asks' : 'asked'
  const summary = summaryLine(terms.classification)
  return html`<p><strong><bdi>${name}</bdi></strong><span class="words">${rest}</span> ${asks} to run a statement that<br>
<strong class="words">${summary}</strong><br>${rowsTouched(terms.estimate)}</p>`
}

function warnings(found: readonly string[]): Part {
  if (found.length === 0) return undefined
  return html`<div class="warn"><strong>Look twice</strong><ul>${found.map(text => html`<li>${text}</li>`)}</ul></div>`
}

function table(rows: readonly Fact[]): Html {
  return html`<dl>${rows.map(([label, value]) => html`<dt>${visibleLine(label)}</dt><dd>${visible(value)}</dd>`)}</dl>`
}

/** The agent's own words, in a quote they cannot leave. */
function purpose({ terms }: Hold): Html {
  const words = terms.statement.purpose
  if (!words) return html`<p><strong>Agent says</strong> nothing about why</p>`
  return html`<p><strong>Agent says</strong> <em>(the agent’s words, unchecked)</em></p>
<blockquote class="words">${shortLine(words, 400)}</blockquote>`
}

/** Short context on one line; as SQL is shown where it is longer. */
function runsWith(context: string): Part {
  if (context === '') return undefined
  if (context.length > 100) return html`<p><strong>Runs with</strong></p><pre>${context}</pre>`
  return html`<p><strong>Runs with</strong> <span class="words">${context.replaceAll('\n', ', ')}</span></p>`
}

function reviewLine(
  { verdict, reviewer, at, place, reason, suggestedSql, grant, signedInAt }: Review,
  { nameOf, now }: HoldView,
): Html {
  const done = `${verdictWords[verdict]} by ${shortLine(nameOf(reviewer) ?? reviewer, 80)}`
  const words = reason ? html` · “<span class="words">${visibleLine(reason)}</span>”` : undefined
  return html`<p><strong>${done}</strong> in ${place === 'slack' ? 'Slack' : 'the console'} · ${momentWords(at, now)}${signedInAt === undefined ? '' : `, signed in for it ${momentWords(signedInAt, now)}`}${grant ? ` · and its shape ${boundsWords(grant)}` : ''}${words}</p>
${suggestedSql === undefined ? undefined : html`<p>Suggested instead</p><pre>${visible(suggestedSql)}</pre>`}`
}

function outcomeLine(line: OutcomeLine): Html {
  if ('code' in line) return html`<pre>${line.code}</pre>`
  return html`<p>${line.strong ? html`<strong>${line.strong}</strong>` : undefined}${line.text}</p>`
}

/** At the end of the statement, and nowhere before: who approves has passed all of it. */
function decision({ hold, decide, path }: HoldView): Part {
  const because = decide.because && html`<p class="said">${decide.because}</p>`
  if (!decide.form) return because
  const { terms, id } = hold
  const { token, may } = decide.form
  const again = terms.decision.stepUp === true ? 'Sign in again and ' : ''
  const always = may.approve && needsReason(terms, 'approve')
  const needed = !may.deny ? 'needed' : always ? 'needed in any case' : 'needed to deny'
  const looked =
    oddities(terms).length > 0 && (may.approve || may.release)
      ? html`<label><input type="checkbox" name="looked" required> I have looked at what stands under “Look twice”</label>`
      : undefined
  return html`${because}<form class="decide" method="post" action="${path}/holds/${id}">
<input type="hidden" name="token" value="${token}">
<input type="hidden" name="terms" value="${termsHash(terms)}">
<label>Your words (${needed}; the agent gets them)
<textarea name="reason" rows="2" maxlength="500"></textarea></label>
${may.deny ? suggestion : undefined}
${looked}
${may.approve ? html`<button class="main" name="verdict" value="approve">${sentence(`${again}approve`)}</button>` : undefined}
${may.deny ? html`<button class="stop" name="verdict" value="deny" formnovalidate>Deny</button>` : undefined}
${may.approve ? grantFields(terms, again) : undefined}
${may.release ? breakGlass(terms, again) : undefined}
</form>`
}

/** Beside a denial. The agent reads it and decides whether to submit it. */
const suggestion = html`<details><summary>Suggest another statement with a denial</summary>
<label>What would pass, as SQL (it does not run by itself)
<textarea name="suggestion" rows="4" maxlength="3000" spellcheck="false"></textarea></label></details>`

function breakGlass({ approvers }: HoldTerms, again: string): Html {
  return html`<p><strong>Break glass</strong>: releases it alone, instead of ${approversText(approvers)}. Say in your words what the
emergency is; the on-call channel is told, and it stays open until somebody else has reviewed it.</p>
<button class="stop" name="verdict" value="release">${sentence(`${again}release it alone`)}</button>`
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
