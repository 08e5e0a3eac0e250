import type { ApprovalWindow } from './decision.ts'
import { weekdays } from './vocabulary.ts'

const minute = 60_000
const day = 1_440

/** Whether a moment is in all of these windows. `at` in milliseconds since the epoch. */
export function isOpen(windows: readonly ApprovalWindow[], at: number): boolean {
  return windows.every(window => isIn(window, local(at, window.zone)))
}

/** The next moment, from `at` on, that is in all of these windows; none within two weeks where they never meet. */
export function opensAt(windows: readonly ApprovalWindow[], at: number): number | undefined {
  if (isOpen(windows, at)) return at
  const openings = windows.flatMap(window => openingsOf(window, at))
  const next = openings.filter(opening => opening > at && isOpen(windows, opening)).sort((a, b) => a - b)
  return next[0]
}

/** `monday to friday 08:00–18:00 Europe/Berlin`. */
export function windowText({ days, from, to, zone }: ApprovalWindow): string {
  const week = [...weekdays.slice(1), ...weekdays.slice(0, 1)]
  const names = week.filter(name => days.includes(name))
  const first = week.indexOf(names[0] ?? 'monday')
  const inARow = names.length > 2 && names.every((name, i) => name === week[first + i])
  const when = names.length === 7 ? 'every day' : inARow ? `${names[0]} to ${names.at(-1)}` : names.join(', ')
  return `${when} ${clock(from)}–${clock(to)} ${zone}`
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

interface Local {
  readonly weekday: string
  readonly minutes: number
}

/** A window that ends before it begins goes on past midnight and belongs to the day on which it began. */
function isIn({ days, from, to }: ApprovalWindow, { weekday, minutes }: Local): boolean {
  const today = (weekdays as readonly string[]).indexOf(weekday)
  const isDay = (offset: number) => days.some(name => name === weekdays[(today + offset) % 7])
  if (from < to) return isDay(0) && minutes >= from && minutes < to
  return (isDay(0) && minutes >= from) || (isDay(6) && minutes < to)
}

function local(at: number, zone: string): Local {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, weekday: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(at)
  const part = (type: string) => parts.find(each => each.type === type)?.value ?? ''
  return { weekday: part('weekday').toLowerCase(), minutes: Number(part('hour')) * 60 + Number(part('minute')) }
}

/** When the clock of the zone shows `from` on the following days, also where that clock is set in between. */
function openingsOf({ from, zone }: ApprovalWindow, at: number): number[] {
  const start = Math.ceil(at / minute) * minute
  const ahead = (from - local(start, zone).minutes + day) % day
  return Array.from({ length: 14 }, (_, days) => {
    const guess = start + (ahead + days * day) * minute
    const off = ((from - local(guess, zone).minutes + 1.5 * day) % day) - day / 2
    return firstFrom(guess + off * minute, { from, zone })
  })
}

/** Where the clock is set past `from`, it never shows that: the window opens with the first minute after the gap. */
function firstFrom(moment: number, { from, zone }: Pick<ApprovalWindow, 'from' | 'zone'>): number {
  const isBefore = (at: number) => (local(at, zone).minutes - from + day) % day >= day / 2
  let at = moment
  while (isBefore(at)) at += minute
  return at
}
