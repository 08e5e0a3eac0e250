// A calm Slack client for one person at a time, fed by the controls under /_control/.
import { renderBlocks } from './blocks.js'
import { confirmed, showModal } from './modal.js'
import { clockTime, dateText, directory, el, mrkdwn, userName } from './text.js'

const $ = id => document.getElementById(id)
const wanted = new URLSearchParams(location.search)
const page = {
  user: wanted.get('user') ?? 'U0ONCALL1',
  channel: wanted.get('channel'),
  home: false,
  thread: '',
  read: {},
}
let client

async function post(action, body) {
  const response = await fetch(`/_control/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: page.user, ...body }),
  })
  return response.json()
}

let loading = false
let stale = false
async function load() {
  stale = true
  if (loading) return
  loading = true
  while (stale) {
    stale = false
    client = await (await fetch(`/_control/client?user=${encodeURIComponent(page.user)}`)).json()
  }
  loading = false
  draw()
}

function draw() {
  Object.assign(directory, {
    users: client.users,
    channels: client.channels,
    userGroups: client.userGroups,
    me: page.user,
  })
  const rooms = client.channels.filter(channel => !channel.imWith)
  if (!client.channels.some(channel => channel.id === page.channel)) page.channel = rooms[0]?.id
  drawSidebar(rooms)
  drawChannel()
  drawThread()
  showModal(client.view, client.app, post)
}

const avatar = (userId, className = '') => {
  const bot = userId === client.app.botUserId
  const name = bot ? client.app.name : userId === 'USLACKBOT' ? 'Slackbot' : userName(userId)
  const node = el('span', `avatar ${bot ? 'app' : ''} ${className}`, bot ? name.charAt(0) : initials(name))
  node.dataset.tone = String([...userId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 5)
  return node
}
const initials = name =>
  name
    .split(/[-\s]/)
    .map(part => part.charAt(0))
    .join('')
    .slice(0, 2)
    .toUpperCase()

function sidebarItem(label, mark, chosen, choose, unread) {
  const button = el('button', `${chosen ? 'chosen' : ''} ${unread ? 'unread' : ''}`, mark, el('span', 'name', label))
  button.addEventListener('click', choose)
  return el('li', '', button)
}

function go(channel, home = false) {
  Object.assign(page, { channel, home, thread: '' })
  draw()
}

const lastTs = id => client.messages.findLast(message => message.channel === id)?.ts ?? ''

function drawSidebar(rooms) {
  $('team-name').textContent = client.team.name
  $('search-team').textContent = `Search ${client.team.name}`
  $('connected').textContent =
    client.connected > 0 ? `${client.app.name} is connected.` : `${client.app.name} is not connected over Socket Mode.`
  page.read[page.channel] = lastTs(page.channel)
  $('channels').replaceChildren(
    ...rooms.map(room => {
      const mark = el('span', 'mark', room.isArchived ? '▤' : room.isPrivate ? '⚿' : '#')
      const chosen = room.id === page.channel && !page.home
      const unread = lastTs(room.id) > (page.read[room.id] ?? '')
      return sidebarItem(room.name + (room.isExtShared ? '  ⧉' : ''), mark, chosen, () => go(room.id), unread)
    }),
  )
  const me = client.users.filter(user => !user.isBot && !user.deleted)
  $('directs').replaceChildren(
    ...me.map(user =>
      sidebarItem(
        `${user.realName ?? user.name}${user.id === page.user ? '  (you)' : ''}`,
        avatar(user.id, 'tiny'),
        false,
        () => {},
        false,
      ),
    ),
  )
  const im = client.channels.find(channel => channel.imWith === page.user)
  const chosen = page.home || (im && page.channel === im.id)
  $('apps').replaceChildren(
    sidebarItem(
      client.app.name,
      avatar(client.app.botUserId, 'tiny'),
      chosen,
      async () => {
        await post('open-home', {})
        go(client.channels.find(channel => channel.imWith === page.user)?.id ?? page.channel, true)
      },
      im && lastTs(im.id) > (page.read[im.id] ?? ''),
    ),
  )
  const options = client.users
    .filter(user => !user.isBot)
    .map(user => {
      const flags = [
        user.isRestricted || user.isUltraRestricted ? 'guest' : '',
        user.isStranger ? 'another company' : '',
        user.deleted ? 'left' : '',
      ]
      const option = el('option', '', [user.name, ...flags.filter(Boolean)].join(' · '))
      option.value = user.id
      option.selected = user.id === page.user
      return option
    })
  $('acting').replaceChildren(...options)
}

function drawChannel() {
  const channel = client.channels.find(candidate => candidate.id === page.channel)
  const app = Boolean(channel?.imWith)
  $('channel-name').textContent = page.home || app ? client.app.name : channel ? `# ${channel.name}` : ''
  const people = channel ? channel.members.length : 0
  $('members').textContent = page.home || app || !channel ? '' : `${people} members`
  const topic = $('topic')
  topic.replaceChildren(...(app || page.home ? [tab('Home', true), tab('Messages', false)] : [channel?.topic ?? '']))
  topic.className = app || page.home ? 'tabs' : 'topic'
  $('composer').hidden = page.home || !channel || channel.isArchived
  $('line').placeholder = app ? `Message ${client.app.name}` : `Message #${channel?.name ?? ''}`
  if (page.home) return drawHome()
  const top = client.messages.filter(message => message.channel === page.channel && !message.thread_ts)
  drawMessages($('messages'), top, true)
}

function tab(label, home) {
  const button = el('button', page.home === home ? 'chosen' : '', label)
  button.addEventListener('click', () => go(page.channel, home))
  return button
}

function drawHome() {
  const { home } = client
  const use = async (element, block, option) => {
    if (!(await confirmed(element.confirm))) return
    await post('click', { view_id: home.id, action_id: element.action_id, block_id: block.block_id, option })
  }
  const content = home
    ? renderBlocks(home.blocks, use)
    : el('p', 'empty', 'This app has not published a Home tab for you.')
  $('messages').dataset.shown = ''
  $('messages').replaceChildren(el('div', 'home', content))
}

/** Redraws only what changed, so that open menus and selections survive, and stays at the bottom if it was there. */
function drawMessages(box, messages, inChannel) {
  const place = inChannel ? page.channel : page.thread
  if (box.dataset.shown !== `${page.user} ${place}`) box.replaceChildren()
  const wasThere = box.children.length > 0
  box.dataset.shown = `${page.user} ${place}`
  const atBottom = !wasThere || box.scrollHeight - box.scrollTop - box.clientHeight < 80
  const known = new Map([...box.children].map(node => [node.dataset.ts, node]))
  const nodes = messages.flatMap((message, index) => {
    const replies = client.messages.filter(other => other.thread_ts === message.ts)
    const date = new Date(Number(message.ts) * 1000).toDateString()
    const before = messages[index - 1]
    const divider = inChannel && (!before || new Date(Number(before.ts) * 1000).toDateString() !== date)
    const key = JSON.stringify([message, inChannel ? replies.length : 0])
    const old = known.get(message.ts)
    const node = old?.dataset.key === key ? old : drawMessage(message, inChannel ? replies : [])
    node.dataset.key = key
    node.dataset.ts = message.ts
    return divider
      ? [el('div', 'day', el('span', '', dateText(Number(message.ts), '{day_divider_pretty}'))), node]
      : [node]
  })
  box.replaceChildren(...nodes)
  if (atBottom) box.scrollTop = box.scrollHeight
}

function drawMessage(message, replies) {
  const bot = message.user === client.app.botUserId
  const name = bot ? client.app.name : message.from_slack ? 'Slackbot' : userName(message.user)
  const time = el('span', 'time', clockTime(new Date(Number(message.ts) * 1000)))
  const content = el(
    'div',
    'content',
    el('div', 'who', el('b', '', name), bot ? el('span', 'badge', 'APP') : undefined, time),
  )
  const use = async (element, block, option) => {
    if (!(await confirmed(element.confirm))) return
    await post('click', {
      channel: message.channel,
      ts: message.ts,
      action_id: element.action_id,
      block_id: block.block_id,
      option,
    })
  }
  if (message.blocks) content.append(renderBlocks(message.blocks, use))
  else if (message.text)
    content.append(
      el('div', 'text', mrkdwn(message.text), message.edited ? el('span', 'edited', ' (edited)') : undefined),
    )
  content.append(...message.files.map(drawFile))
  if (replies.length > 0) content.append(threadBar(message, replies))
  const node = el('article', `message ${message.ephemeral ? 'ephemeral' : ''}`, avatar(message.user), content)
  if (!message.ephemeral) return node
  const dismiss = el('button', 'dismiss', 'Dismiss')
  dismiss.addEventListener('click', () => post('dismiss', { ts: message.ts }))
  const note = el(
    'div',
    'only-you',
    el('span', 'eye'),
    'Only visible to you',
    message.thread_ts ? '' : el('span', '', ' • '),
    dismiss,
  )
  node.prepend(note)
  return node
}

function threadBar(message, replies) {
  const last = replies.at(-1)
  const who = [...new Set(replies.map(reply => reply.user))].slice(0, 3).map(user => avatar(user, 'tiny'))
  const count = `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`
  const bar = el(
    'button',
    'thread-bar',
    ...who,
    el('b', '', count),
    el('span', 'time', `Last reply ${dateText(Number(last.ts), 'today at {time}')}`),
  )
  bar.addEventListener('click', () => {
    page.thread = message.ts
    draw()
  })
  return bar
}

function drawThread() {
  const root = client.messages.find(message => message.ts === page.thread)
  $('thread').hidden = !root
  if (!root) return
  $('thread-channel').textContent = $('channel-name').textContent
  const thread = client.messages.filter(message => message.ts === root.ts || message.thread_ts === root.ts)
  drawMessages($('replies'), thread, false)
}

function drawFile(file) {
  const lines = el('pre', 'file-lines', 'Loading…')
  const more = el('button', 'file-more', 'Show all')
  const card = el(
    'div',
    'file',
    el(
      'div',
      'file-head',
      el('span', 'file-icon', file.filetype.slice(0, 4).toUpperCase()),
      el(
        'div',
        '',
        el('b', '', file.title),
        el('small', '', `${file.filetype.toUpperCase()} · ${file.size.toLocaleString('en')} bytes`),
      ),
      more,
    ),
    lines,
  )
  more.addEventListener('click', () => {
    more.textContent = card.classList.toggle('open') ? 'Show less' : 'Show all'
  })
  fetch(file.url)
    .then(response => response.json())
    .then(body => {
      lines.textContent = body.content
    })
  return card
}

$('acting').addEventListener('change', event => {
  page.user = event.target.value
  page.thread = ''
  load()
})
$('close-thread').addEventListener('click', () => {
  page.thread = ''
  draw()
})
$('composer').addEventListener('submit', async event => {
  event.preventDefault()
  const text = $('line').value.trim()
  if (!text) return
  $('line').value = ''
  await post(text.startsWith('/') ? 'command' : 'say', { channel: page.channel, text })
})
new EventSource('/_control/events').addEventListener('message', load)
