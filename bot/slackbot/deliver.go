package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot"
	"footnote/bot/layout"
)

// address is where an answer goes. It is stored with the errand.
type address struct {
	Team    string `json:"team"`
	Channel string `json:"channel"`           // a channel; or the asker, for direct messages with the bot
	Thread  string `json:"thread,omitempty"`  // what is answered in; "" for the channel itself
	TS      string `json:"ts,omitempty"`      // the question's message; "" for commands and clicks
	User    string `json:"user"`              // who asks
	Name    string `json:"name,omitempty"`    // the same, to be shown with the question
	Respond string `json:"respond,omitempty"` // response_url: a secret, for half an hour

	Private   bool `json:"private,omitempty"`   // only the asker sees it
	Direct    bool `json:"direct,omitempty"`    // in direct messages with the bot
	Assistant bool `json:"assistant,omitempty"` // in a thread of them, where a status can be shown
	Alone     bool `json:"alone,omitempty"`     // asked in a thread that others have begun
	Echo      bool `json:"echo,omitempty"`      // the question is not visible there
}

// key recognises a question asked by a message.
func (a address) key() string { return adapterName + ":" + a.Team + ":" + a.Channel + ":" + a.TS }

// place is where the question counts as asked: a channel, with its threads, or a person
// in direct messages with the bot.
func (a address) place() string {
	if a.Direct {
		return adapterName + ":" + a.Team + ":" + a.User
	}
	return adapterName + ":" + a.Team + ":" + a.Channel
}

// whispers is the conversation that a person has with the bot in a channel where
// nobody else sees it.
func (a address) whispers() string {
	return adapterName + ":" + a.Team + ":" + a.Channel + ":~" + a.User
}

// posted names the messages that hold an answer, page by page; an unknown one is "".
type posted struct {
	Channel string
	TS      []string
	Private int // how many pages went to the asker alone; they cannot be changed
}

// String returns the form that the ledger keeps: "C1/1.2,1.3", "C1/~2", or "".
func (p posted) String() string {
	switch {
	case p.Private > 0:
		return p.Channel + "/~" + strconv.Itoa(p.Private)
	case len(p.TS) == 0:
		return ""
	}
	return p.Channel + "/" + strings.Join(p.TS, ",")
}

// readPosted reads what String has written; anything else is nothing.
func readPosted(s string) posted {
	channel, rest, ok := strings.Cut(s, "/")
	if !ok || rest == "" {
		return posted{}
	}
	if n, private := strings.CutPrefix(rest, "~"); private {
		k, _ := strconv.Atoi(n)
		return posted{Channel: channel, Private: k}
	}
	return posted{Channel: channel, TS: strings.Split(rest, ",")}
}

// delivery is one attempt to show one answer.
type delivery struct {
	b     *Bot
	ws    *workspace
	e     bot.Errand
	to    address
	pages []page
	have  posted
	known bool // d.have is all that has ever been posted

	mayDirectly bool // the answer may be quoted in direct messages with the asker
	log         *slog.Logger
}

// Deliver implements [bot.Adapter]. The answer goes where it was asked for; where
// that is not possible any more the asker gets it in another way if there is one, and
// the error wraps [bot.ErrGone] if nobody got it there.
func (b *Bot) Deliver(ctx context.Context, e bot.Errand, a bot.Answer) (string, error) {
	var to address
	if err := json.Unmarshal(e.Address, &to); err != nil {
		return "", fmt.Errorf("%w: the address of %s is not readable", bot.ErrGone, e.Key)
	}
	ws, err := b.workspace(ctx, to.Team)
	if err != nil {
		if errors.Is(err, errNotInstalled) {
			return "", fmt.Errorf("%w: %w", bot.ErrGone, err)
		}
		if !isGone(err) { // else the response_url may still do
			return "", err
		}
		b.log.Error("slack: no token that works", "team", to.Team, "error", err)
		ws = &workspace{team: to.Team, api: b.api("")}
	}
	b.waitSign(ctx, e.Key)
	d := &delivery{
		b: b, ws: ws, e: e, to: to, have: readPosted(e.Posted),
		log: b.log.With("key", e.Key, "attempt", e.Attempt, "channel", to.Channel),
	}
	d.mayDirectly = bot.May(b.asker, address{Team: to.Team, User: to.User, Direct: true}.place(), a)
	d.pages, d.known = b.pages(ctx, e, a, to), !b.mayHaveSent(e)
	if to.Private {
		err = d.whisper(ctx)
	} else {
		err = d.post(ctx)
	}
	if err != nil {
		b.lost(ws.team, err)
	}
	if isGone(err) {
		err = d.elsewhere(ctx, err)
	}
	b.remember(e, err, d.known && d.have.String() == "")
	if err == nil {
		d.log.Debug("slack: delivered", "pages", len(d.pages), "private", to.Private, "posted", d.have.String())
	}
	return d.result(), err
}

