package fakediscord

import (
	"slices"
	"time"
)

// Types of channels: developers/resources/channel.mdx, "Channel Types".
const (
	ChannelText          = 0
	ChannelDM            = 1
	ChannelGroup         = 3
	ChannelNews          = 5
	ChannelPublicThread  = 11
	ChannelPrivateThread = 12
	ChannelForum         = 15
)

// Types of messages: developers/resources/message.mdx, "Message Types".
const (
	MessageDefault       = 0
	MessageThreadCreated = 18
	MessageReply         = 19
	MessageSlash         = 20
	MessageContextMenu   = 23
)

// Guild is a server. Its zero value is one with the bot in it.
type Guild struct {
	ID, Name, Locale string
	WithoutBot       bool // the bot is no member: there are commands, or user installations alone
	WithoutApp       bool // the app is not installed there: user installations alone; implies WithoutBot
}

// Channel is a place to speak in.
type Channel struct {
	ID, Guild, Name  string
	Type             int
	Parent           string   // of a thread or forum post
	Owner            string   // who opened a thread
	Archived, Locked bool     // of a thread
	Members          []string // of direct messages and groups
}

// Thread reports whether the channel is a thread or a forum post.
func (c Channel) Thread() bool {
	return c.Type == ChannelPublicThread || c.Type == ChannelPrivateThread
}

// User is a person or a bot.
type User struct {
	ID, Name  string
	Bot       bool
	Locale    string // "en-US"
	Installed bool   // the app is installed for the user
	DMsClosed bool   // the bot's direct messages are refused
}

// Message is one message as it stands. It is a copy; its slices and maps are never changed after.
type Message struct {
	ID, Channel, Guild              string
	Author                          string // user id
	Webhook                         string // the app's id where an interaction's token made it
	Type                            int
	Content                         string
	Embeds, Components, Attachments []any // decoded JSON
	Flags                           int
	Nonce                           string
	ReplyTo                         string   // id of the message replied to
	Mentions, MentionRoles          []string // who and what it names, as the API says
	MentionEveryone                 bool
	AllowedMentions                 map[string]any // as it came with the last change; nil: absent
	Interaction                     string         // id of the interaction that made it
	EphemeralTo                     string         // the only user who sees it
	Loading                         bool           // a deferred response that is not there yet
	Edits                           int
	Deleted                         bool
	Via                             string // "POST /channels/{channel_id}/messages"; "" for people
	At, EditedAt                    time.Time
	RealAt, RealEditedAt            time.Time // in real time, for measurements

	repliedTo string // the author of the message replied to
}

type guild struct {
	Guild
	revoked  Permission
	channels []*channel
}

type channel struct {
	Channel
	guild   *guild   // nil outside guilds
	parent  *channel // of threads
	revoked Permission
	withBot bool // direct messages with the bot
	msgs    []*Message
	typing  int
}

// world is all that Discord remembers. Server.mu guards it.
type world struct {
	s            *Server
	ids          snowflakes
	app, bot     string
	tokenRevoked bool
	creates      map[string]int // commands made today, by guild

	guilds       []*guild
	channels     map[string]*channel // by id
	channelNames map[string]*channel
	order        []*channel
	users        map[string]*User
	userNames    map[string]*User
	dms          map[string]*channel // by user
	messages     map[string]*Message
	ephemerals   map[string][]*Message // by user
	answers      map[string][]*Message // by what they answer
	nonces       map[string]*Message
	interactions map[string]*Interaction
	tokens       map[string]*Interaction
	open         int // interactions that wait for their first response
	commands     map[string][]*Command
}

func newWorld(s *Server) *world {
	w := &world{
		s: s, creates: map[string]int{}, channels: map[string]*channel{}, channelNames: map[string]*channel{}, users: map[string]*User{},
		userNames: map[string]*User{}, dms: map[string]*channel{}, messages: map[string]*Message{}, ephemerals: map[string][]*Message{},
		answers: map[string][]*Message{}, nonces: map[string]*Message{}, interactions: map[string]*Interaction{},
		tokens: map[string]*Interaction{}, commands: map[string][]*Command{},
	}
	w.app, w.bot = w.id(), w.id()
	w.addUser(User{ID: w.bot, Name: s.cfg.BotName, Bot: true})
	for _, g := range s.cfg.Guilds {
		w.addGuild(g)
	}
	return w
}

// id makes a fresh id.
func (w *world) id() string { return w.ids.next(w.s.clock.Now()) }

// name sorts out what a test gave as id and name: an id that has not the form of one is a name.
func (w *world) name(id, name *string) {
	if *id != "" && !isSnowflake(*id) {
		setDefault(name, *id)
		*id = ""
	}
	if *id == "" {
		*id = w.id()
	}
	setDefault(name, *id)
}

