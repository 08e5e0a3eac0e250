// Text as Slack shows it. Everything becomes text nodes and elements made here: no markup is ever parsed.

/** What ids stand for; the page fills it in from the workspace. */
export const directory = { users: [], channels: [], userGroups: [] }

const EMOJI = {
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  x: '❌',
  warning: '⚠️',
  lock: '🔒',
  eyes: '👀',
  key: '🔑',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  rotating_light: '🚨',
  no_entry: '⛔',
  shield: '🛡️',
  bell: '🔔',
  mag: '🔍',
  thumbsup: '👍',
  '+1': '👍',
  page_facing_up: '📄',
  scroll: '📜',
  stopwatch: '⏱️',
  bulb: '💡',
}

export function el(tag, className, ...children) {
  const node = document.createElement(tag)
  if (className) node.className = className
  node.append(...children.filter(child => child !== undefined && child !== null))
  return node
}

const unescaped = text => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')

export const plain = text => unescaped(text ?? '').replace(/:([a-z0-9_+-]+):/g, (typed, name) => EMOJI[name] ?? typed)

export function link(url, label) {
  if (!/^(https?:|mailto:)/i.test(url)) return document.createTextNode(label)
  const anchor = el('a', '', label)
  anchor.href = url
  anchor.target = '_blank'
  anchor.rel = 'noopener noreferrer'
  return anchor
}

const nameOf = (list, id) => list.find(item => item.id === id)
export const userName = id => nameOf(directory.users, id)?.realName ?? nameOf(directory.users, id)?.name ?? id

const mention = (label, self) => el('span', self ? 'mention self' : 'mention', label)
export const userMention = id => mention(`@${userName(id)}`, id === directory.me)
const groupMention = id => {
  const group = nameOf(directory.userGroups, id)
  return mention(`@${group?.handle ?? id}`, group?.users.includes(directory.me))
}
const channelMention = (id, label) => mention(`#${nameOf(directory.channels, id)?.name ?? label ?? id}`)
const broadcast = range => mention(`@${range}`, true)

const day = date => date.toDateString()
function relative(date, otherwise) {
  const days = {
    [day(new Date())]: 'today',
    [day(new Date(Date.now() - 864e5))]: 'yesterday',
    [day(new Date(Date.now() + 864e5))]: 'tomorrow',
  }
  return days[day(date)] ?? otherwise
}

const format = (date, options) => new Intl.DateTimeFormat('en-US', options).format(date)
const LONG = { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }
const MEDIUM = { year: 'numeric', month: 'long', day: 'numeric' }
const SHORT = { year: 'numeric', month: 'short', day: 'numeric' }

export const clockTime = date => format(date, { hour: 'numeric', minute: '2-digit' })

function ago(date) {
  const seconds = Math.round((date - Date.now()) / 1000)
  const [unit, size] =
    Math.abs(seconds) < 3600 ? ['minute', 60] : Math.abs(seconds) < 86400 ? ['hour', 3600] : ['day', 86400]
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.round(seconds / size), unit)
}

/** A time in the reader's own zone, as `<!date^…>` and rich text dates ask for. */
export function dateText(timestamp, pattern, fallback) {
  const date = new Date(Number(timestamp) * 1000)
  if (Number.isNaN(date.getTime())) return fallback ?? ''
  const tokens = {
    date_num: () => format(date, { year: 'numeric', month: '2-digit', day: '2-digit' }),
    date: () => format(date, MEDIUM),
    date_short: () => format(date, SHORT),
    date_long: () => format(date, LONG),
    date_pretty: () => relative(date, format(date, MEDIUM)),
    date_short_pretty: () => relative(date, format(date, SHORT)),
    date_long_pretty: () => relative(date, format(date, LONG)),
    day_divider_pretty: () => relative(date, format(date, LONG)),
    time: () => clockTime(date),
    time_secs: () => format(date, { hour: 'numeric', minute: '2-digit', second: '2-digit' }),
    ago: () => ago(date),
  }
  return pattern.replace(/\{(\w+)\}/g, (token, name) => (Object.hasOwn(tokens, name) ? tokens[name]() : token))
}

