package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"footnote/bot"
	"footnote/bot/layout"
)

// delivery is one attempt to show one answer.
type delivery struct {
	b     *Bot
	me    self
	e     bot.Errand
	a     bot.Answer
	to    address // where the answer goes now
	pages []page
	first string     // the message that holds the answer, or its first page; "" where none is known
	have  []found    // what stands there, in order, as far as it has been looked for
	known bool       // no other message of the answer can have been sent
	again bool       // an earlier attempt may have posted what Discord knows by its nonce
	gone  int        // messages of the answer that somebody has deleted
	plain bool       // Discord refuses the components
	sofar bool       // the answer is not whole yet
	waits callOption // how long its calls wait for rate limits
	log   *slog.Logger
}

// found is a message of ours.
type found struct {
	ID   string
	Text string // what it says, to compare
	V2   bool   // it is made of components, which cannot be undone
}

// ackTime is how long a delivery waits for the acknowledgement of its interaction.
const ackTime = 5 * time.Second

// acked announces that the interaction of an errand will be acknowledged: its answer
// can't be shown before. done says that it has been.
func (b *Bot) acked(key string) (done func()) {
	c := make(chan struct{})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acks[key] = c
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		close(c)
		if b.acks[key] == c { // and not that of a repeat
			delete(b.acks, key)
		}
	}
}

// waitAcked waits until an interaction has been acknowledged.
func (b *Bot) waitAcked(ctx context.Context, key string) {
	b.mu.Lock()
	c := b.acks[key]
	b.mu.Unlock()
	if c == nil {
		return
	}
	t := time.NewTimer(ackTime)
	defer t.Stop()
	select {
	case <-c:
	case <-t.C:
	case <-ctx.Done():
	}
}

// Deliver implements [bot.Adapter]. The answer goes where it was asked for; where that
// is not possible any more the asker gets it by direct message. The error wraps
// [bot.ErrGone] if nobody got it.
func (b *Bot) Deliver(ctx context.Context, e bot.Errand, a bot.Answer) (string, error) {
	b.answered(e.Key)
	d, err := b.delivery(ctx, e)
	if err != nil {
		return "", err
	}
	b.waitAcked(ctx, e.Key)
	d.a, d.again = a, b.mayHaveSent(e)
	d.known = !d.again
	if d.to.Interaction != "" {
		err = d.respond(ctx)
	} else {
		d.pages = b.pages(ctx, e, a, d.to)
		err = d.post(ctx)
	}
	if errors.Is(err, bot.ErrGone) && !errors.Is(err, errUnasked) && (d.first == "" || e.Revision == 0) { // nobody has seen a whole answer there
		err = d.elsewhere(ctx, err)
	}
	b.remember(e, err, d.known && d.first == "")
	if err == nil {
		d.log.Debug("discord: delivered", "pages", len(d.pages), "private", d.to.Private, "posted", d.result())
	}
	return d.result(), err
}

// delivery reads what an errand says about where its answer is to go, and has gone.
func (b *Bot) delivery(ctx context.Context, e bot.Errand) (*delivery, error) {
	d := &delivery{b: b, e: e, waits: patient(patience)}
	if err := json.Unmarshal(e.Address, &d.to); err != nil || d.to.Channel == "" {
		return nil, fmt.Errorf("%w: the address of %s is not readable", bot.ErrGone, e.Key)
	}
	me, err := b.who(ctx)
	if err != nil {
		return nil, classify("ask who the bot is", err)
	}
	d.me = me
	have := readPosted(e.Posted)
	if d.first = have.First; have.Channel != "" && have.Channel != d.to.Channel {
		d.move(have.Channel)
	}
	d.log = b.log.With("key", e.Key, "attempt", e.Attempt, "channel", d.to.Channel)
	return d, nil
}

// move has the answer go to direct messages with the asker instead.
func (d *delivery) move(channel string) {
	d.to = address{Channel: channel, User: d.to.User, Name: d.to.Name, Locale: d.to.Locale, Direct: true, Echo: true}
}

// result names what has been posted.
func (d *delivery) result() string { return posted{Channel: d.to.Channel, First: d.first}.String() }

// mostErrands is how many are kept in mind.
const mostErrands = 10_000

