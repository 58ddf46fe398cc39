package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"footnote/bot"
	"footnote/bot/layout"
)

// ErrNoStream is wrapped where an answer cannot be shown while it is written: then
// it is posted when it is complete.
var ErrNoStream = errors.New("no streaming here")

// mostStreamed is how much of a text one call takes.
const mostStreamed = 11_000

// Stream shows an answer while it is written, sentence by sentence. Slack ends a
// stream after about five minutes, or when it likes, and says so only at the next
// sentence: from then on a Stream shows nothing more, and [Bot.Deliver] with what
// Stop returned puts the whole answer in its place. It is for one goroutine.
type Stream struct {
	api           *slack.Client
	channel, ts   string
	dead, stopped bool
}

// Stream begins to show the answer to an errand. The error wraps [ErrNoStream] where
// the place or the configuration does not allow it.
func (b *Bot) Stream(ctx context.Context, e bot.Errand) (*Stream, error) {
	var to address
	if err := json.Unmarshal(e.Address, &to); err != nil {
		return nil, fmt.Errorf("%w: the address of %s is not readable", ErrNoStream, e.Key)
	}
	if !b.conf.Streams || !to.Direct || to.Thread == "" || e.Posted != "" || b.mayHaveSent(e) {
		return nil, ErrNoStream
	}
	ws, err := b.workspace(ctx, to.Team)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoStream, err)
	}
	channel, ts, err := ws.api.StartStreamContext(ctx, to.Channel, slack.MsgOptionTS(to.Thread),
		slack.MsgOptionRecipientUserID(to.User), slack.MsgOptionRecipientTeamID(to.Team))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoStream, classify("chat.startStream", err))
	}
	return &Stream{api: ws.api, channel: channel, ts: ts}, nil
}

// Write shows more of the answer, as it is: nothing in it formats, links or pings.
// Once the stream has died it does nothing, and is no error.
func (s *Stream) Write(ctx context.Context, text string) error {
	for text != "" && !s.dead && !s.stopped {
		part := escape(layout.Clean(text))
		text = ""
		if len(part) > mostStreamed {
			n := cutAt(part, mostStreamed)
			part, text = part[:n], part[n:]
		}
		_, _, err := s.api.AppendStreamContext(ctx, s.channel, s.ts, slack.MsgOptionMarkdownText(part))
		if c := codeOf(err); c != "" && c != "ratelimited" {
			s.dead = true
			return nil
		}
		if err != nil {
			return classify("chat.appendStream", err)
		}
	}
	return nil
}

// cutAt returns the last place at or before n where no character is cut.
func cutAt(text string, n int) int {
	for n > 0 && text[n]&0xc0 == 0x80 {
		n--
	}
	return n
}

// Stop ends the stream and returns the id of its message, for the errand's Posted:
// then [Bot.Deliver] changes that message into the whole answer.
func (s *Stream) Stop(ctx context.Context) (string, error) {
	id := posted{Channel: s.channel, TS: []string{s.ts}}.String()
	if s.dead || s.stopped {
		return id, nil
	}
	s.stopped = true
	_, _, err := s.api.StopStreamContext(ctx, s.channel, s.ts)
	if codeOf(err) != "" { // it has ended without us
		return id, nil
	}
	return id, classify("chat.stopStream", err)
}