// result names what has been posted. Of pages below one that stands in the channel
// itself only that one is named, since follow-ups below it must find it; the others
// are found there.
func (d *delivery) result() string {
	have := d.have
	if d.to.Thread == "" && !d.to.Direct && len(have.TS) > 1 {
		have.TS = have.TS[:1]
	}
	return have.String()
}

// remember keeps in mind an attempt after which it is certain that nothing has been
// posted, so that the next one need not look for it.
func (b *Bot) remember(e bot.Errand, err error, nothing bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.unsent, e.Key)
	delete(b.doubts, e.Key)
	if w := (*bot.Wait)(nil); !nothing || !errors.As(err, &w) {
		return
	}
	if len(b.unsent) >= 10_000 { // of errands that others have taken over
		clear(b.unsent)
	}
	b.unsent[e.Key] = e.Attempt
}

// mayHaveSent tells whether an earlier attempt, here or elsewhere, or who has shown the
// answer so far can have posted what nobody has recorded.
func (b *Bot) mayHaveSent(e bot.Errand) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.unsent[e.Key]
	return b.doubts[e.Key] || (e.Attempt > 1 || e.Revision > 0) && !(ok && n == e.Attempt-1)
}

// pages renders the answer for its place.
func (b *Bot) pages(ctx context.Context, e bot.Errand, a bot.Answer, to address) []page {
	o := b.options(e, a, to)
	o.Directions = b.directionNames(ctx, to.place(), a, o.Language)
	return noted(render(a, o), e, to, o.Language)
}

// options are those of an answer for its place, without the names of directions.
func (b *Bot) options(e bot.Errand, a bot.Answer, to address) renderOptions {
	return renderOptions{
		Key: e.Key, Private: to.Private, Share: to.Private && !to.Direct, Echo: to.Echo, Asker: to.echoed(), Reader: b.conf.Reader,
		Language: cmp.Or(e.Question.Language, a.Language, layout.LanguageOf(e.Question.Text)),
	}
}

// noted returns pages with the errand's revision, and with what is to be said of the
// place on the first.
func noted(pages []page, e bot.Errand, to address, language string) []page {
	for i := range pages {
		if p := pages[i].Metadata.EventPayload; p != nil {
			p["revision"] = e.Revision
		}
	}
	if to.Alone && len(pages[0].Blocks) < maxBlocks {
		note := tellingsIn(language).Alone
		pages[0].Blocks = append(pages[0].Blocks[:len(pages[0].Blocks):len(pages[0].Blocks)], small([]string{note})...)
	}
	return pages
}

// echoed is the name shown with the question: none where only the asker sees it.
func (a address) echoed() string {
	if a.Private || a.Direct {
		return ""
	}
	return a.Name
}

// post shows the pages where everybody sees them, and changes those that are there.
// d.have is kept up to what has been posted.
func (d *delivery) post(ctx context.Context) error {
	channel := cmp.Or(d.have.Channel, d.to.Channel)
	d.have.Channel = channel
	found := 0
	if len(d.have.TS) < len(d.pages) && !d.known {
		n, err := d.find(ctx)
		if err != nil {
			return err
		}
		found = n
	}
	if found == len(d.pages) && len(d.have.TS) == len(d.pages) {
		d.log.Info("slack: an earlier attempt had posted the answer")
		return nil
	}
	for i, p := range d.pages {
		if i < len(d.have.TS) && d.have.TS[i] != "" {
			err := d.update(ctx, d.have.TS[i], p)
			if codeOf(err) != "message_not_found" {
				if err != nil {
					return err
				}
				continue
			}
		}
		ts, err := d.send(ctx, p, d.thread(i))
		if err != nil {
			return err
		}
		d.set(i, ts)
	}
	for len(d.have.TS) > len(d.pages) { // the answer before was longer
		last := len(d.have.TS) - 1
		if err := d.b.remove(ctx, d.ws, d.have.Channel, d.have.TS[last]); err != nil {
			return err
		}
		d.have.TS = d.have.TS[:last]
	}
	return nil
}

// thread returns the thread for a page. What stands in the channel itself has its
// further pages below the first.
func (d *delivery) thread(page int) string {
	if d.to.Thread == "" && page > 0 && !d.to.Direct {
		return d.have.TS[0]
	}
	return d.to.Thread
}

