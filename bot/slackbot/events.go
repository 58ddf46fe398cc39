package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"footnote/bot"
)

// outer is the outside of what the Events API sends.
type outer struct {
	Type           string `json:"type"`
	Challenge      string `json:"challenge"`
	TeamID         str    `json:"team_id"`
	EventID        str    `json:"event_id"`
	Authorizations []struct {
		TeamID str `json:"team_id"`
	} `json:"authorizations"`
	Event json.RawMessage `json:"event"`
}

// team returns the workspace that the event was delivered for. Where a channel is
// shared, the workspace of the event may be somebody else's.
func (o outer) team() string {
	if len(o.Authorizations) > 0 && o.Authorizations[0].TeamID != "" {
		return string(o.Authorizations[0].TeamID)
	}
	return string(o.TeamID)
}

// str reads a string, and takes anything else for "": Slack has objects under the
// same name in other events.
type str string

// UnmarshalJSON implements [json.Unmarshaler].
func (s *str) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	text, _ := v.(string)
	*s = str(text)
	return nil
}

// event is one event of the Events API, as much of it as is looked at; and a message,
// which is told of in the same form.
type event struct {
	Type        string          `json:"type"`
	Subtype     str             `json:"subtype"`
	User        str             `json:"user"`
	BotID       str             `json:"bot_id"`
	Text        str             `json:"text"`
	Channel     str             `json:"channel"`
	ChannelType str             `json:"channel_type"`
	TS          str             `json:"ts"`
	ThreadTS    str             `json:"thread_ts"`
	DeletedTS   str             `json:"deleted_ts"`
	Tab         str             `json:"tab"`
	Hidden      bool            `json:"hidden"`
	Message     json.RawMessage `json:"message"`
	Previous    json.RawMessage `json:"previous_message"`
	Assistant   struct {
		User    str `json:"user_id"`
		Channel str `json:"channel_id"`
		Thread  str `json:"thread_ts"`
	} `json:"assistant_thread"`
	Tokens struct {
		Bot []string `json:"bot"`
	} `json:"tokens"`
}

// message reads a message inside the event; the zero event where there is none.
func message(raw json.RawMessage) event {
	var m event
	if json.Unmarshal(raw, &m) != nil {
		return event{}
	}
	return m
}

// handle takes in one thing that happened: an [event], a [slash] or an [interaction].
// What it returns with a nil error is the reply that goes with the acknowledgement,
// or nil. With an error nothing may be acknowledged: Slack tells again.
func (b *Bot) handle(ctx context.Context, team string, what any) (reply any, err error) {
	switch e := what.(type) {
	case event:
		return nil, b.event(ctx, team, e)
	case slash:
		return b.slash(ctx, team, e)
	case interaction:
		return b.interact(ctx, team, e)
	}
	return nil, fmt.Errorf("handle %T: nothing known", what)
}

// event takes in an event. Unknown ones are passed over.
func (b *Bot) event(ctx context.Context, team string, e event) error {
	switch e.Type {
	case "app_uninstalled":
		return b.forget(ctx, team, e.Type)
	case "tokens_revoked":
		if len(e.Tokens.Bot) > 0 {
			return b.forget(ctx, team, e.Type)
		}
		return nil
	case "message", "app_mention", "app_home_opened", "assistant_thread_started":
	default: // assistant_thread_context_changed, app_context_changed: the answers are the same whatever is looked at
		return nil
	}
	ws, err := b.workspace(ctx, team)
	if err != nil {
		return b.passed(err)
	}
	switch e.Type {
	case "app_home_opened":
		b.homeOpened(ctx, ws, e)
		return nil
	case "assistant_thread_started":
		b.offer(ctx, ws, string(e.Assistant.Channel), string(e.Assistant.Thread), string(e.Assistant.User))
		return nil
	}
	switch e.Subtype {
	case "", "file_share", "thread_broadcast", "me_message":
		return b.said(ctx, ws, e)
	case "message_changed":
		return b.changed(ctx, ws, e)
	case "message_deleted":
		return b.deleted(ctx, ws, string(e.Channel), cmp.Or(string(e.DeletedTS), string(message(e.Previous).TS)))
	}
	return nil
}

// passed decides about an event for which there is no workspace. Slack need not tell
// again of one that has not installed the app.
func (b *Bot) passed(err error) error {
	if isGone(err) {
		b.log.Error("slack: event passed over", "error", err)
		return nil
	}
	return err
}

// person tells whether a person of the workspace wrote a message: not a bot, nor we.
func (ws *workspace) person(m event) bool {
	return m.BotID == "" && m.User != "" && string(m.User) != ws.user && m.User != "USLACKBOT" && !m.Hidden
}

