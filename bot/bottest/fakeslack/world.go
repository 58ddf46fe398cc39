package fakeslack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Channel is a place to speak in. Its kind follows from the flags; a channel without any is public.
type Channel struct {
	ID, Team, Name string
	Private        bool
	IM, MPIM       bool
	Archived       bool
	WithoutBot     bool // the bot is not a member
	Members        []string
}

// Kind is Slack's channel_type: "channel", "group", "im" or "mpim".
func (c Channel) Kind() string {
	switch {
	case c.IM:
		return "im"
	case c.MPIM:
		return "mpim"
	case c.Private:
		return "group"
	}
	return "channel"
}

// User is a person or a bot of a team.
type User struct {
	ID, Team, Name string
	Bot            bool
	Classic        bool // of bots: their messages are bot_message without a user, not messages with user and bot_id
	BotID          string
	Deleted        bool
}

// Message is one message as it stands. It is a copy; its slices and maps are never changed after.
type Message struct {
	Team, Channel, TS, ThreadTS string
	User, BotID, Username       string // BotID is "" for people
	Text                        string // as Slack keeps it: escaped mrkdwn; for streams and markdown_text, markdown
	Blocks, Attachments         []any  // decoded JSON
	Metadata                    *Metadata
	Subtype                     string
	EphemeralTo                 string // the only user who sees it; "" for ordinary messages
	EditedTS                    string
	Edits                       int // how often it was changed, appended to or edited
	Deleted                     bool
	Reactions                   map[string][]string // emoji: users
	Stream                      StreamState
	Chunks                      []any // the chunks of a stream, in order
	Unfurled                    bool  // a link became a preview: unfurl_links and unfurl_media were not both false
	Broadcast                   bool
	Truncated                   bool   // the text was longer than 40,000 characters
	Permalink                   string // address of the message
	Via                         string // what made it: a method's name, "response_url", "response", or "" for people
	At                          time.Time
	RealAt                      time.Time // when it was made, in real time, for measurements
}

// Metadata is a message's metadata.
type Metadata struct {
	EventType    string
	EventPayload map[string]any
}

// StreamState says how a streamed message stands; "" for a message that never streamed.
type StreamState string

// The states of a stream.
const (
	Streaming     StreamState = "streaming"
	StreamStopped StreamState = "stopped"
	StreamExpired StreamState = "expired"
	StreamRefused StreamState = "stopped_by_user"
)

// Button is an element of a message or view that can be clicked or chosen from.
type Button struct {
	Type, BlockID, ActionID, Text, Value, URL string
}

// View is a home tab or a modal as it stands.
type View struct {
	ID, Team, User, Type, CallbackID, ExternalID, PrivateMetadata, Title, Hash string
	Root, Previous                                                             string
	Blocks                                                                     []any
	NotifyOnClose                                                              bool
	Errors                                                                     map[string]string // shown below inputs after a refused submission
}

// AssistantThread is what the assistant methods set on a thread.
type AssistantThread struct {
	Status          string
	LoadingMessages []string
	Title           string
	PromptsTitle    string
	Prompts         []Prompt
	until           time.Time
}

// Prompt is a suggested prompt.
type Prompt struct{ Title, Message string }

// world is all that Slack knows. Server.mu guards it.
type world struct {
	teams      map[string]*team
	users      map[string]*User
	channels   map[string]*channel
	byKey      map[string][]*Message // live and dead messages by each string of their metadata payload
	ephemerals map[string][]*Message
	homes      map[string]*View
	views      map[string]*View
	modals     map[string][]*View // stack by user, top last
	triggers   map[string]*trigger
	urls       map[string]*responseURL
	threads    map[string]*AssistantThread // by channel + "/" + ts; ts "" for the whole channel
	codes      map[string]string           // OAuth code: team, "" once used
	serial     int
}

type team struct {
	Team
	scopes    []string
	installed bool
	revoked   map[string]string // old token: why it is refused
}

type channel struct {
	Channel
	members map[string]bool
	msgs    []*Message // by ts, deleted ones too
	byTS    map[string]*Message
	replies map[string][]*Message // by the parent's ts, deleted ones too
	last    int64
}

func newWorld(cfg Config) *world {
	w := &world{
		teams: map[string]*team{}, users: map[string]*User{}, channels: map[string]*channel{}, byKey: map[string][]*Message{},
		ephemerals: map[string][]*Message{}, homes: map[string]*View{}, views: map[string]*View{}, modals: map[string][]*View{},
		triggers: map[string]*trigger{}, urls: map[string]*responseURL{}, threads: map[string]*AssistantThread{}, codes: map[string]string{},
	}
	for _, t := range cfg.Teams {
		w.teams[t.ID] = &team{Team: t, scopes: slices.Clone(cfg.Scopes), installed: true, revoked: map[string]string{}}
		w.users[t.BotUser] = &User{ID: t.BotUser, Team: t.ID, Name: "footnote", Bot: true, BotID: t.BotID}
	}
	return w
}

