import type { types } from '@slack/bolt'

const now = Math.floor(Date.now() / 1000)

const field = (label: string, value: string) => ({ type: 'mrkdwn' as const, text: `*${label}*\n${value}` })

/** A card like those an approval app posts: every kind of block the page renders, once. */
export function sampleCard(id: string): types.KnownBlock[] {
  return [
    { type: 'header', text: { type: 'plain_text', text: 'Approval needed · DELETE · shop.orders' } },
    {
      type: 'section',
      block_id: `${id}-what`,
      text: {
        type: 'mrkdwn',
        text: "*release-bot* (owner: <@U0OWNER>) on behalf of CI run 8812 wants to delete *about 4,210 of 1,000,000 rows* where `status = 'test'`.",
      },
    },
    {
      type: 'section',
      fields: [
        field('Writes', 'SHOP.ORDERS'),
        field('Would run as', 'AGENT_WRITER, one statement'),
        field('Reads', 'SHOP.ORDERS (status)'),
        field('Scans', '18 MB, about $0.00'),
        field('Masked', 'nothing returned'),
        field('Held by', '`writes-need-a-person`'),
      ],
    },
    {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_quote',
          elements: [
            { type: 'text', text: 'remove test orders before the audit' },
            { type: 'text', text: "  — the agent's words, unchecked", style: { italic: true } },
          ],
        },
        {
          type: 'rich_text_preformatted',
          elements: [{ type: 'text', text: "delete from shop.orders\nwhere status = 'test'" }],
        },
      ],
    },
    {
      type: 'context',
      elements: [
        { type: 'mrkdwn', text: 'This shape: approved 3 times by 2 people since May, never denied' },
        {
          type: 'mrkdwn',
          text: `Expires <!date^${now + 1800}^{date_short_pretty} {time}|soon> · needs 1 of <!subteam^S0ONCALL> · 7F3K-9Q2M · sha256 9c41…e07a`,
        },
      ],
    },
    {
      type: 'actions',
      block_id: `${id}-decide`,
      elements: [
        {
          type: 'button',
          action_id: 'approve',
          style: 'primary',
          value: id,
          text: { type: 'plain_text', text: 'Approve' },
        },
        { type: 'button', action_id: 'deny', style: 'danger', value: id, text: { type: 'plain_text', text: 'Deny…' } },
        {
          type: 'button',
          action_id: 'approve-shape',
          value: id,
          text: { type: 'plain_text', text: 'Approve this shape for 1 h…' },
          confirm: {
            title: { type: 'plain_text', text: 'Approve every such statement?' },
            text: { type: 'mrkdwn', text: 'Each `DELETE` on *SHOP.ORDERS* of this shape would pass for one hour.' },
            confirm: { type: 'plain_text', text: 'Approve for 1 h' },
            deny: { type: 'plain_text', text: 'Go back' },
          },
        },
        { type: 'button', action_id: 'context', value: id, text: { type: 'plain_text', text: 'Whole context' } },
        {
          type: 'overflow',
          action_id: 'more',
          options: [
            { text: { type: 'plain_text', text: 'Ask the owner' }, value: 'ask' },
            { text: { type: 'plain_text', text: 'Escalate' }, value: 'escalate' },
          ],
        },
      ],
    },
  ]
}

/** The card once decided: no buttons, the decision in words. */
export function decidedCard(id: string, user: string): types.KnownBlock[] {
  return [
    { type: 'header', text: { type: 'plain_text', text: 'Done · DELETE · shop.orders' } },
    {
      type: 'section',
      block_id: `${id}-decided`,
      text: {
        type: 'mrkdwn',
        text: `Approved by <@${user}>: “fine, checked the count”. *4,210 rows* deleted in 1.9 s.`,
      },
    },
  ]
}

export function denyModal(id: string): types.ModalView {
  return {
    type: 'modal',
    callback_id: 'deny',
    private_metadata: id,
    title: { type: 'plain_text', text: 'Deny' },
    submit: { type: 'plain_text', text: 'Deny' },
    close: { type: 'plain_text', text: 'Cancel' },
    notify_on_close: true,
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: 'The agent is told your words. *release-bot* will not run this.' },
      },
      {
        type: 'input',
        block_id: 'reason',
        label: { type: 'plain_text', text: 'Why not?' },
        hint: { type: 'plain_text', text: 'At least three characters; shown to the agent and its owner.' },
        element: { type: 'plain_text_input', action_id: 'text', multiline: true, min_length: 3, max_length: 500 },
      },
      {
        type: 'input',
        block_id: 'next',
        optional: true,
        label: { type: 'plain_text', text: 'What should happen next?' },
        element: {
          type: 'static_select',
          action_id: 'choice',
          placeholder: { type: 'plain_text', text: 'Nothing' },
          options: [
            { text: { type: 'plain_text', text: 'Tell the owner' }, value: 'owner' },
            { text: { type: 'plain_text', text: 'Pause this agent' }, value: 'pause' },
          ],
        },
      },
    ],
  }
}
