package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"footnote/bot/layout"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	lanes     = 16                    // events taken in at once; those of one channel one after the other
	laneDepth = 64                    // events that wait in a lane before nothing more is read
	ackGrace  = 50 * time.Millisecond // for the last acknowledgements to be written
	maxFrame  = 4 << 20               // bytes of one event
)

// envelope is one request that came over the socket.
type envelope struct {
	ID      string          `json:"envelope_id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
	Retry   int             `json:"retry_attempt"`
	Reason  string          `json:"retry_reason"`
}

// socket keeps a Socket Mode connection until ctx ends; then it finishes and
// acknowledges what has come. It connects again for ever, but for a token that Slack
// does not accept.
func (b *Bot) socket(ctx context.Context) error {
	for n := 0; ; n++ {
		begun := time.Now()
		err := b.connection(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if fatal[codeOf(err)] {
			return fmt.Errorf("slack: Slack does not accept SLACK_APP_TOKEN: make a new app-level token with the scope connections:write under “Basic Information”, and switch Socket Mode on: %w", err)
		}
		if time.Since(begun) > time.Minute {
			n = 0
		}
		d := backoff(n)
		b.log.Warn("slack: the connection ended", "again in", d, "error", safe(err))
		if sleep(ctx, d) != nil {
			return nil
		}
	}
}

// connection runs one client until ctx ends or it gives up. It reconnects by itself.
func (b *Bot) connection(ctx context.Context) error {
	client := socketmode.New(b.api(""), socketmode.OptionLog(silent{}), socketmode.OptionReadLimit(maxFrame))
	// The connection outlives ctx by as long as it takes to acknowledge.
	live, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(live) }()

	var last atomic.Int64 // when something was last acknowledged
	in := newLanes(func(e envelope) {
		b.admit(live, client, e)
		last.Store(time.Now().UnixNano())
	})
	running, err := b.read(ctx, client, in, ended)
	in.close()
	b.up.Store(false)
	if !running {
		return err
	}
	_ = sleep(live, time.Until(time.Unix(0, last.Load()).Add(ackGrace)))
	hangUp()
	for { // what the client still has to say must not hold it up
		select {
		case <-client.Events:
		case <-ended:
			return err
		}
	}
}

// read hands on what comes until ctx ends; running is false where the client has
// ended by itself.
func (b *Bot) read(ctx context.Context, client *socketmode.Client, in *laneSet, ended <-chan error) (running bool, err error) {
	for {
		select {
		case <-ctx.Done():
			return true, nil
		case err := <-ended:
			return false, err
		case e := <-client.Events:
			if env, ok := b.envelope(e); ok && !in.put(ctx, env) {
				return true, nil
			}
		}
	}
}

// envelope returns the request in an event of the client's; the others are only
// logged.
func (b *Bot) envelope(e socketmode.Event) (envelope, bool) {
	switch e.Type {
	case socketmode.EventTypeConnected:
		b.opened.Add(1)
		b.up.Store(true)
		b.log.Info("slack: connected")
	case socketmode.EventTypeConnecting, socketmode.EventTypeDisconnect:
		b.up.Store(false)
	case socketmode.EventTypeConnectionError:
		if c, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
			b.log.Warn("slack: cannot connect", "again in", c.Backoff, "error", safe(c.ErrorObj))
		}
	case socketmode.EventTypeErrorBadMessage: // what slack-go does not know, we may
		if m, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			var env envelope
			if json.Unmarshal(m.Message, &env) == nil && env.ID != "" {
				return env, true
			}
		}
		b.log.Warn("slack: cannot be read", "type", "envelope")
	case socketmode.EventTypeErrorWriteFailed:
		b.log.Warn("slack: an acknowledgement could not be written; Slack will tell again")
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive:
		if r := e.Request; r != nil {
			return envelope{ID: r.EnvelopeID, Type: r.Type, Payload: r.Payload, Retry: r.RetryAttempt, Reason: r.RetryReason}, true
		}
	default:
		b.log.Debug("slack: socket", "event", string(e.Type))
	}
	return envelope{}, false
}

// addresses are what may be secret in an error of a connection.
var addresses = regexp.MustCompile(`\b(?:wss?|https?)://[^\s"]*`)

// safe returns an error's text without addresses, which hold tickets.
func safe(err error) string {
	if err == nil {
		return ""
	}
	return addresses.ReplaceAllString(err.Error(), "(address)")
}

// admit takes one request in and acknowledges it, if it is safe.
func (b *Bot) admit(live context.Context, client *socketmode.Client, e envelope) {
	ctx, cancel := context.WithTimeout(live, ackTime)
	defer cancel()
	if e.Retry > 0 {
		b.log.Info("slack: told again", "envelope", e.ID, "retry", e.Retry, "reason", layout.Clip(e.Reason, 40))
	}
	reply, err := b.receive(ctx, e.Type, e.Payload)
	if err != nil {
		b.log.Error("slack: not acknowledged, Slack will tell again", "envelope", e.ID, "error", err)
		return
	}
	if err := client.AckCtx(ctx, e.ID, reply); err != nil && !errors.Is(err, context.Canceled) {
		b.log.Warn("slack: not acknowledged, Slack will tell again", "envelope", e.ID, "error", err)
	}
}

// laneSet takes requests in beside each other, but those of one channel in order: a
// question must not be edited before it is there.
type laneSet struct {
	wg   sync.WaitGroup
	lane [lanes]chan envelope
}

func newLanes(f func(envelope)) *laneSet {
	l := &laneSet{}
	for i := range l.lane {
		l.lane[i] = make(chan envelope, laneDepth)
		l.wg.Go(func() {
			for e := range l.lane[i] {
				f(e)
			}
		})
	}
	return l
}

// put adds a request to its lane; false where ctx ended before there was room.
func (l *laneSet) put(ctx context.Context, e envelope) bool {
	select {
	case l.lane[laneOf(e)] <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

// close waits until all requests have been taken in.
func (l *laneSet) close() {
	for _, c := range l.lane {
		close(c)
	}
	l.wg.Wait()
}

// laneOf returns the lane of the request's channel, or else of its person.
func laneOf(e envelope) uint32 {
	var p struct {
		Event struct {
			Channel str `json:"channel"`
			User    str `json:"user"`
		} `json:"event"`
		Channel string `json:"channel_id"`
		User    string `json:"user_id"`
		Clicker struct {
			ID str `json:"id"`
		} `json:"user"`
	}
	_ = json.Unmarshal(e.Payload, &p) // what fails is in one lane
	h := fnv.New32a()
	for _, s := range []string{string(p.Event.Channel), p.Channel, string(p.Event.User), p.User, string(p.Clicker.ID)} {
		if s != "" {
			_, _ = h.Write([]byte(s))
			break
		}
	}
	return h.Sum32() % lanes
}
