import { durationText, sizeText } from '../config/units.ts'
import type { AskedGrant, GrantOffer } from '../hold/grant.ts'
import { count, type Fact } from './facts.ts'

/** `for 1h, at most 20 times`. */
export function boundsWords({ seconds, uses }: AskedGrant): string {
  return `for ${durationText(seconds)}, at most ${uses === 1 ? 'once' : `${count(uses)} times`}`
}

/** What may differ between the held statement and those that would run without asking, and what may not. */
export function grantFacts({ places, bytes, rows }: GrantOffer): readonly Fact[] {
  const bounds = [...(rows ? [`${count(rows)} rows`] : []), ...(bytes ? [`${sizeText(bytes)} scanned`] : [])]
  return [
    ['May differ', placesWords(places)],
    ['Stays', 'agent, purpose, tables, columns, masks, role and rules; any other statement is held as before'],
    [
      'Each reaches',
      bounds.length > 0 ? `at most ${bounds.join(', ')}, as estimated before it runs` : unbounded(places),
    ],
  ]
}

function placesWords(places: number): string {
  if (places === 0) return 'nothing: exactly this text'
  return places === 1 ? 'any value in 1 place (?)' : `any values in ${count(places)} places (each ?)`
}

function unbounded(places: number): string {
  return places === 0 ? 'what it reaches by then' : 'whatever those values reach, also more rows than this one'
}

const durations = [300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800]
const numbers = [1, 2, 5, 10, 20, 50, 100, 200, 500]

/** How long and how often may be chosen: the most that is offered last. */
export function grantChoices({ seconds, uses }: AskedGrant): { seconds: readonly number[]; uses: readonly number[] } {
  const upTo = (steps: readonly number[], most: number) => [...steps.filter(step => step < most), most]
  return { seconds: upTo(durations, seconds), uses: upTo(numbers, uses) }
}
