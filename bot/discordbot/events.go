package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"footnote/bot"
	"footnote/bot/layout"
)

// message is a message of Discord, as much of it as is looked at.
type message struct {
	ID       string     `json:"id"`
	Channel  string     `json:"channel_id"`
	Guild    string     `json:"guild_id"` // "" in direct messages
	Type     int        `json:"type"`
	Author   person     `json:"author"`
	Webhook  string     `json:"webhook_id"`
	Content  string     `json:"content"` // "" where Discord does not hand it over
	Edited   string     `json:"edited_timestamp"`
	Flags    int        `json:"flags"`
	Mentions []person   `json:"mentions"`
	Roles    []string   `json:"mention_roles"`
	Everyone bool       `json:"mention_everyone"`
	Ref      *reference `json:"message_reference"`
	Replied  *message   `json:"referenced_message"`

	Embeds      []json.RawMessage `json:"embeds"`
	Attachments []json.RawMessage `json:"attachments"`
	Components  []json.RawMessage `json:"components"`
	Stickers    []json.RawMessage `json:"sticker_items"`
	Poll        json.RawMessage   `json:"poll"`
	Snapshots   []struct {
		Message struct {
			Content string `json:"content"`
		} `json:"message"`
	} `json:"message_snapshots"` // of what was forwarded
	Metadata json.RawMessage `json:"interaction_metadata"` // of an interaction's response

	role bool // it mentions the bot by the role that Discord gave it
}

// person is an account: of a person, a bot, or Discord itself.
type person struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Name     string `json:"global_name"`
	Bot      bool   `json:"bot"`
	System   bool   `json:"system"`
}

// reference is what a message replies to, or forwards.
type reference struct {
	Type    int    `json:"type,omitempty"` // of a forward: 1
	Message string `json:"message_id,omitempty"`
	Channel string `json:"channel_id,omitempty"`
	Guild   string `json:"guild_id,omitempty"`
	Fail    *bool  `json:"fail_if_not_exists,omitempty"` // of what we send
}

// Kinds of messages that people write. All others are Discord's own notices.
const (
	plainMessage = 0
	replyMessage = 19
)

// key recognises the question that a message is.
func (m message) key() string { return adapterName + ":" + m.Channel + ":" + m.ID }

// byPerson tells whether a person wrote the message: not a bot, a webhook, Discord,
// nor we.
func (m message) byPerson(me self) bool {
	return m.ID != "" && m.Channel != "" && m.Author.ID != "" && m.Author.ID != me.User &&
		!m.Author.Bot && !m.Author.System && m.Webhook == "" && (m.Type == plainMessage || m.Type == replyMessage)
}

// replies tells whether the message is a reply, and whether to one of ours. A forward
// is none.
func (m message) replies(me self) (any, toUs bool) {
	if m.Type != replyMessage || m.Ref == nil || m.Ref.Type != 0 {
		return false, false
	}
	if m.Replied != nil && m.Replied.Author.ID != "" {
		return true, m.Replied.Author.ID == me.User
	}
	// What it replies to is gone. Its ping tells still whose it was.
	return true, m.mentions(me.User)
}

func (m message) mentions(user string) bool {
	return user != "" && slices.ContainsFunc(m.Mentions, func(p person) bool { return p.ID == user })
}

// response tells whether the message is the response to an interaction. Discord counts
// it as nobody's: the ping of a reply to it is no mention.
func (m message) response() bool {
	return m.Webhook != "" || len(m.Metadata) > 0 && string(m.Metadata) != "null"
}

// withheld tells whether Discord keeps back what the message says, as it does from
// apps without the Message Content intent.
func (m message) withheld(me self) bool {
	return m.Guild != "" && m.Content == "" && !m.mentions(me.User) && len(m.Embeds) == 0 && len(m.Attachments) == 0 &&
		len(m.Components) == 0 && len(m.Stickers) == 0 && len(m.Snapshots) == 0 && (len(m.Poll) == 0 || string(m.Poll) == "null")
}

// names tells whether the message names somebody beside us.
func (m message) names(me self) bool {
	return m.Everyone || len(m.Roles) > 0 || slices.ContainsFunc(m.Mentions, func(p person) bool { return p.ID != me.User })
}

// read decodes what Discord has sent. What has another type than is known stays
// empty; false is returned, and a line logged, only for what is no JSON. The error's
// text could hold some of it, so that only its type is kept.
func (b *Bot) read(kind string, data json.RawMessage, into any) bool {
	err := json.Unmarshal(data, into)
	if odd := (*json.UnmarshalTypeError)(nil); errors.As(err, &odd) {
		b.log.Debug("discord: partly read", "type", kind, "field", odd.Field)
		return true
	}
	if err != nil {
		b.log.Warn("discord: cannot be read", "type", kind, "error", fmt.Sprintf("%T", err))
		return false
	}
	return true
}