func (d *delivery) set(page int, ts string) {
	for len(d.have.TS) <= page {
		d.have.TS = append(d.have.TS, "")
	}
	d.have.TS[page] = ts
}

// send posts one message when the channel is free, and returns its ts.
func (d *delivery) send(ctx context.Context, p page, thread string) (string, error) {
	if err := d.b.pace.wait(ctx, d.have.Channel, d.e.Key); err != nil {
		return "", err
	}
	return d.put(ctx, p, thread)
}

// put posts one message and returns its ts.
func (d *delivery) put(ctx context.Context, p page, thread string) (string, error) {
	channel, ts, got, err := d.ws.api.PostMessageWithResponseContext(ctx, d.have.Channel, options(p, thread)...)
	if malformed[codeOf(err)] {
		d.log.Error("slack: a bug in footnote: Slack refuses the blocks of an answer, which goes out as plain text", "blocks", len(p.Blocks), "error", err)
		channel, ts, got, err = d.ws.api.PostMessageWithResponseContext(ctx, d.have.Channel, options(plainPage(p), thread)...)
	}
	if malformed[codeOf(err)] {
		d.log.Error("slack: a bug in footnote: Slack refuses the plain text of an answer", "error", err)
		p.Text = fmt.Sprintf(tellingsIn(d.e.Question.Language).Unshown, "Slack")
		channel, ts, got, err = d.ws.api.PostMessageWithResponseContext(ctx, d.have.Channel, options(plainPage(p), thread)...)
	}
	if err != nil {
		err = classify("chat.postMessage", err)
		if w := (*bot.Wait)(nil); errors.As(err, &w) {
			d.b.pace.hold(d.have.Channel, w.For)
		}
		return "", err
	}
	if thread != "" && got.Timestamp != "" && got.ThreadTimestamp == "" {
		// Slack puts a reply to a message that is gone into the channel.
		if err := d.b.remove(ctx, d.ws, channel, ts); err != nil {
			return "", err
		}
		return "", fmt.Errorf("chat.postMessage: %w: the question is not there any more", bot.ErrGone)
	}
	d.have.Channel = cmp.Or(channel, d.have.Channel) // a person's id stands for the direct messages with them
	return ts, nil
}

// plainPage is a page without blocks.
func plainPage(p page) page { return page{Text: p.Text, Metadata: p.Metadata, Last: p.Last} }

