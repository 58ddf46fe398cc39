package discordbot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

const (
	// tokenLife is how long the token of an interaction is good for, with some left.
	tokenLife = 15*time.Minute - 10*time.Second
	// settling is how long after an interaction that came by HTTP Discord may not
	// know of its acknowledgement yet: it is on its way when the answer is there.
	settling     = 4 * time.Second
	settlingStep = 200 * time.Millisecond
)

// alive tells whether the token of the interaction may still be good.
func (d *delivery) alive() bool {
	return d.to.Token != "" && time.Since(born(d.to.Interaction)) < tokenLife
}

// original is the route of the message that the interaction has been given.
func (d *delivery) original() string {
	return "/webhooks/" + d.me.Application + "/" + d.to.Token + "/messages/@original"
}

// expired tells whether an error says that the interaction is over, or never began.
func expired(err error) bool {
	switch codeOf(err) {
	case unknownMessage, unknownWebhook, invalidToken:
		return true
	}
	return statusOf(err) == http.StatusNotFound || statusOf(err) == http.StatusUnauthorized
}

// dead takes an expired token for success: there is nothing left to take back.
func dead(err error) error {
	if expired(err) {
		return nil
	}
	return classify("take an answer back", err)
}

// respond shows the answer in the message that the interaction has been given, and
// once its token is dead in another: a public one in the channel, a private one in
// direct messages.
func (d *delivery) respond(ctx context.Context) error {
	if d.alive() {
		err := d.edit(ctx)
		if !expired(err) {
			return classify("show an answer", err)
		}
		d.log.Warn("discord: the interaction is over, the answer comes as a message", "error", err)
		d.known = d.known && !errors.Is(err, errBroken) // the try that broke may have shown it
	}
	d.pages = d.b.pages(ctx, d.e, d.a, d.to)
	if d.to.Private || d.to.Outside {
		return fmt.Errorf("show an answer: %w", errLate)
	}
	return d.post(ctx)
}

// errLate is why a private answer can't be shown where it was asked for.
var errLate = fmt.Errorf("%w: the interaction is over", bot.ErrGone)

// edit puts the answer, a page of it with buttons to turn, in place of the sign that
// it is being written.
func (d *delivery) edit(ctx context.Context) error {
	p := d.b.turned(ctx, d.e, d.a, d.to, 0)
	d.pages = []page{p}
	got, err := d.settled(ctx, newSending(p))
	if codeOf(err) == invalidForm {
		d.refused(err)
		return d.editPlain(ctx, p.Text)
	}
	if err == nil {
		d.first = got.ID
	}
	return err
}

// editPlain does it with text alone: in the message that stands for the answer, which
// can be changed again and again, and then in further ones. Those go out once: where an
// earlier attempt may have posted some, none do, and what is shown says that it is not
// all.
func (d *delivery) editPlain(ctx context.Context, texts []string) error {
	switch {
	case !d.known:
		texts = upTo(texts, 1, d.language())
	case d.to.Outside:
		texts = upTo(texts, 1+mostFurther, d.language())
	}
	got, err := d.settled(ctx, plainSending(texts[0]))
	if codeOf(err) == invalidForm {
		d.log.Error("discord: a bug in footnote: Discord refuses the plain text of an answer", "error", err)
		got, err = d.settled(ctx, plainSending(d.unshown()))
		texts = texts[:1]
	}
	if err != nil {
		return err
	}
	d.first = got.ID
	flags := 0
	if d.to.Private {
		flags = ephemeral
	}
	if err := d.b.further(ctx, d.me.Application, d.to.Token, texts[1:], flags); err != nil {
		d.log.Error("discord: the rest of an answer is not shown: a further message could not be posted, and is not tried again", "error", err)
	}
	return nil
}

// unshown says that there is an answer which can't be shown.
func (d *delivery) unshown() string {
	return escape(fmt.Sprintf(layout.TellingsIn(d.language()).Unshown, "Discord"))
}

