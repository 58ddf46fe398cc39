package fakeslack

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// content is what a message consists of.
func (c *call) content() (Message, error) {
	m := Message{
		Text: c.str("text"), Blocks: c.list("blocks"), Attachments: c.list("attachments"), Metadata: metadata(c.args["metadata"]),
		User: c.team.BotUser, BotID: c.team.BotID, Username: c.str("username"), Via: c.name,
	}
	if md := c.str("markdown_text"); md != "" {
		if m.Text != "" || len(m.Blocks) > 0 {
			return m, refuse("markdown_text_conflict")
		}
		m.Text = md
	}
	if m.Text == "" && len(m.Blocks) == 0 && len(m.Attachments) == 0 {
		return m, refuse("no_text")
	}
	if utf8.RuneCountInString(m.Text) > maxMessageText {
		m.Text, m.Truncated = string([]rune(m.Text)[:maxMessageText]), true
	}
	return m, nil
}

// metadata decodes a metadata argument; nil where there is none or it is empty.
func metadata(x any) *Metadata {
	event := str(x, "event_type")
	if event == "" {
		return nil
	}
	payload, _ := field(x, "event_payload").(obj)
	return &Metadata{EventType: event, EventPayload: payload}
}

var link = regexp.MustCompile(`https?://`)

// unfurls reports whether Slack would make previews of the message's links: unless both flags say no, it may.
func (c *call) unfurls(m Message) bool {
	quiet := c.args["unfurl_links"] == false && c.args["unfurl_media"] == false
	return !quiet && link.MatchString(m.Text+m.AllText())
}

func postMessage(c *call) (obj, error) {
	ch, err := c.writable("channel")
	if err != nil {
		return nil, err
	}
	m, err := c.content()
	if err != nil {
		return nil, err
	}
	if m.Metadata == nil && c.args["metadata"] != nil && field(c.args["metadata"], "entities") == nil {
		return nil, refuse("invalid_metadata_format")
	}
	m.ThreadTS = ch.threadFor(c.str("thread_ts"))
	m.Broadcast = c.flag("reply_broadcast") && m.ThreadTS != ""
	kept := c.post(ch, m)
	if c.unfurls(m) {
		c.unfurl(kept)
	}
	return obj{"channel": ch.ID, "ts": kept.TS, "message": c.s.messageJSON(kept, true)}, nil
}

// post adds a message of the bot and tells of it.
func (c *call) post(ch *channel, m Message) *Message {
	kept := c.s.world.add(ch, m, c.s.clock.Now())
	c.s.clearStatus(ch.ID, kept.ThreadTS)
	c.emit(c.s.messageEvents(ch, kept)...)
	c.s.changed.Notify()
	return kept
}

// unfurl adds the preview of a link to a message, which Slack does as a change of it.
func (c *call) unfurl(m *Message) {
	before := *m
	m.Unfurled = true
	m.Attachments = append(slices.Clone(m.Attachments), obj{"service_name": "preview", "text": "preview of a link", "fallback": "preview"})
	c.emit(c.s.changedEvent(c.s.world.channels[m.Channel], &before, m))
}

// own finds a message of the bot that is to be changed.
func (c *call) own(refusal string) (*channel, *Message, error) {
	ch, err := c.channel("channel")
	if err != nil {
		return nil, nil, err
	}
	m := ch.find(c.str("ts"))
	if m == nil {
		return nil, nil, refuse("message_not_found")
	}
	if m.BotID != c.team.BotID {
		return nil, nil, refuse(refusal)
	}
	return ch, m, nil
}

func updateMessage(c *call) (obj, error) {
	ch, m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, refuse("is_inactive")
	}
	if c.s.streamState(m) == Streaming {
		return nil, refuse("streaming_state_conflict")
	}
	_, hasBlocks := c.args["blocks"]
	_, hasAttachments := c.args["attachments"]
	if c.str("text") == "" && c.str("markdown_text") == "" && len(c.list("blocks")) == 0 && len(c.list("attachments")) == 0 {
		return nil, refuse("no_text")
	}
	c.s.edit(c, ch, m, func() {
		if text := c.str("text") + c.str("markdown_text"); text != "" {
			m.Text = text
		}
		switch {
		case hasBlocks:
			m.Blocks = withBlockIDs(c.s.world, c.list("blocks"))
		case c.str("markdown_text") != "":
			m.Blocks = nil
		}
		if hasAttachments {
			m.Attachments = c.list("attachments")
		}
		if md := metadata(c.args["metadata"]); md != nil {
			m.Metadata = md
		}
	})
	return obj{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": c.s.messageJSON(m, true)}, nil
}

// edit changes a message in place and tells of it.
func (s *Server) edit(c *call, ch *channel, m *Message, change func()) {
	before := *m
	change()
	m.Edits++
	m.EditedTS = stampOf(s.clock.Now())
	s.world.index(m)
	c.emit(s.changedEvent(ch, &before, m))
	s.changed.Notify()
}

func deleteMessage(c *call) (obj, error) {
	ch, m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.emit(c.s.remove(ch, m)...)
	return obj{"channel": ch.ID, "ts": m.TS}, nil
}

// remove deletes a message and returns the event of it.
func (s *Server) remove(ch *channel, m *Message) []outgoing {
	m.Deleted = true
	if m.Stream == Streaming {
		m.Stream = StreamStopped
	}
	s.changed.Notify()
	return []outgoing{s.deletedEvent(ch, m)}
}

func postEphemeral(c *call) (obj, error) {
	ch, err := c.writable("channel")
	if err != nil {
		return nil, err
	}
	user := c.str("user")
	if u := c.s.world.users[user]; u == nil || u.Team != c.team.ID {
		return nil, refuse("user_not_found")
	}
	if !ch.members[user] {
		return nil, refuse("user_not_in_channel")
	}
	m, err := c.content()
	if err != nil {
		return nil, err
	}
	m.EphemeralTo = user
	m.ThreadTS = ch.threadFor(c.str("thread_ts"))
	kept := c.s.world.add(ch, m, c.s.clock.Now())
	c.s.changed.Notify()
	return obj{"channel": ch.ID, "message_ts": kept.TS}, nil
}

func getPermalink(c *call) (obj, error) {
	ch, err := c.channel("channel")
	if err != nil {
		return nil, err
	}
	m := ch.find(c.str("message_ts"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return obj{"channel": ch.ID, "permalink": m.Permalink}, nil
}

func reactionAdd(c *call) (obj, error) {
	ch, err := c.writable("channel")
	if err != nil {
		return nil, err
	}
	m := ch.find(c.str("timestamp"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	name := strings.Trim(c.str("name"), ":")
	if name == "" {
		return nil, refuse("invalid_name")
	}
	if !react(m, name, c.team.BotUser) {
		return nil, refuse("already_reacted")
	}
	c.emit(c.s.reactionEvent(ch, m, name, c.team.BotUser))
	c.s.changed.Notify()
	return nil, nil
}

// react adds a reaction; false where it was there.
func react(m *Message, name, user string) bool {
	if slices.Contains(m.Reactions[name], user) {
		return false
	}
	reactions := maps.Clone(m.Reactions)
	if reactions == nil {
		reactions = map[string][]string{}
	}
	reactions[name] = append(slices.Clone(reactions[name]), user)
	m.Reactions = reactions
	return true
}

// stampOf writes a time as Slack does.
func stampOf(t time.Time) string {
	whole, fraction := t.UnixMicro()/1e6, t.UnixMicro()%1e6
	return formatStamp(whole, fraction)
}
