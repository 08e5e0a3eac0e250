import { detectorNames } from '#src/decide/decision.ts'
import { contentMask } from '#src/mask/content-mask.ts'
import { traitsOf } from '#src/mask/text-traits.ts'

/** `9`: any digit; `A`: any letter; `f`: any hexadecimal digit. */
const forms = {
  'ten digits': '9'.repeat(10),
  'eleven digits': '9'.repeat(11),
  'thirteen digits': '9'.repeat(13),
  'fourteen digits': '9'.repeat(14),
  'sixteen digits': '9'.repeat(16),
  'nineteen digits': '9'.repeat(19),
  '`999-999-9999`': '999-999-9999',
  '`999-99-9999`': '999-99-9999',
  '`9999-9999-9999`': '9999-9999-9999',
  '`99999999A`': '99999999A',
  '`AA-9999-9999`': 'AA-9999-9999',
  'a UUID': 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'a digest': 'f'.repeat(64),
}
const texts = 20_000

/** How many of a hundred texts of some forms detectors find something in, though each of their symbols is drawn by lot: the same lots in every run. */
export function detectorRates(): string {
  const rows = Object.entries(forms).map(([name, form]) => {
    const found = new Map<string, number>()
    const look = contentMask(
      detectorNames.map(detector => ({ detector, mask: 'redact', except: [] })),
      'k',
    )
    const draw = lots()
    for (let nth = 0; nth < texts; nth++) {
      const text = form.replaceAll(/[9Af]/g, symbol => drawn(symbol, draw))
      look?.(text, traitsOf(text), detector => found.set(detector, (found.get(detector) ?? 0) + 1))
    }
    const told = Array.from(found, ([detector, times]) => `${((100 * times) / texts).toFixed(1)} % \`${detector}\``)
    return `| ${name} | ${told.sort().join(', ') || 'nothing'} |`
  })
  return ['| Any text of this form | Found in so many of them |', '| --- | --- |', ...rows].join('\n')
}

const drawn = (symbol: string, draw: (below: number) => number): string => {
  if (symbol === '9') return String(draw(10))
  return symbol === 'A' ? String.fromCharCode(0x41 + draw(26)) : draw(16).toString(16)
}

/** Numerical Recipes' generator. */
function lots(): (below: number) => number {
  let state = 1
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
