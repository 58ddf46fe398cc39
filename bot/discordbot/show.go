package discordbot

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

// showTime is how long showing an answer that is not whole may take, since the whole
// one waits for its end: three tries with their pauses, if none takes over half a second.
const showTime = 3 * time.Second

// errStands is why nothing is shown: people keep what they have until there is all.
var errStands = errors.New("an earlier attempt has shown something already")

// Show implements [bot.Shower]. What is shown ends in a line that says that it is still
// being written, and has nothing to press; that line alone is the sign that a message
// was heard, while for an interaction Discord says so itself. Where rate limits leave
// no room to spare nothing is shown this time, which is no error.
func (b *Bot) Show(ctx context.Context, e bot.Errand, sofar bot.Answer) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, showTime)
	defer cancel()
	d, err := b.delivery(ctx, e)
	if err != nil {
		return "", err
	}
	d.a, d.sofar, d.waits = sofar, true, spare
	switch {
	case d.to.Interaction == "":
		err = d.showPosted(ctx)
	case len(sofar.Sentences) > 0:
		err = d.showOriginal(ctx)
	}
	if errors.As(err, new(*bot.Wait)) {
		d.log.Debug("discord: no room to show an answer before it is whole", "error", err)
		err = nil
	}
	return d.result(), err
}

// showPosted shows the answer so far as a message, which is changed from then on.
func (d *delivery) showPosted(ctx context.Context) error {
	out := newSending(d.unfinished(ctx))
	if d.first != "" {
		err := d.opened(ctx, func() error {
			return d.b.api.do(ctx, http.MethodPatch, d.route(d.first), out, nil, d.waits)
		})
		return classify("change an answer", err)
	}
	if d.b.mayHaveSent(d.e) {
		if err := d.find(ctx); err != nil {
			return err
		}
		if d.first != "" {
			return errStands
		}
	}
	got, err := d.create(ctx, out, "0")
	switch {
	case err == nil, got.ID != "" && !errors.Is(err, errUnasked):
		d.first = got.ID
		d.b.answered(d.e.Key) // it need not be shown typing
	case !undone(err):
		d.b.doubt(d.e.Key)
	}
	return err
}

// showOriginal shows it in the message that the interaction has been given. That is
// recorded where the message can be changed without the interaction's token too.
func (d *delivery) showOriginal(ctx context.Context) error {
	if !d.alive() {
		return errLate
	}
	d.b.waitAcked(ctx, d.e.Key)
	got, err := d.settled(ctx, newSending(d.unfinished(ctx)))
	if err == nil && !d.to.Private && !d.to.Outside {
		d.first = got.ID
	}
	return classify("show an answer", err)
}

// unfinished renders the answer so far, as much of it as one message holds.
func (d *delivery) unfinished(ctx context.Context) page {
	if len(d.a.Sentences) == 0 {
		line := layout.TellingsIn(d.language()).Writing
		return page{[]discordgo.MessageComponent{discordgo.TextDisplay{Content: small([]string{line})}}, []string{escape(line)}}
	}
	// Without its citations: the names of their directions are looked up for buttons.
	o := d.b.options(ctx, d.e, bot.Answer{Language: d.a.Language}, d.to)
	o.Writing = true
	return render(d.a, o)[0]
}

// undone tells whether an error says that Discord has not done what it was asked.
func undone(err error) bool {
	refused := errors.As(err, new(*bot.Wait)) || statusOf(err)/100 == 4
	return errors.Is(err, errUnasked) || refused && !errors.Is(err, errBroken)
}

// doubt keeps in mind that something of an errand may be shown that nobody has
// recorded, so that it is looked for.
func (b *Bot) doubt(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.unsure) >= mostErrands {
		clear(b.unsure)
	}
	b.unsure[key] = true
}