// id makes a fresh id.
func (w *world) id(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%08d", prefix, w.serial)
}

// dm is the direct message channel of the team's bot with the user, made where it is missing.
func (w *world) dm(t *team, user string) *channel {
	id := "D" + strings.TrimPrefix(strings.TrimPrefix(user, "U"), "W")
	if ch := w.channels[id]; ch != nil {
		return ch
	}
	return w.addChannel(Channel{ID: id, Team: t.ID, IM: true, Members: []string{user}})
}

func (w *world) addChannel(c Channel) *channel {
	ch := &channel{Channel: c, members: map[string]bool{}, byTS: map[string]*Message{}, replies: map[string][]*Message{}}
	for _, m := range c.Members {
		ch.members[m] = true
	}
	if !c.WithoutBot {
		ch.members[w.teams[c.Team].BotUser] = true
	}
	w.channels[c.ID] = ch
	return ch
}

// find is the live message with the timestamp, nil where there is none.
func (ch *channel) find(ts string) *Message {
	if m := ch.byTS[ts]; m != nil && !m.Deleted {
		return m
	}
	return nil
}

// liveReplies are the replies to ts that are not deleted.
func (ch *channel) liveReplies(ts string) []*Message {
	var live []*Message
	for _, m := range ch.replies[ts] {
		if !m.Deleted {
			live = append(live, m)
		}
	}
	return live
}

// stamp makes the next timestamp of the channel: unique there and increasing, not unique between channels.
func (ch *channel) stamp(now time.Time) string {
	micros := max(now.UnixMicro(), ch.last+1)
	ch.last = micros
	return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6)
}

// add keeps a message, giving it a timestamp. The thread must have been looked up by threadFor.
func (w *world) add(ch *channel, m Message, now time.Time) *Message {
	kept := &m
	kept.Team, kept.Channel = ch.Team, ch.ID
	kept.TS = ch.stamp(now)
	kept.At, kept.RealAt = now, time.Now()
	kept.Permalink = fmt.Sprintf("https://%s.slack.com/archives/%s/p%s", w.teams[ch.Team].Domain, ch.ID, strings.Replace(kept.TS, ".", "", 1))
	kept.Blocks = withBlockIDs(w, kept.Blocks)
	if kept.EphemeralTo != "" {
		w.ephemerals[kept.EphemeralTo] = append(w.ephemerals[kept.EphemeralTo], kept)
		return kept
	}
	ch.msgs = append(ch.msgs, kept)
	ch.byTS[kept.TS] = kept
	if kept.ThreadTS != "" {
		ch.replies[kept.ThreadTS] = append(ch.replies[kept.ThreadTS], kept)
	}
	w.index(kept)
	return kept
}

// index makes m findable by its metadata.
func (w *world) index(m *Message) {
	if m.Metadata == nil {
		return
	}
	for _, v := range m.Metadata.EventPayload {
		if key, ok := v.(string); ok && !slices.Contains(w.byKey[key], m) {
			w.byKey[key] = append(w.byKey[key], m)
		}
	}
}

// threadFor is the parent that a reply to ts hangs on: ts itself, the parent of ts where ts is a reply, and "" where the message
// is gone and left no thread, so that the reply stands alone. That is what Slack does with a deleted parent.
func (ch *channel) threadFor(ts string) string {
	if ts == "" {
		return ""
	}
	if m := ch.find(ts); m != nil {
		if m.ThreadTS != "" {
			return m.ThreadTS
		}
		return ts
	}
	if len(ch.liveReplies(ts)) > 0 {
		return ts // a tombstone keeps its thread
	}
	return ""
}

// withBlockIDs returns blocks with an id on each, as Slack gives it to those that lack one.
func withBlockIDs(w *world, blocks []any) []any {
	if blocks == nil {
		return nil
	}
	out := make([]any, len(blocks))
	for i, b := range blocks {
		block, ok := b.(obj)
		if !ok {
			out[i] = b
			continue
		}
		if id, _ := block["block_id"].(string); id == "" {
			block = maps.Clone(block)
			block["block_id"] = w.id("b")
		}
		out[i] = block
	}
	return out
}

// trigger is a trigger_id: it opens one view within three seconds.
type trigger struct {
	user, team string
	at         time.Time
	used       bool
	view       string // the view it came from, for views.push
}

func (w *world) newTrigger(user, team, view string, now time.Time) string {
	id := w.id("trigger.")
	w.triggers[id] = &trigger{user: user, team: team, at: now, view: view}
	return id
}
