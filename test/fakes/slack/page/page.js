// A calm Slack client for one person at a time, fed by the controls under /_control/.
import { renderBlocks } from './blocks.js'
import { $, go, page, post } from './client.js'
import { drawMessage } from './message.js'
import { confirmed, showModal } from './modal.js'
import { drawSidebar } from './sidebar.js'
import { dateText, directory, el } from './text.js'

let loading = false
let stale = false

/** Asks for everything anew; one request at a time, and once more when something changed meanwhile. */
async function load() {
  stale = true
  if (loading) return
  loading = true
  try {
    while (stale) {
      stale = false
      page.client = await (await fetch(`/_control/client?user=${encodeURIComponent(page.user)}`)).json()
    }
    draw()
  } finally {
    loading = false
  }
}

function draw() {
  const { client } = page
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

function drawChannel() {
  const { client } = page
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
  const { client } = page
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
  const { client } = page
  const place = inChannel ? page.channel : page.thread
  if (box.dataset.shown !== `${page.user} ${place}`) {
    box.replaceChildren()
    box.dataset.away = ''
  }
  box.dataset.shown = `${page.user} ${place}`
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
      ? [el('div', 'day', el('span', 'capital', dateText(Number(message.ts), '{day_divider_pretty}'))), node]
      : [node]
  })
  box.replaceChildren(...nodes)
  if (box.dataset.away !== 'yes') box.scrollTop = box.scrollHeight
}

function drawThread() {
  const { client } = page
  const root = client.messages.find(message => message.ts === page.thread)
  $('thread').hidden = !root
  if (!root) return
  $('thread-channel').textContent = $('channel-name').textContent
  const thread = client.messages.filter(message => message.ts === root.ts || message.thread_ts === root.ts)
  drawMessages($('replies'), thread, false)
}

// Stay at the newest message unless the reader scrolled away, also when the width changes.
for (const box of [$('messages'), $('replies')]) {
  box.addEventListener('scroll', () => {
    box.dataset.away = box.scrollHeight - box.scrollTop - box.clientHeight > 80 ? 'yes' : ''
  })
  new ResizeObserver(() => {
    if (box.dataset.away !== 'yes') box.scrollTop = box.scrollHeight
  }).observe(box)
}
document.addEventListener('keydown', event => {
  if (event.key === 'Escape') document.querySelector('#overlay .close')?.click()
})
page.draw = draw
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