// said takes in a message: a question, where it is to the bot.
func (b *Bot) said(ctx context.Context, ws *workspace, m event) error {
	if !ws.person(m) || m.Channel == "" || m.TS == "" {
		return nil
	}
	text, mentioned := ws.words(string(m.Text))
	to := address{Team: ws.team, Channel: string(m.Channel), TS: string(m.TS), Thread: string(m.ThreadTS), User: string(m.User)}
	to.Direct = m.ChannelType == "im" || strings.HasPrefix(to.Channel, "D")
	if !to.Direct && !mentioned && m.Type != "app_mention" && (to.Thread == "" || b.conf.MentionOnly || !asks(text, string(m.Text))) {
		return nil
	}
	talk, ours, err := b.talk(ctx, to)
	if err != nil {
		return fmt.Errorf("message %s: %w", to.key(), err)
	}
	switch {
	case to.Direct:
		to.Assistant = to.Thread != ""
	case mentioned || m.Type == "app_mention":
		to.Alone = to.Thread != "" && !ours
		to.Thread = cmp.Or(to.Thread, to.TS)
	case !ours:
		return nil
	}
	return b.take(ctx, ws, to, bot.Question{ID: to.key(), Text: cmp.Or(text, askHelp), Conversation: talk})
}

// askHelp is what a mention alone asks. Its kind is that of its words, so that an edit
// can make another question of it.
const askHelp = "help"

// take accepts a question. When it returns nil, the question is durable.
func (b *Bot) take(ctx context.Context, ws *workspace, to address, q bot.Question) error {
	if to.Channel != "" && to.User != "" {
		q.Language = b.language(ctx, ws, to.User, q.Text)
	}
	q.Asker, q.Place = asker(to.Team, to.User), to.place()
	where, err := json.Marshal(to)
	if err != nil {
		return fmt.Errorf("encode address: %w", err)
	}
	sign := b.sign(to, q.ID) // before the answer can be there
	fresh, err := b.intake.Accept(ctx, bot.Errand{Key: q.ID, Adapter: adapterName, Question: q, Address: where})
	if sign != nil && (err != nil || !fresh || !b.working(ctx, ws, to, q, sign)) {
		b.signDone(q.ID, sign)
	}
	if err != nil {
		return err
	}
	b.log.Info("slack: question", "key", q.ID, "fresh", fresh, "private", to.Private, "direct", to.Direct, "characters", utf8.RuneCountInString(q.Text))
	return nil
}

// asker names a person for the core.
func asker(team, user string) string { return adapterName + ":" + team + ":" + user }

// talk returns the conversation that a message belongs to, and whether the bot is
// part of it: it has been asked there, or has answered.
func (b *Bot) talk(ctx context.Context, to address) (talk string, ours bool, err error) {
	place := adapterName + ":" + to.Team + ":" + to.Channel
	if to.Thread == "" || to.Thread == to.TS {
		if to.Direct {
			return place, true, nil
		}
		return place + ":" + to.TS, false, nil
	}
	own := place + ":" + to.Thread
	turns, err := b.store.Turns(ctx, own, 1)
	if err != nil || len(turns) > 0 {
		return own, true, err
	}
	// The message above the thread may be a question that is not answered yet, or an
	// answer that stands by itself.
	e, _, ok, err := b.store.Errand(ctx, own)
	if err == nil && !ok {
		e, _, ok, err = b.store.ByPost(ctx, adapterName, posted{Channel: to.Channel, TS: []string{to.Thread}}.String())
	}
	if err != nil || !ok {
		return own, false, err
	}
	return cmp.Or(e.Question.Conversation, own), true, nil
}

// changed takes in that a message is another now. Slack says so for much that nobody
// wrote: previews, replies, our own updates.
func (b *Bot) changed(ctx context.Context, ws *workspace, e event) error {
	now, before := message(e.Message), message(e.Previous)
	channel := cmp.Or(string(e.Channel), string(now.Channel))
	if now.Subtype == "tombstone" { // deleted, with replies below it
		return b.deleted(ctx, ws, channel, string(now.TS))
	}
	if now.TS == "" || now.BotID != "" || now.User == "" || string(now.User) == ws.user || before.Text == now.Text {
		return nil
	}
	now.Channel, now.ChannelType = str(channel), e.ChannelType
	key := address{Team: ws.team, Channel: channel, TS: string(now.TS)}.key()
	b.log.Debug("slack: message changed", "key", key)
	return b.edited(ctx, ws, now, string(before.Text), key)
}

// edited takes in that somebody has written a message anew: a question is another, or
// none any more; or it is one now, because its mention was forgotten. What is older
// than the window stays as it was.
func (b *Bot) edited(ctx context.Context, ws *workspace, now event, before, key string) error {
	text, mentioned := ws.words(string(now.Text))
	e, _, known, err := b.store.Errand(ctx, key)
	if err != nil {
		return fmt.Errorf("message %s: %w", key, err)
	}
	if !known {
		if mentioned && time.Since(written(string(now.TS))) < editWindow {
			return b.said(ctx, ws, now)
		}
		return nil
	}
	_, was := ws.words(before)
	inThread := now.ThreadTS != "" && now.ThreadTS != now.TS && !b.conf.MentionOnly && asks(text, string(now.Text))
	switch {
	case !was || mentioned || inThread || now.ChannelType == "im" || strings.HasPrefix(string(now.Channel), "D"):
		return b.intake.Edit(ctx, key, cmp.Or(text, askHelp), editWindow)
	case time.Since(e.Accepted) > editWindow:
		return nil
	}
	return b.intake.Withdraw(ctx, key)
}