// remember keeps in mind an attempt after which it is certain that nothing has been
// posted, so that the next one need not look for it.
func (b *Bot) remember(e bot.Errand, err error, nothing bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.unsent, e.Key)
	delete(b.unsure, e.Key)
	if !nothing || !errors.As(err, new(*bot.Wait)) || errors.Is(err, errBroken) {
		return
	}
	if len(b.unsent) >= mostErrands { // of errands that others have taken over
		clear(b.unsent)
	}
	b.unsent[e.Key] = e.Attempt
}

// mayHaveSent tells whether an earlier attempt, here or elsewhere, or one to show an
// answer before it is whole, can have posted what nobody has recorded.
func (b *Bot) mayHaveSent(e bot.Errand) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.unsent[e.Key]
	return b.unsure[e.Key] || (e.Attempt > 1 || e.Revision > 0) && !(ok && n == e.Attempt-1)
}

// language is that of what is said beside the answer.
func (d *delivery) language() string {
	return cmp.Or(d.e.Question.Language, d.a.Language, layout.LanguageOf(d.e.Question.Text))
}

// post shows the pages as ordinary messages, and changes those that are there.
func (d *delivery) post(ctx context.Context) error {
	switch {
	case !d.known:
		if err := d.find(ctx); err != nil {
			return err
		}
	case d.first != "" && len(d.have) == 0: // as far as it has been shown
		d.have = []found{{ID: d.first, V2: true}}
	}
	before := d.have
	d.have = nil
	for i, p := range d.pages {
		shown := false
		for len(before) > 0 && !shown {
			var err error
			if shown, err = d.change(ctx, before[0], p); err != nil {
				return err
			}
			before = before[1:]
		}
		if shown {
			continue
		}
		if err := d.send(ctx, i, p); err != nil {
			return err
		}
	}
	for _, m := range slices.Backward(before) { // the answer before was longer
		if err := d.remove(ctx, m.ID); err != nil {
			return err
		}
	}
	return nil
}

// Discord's codes that are acted on.
const (
	unknownMessage = 10008
	unknownWebhook = 10015
	invalidToken   = 50027
	archivedThread = 50083
	invalidForm    = 50035
	cannotReply    = 160002
	lockedThread   = 160005
)

// patience is how long a delivery waits for a rate limit before it makes room for
// others.
const patience = 3 * time.Second

// send posts page i, as plain text where Discord refuses its components.
func (d *delivery) send(ctx context.Context, i int, p page) error {
	for !d.plain {
		got, err := d.create(ctx, newSending(p), fmt.Sprint(i))
		switch {
		case codeOf(err) == invalidForm:
			d.refused(err)
		case err != nil:
			return err
		case !d.again:
			d.add(got)
			return nil
		default: // it may be what an earlier attempt has posted, and say something else
			if shown, err := d.change(ctx, got, p); shown || err != nil {
				return err
			}
		}
	}
	for k, text := range p.Text {
		got, err := d.create(ctx, plainSending(text), fmt.Sprintf("%d.%d", i, k))
		if codeOf(err) == invalidForm {
			d.log.Error("discord: a bug in footnote: Discord refuses the plain text of an answer", "error", err)
			got, err = d.create(ctx, plainSending(d.unshown()), fmt.Sprintf("%d.%d.", i, k))
		}
		if err != nil {
			return err
		}
		d.add(got)
	}
	return nil
}

// refused remembers that Discord takes no components, so that the answer goes out as
// plain text, and tells the operator.
func (d *delivery) refused(err error) {
	d.plain = true
	d.log.Error("discord: a bug in footnote: Discord refuses the components of an answer, which goes out as plain text", "error", err)
}

// add takes note of the message that is the next page.
func (d *delivery) add(m found) {
	d.have = append(d.have, m)
	d.first = d.have[0].ID
}

// create posts one message, and returns what stands there, also with an error where
// that is known. What an earlier attempt has posted as the same part is not posted
// again: Discord recognises the nonce for a while.
func (d *delivery) create(ctx context.Context, out sending, part string) (found, error) {
	part = d.to.Channel + " " + part + strings.Repeat("+", d.gone) // not to be given what stands elsewhere, or was deleted
	out.Nonce, out.Enforce = nonce(d.e.Key, d.e.Revision, part), true
	switch {
	case d.to.Message != "":
		out.Reference = replyTo(d.to.Guild, d.to.Channel, d.to.Message)
	case d.first != "":
		out.Reference = replyTo(d.to.Guild, d.to.Channel, d.first)
	}
	var got seen
	call := func() error {
		got = seen{}
		return d.b.api.do(ctx, http.MethodPost, d.route(), out, &got, repeatable, d.waits)
	}
	err := d.opened(ctx, call)
	if codeOf(err) == cannotReply && !d.sofar { // without buttons, only what it replies to tells what it is
		d.log.Warn("discord: an answer stands without what it answers; give the bot's role Read Message History there")
		out.Reference = nil
		err = d.opened(ctx, call)
	}
	if err != nil {
		return found{}, classify("post an answer", err)
	}
	if out.Reference != nil && out.Reference.Message == d.to.Message && got.Ref == nil {
		if err := d.unasked(ctx, got.ID); err != nil {
			return found{ID: got.ID}, err
		}
	}
	return got.found(), nil
}