// handle takes in one thing that happened. When it returns, what it was told is
// durable, or is given up. Unknown kinds are passed over.
func (b *Bot) handle(ctx context.Context, kind string, data json.RawMessage) {
	switch kind {
	case "INTERACTION_CREATE":
		b.interaction(ctx, data)
	case "MESSAGE_CREATE", "MESSAGE_UPDATE":
		var m message
		if !b.read(kind, data, &m) {
			return
		}
		if kind == "MESSAGE_UPDATE" {
			b.changed(ctx, m)
			return
		}
		b.said(ctx, m)
	case "MESSAGE_DELETE", "MESSAGE_DELETE_BULK":
		var gone struct {
			ID      string   `json:"id"`
			IDs     []string `json:"ids"`
			Channel string   `json:"channel_id"`
		}
		if b.read(kind, data, &gone) && gone.Channel != "" {
			b.deleted(ctx, gone.Channel, append(gone.IDs, gone.ID))
		}
	case "GUILD_CREATE", "THREAD_LIST_SYNC", "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE":
		b.hearPlaces(kind, data)
	}
}

// said takes in a message: a question, where it is to the bot.
func (b *Bot) said(ctx context.Context, m message) {
	me := b.me()
	if !m.byPerson(me) {
		return
	}
	m = b.addressed(ctx, me, m)
	log := b.log.With("key", m.key())
	h, err := again(ctx, log, func() (heard, error) { return b.listen(ctx, me, m) })
	switch {
	case err != nil:
		log.Error("discord: cannot tell whether a message is a question", "error", err)
		if h.toUs {
			b.say(ctx, m, layout.TellingsIn(layout.LanguageOf(m.Content)).TryAgain)
		}
		return
	case h.withheld:
		b.howToAsk(ctx, m, h)
		return
	case !h.asks:
		return
	}
	q, ok := question(m, h.text)
	if !ok && !b.conf.Content {
		b.say(ctx, m, hintsIn(b.spoken(ctx, h.talk, m.Author.ID)).unread)
		return
	}
	to := address{Guild: m.Guild, Channel: m.Channel, Message: m.ID, User: m.Author.ID, Direct: m.Guild == "", Alone: h.alone, Below: h.below}
	q.ID, q.Conversation, q.After = m.key(), h.talk, h.after
	q.Language = b.languageOf(ctx, h.talk, m.Author.ID, h.text)
	if _, err := again(ctx, log, func() (struct{}, error) { return struct{}{}, b.take(ctx, to, q) }); err != nil {
		if b.kept(ctx, q.ID) {
			log.Warn("discord: a question is kept, though the ledger said that it was not", "error", err)
			return
		}
		log.Error("discord: a question could not be kept", "error", err)
		b.say(ctx, m, layout.TellingsIn(layout.LanguageOf(m.Content)).TryAgain)
	}
}

// kept tells whether a question is durable after all: a ledger that did not answer in
// time may have kept it.
func (b *Bot) kept(ctx context.Context, key string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leastTime)
	defer cancel()
	_, _, ok, err := b.store.Errand(ctx, key)
	return err == nil && ok
}

// addressed returns a message in which a mention of the bot's own role is one of the
// bot: people don't tell the two apart in the list that Discord offers.
func (b *Bot) addressed(ctx context.Context, me self, m message) message {
	if m.Guild == "" || len(m.Roles) == 0 {
		return m
	}
	own := b.ownRole(ctx, me, m.Guild)
	if own == "" || !slices.Contains(m.Roles, own) {
		return m
	}
	m.role = true
	m.Roles = slices.DeleteFunc(slices.Clone(m.Roles), func(r string) bool { return r == own })
	if mark := "<@&" + own + ">"; strings.Contains(m.Content, mark) {
		m.Content = strings.ReplaceAll(m.Content, mark, "<@"+me.User+">")
		m.Mentions = append(slices.Clip(m.Mentions), person{ID: me.User, Username: me.Name, Bot: true})
	}
	return m
}

// heard is what a message is to the bot.
type heard struct {
	asks     bool   // it is a question
	toUs     bool   // it is certainly meant for the bot
	withheld bool   // it may be one, but its words are not handed over
	alone    bool   // it stands in a thread that others have begun
	below    bool   // it replies to somebody else
	text     string // without the mention of the bot
	talk     string // the conversation
	after    string // the question whose answer it replies to
}