// options are those of every message that is posted: nobody is pinged, nothing is
// unfurled.
func options(p page, thread string) []slack.MsgOption {
	out := append(content(p), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if thread != "" {
		out = append(out, slack.MsgOptionTS(thread))
	}
	return out
}

// content are the options that a change of a message takes too.
func content(p page) []slack.MsgOption {
	out := []slack.MsgOption{slack.MsgOptionText(p.Text, false), slack.MsgOptionParse(false), slack.MsgOptionLinkNames(false), slack.MsgOptionBlocks(p.Blocks...)}
	if p.Metadata.EventType != "" {
		out = append(out, slack.MsgOptionMetadata(p.Metadata))
	}
	return out
}

// update changes one message.
func (d *delivery) update(ctx context.Context, ts string, p page) error {
	_, _, _, err := d.ws.api.UpdateMessageContext(ctx, d.have.Channel, ts, content(p)...)
	if malformed[codeOf(err)] {
		d.log.Error("slack: a bug in footnote: Slack refuses the blocks of an answer, which goes out as plain text", "blocks", len(p.Blocks), "error", err)
		_, _, _, err = d.ws.api.UpdateMessageContext(ctx, d.have.Channel, ts, content(plainPage(p))...)
	}
	err = classify("chat.update", err)
	if w := (*bot.Wait)(nil); errors.As(err, &w) {
		d.b.spare.hold(d.ws.team, w.For)
	}
	return err
}

// remove deletes one message; one that is gone already is no error.
func (b *Bot) remove(ctx context.Context, ws *workspace, channel, ts string) error {
	_, _, err := ws.api.DeleteMessageContext(ctx, channel, ts)
	if codeOf(err) == "message_not_found" {
		return nil
	}
	return classify("chat.delete", err)
}

// Withdraw implements [bot.Adapter]. What only the asker has seen cannot be taken
// back, and vanishes by itself.
func (b *Bot) Withdraw(ctx context.Context, e bot.Errand) error {
	var to address
	if err := json.Unmarshal(e.Address, &to); err != nil {
		return fmt.Errorf("%w: the address of %s is not readable", bot.ErrGone, e.Key)
	}
	have := readPosted(e.Posted)
	if to.Private || have.Private > 0 {
		return nil
	}
	ws, err := b.workspace(ctx, to.Team)
	if err != nil {
		return err
	}
	have.Channel = cmp.Or(have.Channel, to.Channel)
	d := &delivery{b: b, ws: ws, e: e, to: to, have: have, log: b.log.With("key", e.Key, "channel", have.Channel)}
	if _, err := d.find(ctx); err != nil && !isGone(err) {
		return err
	}
	for i := len(d.have.TS) - 1; i >= 0; i-- {
		if d.have.TS[i] == "" {
			continue
		}
		if err := b.remove(ctx, ws, d.have.Channel, d.have.TS[i]); err != nil {
			b.lost(ws.team, err)
			return err
		}
	}
	d.log.Info("slack: answer taken back", "pages", len(d.have.TS))
	return nil
}

// find looks for pages that were posted without being recorded, adds them to d.have,
// and returns how many there are of this revision. Where the bot may not look, it
// says so to the operator and finds nothing.
func (d *delivery) find(ctx context.Context) (current int, err error) {
	if d.have.Channel == d.to.User { // direct messages whose channel nobody has told us
		d.log.Warn("slack: cannot look for an earlier answer: the direct messages' channel is not known")
		return 0, nil
	}
	oldest := d.to.TS
	if oldest == "" {
		oldest = fmt.Sprintf("%d.000000", d.e.Accepted.Add(-10*time.Minute).Unix())
	}
	thread := d.to.Thread
	if thread == d.to.TS {
		oldest = ""
	}
	n, err := d.scan(ctx, thread, oldest)
	current += n
	if err == nil && thread == "" && !d.to.Direct && len(d.have.TS) > 0 && d.have.TS[0] != "" {
		n, err = d.scan(ctx, d.have.TS[0], "")
		current += n
	}
	d.known = err == nil
	switch codeOf(err) {
	case "thread_not_found":
		d.known = true
		return current, nil
	case "missing_scope":
		d.log.Error("slack: cannot look for an earlier answer, so that it may be posted twice: add the scope and install the app again", "scope", strings.TrimPrefix(neededScope(err), ": "))
		return current, nil
	}
	return current, err
}

// mostLooked is how many calls a look for earlier messages makes.
const mostLooked = 10

// scan reads a thread, or the channel where it is "", for this errand's messages.
func (d *delivery) scan(ctx context.Context, thread, oldest string) (current int, err error) {
	cursor := ""
	for range mostLooked {
		var msgs []slack.Message
		var next string
		if thread != "" {
			msgs, _, next, err = d.ws.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: d.have.Channel, Timestamp: thread, Oldest: oldest, Limit: 200, Cursor: cursor, IncludeAllMetadata: true})
		} else {
			var r *slack.GetConversationHistoryResponse
			r, err = d.ws.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
				ChannelID: d.have.Channel, Oldest: oldest, Limit: 200, Cursor: cursor, IncludeAllMetadata: true})
			if r != nil {
				msgs, next = r.Messages, r.ResponseMetaData.NextCursor
			}
		}
		if err != nil {
			return current, classify("look for an earlier answer", err)
		}
		for _, m := range msgs {
			current += d.recognise(m)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	return current, nil
}

// recognise adds a message to d.have if it is a page of this errand's answer, and
// returns 1 if it is of this revision and of the whole answer.
func (d *delivery) recognise(m slack.Message) int {
	mine := string(m.User) == d.ws.user || d.ws.id != "" && m.BotID == d.ws.id
	p := m.Metadata.EventPayload
	if !mine || m.Metadata.EventType != metadataType || p["key"] != any(d.e.Key) {
		return 0
	}
	n, _ := p["page"].(float64)
	if n < 1 || n > 1000 {
		return 0
	}
	i := int(n) - 1
	if i < len(d.have.TS) && d.have.TS[i] != "" && d.have.TS[i] != m.Timestamp {
		return 0 // a second one is nothing that we do
	}
	d.set(i, m.Timestamp)
	revision, _ := p["revision"].(float64)
	pages, _ := p["pages"].(float64)
	if int(revision) == d.e.Revision && int(pages) == len(d.pages) {
		return 1
	}
	return 0
}

// responseLife and responses are what a response_url is good for, with some left.
const (
	responseLife = 29 * time.Minute
	responses    = 4
)