// settled changes the message that the interaction has been given. Discord may need a
// moment to know that there is one.
func (d *delivery) settled(ctx context.Context, out sending) (got message, err error) {
	for {
		err = d.b.api.do(ctx, http.MethodPatch, d.original(), out, &got, d.waits)
		if code := codeOf(err); code != unknownMessage && code != unknownWebhook || d.b.conf.PublicKey == "" || time.Since(born(d.to.Interaction)) > settling {
			return got, err
		}
		if wait(ctx, settlingStep) != nil {
			return got, err
		}
	}
}

// elsewhere brings the answer to the asker by direct message, where the way to where
// it was asked is closed and what it quotes may be quoted there. It returns why that is so if this way is closed too.
func (d *delivery) elsewhere(ctx context.Context, why error) error {
	directly := d.b.place(ctx, address{User: d.to.User, Direct: true})
	if d.to.Direct || d.to.User == "" || !bot.May(d.b.asker, directly, d.a) { // it may be quoted where it was asked
		return why
	}
	var dm struct {
		ID string `json:"id"`
	}
	err := d.b.api.do(ctx, http.MethodPost, "/users/@me/channels", map[string]string{"recipient_id": d.to.User}, &dm, repeatable, patient(patience))
	if err != nil || dm.ID == "" {
		return d.nor(why, classify("open direct messages", err))
	}
	reason := d.reason(why)
	asked, stands := d.to, d.first
	doubtful := !d.known && (d.to.Private || d.to.Outside) // it may stand where only the asker sees it
	d.move(dm.ID)
	d.pages, d.have, d.first = d.b.pages(ctx, d.e, d.a, d.to), nil, ""
	back := func(err error) error {
		d.to, d.first = asked, stands
		return d.nor(why, err)
	}
	if !d.known {
		if err := d.find(ctx); err != nil {
			return back(err)
		}
	}
	switch {
	case doubtful && (len(d.have) == 0 || d.offered(d.have[0])):
		d.pages = []page{d.offer()}
	case len(d.have) == 0:
		out := plainSending(escape(reason))
		out.Nonce, out.Enforce = nonce(d.e.Key, d.e.Revision, "why"), true
		if err := d.b.api.do(ctx, http.MethodPost, d.route(), out, nil, repeatable, patient(patience)); err != nil {
			return back(classify("post a direct message", err))
		}
	}
	d.known = true
	if err := d.post(ctx); err != nil {
		return d.nor(why, err)
	}
	d.log.Warn("discord: answered by direct message instead", "error", why)
	return nil
}

// offer renders a message that stands in for an answer of which nobody but the asker
// knows whether it is shown already: to show it again would be to answer twice.
func (d *delivery) offer() page {
	h, p := hintsIn(d.language()), &pad{key: d.e.Key}
	text := escape(h.doubtful)
	cs := []discordgo.MessageComponent{discordgo.TextDisplay{Content: text}}
	if b := p.buttons([]layout.Choice{{Do: showAnswer, Ref: "0", Text: h.showIt}}); len(b) > 0 {
		cs = append(cs, row(b...))
	}
	return page{cs, []string{text}}
}

// offered tells whether a message is what offer renders.
func (d *delivery) offered(m found) bool {
	return strings.Contains(m.Text, (&pad{key: d.e.Key}).id(showAnswer, "0"))
}

// nor returns how a delivery ends that fails by direct message too.
func (d *delivery) nor(why, err error) error {
	if !errors.Is(err, bot.ErrGone) && err != nil { // a rate limit, a fault: it is tried again
		return err
	}
	d.log.Warn("discord: nor by direct message", "error", err)
	return why
}

// reason says to the asker why the answer comes by direct message.
func (d *delivery) reason(why error) string {
	w := layout.TellingsIn(d.language())
	switch {
	case errors.Is(why, errLate):
		return hintsIn(d.language()).late
	case codeOf(why) == archivedThread || codeOf(why) == lockedThread:
		return w.Archived
	}
	return w.Elsewhere
}