/** What stands between < and >. */
function angled(content) {
  const [target, ...rest] = content.split('|')
  const label = rest.length > 0 ? rest.join('|') : undefined
  if (target.startsWith('@')) return userMention(target.slice(1))
  if (target.startsWith('#')) return channelMention(target.slice(1), label)
  if (target.startsWith('!subteam^')) return groupMention(target.slice('!subteam^'.length))
  if (target.startsWith('!date^')) {
    const [, timestamp, pattern = '', url] = target.split('^')
    const text = dateText(timestamp, pattern, label)
    return url ? link(url, text) : el('span', 'date', text)
  }
  if (['!here', '!channel', '!everyone'].includes(target)) return broadcast(target.slice(1))
  return link(unescaped(target), plain(label ?? target))
}

const MARKS = new RegExp(
  [
    '```\\n?([\\s\\S]+?)```',
    '`([^`\\n]+)`',
    '<([^<>\\n]+)>',
    '(?<![\\w*])\\*(?=\\S)([^*\\n]+?)(?<=\\S)\\*(?![\\w*])',
    '(?<![\\w_])_(?=\\S)([^_\\n]+?)(?<=\\S)_(?![\\w_])',
    '(?<![\\w~])~(?=\\S)([^~\\n]+?)(?<=\\S)~(?![\\w~])',
  ].join('|'),
  'g',
)

function spans(text) {
  const nodes = []
  let from = 0
  for (const match of text.matchAll(MARKS)) {
    if (match.index > from) nodes.push(plain(text.slice(from, match.index)))
    const [whole, pre, code, angle, bold, italic, strike] = match
    if (pre !== undefined) nodes.push(el('pre', '', unescaped(pre)))
    else if (code !== undefined) nodes.push(el('code', '', unescaped(code)))
    else if (angle !== undefined) nodes.push(angled(angle))
    else if (bold !== undefined) nodes.push(el('b', '', ...spans(bold)))
    else if (italic !== undefined) nodes.push(el('i', '', ...spans(italic)))
    else if (strike !== undefined) nodes.push(el('s', '', ...spans(strike)))
    from = match.index + whole.length
  }
  if (from < text.length) nodes.push(plain(text.slice(from)))
  return nodes
}

/** Slack's mrkdwn, with quoted lines as a bar at the left. */
export function mrkdwn(text) {
  const node = el('div', 'mrkdwn')
  for (const part of (text ?? '').split(/((?:^(?:&gt;|>)[^\n]*\n?)+)/m)) {
    if (part === '') continue
    if (/^(&gt;|>)/.test(part)) {
      node.append(el('blockquote', '', ...spans(part.replace(/^(&gt;|>) ?/gm, '').replace(/\n$/, ''))))
    } else {
      node.append(...spans(part))
    }
  }
  return node
}

export function textObject(object) {
  return object.type === 'mrkdwn' ? mrkdwn(object.text) : el('div', 'plain', plain(object.text))
}

function richInline(element) {
  switch (element.type) {
    case 'text':
      return document.createTextNode(element.text)
    case 'link':
      return link(element.url, element.text ?? element.url)
    case 'user':
      return userMention(element.user_id)
    case 'usergroup':
      return groupMention(element.usergroup_id)
    case 'channel':
      return channelMention(element.channel_id)
    case 'broadcast':
      return broadcast(element.range)
    case 'emoji':
      return document.createTextNode(EMOJI[element.name] ?? `:${element.name}:`)
    case 'date':
      return el('span', 'date', dateText(element.timestamp, element.format, element.fallback))
    default:
      return document.createTextNode('')
  }
}

/** The inline pieces of a rich text section, styled. */
export function richSpans(elements, literal = false) {
  return elements.map(element => {
    let node = richInline(element)
    const style = literal ? {} : (element.style ?? {})
    for (const [name, tag] of [
      ['code', 'code'],
      ['bold', 'b'],
      ['italic', 'i'],
      ['strike', 's'],
      ['underline', 'u'],
    ]) {
      if (style[name]) node = el(tag, '', node)
    }
    return node
  })
}
