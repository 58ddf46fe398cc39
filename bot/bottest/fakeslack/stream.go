package fakeslack

import (
	"slices"
	"strings"
)

// A stream takes text until it is stopped, by the app, by the reader, or by its age.

func startStream(c *call) (obj, error) {
	ch, err := c.writable("channel")
	if err != nil {
		return nil, err
	}
	if !ch.IM {
		if c.s.cfg.NoChannelStreams {
			return nil, refuse("channel_type_not_supported")
		}
		if err := c.recipient(); err != nil {
			return nil, err
		}
	}
	m := Message{User: c.team.BotUser, BotID: c.team.BotID, Username: c.str("username"), Stream: Streaming, Via: c.name}
	if thread := c.str("thread_ts"); thread != "" {
		if m.ThreadTS = ch.threadFor(thread); m.ThreadTS == "" {
			return nil, refuse("message_not_found")
		}
	}
	if err := c.flow(&m); err != nil {
		return nil, err
	}
	kept := c.post(ch, m)
	return obj{"channel": ch.ID, "ts": kept.TS}, nil
}

// recipient checks the reader that a stream in a channel needs.
func (c *call) recipient() error {
	team, user := c.str("recipient_team_id"), c.str("recipient_user_id")
	switch {
	case user == "":
		return refuse("missing_recipient_user_id")
	case team == "":
		return refuse("missing_recipient_team_id")
	case c.s.world.teams[team] == nil:
		return refuse("team_not_found")
	case c.s.world.users[user] == nil:
		return refuse("user_not_found")
	}
	return nil
}

func appendStream(c *call) (obj, error) {
	ch, m, err := c.flowing()
	if err != nil {
		return nil, err
	}
	if c.str("markdown_text") == "" && len(c.list("chunks")) == 0 {
		return nil, refuse("no_text")
	}
	next := *m
	if err := c.flow(&next); err != nil {
		return nil, err
	}
	*m = next
	m.Edits++
	c.s.changed.Notify()
	return obj{"channel": ch.ID, "ts": m.TS}, nil
}

func stopStream(c *call) (obj, error) {
	ch, m, err := c.flowing()
	if err != nil {
		return nil, err
	}
	if len(c.list("blocks")) > maxMessageBlocks {
		return nil, refuse("msg_blocks_too_many")
	}
	next := *m
	if err := c.flow(&next); err != nil {
		return nil, err
	}
	next.Blocks = append(slices.Clone(next.Blocks), withBlockIDs(c.s.world, c.list("blocks"))...)
	next.Stream = StreamStopped
	if md := metadata(c.args["metadata"]); md != nil {
		next.Metadata = md
	}
	c.s.edit(c, ch, m, func() { *m = next })
	return obj{"channel": ch.ID, "ts": m.TS, "message": c.s.messageJSON(m, true)}, nil
}

// flowing finds the app's stream that still takes text.
func (c *call) flowing() (*channel, *Message, error) {
	ch, m, err := c.own("message_not_owned_by_app")
	if err != nil {
		return nil, nil, err
	}
	switch c.s.streamState(m) {
	case Streaming:
		return ch, m, nil
	case StreamRefused:
		return nil, nil, refuse("stopped_by_user")
	}
	return nil, nil, refuse("message_not_in_streaming_state")
}

// flow appends a call's text and chunks. A stream that began with text takes text only, and one that began with chunks takes
// chunks only: nobody documents it, several have measured it (?).
func (c *call) flow(m *Message) error {
	text, chunks := c.str("markdown_text"), c.list("chunks")
	if m.TS != "" {
		if text != "" && len(m.Chunks) > 0 || len(chunks) > 0 && m.Text != "" && len(m.Chunks) == 0 {
			return refuse("streaming_mode_mismatch")
		}
	}
	m.Text += text
	for _, chunk := range chunks {
		m.Chunks = append(slices.Clone(m.Chunks), chunk)
		switch str(chunk, "type") {
		case "markdown_text":
			m.Text += str(chunk, "text")
		case "blocks":
			blocks, _ := field(chunk, "blocks").([]any)
			m.Blocks = append(slices.Clone(m.Blocks), withBlockIDs(c.s.world, blocks)...)
		case "task_update", "plan_update":
		default:
			return refuse("invalid_chunks")
		}
	}
	return nil
}

// streamState is how the message's stream stands now, ending it where it is too old.
func (s *Server) streamState(m *Message) StreamState {
	if m.Stream == Streaming && s.clock.Now().Sub(m.At) >= s.cfg.StreamLife {
		m.Stream = StreamExpired
	}
	return m.Stream
}

// EndStream ends the message's stream as Slack does when it is too old, or as its reader does, by StreamRefused. It reports
// whether there was a stream to end.
func (s *Server) EndStream(channelID, ts string, as StreamState) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.world.channels[channelID]
	if ch == nil || ch.find(ts) == nil || ch.find(ts).Stream != Streaming {
		return false
	}
	ch.find(ts).Stream = as
	s.changed.Notify()
	return true
}

// statusKey is where the assistant's settings of a thread are kept.
func statusKey(channelID, ts string) string { return strings.Join([]string{channelID, ts}, "/") }