func (w *world) addGuild(g Guild) *guild {
	w.name(&g.ID, &g.Name)
	setDefault(&g.Locale, "en-US")
	g.WithoutBot = g.WithoutBot || g.WithoutApp
	kept := &guild{Guild: g}
	w.guilds = append(w.guilds, kept)
	return kept
}

// findGuild is the guild with the id or name, nil where there is none.
func (w *world) findGuild(place string) *guild {
	for _, g := range w.guilds {
		if g.ID == place || g.Name == place {
			return g
		}
	}
	return nil
}

func (w *world) addUser(u User) *User {
	w.name(&u.ID, &u.Name)
	setDefault(&u.Locale, "en-US")
	kept := &u
	w.users[u.ID], w.userNames[u.Name] = kept, kept
	return kept
}

// findUser is the user with the id or name, nil where there is none.
func (w *world) findUser(user string) *User {
	if u := w.users[user]; u != nil {
		return u
	}
	return w.userNames[user]
}

// find is the channel with the id or name, nil where there is none.
func (w *world) find(place string) *channel {
	if ch := w.channels[place]; ch != nil {
		return ch
	}
	return w.channelNames[place]
}

func (w *world) addChannel(c Channel) *channel {
	w.name(&c.ID, &c.Name)
	ch := &channel{Channel: c}
	if c.Parent != "" {
		ch.parent = w.s.mustChannel(c.Parent)
		ch.Parent, ch.guild = ch.parent.ID, ch.parent.guild
		if ch.Type == ChannelText {
			ch.Type = ChannelPublicThread
		}
	}
	if ch.guild == nil && ch.Type != ChannelDM && ch.Type != ChannelGroup {
		ch.guild = w.guilds[0]
		if c.Guild != "" {
			ch.guild = w.s.mustGuild(c.Guild)
		}
	}
	if ch.guild != nil {
		ch.Guild = ch.guild.ID
		ch.guild.channels = append(ch.guild.channels, ch)
	}
	w.channels[ch.ID] = ch
	w.order = append(w.order, ch)
	if w.channelNames[ch.Name] == nil {
		w.channelNames[ch.Name] = ch
	}
	return ch
}

func (w *world) removeChannel(ch *channel) {
	delete(w.channels, ch.ID)
	if w.channelNames[ch.Name] == ch {
		delete(w.channelNames, ch.Name)
	}
	w.order = slices.DeleteFunc(slices.Clone(w.order), func(o *channel) bool { return o == ch })
	if ch.guild != nil {
		ch.guild.channels = slices.DeleteFunc(slices.Clone(ch.guild.channels), func(o *channel) bool { return o == ch })
	}
}

// dm is the channel of the direct messages between a user and the bot, made where it is missing.
func (w *world) dm(user string) *channel {
	if ch := w.dms[user]; ch != nil {
		return ch
	}
	ch := w.addChannel(Channel{Name: "dm of " + user, Type: ChannelDM, Members: []string{user, w.bot}})
	ch.withBot = true
	w.dms[user] = ch
	return ch
}

// add keeps a message and gives it an id where it has none.
func (w *world) add(ch *channel, m Message) *Message {
	kept := &m
	kept.Channel, kept.Guild = ch.ID, ch.Guild
	kept.At, kept.RealAt = w.s.clock.Now(), time.Now()
	if kept.ID == "" {
		kept.ID = w.id()
	}
	w.messages[kept.ID] = kept
	if kept.EphemeralTo != "" {
		w.ephemerals[kept.EphemeralTo] = append(w.ephemerals[kept.EphemeralTo], kept)
	} else {
		ch.msgs = append(ch.msgs, kept)
	}
	if kept.Author == w.bot {
		for _, id := range []string{kept.ReplyTo, kept.Interaction} {
			if id != "" {
				w.answers[id] = append(w.answers[id], kept)
			}
		}
	}
	return kept
}

// message is a message of the channel that the API shows: not deleted, not ephemeral; nil where there is none.
func (ch *channel) message(w *world, id string) *Message {
	m := w.messages[id]
	if m == nil || m.Deleted || m.EphemeralTo != "" || m.Channel != ch.ID {
		return nil
	}
	return m
}

// mustChannel is the channel with the id or name. Server.mu is held by a caller that defers its release.
func (s *Server) mustChannel(place string) *channel {
	ch := s.world.find(place)
	if ch == nil {
		panic("fakediscord: no channel " + place)
	}
	return ch
}

func (s *Server) mustGuild(place string) *guild {
	g := s.world.findGuild(place)
	if g == nil {
		panic("fakediscord: no guild " + place)
	}
	return g
}

// mustMessage is a message that is not deleted. An ephemeral one is only there for who sees it.
func (s *Server) mustMessage(m Message, user string) (*channel, *Message) {
	kept := s.world.messages[m.ID]
	if kept == nil || kept.Deleted || kept.EphemeralTo != "" && kept.EphemeralTo != user {
		panic("fakediscord: no message " + m.ID + " for " + user)
	}
	return s.mustChannel(kept.Channel), kept
}
