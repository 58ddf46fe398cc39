// A Discord that others wrote, npm's discord-digital-twin, run as a process of its own.
// The first line of standard output is the address of a small HTTP server by which a
// test has people write, click and look; what it serves is the table below. It ends
// when standard input does.
//
// What the twin leaves out of Discord and a bot rests on is put in here: whom a message
// mentions, which message it replies to, and that a deferred answer to a click is a
// message of its own. It listens on this machine alone.

import http from 'node:http'
import { DigitalDiscord, generateSnowflake } from 'discord-digital-twin'

const TEXT = 0
const DIRECT = 1
const COMMAND = 2
const COMPONENT = 3
const AUTOCOMPLETE = 4
const MODAL = 5
const DEFERRED = 5
const REPLY = 19

const listen = http.Server.prototype.listen
http.Server.prototype.listen = function (port, done) {
  return listen.call(this, port, '127.0.0.1', done)
}

const twin = new DigitalDiscord({
  guild: { name: 'Readers' },
  channels: [
    { name: 'general', type: TEXT },
    { name: 'quiet', type: TEXT },
  ],
  users: [{ username: 'ada' }, { username: 'ben' }],
  botUser: { username: 'footnote' },
  botToken: 'dHdpbg.twin.no-secret',
})
twin.prisma = twin.prisma.$extends({
  query: {
    interactionResponse: {
      // A deferred answer would otherwise be written over the message that was clicked.
      update({ args, query }) {
        if (args.data.type === DEFERRED) args.data.messageId = null
        return query(args)
      },
    },
  },
})
await twin.start()
const gateway = twin.server.gateway
await twin.prisma.channel.create({ data: { id: generateSnowflake(), type: DIRECT } })
const channels = await twin.prisma.channel.findMany()
const users = await twin.prisma.user.findMany()
const known = new Map(users.map((u) => [u.id, { id: u.id, username: u.username, global_name: u.globalName, bot: u.bot }]))
const sent = new Map() // messages as they were dispatched, by id

// Every dispatch goes through here; what the twin leaves out is put in.
const broadcast = gateway.broadcast.bind(gateway)
gateway.broadcast = (kind, data) => {
  if (kind === 'MESSAGE_CREATE' || kind === 'MESSAGE_UPDATE') {
    data.mentions = [...new Set([...data.content.matchAll(/<@!?(\d+)>/g)].map((m) => m[1]))].map((id) => known.get(id)).filter(Boolean)
    const to = sent.get(data.message_reference?.message_id)
    if (to) {
      data.type = REPLY
      data.referenced_message = to
      if (!data.author.bot && !data.mentions.some((u) => u.id === to.author.id)) data.mentions.push(to.author)
    }
    sent.set(data.id, data)
  }
  broadcast(kind, data)
}

// interaction has somebody do something that the bot hears of as an interaction.
const interaction = ({ type, channel, user, message, data }) =>
  twin.simulateInteraction({ type, channelId: channel, userId: user, messageId: message, data })

// shown is what a test looks at of a message.
const shown = (m) => ({
  id: m.id,
  content: m.content,
  flags: m.flags,
  embeds: JSON.parse(m.embeds),
  components: JSON.parse(m.components),
  reply: m.messageReference && JSON.parse(m.messageReference).message_id,
  nonce: m.nonce,
})

// until returns what look does as soon as that is something.
async function until(look) {
  const end = Date.now() + 20_000
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error('it has not come in 20 seconds')
    await new Promise((done) => setTimeout(done, 20))
  }
}

const does = {
  // world: where everything is.
  world: () => ({
    api: `${twin.restUrl}/`,
    token: twin.botToken,
    bot: twin.botUserId,
    guild: twin.guildId,
    channels: Object.fromEntries(channels.map((c) => [c.name ?? 'direct', c.id])),
    users: Object.fromEntries(users.map((u) => [u.username, u.id])),
  }),
  // connected: returns as soon as the bot has identified itself to the Gateway.
  connected: () => until(() => gateway.clients.some((c) => c.identified)),
  // say: somebody writes, as a reply where reply names a message.
  say: ({ channel, user, content, reply }) =>
    twin.simulateUserMessage({
      channelId: channel,
      userId: user,
      content,
      messageReference: reply ? { type: 0, message_id: reply, channel_id: channel, guild_id: twin.guildId } : undefined,
    }),
  // thread: a thread is opened at a message; in the twin's eyes by the bot.
  thread: async ({ channel, message, name }) => {
    const path = `${twin.restUrl}/v10/channels/${channel}/messages/${message}/threads`
    const answer = await fetch(path, { method: 'POST', body: JSON.stringify({ name }) })
    return answer.json()
  },
  command: ({ channel, user, name, options }) => twin.simulateSlashCommand({ channelId: channel, userId: user, name, options }),
  autocomplete: ({ channel, user, name, options }) =>
    interaction({ type: AUTOCOMPLETE, channel, user, data: { id: '1', name, type: 1, options } }),
  // check: somebody uses a command on a message.
  check: ({ channel, user, name, message }) =>
    interaction({
      type: COMMAND,
      channel,
      user,
      data: { id: '1', name, type: 3, target_id: message, resolved: { messages: { [message]: sent.get(message) } } },
    }),
  click: ({ channel, user, message, id }) =>
    interaction({ type: COMPONENT, channel, user, message, data: { custom_id: id, component_type: 2 } }),
  select: ({ channel, user, message, id, values }) =>
    interaction({ type: COMPONENT, channel, user, message, data: { custom_id: id, component_type: 3, values } }),
  submit: ({ channel, user, message, id, components }) =>
    interaction({ type: MODAL, channel, user, message, data: { custom_id: id, components } }),
  // answers: what the bot has written in a channel, the oldest first, as soon as that
  // is so many messages.
  answers: ({ channel, n }) =>
    until(async () => {
      const messages = await twin.prisma.message.findMany({ where: { channelId: channel, authorId: twin.botUserId }, orderBy: { id: 'asc' } })
      return messages.length >= n && messages.map((m) => shown(m))
    }),
  // response: what the bot has said to an interaction at first, as soon as it has, and
  // the message that has become of it, where it has promised one.
  response: ({ id }) =>
    until(async () => {
      const row = await twin.prisma.interactionResponse.findUnique({ where: { interactionId: id } })
      if (!row.acknowledged || (row.type === DEFERRED && !row.messageId)) return
      const message = row.messageId && (await twin.prisma.message.findUnique({ where: { id: row.messageId } }))
      return { type: row.type, data: row.data && JSON.parse(row.data), message: message && shown(message) }
    }),
}

const control = http.createServer(async (request, response) => {
  try {
    let body = ''
    for await (const part of request) body += part
    const answer = await does[request.url.slice(1)](JSON.parse(body || '{}'))
    response.end(JSON.stringify(answer))
  } catch (error) {
    response.statusCode = 500
    response.end(String(error?.stack ?? error))
  }
})
control.listen(0, () => console.log(`http://127.0.0.1:${control.address().port}`))

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
