package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"footnote/bot"
)

// channel is what is remembered of a channel. Messages don't tell it.
type channel struct {
	Kind   int
	Parent string // of a thread: the channel or forum it is in
	Name   string
}

// Kinds of channels, as Discord numbers them, that matter here: threads. A post in a
// forum is a public thread.
const (
	announcementThread = 10
	publicThread       = 11
	privateThread      = 12
)

func (c channel) thread() bool {
	return c.Kind == announcementThread || c.Kind == publicThread || c.Kind == privateThread
}

// channels remembers what kinds channels are. It is safe for concurrent use.
type channels struct {
	mu     sync.Mutex
	known  map[string]channel
	failed map[string]time.Time // by id: when looking it up failed
	roots  map[string]string    // by thread: what the message replies to that it was begun from, if that is ours, or ""
	roles  map[string]string    // by server: the bot's own role, or ""
}

const (
	mostChannels = 50_000      // remembered; then all are looked up anew
	failedFor    = time.Minute // a channel that cannot be looked up is left alone
)

func newChannels() *channels {
	return &channels{known: make(map[string]channel), failed: make(map[string]time.Time), roots: make(map[string]string), roles: make(map[string]string)}
}

func (c *channels) set(id string, is channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= mostChannels {
		clear(c.known)
	}
	c.known[id] = is
	delete(c.failed, id)
}

func (c *channels) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, id)
}

// get returns what is known of a channel; failed tells that it was looked up in vain
// a moment ago.
func (c *channels) get(id string) (is channel, ok, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	is, ok = c.known[id]
	at, tried := c.failed[id]
	return is, ok, tried && time.Since(at) < failedFor
}

func (c *channels) fail(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failed) >= mostChannels {
		clear(c.failed)
	}
	c.failed[id] = time.Now()
}

// root returns what a thread's first message replies to, as far as it is known.
func (c *channels) root(thread string) (id string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok = c.roots[thread]
	return id, ok
}

func (c *channels) setRoot(thread, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.roots) >= mostChannels {
		clear(c.roots)
	}
	c.roots[thread] = id
}

// role returns the bot's own role in a server, as far as it is known.
func (c *channels) role(server string) (id string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok = c.roles[server]
	return id, ok
}

func (c *channels) setRole(server, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.roles) >= mostChannels {
		clear(c.roles)
	}
	c.roles[server] = id
}

// role is a role of a server.
type role struct {
	ID   string `json:"id"`
	Tags struct {
		Bot string `json:"bot_id"` // whose own role it is
	} `json:"tags"`
}

