const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const
const bytes = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const

export const durationPattern = '^[1-9][0-9]{0,6}(s|m|h|d)$'
export const sizePattern = '^[1-9][0-9]{0,6}(B|KiB|MiB|GiB|TiB)$'

/** `30m` → 1800. The text must match `durationPattern`. */
export function durationSeconds(text: string): number {
  return Number.parseInt(text, 10) * seconds[text.replace(/^\d+/, '') as keyof typeof seconds]
}

/** 5400 → `90m`: in the largest unit that loses nothing. */
export function durationText(count: number): string {
  const unit = (['d', 'h', 'm'] as const).find(each => count % seconds[each] === 0) ?? 's'
  return `${count / seconds[unit]}${unit}`
}

/** Bytes in words: `50 GiB`. */
export function sizeText(count: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(count, 1)) / 10), 4)
  const rounded = Math.round((count / 1024 ** power) * 10) / 10
  return `${rounded.toLocaleString('en-US')} ${Object.keys(bytes)[power]}`
}

/** `50GiB` → 53687091200. The text must match `sizePattern`. */
export function sizeBytes(text: string): number {
  return Number.parseInt(text, 10) * bytes[text.replace(/^\d+/, '') as keyof typeof bytes]
}
