package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

// act does what a click asks for. Whose answer it stands on matters only where that
// would be changed or shared: what is looked up or asked is for the clicker alone.
func (b *Bot) act(ctx context.Context, i *interaction, v invoked) {
	a, ok := readAction(v.CustomID, v.Values)
	if !ok {
		b.log.Debug("discord: a click on something unknown", "interaction", i.ID)
		b.nothing(ctx, i)
		return
	}
	switch {
	case a.Do == layout.Show && a.Ref != "":
		b.lookUp(ctx, i, a)
	case a.Do == layout.Summary && a.Ref != "":
		b.askFrom(ctx, i, bot.KindSummary, a.Ref)
	case a.Do == layout.Ask && a.Ref != "":
		b.askFrom(ctx, i, bot.KindAny, a.Ref)
	case a.Do == layout.Share:
		b.share(ctx, i, a.Key)
	case a.Do == layout.Good:
		b.good(ctx, i, a.Key)
	case a.Do == layout.Bad:
		b.bad(ctx, i, a.Key)
	case a.Do == turnPage, a.Do == showAnswer:
		b.turn(ctx, i, a)
	default:
		b.nothing(ctx, i)
	}
}

// askFrom asks what a button stands for.
func (b *Bot) askFrom(ctx context.Context, i *interaction, kind bot.Kind, text string) {
	b.ask(ctx, i, i.address(true), bot.Question{
		ID: i.key(), Kind: kind, Text: text, Language: i.languageFor(text), Conversation: i.whispers(),
	})
}

// lookUp shows a passage or note, verbatim and in its surroundings, to the clicker
// alone.
func (b *Bot) lookUp(ctx context.Context, i *interaction, a action) {
	language := i.language()
	look, cancel := within(ctx, i)
	defer cancel()
	place := b.place(look, i.address(true))
	ans, err := b.asker.Ask(look, bot.Question{Kind: bot.KindCite, Text: a.Ref, Language: language, Asker: asker(i.person().ID), Place: place})
	if p := (*bot.Problem)(nil); errors.As(err, &p) {
		ans, err = bot.Answer{Kind: bot.KindCite, Status: bot.Refused, Text: p.Sentence}, nil
	}
	if err != nil {
		b.log.Error("discord: show passage", "interaction", i.ID, "error", err)
		b.note(ctx, i, layout.TellingsIn(language).NotShown)
		return
	}
	_, shown, _, err := b.store.Errand(look, a.Key)
	if err != nil { // only a remark is lost
		b.log.Warn("discord: read the answer below which a passage is shown", "key", a.Key, "error", err)
	}
	b.show(ctx, i, lookUpView(ans, renderOptions{
		Key: a.Key, Private: true, Changed: shown.Material.Differs(ans.Material), Language: language, Reader: b.conf.Reader, Directions: b.directionNames(look, i.address(true), ans, language),
		Around: func(id string) (before, after bot.Reference) { return bot.Neighbours(look, bot.At(b.asker, place), id) },
	}))
}

// errand returns the errand that a click is about; ok is false, and the person has
// been told, where it is not kept, or has no answer.
func (b *Bot) errand(ctx context.Context, i *interaction, key, forgotten string) (e bot.Errand, a bot.Answer, ok bool) {
	read, cancel := within(ctx, i)
	defer cancel()
	e, a, ok, err := b.store.Errand(read, key)
	if err != nil {
		b.log.Error("discord: read answer", "key", key, "error", err)
		b.note(ctx, i, layout.TellingsIn(i.language()).NotShown)
		return e, a, false
	}
	if !ok || a.Status == "" {
		b.note(ctx, i, forgotten)
		return e, a, false
	}
	return e, a, true
}

// may tells whether an answer that was given before may be shown where a click is done.
func (b *Bot) may(ctx context.Context, i *interaction, a bot.Answer) bool {
	look, cancel := within(ctx, i)
	defer cancel()
	return bot.May(b.asker, b.place(look, i.address(true)), a)
}

// share asks the question of a private answer anew where everybody sees it. The
// errand's key is made of the one that is shared, so that nothing is shared twice.
func (b *Bot) share(ctx context.Context, i *interaction, key string) {
	w := sayingsIn(i.language())
	e, a, ok := b.errand(ctx, i, key, fmt.Sprintf(layout.TellingsIn(i.language()).NotShared, w.publicly))
	if !ok {
		return
	}
	var asked address
	switch err := json.Unmarshal(e.Address, &asked); {
	case err != nil || e.Question.Asker != asker(i.person().ID):
		b.note(ctx, i, w.notYours)
		return
	case asked.Channel != i.Channel:
		b.note(ctx, i, w.notHere)
		return
	}
	q := e.Question
	q.Before = nil
	if a.Kind == bot.KindAsk { // "note 7" and the like are recognised anew
		q.Kind, q.Text = a.Kind, cmp.Or(a.Understood, q.Text)
	}
	q.ID = adapterName + ":share:" + strings.TrimPrefix(key, adapterName+":")
	q.Conversation = b.openly(ctx, i, q.ID)
	done := b.acked(q.ID)
	defer done()
	if err := b.keep(ctx, i, i.address(false), q); err != nil {
		b.log.Error("discord: share", "key", q.ID, "error", err)
		b.note(ctx, i, layout.TellingsIn(i.language()).TryAgain)
		return
	}
	if !b.sharedBy(ctx, i, q.ID) { // a reply that promises an answer would wait for ever
		b.note(ctx, i, w.shared)
		return
	}
	b.deferred(ctx, i, false)
}