// unasked takes a message back that Discord has posted without what it replies to, if
// that is because the question is not there any more.
func (d *delivery) unasked(ctx context.Context, id string) error {
	var m message
	err := d.b.api.do(ctx, http.MethodGet, d.route(d.to.Message), nil, &m, d.waits)
	if codeOf(err) != unknownMessage {
		return nil // it is there, or nobody knows
	}
	if err := d.remove(ctx, id); err != nil {
		return err
	}
	return fmt.Errorf("post an answer: %w", errUnasked)
}

// errUnasked is why an answer is not shown to anybody.
var errUnasked = fmt.Errorf("%w: the question is not there any more", bot.ErrGone)

// opened makes a call in a channel; if that is an archived thread, it opens it again
// and makes the call once more.
func (d *delivery) opened(ctx context.Context, call func() error) error {
	err := call()
	if codeOf(err) != archivedThread {
		return err
	}
	if e := d.b.api.do(ctx, http.MethodPatch, "/channels/"+d.to.Channel, map[string]bool{"archived": false}, nil, d.waits); e != nil {
		d.log.Warn("discord: an archived thread cannot be opened", "error", e)
		return err
	}
	return call()
}

// route is that of the messages in the place, or of one of them.
func (d *delivery) route(id ...string) string {
	r := "/channels/" + d.to.Channel + "/messages"
	for _, id := range id {
		r += "/" + id
	}
	return r
}

// change makes a message show a page; false where it can't be used for it, and is
// gone.
func (d *delivery) change(ctx context.Context, is found, p page) (shown bool, err error) {
	out := newSending(p)
	if is.Text == out.text() && is.V2 { // an earlier attempt has posted it
		d.add(is)
		return true, nil
	}
	if !d.plain {
		route, body := d.route(is.ID), any(out)
		if !is.V2 {
			body = cleared{sending: out}
		}
		err = d.opened(ctx, func() error { return d.b.api.do(ctx, http.MethodPatch, route, body, nil, d.waits) })
	}
	switch code := codeOf(err); {
	case code == unknownMessage: // somebody has deleted it
		d.gone++
		if d.first == is.ID {
			d.first = ""
		}
		return false, nil
	case code == invalidForm:
		d.refused(err)
	case err != nil:
		return false, classify("change an answer", err)
	}
	if d.plain { // a message of components can't be made one of text
		return false, d.remove(ctx, is.ID)
	}
	d.add(found{ID: is.ID, Text: out.text(), V2: true})
	return true, nil
}

// remove deletes one message; one that is gone already is no error.
func (d *delivery) remove(ctx context.Context, id string) error {
	err := d.opened(ctx, func() error {
		return d.b.api.do(ctx, http.MethodDelete, d.route(id), nil, nil, d.waits)
	})
	if codeOf(err) == unknownMessage {
		return nil
	}
	return classify("delete an answer", err)
}

// Withdraw implements [bot.Adapter]. What only the asker has seen cannot be taken
// back once the interaction is over, and vanishes by itself.
func (b *Bot) Withdraw(ctx context.Context, e bot.Errand) error {
	b.answered(e.Key)
	d, err := b.delivery(ctx, e)
	if err != nil {
		return err
	}
	if d.to.Interaction != "" && d.alive() {
		err := b.api.do(ctx, http.MethodDelete, d.original(), nil, nil, patient(patience))
		if err == nil || d.to.Private || d.to.Outside {
			return dead(err)
		}
	}
	if d.to.Private || d.to.Outside {
		return nil
	}
	if err := d.find(ctx); err != nil {
		return err
	}
	for _, m := range slices.Backward(d.have) {
		if err := d.remove(ctx, m.ID); err != nil {
			return err
		}
	}
	d.log.Info("discord: answer taken back", "pages", len(d.have))
	return nil
}
