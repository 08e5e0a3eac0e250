// One message: who said it, its blocks or text, files, and the way into its thread.
import { avatar } from './avatar.js'
import { renderBlocks } from './blocks.js'
import { page, post } from './client.js'
import { confirmed } from './modal.js'
import { clockTime, dateText, el, mrkdwn, userName } from './text.js'

export function drawMessage(message, replies) {
  const { client } = page
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
    page.draw()
  })
  return bar
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