// sharedBy tells whether it is this click that shares.
func (b *Bot) sharedBy(ctx context.Context, i *interaction, key string) bool {
	ctx, cancel := within(ctx, i)
	defer cancel()
	e, _, ok, err := b.store.Errand(ctx, key)
	var to address
	return err != nil || !ok || json.Unmarshal(e.Address, &to) != nil || to.Interaction == i.ID
}

// good keeps that somebody is content.
func (b *Bot) good(ctx context.Context, i *interaction, key string) {
	if _, ok := b.rate(ctx, i, bot.Feedback{Key: key, Good: true}); ok {
		b.note(ctx, i, layout.PhrasesIn(i.language()).Thanks)
	}
}

// bad keeps that somebody is not content, at once, since most people close the form
// that asks why; and opens it.
func (b *Bot) bad(ctx context.Context, i *interaction, key string) {
	a, ok := b.rate(ctx, i, bot.Feedback{Key: key})
	if !ok {
		return
	}
	if a.Status == "" { // nothing is known that could be wrong
		b.note(ctx, i, layout.PhrasesIn(i.language()).Thanks)
		return
	}
	if !b.may(ctx, i, a) {
		a = bot.Answer{Kind: a.Kind, Status: a.Status, Language: a.Language} // without what it quotes
	}
	b.respond(ctx, i, response{Type: discordgo.InteractionResponseModal, Data: feedbackModal(key, a, i.language())})
}

// submitted takes in a form that was sent: reasons for feedback.
func (b *Bot) submitted(ctx context.Context, i *interaction) {
	key, reason, passages, ok := readFeedback(i.Data)
	if !ok {
		b.log.Warn("discord: a form that is not ours", "interaction", i.ID)
		b.nothing(ctx, i)
		return
	}
	if _, ok := b.rate(ctx, i, bot.Feedback{Key: key, Reason: reason, Passages: passages}); ok {
		b.note(ctx, i, layout.PhrasesIn(i.language()).Thanks)
	}
}

// rate stores feedback, and returns the answer that it is about, the zero Answer
// where that is not kept. ok is false, and the person has been told, where it could
// not be stored.
func (b *Bot) rate(ctx context.Context, i *interaction, f bot.Feedback) (a bot.Answer, ok bool) {
	keep, cancel := within(ctx, i)
	defer cancel()
	_, a, known, err := b.store.Errand(keep, f.Key)
	if err == nil && known {
		f.At, f.Asker = time.Now(), asker(i.person().ID)
		if len(f.Passages) == 0 { // none were chosen
			f.Passages = a.Shown()
		}
		if b.rater != nil {
			err = b.rater.Rate(keep, f)
		}
	}
	if err != nil {
		b.log.Error("discord: feedback", "key", f.Key, "error", err)
		b.note(ctx, i, sayingsIn(i.language()).notRated)
		return a, false
	}
	b.log.Info("discord: feedback", "key", f.Key, "known", known, "good", f.Good, "passages", f.Passages, "words", f.Reason != "")
	return a, true
}

// turn shows another page of an answer in place of the one that was clicked. Who did
// not ask sees it alone: the others are reading.
func (b *Bot) turn(ctx context.Context, i *interaction, a action) {
	e, ans, ok := b.errand(ctx, i, a.Key, sayingsIn(i.language()).forgotten)
	if !ok {
		return
	}
	var to address
	if err := json.Unmarshal(e.Address, &to); err != nil || !b.may(ctx, i, ans) {
		b.note(ctx, i, sayingsIn(i.language()).forgotten)
		return
	}
	own := e.Question.Asker == asker(i.person().ID)
	if !own || a.Do == showAnswer {
		to = i.address(true)
	}
	look, cancel := within(ctx, i)
	defer cancel()
	p := b.turned(look, e, ans, to, a.Page)
	if whispered := i.Message.Flags&ephemeral != 0; !own && !whispered {
		b.show(ctx, i, p)
		return
	}
	b.respond(ctx, i, response{Type: discordgo.InteractionResponseUpdateMessage, Data: newSending(p)})
}