// whisper shows the pages to the asker alone. There is no way to look whether that
// has been done, so that after a crash in between it is done again.
func (d *delivery) whisper(ctx context.Context) error {
	d.have.Channel = cmp.Or(d.have.Channel, d.to.Channel)
	if d.mayRespond() {
		err := d.respondAll(ctx, "ephemeral")
		switch codeOf(err) {
		case "expired_url", "used_url", "invalid_url", "no_url": // fall back to the API
		default:
			return classify("response_url", err)
		}
	}
	for d.have.Private < len(d.pages) {
		p := d.pages[d.have.Private]
		_, err := d.ws.api.PostEphemeralContext(ctx, d.to.Channel, d.to.User, ephemeral(p, d.to.Thread)...)
		if malformed[codeOf(err)] {
			d.log.Error("slack: a bug in footnote: Slack refuses the blocks of an answer, which goes out as plain text", "blocks", len(p.Blocks), "error", err)
			_, err = d.ws.api.PostEphemeralContext(ctx, d.to.Channel, d.to.User, ephemeral(plainPage(p), d.to.Thread)...)
		}
		if err != nil {
			return classify("chat.postEphemeral", err)
		}
		d.have.Private++
	}
	return nil
}

// ephemeral are the options of a message that one person sees: it has no metadata.
func ephemeral(p page, thread string) []slack.MsgOption {
	out := []slack.MsgOption{slack.MsgOptionText(p.Text, false), slack.MsgOptionParse(false), slack.MsgOptionLinkNames(false), slack.MsgOptionBlocks(p.Blocks...)}
	if thread != "" {
		out = append(out, slack.MsgOptionTS(thread))
	}
	return out
}

func (d *delivery) mayRespond() bool {
	return d.to.Respond != "" && len(d.pages) <= responses && time.Since(d.e.Accepted) < responseLife
}

// respondAll sends the pages that are left to the response_url.
func (d *delivery) respondAll(ctx context.Context, kind string) error {
	for d.have.Private < len(d.pages) {
		p := d.pages[d.have.Private]
		r := response{Text: p.Text, Blocks: p.Blocks, ResponseType: kind, ThreadTS: d.to.Thread}
		err := d.b.respond(ctx, d.to.Respond, r)
		if malformed[codeOf(err)] {
			d.log.Error("slack: a bug in footnote: Slack refuses the blocks of an answer, which goes out as plain text", "blocks", len(p.Blocks), "error", err)
			r.Blocks = nil
			err = d.b.respond(ctx, d.to.Respond, r)
		}
		if err != nil {
			return err
		}
		d.have.Private++
	}
	return nil
}

// isGone tells whether an error says that a delivery can never succeed.
func isGone(err error) bool { return errors.Is(err, bot.ErrGone) || errors.Is(err, errNotInstalled) }

// elsewhere brings the answer to the asker by another way than the one that is
// closed: by the response_url, which needs neither token nor membership, or by direct
// message, where what it quotes may be quoted there. It returns why the first way was closed, or nil where everybody who was
// meant to has got the answer.
func (d *delivery) elsewhere(ctx context.Context, why error) error {
	w := tellingsIn(d.e.Question.Language)
	if d.mayRespond() && len(d.have.TS) == 0 {
		kind, said := "in_channel", error(nil)
		if d.to.Private {
			kind = "ephemeral"
		}
		if said = d.respondAll(ctx, kind); said == nil {
			d.log.Warn("slack: answered by response_url instead", "error", why)
			return nil
		}
		d.log.Warn("slack: nor by response_url", "error", said)
	}
	if !d.mayDirectly || codeOf(why) == "" || d.to.Direct || d.to.User == "" || d.have.Channel != d.to.Channel || len(d.have.TS) > 0 || d.have.Private > 0 || fatal[codeOf(why)] || codeOf(why) == "missing_scope" {
		return why
	}
	reason := w.Elsewhere
	switch codeOf(why) {
	case "is_archived":
		reason = w.Archived
	case "not_in_channel", "channel_not_found":
		reason = w.Outside
	}
	d.have.Channel, d.to = d.to.User, address{Team: d.to.Team, Channel: d.to.User, User: d.to.User, Direct: true}
	if _, err := d.send(ctx, page{Text: escape(reason)}, ""); err != nil {
		d.log.Warn("slack: nor by direct message", "error", err)
		d.have = posted{}
		return why
	}
	for i, p := range d.pages {
		ts, err := d.send(ctx, p, "")
		if err != nil {
			d.log.Warn("slack: nor by direct message", "error", err)
			break
		}
		d.set(i, ts)
	}
	return why
}
