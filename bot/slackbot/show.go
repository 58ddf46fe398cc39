package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"footnote/bot"
)

var _ bot.Shower = (*Bot)(nil)

// showTime bounds what a whole answer waits for a call that shows a part of it: as long
// as Slack itself waits for us (docs.slack.dev/interactivity/handling-user-interaction).
const showTime = 3 * time.Second

// Show implements [bot.Shower]. The message that will hold the first page is posted, and
// changed for what comes; the whole answer replaces what it says. Of all this an answer
// never has to wait: where the channel or the workspace has no call to spare, nothing is
// done, and none is repeated.
func (b *Bot) Show(ctx context.Context, e bot.Errand, sofar bot.Answer) (string, error) {
	var to address
	if err := json.Unmarshal(e.Address, &to); err != nil {
		return "", fmt.Errorf("%w: the address of %s is not readable", bot.ErrGone, e.Key)
	}
	if !b.shows(e, to, sofar) {
		return "", nil
	}
	ws, err := b.workspace(ctx, to.Team)
	if err != nil || !ws.looks(to.Channel) || !b.spare.take(ws.team, time.Now()) {
		return "", err
	}
	ctx, cancel := context.WithTimeout(once(ctx), showTime)
	defer cancel()
	d := &delivery{b: b, ws: ws, e: e, to: to, have: readPosted(e.Posted), log: b.log.With("key", e.Key, "channel", to.Channel)}
	if len(d.have.TS) > 0 {
		err = d.update(ctx, d.have.TS[0], b.partial(e, sofar, to))
	} else {
		err = d.begin(ctx, b.partial(e, sofar, to))
	}
	if err != nil {
		b.lost(ws.team, err)
	}
	return d.have.String(), err
}

// shows tells whether the answer so far is shown. A private one is not: what only the
// asker sees can't be found again, and a command's response_url does not replace what it
// has posted (bolt-js#2287, bolt-python#1268). Nor is one that a dead process may have
// begun to show, which would have to be looked for first; nor one in direct messages
// whose channel is not known, where it could not be. A sign alone is left out where there
// is a better one.
func (b *Bot) shows(e bot.Errand, to address, sofar bot.Answer) bool {
	if to.Private || to.Channel == to.User || e.Posted == "" && b.mayHaveSent(e) {
		return false
	}
	return len(sofar.Sentences) > 0 || e.Posted == "" && (b.conf.NoAssistant || !to.Assistant)
}

// looks tells whether the bot may look for its messages in a channel, as far as that is
// known: without it a second process would post the answer below the part that is shown.
// Of a channel's id nobody can tell whether it is private.
func (ws *workspace) looks(channel string) bool {
	switch {
	case ws.scopes == nil:
		return true
	case strings.HasPrefix(channel, "D"):
		return ws.scopes["im:history"]
	}
	return ws.scopes["channels:history"] && ws.scopes["groups:history"]
}

// begin posts the first that is shown of an answer, where the channel is free. It takes
// the place among the channel's messages that the whole answer would have taken.
func (d *delivery) begin(ctx context.Context, p page) error {
	d.have.Channel = d.to.Channel
	if !d.b.pace.take(d.to.Channel) {
		d.b.spare.back(d.ws.team)
		return nil
	}
	d.b.waitSign(ctx, d.e.Key)
	ts, err := d.put(ctx, p, d.to.Thread)
	if err == nil {
		d.set(0, ts)
		return nil
	}
	if w := (*bot.Wait)(nil); !errors.As(err, &w) {
		d.b.doubt(d.e.Key)
	}
	return err
}

// doubt keeps in mind that a message of an errand may stand though posting it failed.
func (b *Bot) doubt(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.doubts) >= 10_000 { // of errands that others have taken over
		clear(b.doubts)
	}
	b.doubts[key] = true
}

// partial renders an answer that is still being written, for its place.
func (b *Bot) partial(e bot.Errand, sofar bot.Answer, to address) page {
	if sofar.Question == "" { // nothing has been told
		sofar.Question = e.Question.Text
	}
	o := b.options(e, sofar, to)
	o.Writing = true
	return noted(render(sofar, o), e, to, o.Language)[0]
}

// spared is how many changes of messages in a minute one process makes in a workspace for
// the sake of answers that are shown before they are whole, the last change of each among
// them. Slack takes 50 chat.update a minute in a workspace (Tier 3,
// docs.slack.dev/apis/web-api/rate-limits): two replicas stay below that together, and
// no whole answer is refused because of parts.
const spared = 25

// spare counts the calls that are spared for answers being written. Whoever shows one
// takes a call for each change, and one for the last when it posts. It is safe for
// concurrent use.
type spare struct {
	mu    sync.Mutex
	teams map[string]*spending
}

// spending is what has been taken in one workspace.
type spending struct {
	at    []time.Time // within a minute, oldest first
	until time.Time   // nothing is to be taken before
}

func newSpare() *spare { return &spare{teams: make(map[string]*spending)} }

// of returns the spending of a workspace. s.mu is held.
func (s *spare) of(team string) *spending {
	if s.teams[team] == nil {
		s.teams[team] = &spending{}
	}
	return s.teams[team]
}

// take takes a call, if one is left.
func (s *spare) take(team string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.of(team)
	for len(t.at) > 0 && now.Sub(t.at[0]) >= time.Minute {
		t.at = t.at[1:]
	}
	if len(t.at) >= spared || now.Before(t.until) {
		return false
	}
	t.at = append(t.at, now)
	return true
}

// back gives back the call that was taken last.
func (s *spare) back(team string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.of(team); len(t.at) > 0 {
		t.at = t.at[:len(t.at)-1]
	}
}

// hold has nothing taken for a while, since Slack has refused a change.
func (s *spare) hold(team string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(team).until = time.Now().Add(d)
}