// listen decides what a message is to the bot.
func (b *Bot) listen(ctx context.Context, me self, m message) (heard, error) {
	text, named := b.words(m, me)
	reply, toUs := m.replies(me)
	h := heard{text: text, talk: m.key(), toUs: named || toUs || m.role || m.Guild == ""}
	switch {
	case m.Guild == "":
		h.asks, h.talk = true, adapterName+":"+m.Channel
		return b.below(ctx, m, toUs, h)
	case named:
		h.below = reply && !toUs && text != ""
	case toUs || m.role:
		h.withheld = !b.conf.Content && m.withheld(me)
	case reply || m.names(me): // people who talk to each other
		return h, nil
	case m.withheld(me):
		h.withheld = !b.conf.Content && !b.conf.MentionOnly
		if !h.withheld {
			return h, nil
		}
	case b.conf.MentionOnly || !bot.Asks(text):
		return h, nil
	}
	talk, thread, ours, err := b.talk(ctx, m.Channel)
	if err != nil {
		return h, err
	}
	if thread {
		h.talk, h.alone = talk, !ours && m.ID != m.Channel
	}
	if h, err = b.below(ctx, m, toUs, h); err != nil {
		return h, err
	}
	if !h.toUs && !ours {
		h.withheld = false
		return h, nil
	}
	h.asks = !h.withheld
	return h, nil
}

// below completes what a reply to one of our messages is: it comes after the question
// that the message answers, and in a text channel continues its conversation.
func (b *Bot) below(ctx context.Context, m message, toUs bool, h heard) (heard, error) {
	if !toUs {
		return h, nil
	}
	e, ok, err := b.replied(ctx, m)
	if err != nil || !ok {
		return h, err
	}
	h.after = e.Question.ID
	if h.talk == m.key() { // it is in no thread
		h.talk = cmp.Or(e.Question.Conversation, h.talk)
	}
	return h, nil
}

// replied returns the errand that the message answers which is replied to, if there
// is one.
func (b *Bot) replied(ctx context.Context, m message) (e bot.Errand, ok bool, err error) {
	// Most answers are one message, or it is the first that is replied to.
	e, _, ok, err = b.store.ByPost(ctx, adapterName, posted{Channel: m.Channel, First: m.Ref.Message}.String())
	if err == nil && !ok {
		e, ok, err = b.above(ctx, m)
	}
	if err != nil {
		return e, false, fmt.Errorf("read what is replied to: %w", err)
	}
	return e, ok, nil
}

// above returns the errand of a further page of an answer, by what the page replies
// to: the question, or the first page.
func (b *Bot) above(ctx context.Context, m message) (e bot.Errand, ok bool, err error) {
	var page message
	if m.Replied != nil {
		page = *m.Replied
	}
	if page.Ref == nil {
		if page, err = b.look(ctx, m.Channel, m.Ref.Message); err != nil {
			b.log.Debug("discord: cannot see what is replied to", "key", m.key(), "error", err)
			return e, false, nil
		}
	}
	if page.Ref == nil {
		return e, false, nil
	}
	return b.answering(ctx, m.Channel, page.Ref.Message)
}

// look reads a message.
func (b *Bot) look(ctx context.Context, channel, id string) (m message, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	err = b.api.do(ctx, http.MethodGet, "/channels/"+channel+"/messages/"+id, nil, &m, patient(lookTime))
	return m, err
}

// answering returns the errand of what a page of an answer replies to: its question,
// or its first page.
func (b *Bot) answering(ctx context.Context, channel, root string) (e bot.Errand, ok bool, err error) {
	if root == "" {
		return e, false, nil
	}
	e, _, ok, err = b.store.Errand(ctx, message{ID: root, Channel: channel}.key())
	if err == nil && !ok {
		e, _, ok, err = b.store.ByPost(ctx, adapterName, posted{Channel: channel, First: root}.String())
	}
	return e, ok, err
}

// What a message without words asks is written as somebody would type it: its kind is
// that of its words, so that an edit can make another question of it.
const (
	askHelp  = "help"
	askCheck = "check "
)

// question returns what a message asks. Without words of its own it is about what it
// forwards or replies to, or else asks for help. ok is false where it is about what
// Discord may have withheld.
func question(m message, text string) (q bot.Question, ok bool) {
	if text != "" {
		return bot.Question{Text: text}, true
	}
	about := ""
	for _, s := range m.Snapshots {
		about = cmp.Or(about, s.Message.Content)
	}
	if about == "" && m.Replied != nil && !m.Replied.Author.Bot {
		about = m.Replied.Content
		ok = about != "" || len(m.Replied.Embeds)+len(m.Replied.Attachments)+len(m.Replied.Stickers)+len(m.Replied.Snapshots) > 0
	} else {
		ok = true
	}
	if about, _ = asRead(message{Content: about}, self{}, nil); about == "" {
		return bot.Question{Text: askHelp}, ok
	}
	return bot.Question{Text: askCheck + firstOf(plain(about), bot.MaxQuestion-len(askCheck))}, true
}