// written returns when a message was written, as its timestamp tells; the zero time
// where it does not.
func written(ts string) time.Time {
	seconds, _, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// deleted takes in that a message is gone.
func (b *Bot) deleted(ctx context.Context, ws *workspace, channel, ts string) error {
	if channel == "" || ts == "" {
		return nil
	}
	key := address{Team: ws.team, Channel: channel, TS: ts}.key()
	b.log.Debug("slack: message deleted", "key", key)
	return b.intake.Withdraw(ctx, key)
}

// forget removes what a workspace entrusted to us.
func (b *Bot) forget(ctx context.Context, team, why string) error {
	b.log.Warn("slack: a workspace has taken its token back; where SLACK_BOT_TOKEN was its token, set a new one", "team", team, "event", why)
	if err := b.store.Uninstall(ctx, adapterName, team); err != nil {
		return fmt.Errorf("forget %s: %w", team, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.home != nil && b.teams[team] == b.home {
		b.home = nil
	}
	delete(b.teams, team)
	return nil
}

// entity is what Slack writes between < and >: a mention, a channel, a link.
var entity = regexp.MustCompile(`<([^<>]*)>`)

// words returns what a person wrote: without the mention of the bot, and with what
// Slack has marked up as it was read. mentioned tells whether the bot was meant.
func (ws *workspace) words(text string) (_ string, mentioned bool) {
	text = entity.ReplaceAllStringFunc(text, func(s string) string {
		inside, label, _ := strings.Cut(s[1:len(s)-1], "|")
		switch {
		case inside == "@"+ws.user && ws.user != "":
			mentioned = true
			return " "
		case strings.HasPrefix(inside, "@"):
			if label != "" {
				return "@" + strings.TrimPrefix(label, "@")
			}
			return ""
		case strings.HasPrefix(inside, "#"):
			if label != "" {
				return "#" + label
			}
			return ""
		case strings.HasPrefix(inside, "!"):
			return label
		}
		return cmp.Or(label, inside)
	})
	text = unescape.Replace(text)
	if mentioned {
		text = strings.TrimLeft(text, " ,:;\u3001\uff0c\uff1a\t\n")
	}
	return strings.TrimSpace(text), mentioned
}

// unescape reads the three characters that Slack escapes.
var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// asks tells whether a message in a thread that the bot is part of is meant for the
// bot though it does not mention it: it asks or demands something, and of nobody
// else. People who talk to each other below an answer are left alone.
func asks(text, raw string) bool {
	for _, m := range entity.FindAllStringSubmatch(raw, -1) {
		if strings.HasPrefix(m[1], "@") || strings.HasPrefix(m[1], "!subteam") {
			return false
		}
	}
	return bot.Asks(text)
}

// receive decodes what came by either way and hands it on. kind is as in Socket
// Mode: events_api, slash_commands or interactive.
func (b *Bot) receive(ctx context.Context, kind string, payload []byte) (reply any, err error) {
	switch kind {
	case "events_api":
		var o outer
		if err := json.Unmarshal(payload, &o); err != nil {
			return nil, b.unreadable(kind, err)
		}
		if o.Type == "app_rate_limited" {
			b.log.Error("slack: events are held back, there are more than 30,000 an hour", "team", o.TeamID)
			return nil, nil
		}
		var e event
		if len(o.Event) > 0 {
			if err := json.Unmarshal(o.Event, &e); err != nil {
				return nil, b.unreadable(kind, err)
			}
		}
		b.log.Debug("slack: event", "type", e.Type, "subtype", string(e.Subtype), "event", string(o.EventID), "team", o.team(), "channel", string(e.Channel), "ts", string(e.TS))
		return b.handle(ctx, o.team(), e)
	case "slash_commands":
		var c slash
		if err := json.Unmarshal(payload, &c); err != nil {
			return nil, b.unreadable(kind, err)
		}
		return b.handle(ctx, string(c.Team), c)
	case "interactive":
		var i interaction
		if err := json.Unmarshal(payload, &i); err != nil {
			return nil, b.unreadable(kind, err)
		}
		return b.handle(ctx, i.team(), i)
	}
	b.log.Debug("slack: passed over", "type", kind)
	return nil, nil
}

// unreadable logs what cannot be decoded, which telling again would not mend. The
// error's text could hold some of it, so that only its type is kept.
func (b *Bot) unreadable(kind string, err error) error {
	b.log.Warn("slack: cannot be read", "type", kind, "error", fmt.Sprintf("%T", err))
	return nil
}
