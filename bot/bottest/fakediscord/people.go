package fakediscord

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxTyped is what a person may write in one message.
const maxTyped = 4000

// Person is a user who does things. Methods such as [Person.In] return another Person who does things that way; the verbs do them.
// A verb on what does not exist, or that Discord's client would not let one do, panics: the test is wrong.
type Person struct {
	s       *Server
	id      string
	channel string
	locale  string
	times   int
}

// User is the person with the id or name; somebody unknown becomes a user.
func (s *Server) User(nameOrID string) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Person{s: s, id: s.person(nameOrID).ID}
}

// In lets the person use commands in the channel; without it they are used in the direct messages with the bot.
func (p Person) In(channel string) Person { p.channel = channel; return p }

// WithLocale lets the person's client speak a language, "ja" say.
func (p Person) WithLocale(locale string) Person { p.locale = locale; return p }

// Repeated lets what the person does be delivered so many times.
func (p Person) Repeated(times int) Person { p.times = times; return p }

// Installs installs the app for the person.
func (p Person) Installs() Person {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.world.users[p.id].Installed = true
	return p
}

// ID is the person's id.
func (p Person) ID() string { return p.id }

// Name is the person's name.
func (p Person) Name() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.world.users[p.id].Name
}

// DM is the id of the direct messages between the person and the bot.
func (p Person) DM() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.world.dm(p.id).ID
}

func (p Person) localeOr(own string) string {
	if p.locale != "" {
		return p.locale
	}
	return own
}

// place is where the person uses commands. Server.mu is held.
func (p Person) place() *channel {
	if p.channel == "" {
		return p.s.world.dm(p.id)
	}
	return p.s.mustChannel(p.channel)
}

// Says posts what the person typed.
func (p Person) Says(channel, text string) Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.say(p.s.mustChannel(channel), Message{Content: text})
}

// Mentions says text to the bot in the channel, by name.
func (p Person) Mentions(channel, text string) Message {
	return p.Says(channel, p.s.Mention()+" "+text)
}

// DMs says text to the bot in direct messages.
func (p Person) DMs(text string) Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.say(p.s.world.dm(p.id), Message{Content: text})
}

// Replies replies to a message and notifies who wrote it, as the client does unless it is told not to. Discord counts an
// interaction's response as nobody's: such a reply mentions the bot only where Config.PingRepliesToResponses says so.
func (p Person) Replies(to Message, text string) Message { return p.reply(to, text, true) }

// RepliesQuietly replies to a message without notifying who wrote it.
func (p Person) RepliesQuietly(to Message, text string) Message { return p.reply(to, text, false) }

func (p Person) reply(to Message, text string, ping bool) Message {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, kept := s.mustMessage(to, "")
	m := Message{Content: text, Type: MessageReply, ReplyTo: kept.ID}
	if ping && (kept.Webhook == "" || s.cfg.PingRepliesToResponses) {
		m.repliedTo = kept.Author
	}
	return p.say(ch, m)
}

// say posts a message of the person. Server.mu is held.
func (p Person) say(ch *channel, m Message) Message {
	s := p.s
	switch {
	case ch.Type == ChannelForum:
		panic("fakediscord: a forum holds posts, not messages: " + ch.Name)
	case ch.Locked:
		panic("fakediscord: the thread is locked: " + ch.Name)
	case utf8.RuneCountInString(m.Content) > maxTyped:
		panic("fakediscord: nobody can type so much in one message")
	}
	m.Author, m.Content = p.id, strings.TrimSpace(m.Content)
	m.noteMentions(s)
	if ch.Archived {
		ch.Archived = false
		s.emit(s.guildEvent("THREAD_UPDATE", ch.guild, s.channelJSON(ch)))
	}
	kept := s.world.add(ch, m)
	p.tell("MESSAGE_CREATE", kept)
	return *kept
}

// tell sends the event of a message as often as the person wants. Server.mu is held.
func (p Person) tell(kind string, m *Message) {
	d := p.s.messageEvent(kind, m)
	d.times = p.times
	p.s.emit(d)
	p.s.changed.Notify()
}

// Edits replaces the text of a message of the person.
func (p Person) Edits(m Message, text string) Message {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	_, kept := s.mustMessage(m, p.id)
	if kept.Author != p.id {
		panic("fakediscord: one edits only one's own messages")
	}
	kept.Content = strings.TrimSpace(text)
	kept.Edits++
	kept.EditedAt = s.clock.Now()
	kept.noteMentions(s)
	p.tell("MESSAGE_UPDATE", kept)
	return *kept
}

// Deletes removes a message: the person's own, or as a moderator.
func (p Person) Deletes(m Message) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	_, kept := s.mustMessage(m, p.id)
	s.remove(kept)
}

// BulkDeletes removes several messages of one channel at once.
func (p Person) BulkDeletes(ms ...Message) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := []any{}
	var event *Delivery
	for _, m := range ms {
		ch, kept := s.mustMessage(m, p.id)
		if event != nil && event.Channel != ch.ID {
			panic("fakediscord: messages of several channels")
		}
		event = s.messageEvent("MESSAGE_DELETE_BULK", kept)
		kept.Deleted = true
		ids = append(ids, kept.ID)
	}
	if event == nil {
		return
	}
	event.ID, event.bare = "", nil
	event.full = raw(obj{"ids": ids, "channel_id": event.Channel, "guild_id": event.Guild})
	s.emit(event)
	s.changed.Notify()
}

// OpensThread opens a thread in a channel. The channel gets a message of Discord's own that says so.
func (p Person) OpensThread(channel, name string) Channel {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	parent := s.mustChannel(channel)
	ch := s.openThread(Channel{Name: name, Parent: parent.ID, Owner: p.id})
	note := s.world.add(parent, Message{Author: p.id, Type: MessageThreadCreated, Content: name})
	p.tell("MESSAGE_CREATE", note)
	return ch.Channel
}

// OpensThreadOn opens a thread on a message. Its id is the message's.
func (p Person) OpensThreadOn(m Message, name string) Channel {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	parent, kept := s.mustMessage(m, p.id)
	return s.openThread(Channel{ID: kept.ID, Name: name, Parent: parent.ID, Owner: p.id}).Channel
}

// OpensPost opens a post in a forum. Its id is that of its first message.
func (p Person) OpensPost(forum, title, text string) (Channel, Message) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	parent := s.mustChannel(forum)
	if parent.Type != ChannelForum {
		panic("fakediscord: no forum: " + parent.Name)
	}
	ch := s.openThread(Channel{Name: title, Parent: parent.ID, Owner: p.id})
	return ch.Channel, p.say(ch, Message{ID: ch.ID, Content: text})
}

// Unfurls gives a message the preview of a link, of which the bot hears as MESSAGE_UPDATE, though nobody edited it.
func (s *Server) Unfurls(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, kept := s.mustMessage(m, m.EphemeralTo)
	kept.Embeds = append(slices.Clone(kept.Embeds), obj{"type": "link", "url": "https://example.com/", "title": "Example"})
	s.emit(s.messageEvent("MESSAGE_UPDATE", kept))
	s.changed.Notify()
}

// Webhook posts a message of a webhook that is not the app's.
func (s *Server) Webhook(channel, name, text string) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.world.findUser(name)
	if u == nil {
		u = s.world.addUser(User{Name: name, Bot: true})
	}
	m := Message{Author: u.ID, Webhook: u.ID, Content: text}
	m.noteMentions(s)
	return *s.post(s.mustChannel(channel), m)
}