// ownRole returns the role that Discord has given the bot itself in a server, by the
// bot's name, or "". It asks Discord at most once.
func (b *Bot) ownRole(ctx context.Context, me self, server string) string {
	if id, ok := b.channels.role(server); ok {
		return id
	}
	mark := "roles of " + server
	if _, _, failed := b.channels.get(mark); failed {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var roles []role
	if err := b.api.do(ctx, http.MethodGet, "/guilds/"+server+"/roles", nil, &roles, patient(lookTime)); err != nil {
		b.channels.fail(mark)
		b.log.Warn("discord: cannot find out which role is the bot's own", "guild", server, "error", err)
		return ""
	}
	b.channels.hearRoles(me, server, roles)
	id, _ := b.channels.role(server)
	return id
}

func (c *channels) hearRoles(me self, server string, roles []role) {
	own := ""
	for _, r := range roles {
		if r.Tags.Bot == me.User && me.User != "" {
			own = r.ID
		}
	}
	c.setRole(server, own)
}

// told is a channel as events and the API tell of it.
type told struct {
	ID     string `json:"id"`
	Type   *int   `json:"type"`
	Parent string `json:"parent_id"`
	Name   string `json:"name"`
	Last   string `json:"last_message_id"`
}

func (c *channels) hear(t told) {
	if t.ID != "" && t.Type != nil {
		c.set(t.ID, channel{Kind: *t.Type, Parent: t.Parent, Name: t.Name})
	}
}

// hearPlaces takes in what the Gateway tells of channels.
func (b *Bot) hearPlaces(kind string, data json.RawMessage) {
	var one struct {
		told
		Channels []told `json:"channels"` // of a guild
		Threads  []told `json:"threads"`  // that the bot may see
		Roles    []role `json:"roles"`    // of a guild
	}
	if !b.read(kind, data, &one) {
		return
	}
	switch kind {
	case "GUILD_CREATE", "THREAD_LIST_SYNC":
		if kind == "GUILD_CREATE" && one.ID != "" && one.Roles != nil {
			b.channels.hearRoles(b.me(), one.ID, one.Roles)
		}
		for _, t := range append(one.Channels, one.Threads...) {
			b.channels.hear(t)
		}
	case "CHANNEL_DELETE", "THREAD_DELETE":
		b.channels.drop(one.ID)
	default:
		b.channels.hear(one.told)
	}
}

// lookTime bounds a look for a channel, which a question waits for.
const lookTime = 3 * time.Second

// channel returns what a channel is; ok is false where nobody tells. It asks Discord
// at most once.
func (b *Bot) channel(ctx context.Context, id string) (is channel, ok bool) {
	is, ok, failed := b.channels.get(id)
	if ok || failed {
		return is, ok
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var t told
	if err := b.api.do(ctx, http.MethodGet, "/channels/"+id, nil, &t, patient(lookTime)); err != nil {
		b.channels.fail(id)
		b.log.Warn("discord: cannot find out what kind a channel is", "channel", id, "error", err)
		return channel{}, false
	}
	b.channels.hear(t)
	is, ok, _ = b.channels.get(id)
	return is, ok
}

// talk returns the conversation of a channel: that of a thread or forum post, or of
// the question or answer that the thread was begun from. thread is false for a text
// channel, which has many conversations; ours tells whether the bot is part of it: it
// has been asked there, or has answered.
func (b *Bot) talk(ctx context.Context, id string) (talk string, thread, ours bool, err error) {
	own := adapterName + ":" + id
	is, ok := b.channel(ctx, id)
	if ok && !is.thread() {
		return "", false, false, nil
	}
	if b.talking(own) {
		return own, true, true, nil
	}
	turns, err := b.store.Turns(ctx, own, 1)
	if err != nil {
		return own, ok, false, fmt.Errorf("read conversation: %w", err)
	}
	if len(turns) > 0 || !ok {
		return own, ok || len(turns) > 0, len(turns) > 0, nil
	}
	e, found, err := b.begun(ctx, id, is.Parent)
	if err != nil {
		return own, true, false, fmt.Errorf("read conversation: %w", err)
	}
	if found && e.Question.Conversation != "" {
		return e.Question.Conversation, true, true, nil
	}
	return own, true, false, nil
}

// begun returns the errand of the question or answer that a thread was begun from; a
// thread has the id of that message. For a further page of an answer Discord is asked
// once what it replies to.
func (b *Bot) begun(ctx context.Context, id, parent string) (e bot.Errand, ok bool, err error) {
	if e, ok, err = b.answering(ctx, parent, id); ok || err != nil || parent == "" {
		return e, ok, err
	}
	root, known := b.channels.root(id)
	mark := "root of " + id
	if _, _, failed := b.channels.get(mark); !known && !failed {
		m, err := b.look(ctx, parent, id)
		switch {
		case err != nil && codeOf(err) != unknownMessage:
			b.channels.fail(mark)
			b.log.Debug("discord: cannot see what a thread was begun from", "channel", id, "error", err)
			return e, false, nil
		case m.Author.ID == b.me().User && m.Ref != nil:
			root = m.Ref.Message
		}
		b.channels.setRoot(id, root)
	}
	return b.answering(ctx, parent, root)
}

// place is where a question counts as asked: a channel, which its threads and posts are
// part of, or a person in direct messages with the bot. Where nobody tells what a thread
// is part of, it is a place that nothing is said of.
func (b *Bot) place(ctx context.Context, to address) string {
	if to.Direct {
		return adapterName + ":@me:" + to.User
	}
	id := to.Channel
	if is, ok := b.channel(ctx, id); ok && is.thread() {
		id = cmp.Or(is.Parent, id)
	}
	return adapterName + ":" + cmp.Or(to.Guild, "@me") + ":" + id
}

// mostTalks is how many conversations are remembered beside the store, which knows
// those that have an answer.
const mostTalks = 10_000

// joined remembers that something was asked in a conversation.
func (b *Bot) joined(talk string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.talks) >= mostTalks {
		clear(b.talks)
	}
	b.talks[talk] = true
}

func (b *Bot) talking(talk string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.talks[talk]
}
