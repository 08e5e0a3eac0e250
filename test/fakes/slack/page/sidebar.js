// The left side: channels, people, the app, and whom one acts as.
import { avatar } from './avatar.js'
import { $, go, page, post } from './client.js'
import { el } from './text.js'

const lastTs = id => page.client.messages.findLast(message => message.channel === id)?.ts ?? ''

function sidebarItem(label, mark, chosen, choose, unread) {
  const button = el('button', `${chosen ? 'chosen' : ''} ${unread ? 'unread' : ''}`, mark, el('span', 'name', label))
  button.disabled = !choose
  if (choose) button.addEventListener('click', choose)
  return el('li', '', button)
}

export function drawSidebar(rooms) {
  const { client } = page
  $('team-name').textContent = client.team.name
  $('search-team').textContent = `Search ${client.team.name}`
  const state = client.connected > 0 ? 'connected' : 'not connected'
  $('connected').textContent = client.mode === 'socket' ? `${client.app.name} is ${state}.` : ''
  page.read[page.channel] = lastTs(page.channel)
  $('channels').replaceChildren(
    ...rooms.map(room => {
      const mark = el('span', 'mark', room.isArchived ? '▤' : room.isExtShared ? '◇' : '#')
      const chosen = room.id === page.channel && !page.home
      const unread = lastTs(room.id) > (page.read[room.id] ?? '')
      return sidebarItem(room.name, mark, chosen, () => go(room.id), unread)
    }),
  )
  const me = client.users.filter(user => !user.isBot && !user.deleted)
  $('directs').replaceChildren(
    ...me.map(user =>
      sidebarItem(
        `${user.realName ?? user.name}${user.id === page.user ? '  (you)' : ''}`,
        avatar(user.id, 'tiny'),
        false,
        undefined,
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
        user.teamId ? 'another company' : '',
        user.deleted ? 'left' : '',
      ]
      const option = el('option', '', [user.name, ...flags.filter(Boolean)].join(' · '))
      option.value = user.id
      option.selected = user.id === page.user
      return option
    })
  $('acting').replaceChildren(...options)
}