// languageOf returns the language that a person was last answered in in a conversation,
// for texts too short to show theirs; or "", where the text shows it, or nothing was
// answered. What others like to read tells nothing.
func (b *Bot) languageOf(ctx context.Context, talk, user, text string) string {
	if len(strings.Fields(text)) > 2 || layout.LanguageOf(text) != "en" {
		return ""
	}
	return b.spoken(ctx, talk, user)
}

// turnsLooked is how many turns are looked through for a person's.
const turnsLooked = 20

// spoken returns the language that a person was last answered in in a conversation, or
// "".
func (b *Bot) spoken(ctx context.Context, talk, user string) string {
	turns, err := b.store.Turns(ctx, talk, turnsLooked)
	if err != nil {
		return ""
	}
	for _, t := range slices.Backward(turns) {
		if t.Question.Asker == asker(user) {
			return t.Answer.Language
		}
	}
	return ""
}

// take accepts a question. When it returns nil, the question is durable.
func (b *Bot) take(ctx context.Context, to address, q bot.Question) error {
	q.Asker, q.Place = asker(to.User), b.place(ctx, to)
	where, err := json.Marshal(to)
	if err != nil {
		return fmt.Errorf("encode address: %w", err)
	}
	typing := b.working(ctx, to, q.ID) // before the answer can be there
	fresh, err := b.intake.Accept(ctx, bot.Errand{Key: q.ID, Adapter: adapterName, Question: q, Address: where})
	if typing && (err != nil || !fresh) {
		b.answered(q.ID)
	}
	if err != nil {
		return err
	}
	if !to.Private {
		b.joined(q.Conversation)
	}
	b.log.Info("discord: question", "key", q.ID, "fresh", fresh, "private", to.Private, "direct", to.Direct, "characters", utf8.RuneCountInString(q.Text))
	return nil
}

// asker names a person for the core.
func asker(user string) string { return adapterName + ":" + user }

// changed takes in that a message is another now. Discord says so for much that
// nobody wrote: previews, pins, threads that are begun.
func (b *Bot) changed(ctx context.Context, m message) {
	me := b.me()
	if !m.byPerson(me) || m.Edited == "" {
		return
	}
	m = b.addressed(ctx, me, m)
	log := b.log.With("key", m.key())
	log.Debug("discord: message changed")
	if _, err := again(ctx, log, func() (struct{}, error) { return struct{}{}, b.edited(ctx, me, m) }); err != nil {
		log.Error("discord: an edit could not be kept", "error", err)
	}
}

// edited does it: a question is another, or none any more; or a message is one now,
// mostly because its mention was forgotten. What is older than the window stays as it
// was.
func (b *Bot) edited(ctx context.Context, me self, m message) error {
	e, _, known, err := b.store.Errand(ctx, m.key())
	if err != nil {
		return fmt.Errorf("read what was edited: %w", err)
	}
	since := born(m.ID)
	if known {
		since = e.Accepted
	}
	if time.Since(since) > editWindow {
		return nil
	}
	h, err := b.listen(ctx, me, m)
	switch reply, _ := m.replies(me); {
	case err != nil:
		return err
	case !known:
		if h.asks || h.withheld && h.toUs {
			b.said(ctx, m)
		}
		return nil
	case h.asks:
		q, _ := question(m, h.text)
		return b.intake.Edit(ctx, m.key(), q.Text, editWindow)
	case h.withheld && h.toUs:
		b.howToAsk(ctx, m, h)
		return nil
	case reply && m.Replied == nil: // whose message it replies to is not told: it may be ours
		return nil
	}
	return b.intake.Withdraw(ctx, m.key())
}

// deleted takes in that messages are gone.
func (b *Bot) deleted(ctx context.Context, channel string, ids []string) {
	for _, id := range ids {
		if id == "" {
			continue
		}
		key := message{ID: id, Channel: channel}.key()
		log := b.log.With("key", key)
		log.Debug("discord: message deleted")
		if _, err := again(ctx, log, func() (struct{}, error) { return struct{}{}, b.intake.Withdraw(ctx, key) }); err != nil {
			log.Error("discord: a deletion could not be kept", "error", err)
		}
	}
}

// tries are how long is waited before each further try to keep something. Discord
// does not tell again.
var tries = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second, 2 * time.Second}

// again does something that the ledger may refuse, until it succeeds, a few times.
func again[T any](ctx context.Context, log interface{ Warn(string, ...any) }, do func() (T, error)) (T, error) {
	for n := 0; ; n++ {
		v, err := do()
		if err == nil || n == len(tries) || ctx.Err() != nil {
			return v, err
		}
		log.Warn("discord: the ledger is tried again", "in", tries[n], "error", err)
		if wait(ctx, tries[n]) != nil {
			return v, err
		}
	}
}
