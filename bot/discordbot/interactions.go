package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

const (
	dueIn     = 3 * time.Second        // Discord's patience with the first reply, from the interaction's creation on
	keepTime  = 2 * time.Second        // of it, for making a question durable
	leastTime = 500 * time.Millisecond // for the same, however late it is: this machine's clock may be wrong
)

// response is the first reply to an interaction. discordgo's own has fields that
// belong to messages in the replies that are none.
type response struct {
	Type discordgo.InteractionResponseType `json:"type"`
	Data any                               `json:"data,omitempty"`
}

// deferral is the data of a reply that promises an answer.
type deferral struct {
	Flags int `json:"flags"`
}

// interaction is a command, a click or the like, as much of it as is looked at.
type interaction struct {
	ID      string                     `json:"id"`
	App     string                     `json:"application_id"`
	Type    int                        `json:"type"`
	Token   string                     `json:"token"`
	Guild   string                     `json:"guild_id"`
	Channel string                     `json:"channel_id"`
	Place   told                       `json:"channel"`
	Context *int                       `json:"context"`
	Owners  map[string]json.RawMessage `json:"authorizing_integration_owners"`
	Locale  string                     `json:"locale"`
	User    person                     `json:"user"` // in direct messages; elsewhere it is the member's
	Member  struct {
		Nick string `json:"nick"`
		User person `json:"user"`
	} `json:"member"`
	Message message         `json:"message"` // that a clicked component stands on
	Data    json.RawMessage `json:"data"`

	reply func(ctx context.Context, r *response) error
}

// invoked is the data of an interaction: of a command the name and options, of a
// component its id and values.
type invoked struct {
	Name     string  `json:"name"`
	Type     int     `json:"type"`
	Options  []given `json:"options"`
	Target   string  `json:"target_id"`
	Resolved struct {
		Messages map[string]message `json:"messages"`
	} `json:"resolved"`
	CustomID string   `json:"custom_id"`
	Values   []string `json:"values"`
}

// given is an option that somebody has filled in.
type given struct {
	Name    string `json:"name"`
	Value   any    `json:"value"`
	Focused bool   `json:"focused"`
}

// text returns what was given for an option, "" where nothing was.
func (v invoked) text(name string) string {
	for _, o := range v.Options {
		if o.Name == name && o.Value != nil {
			return fmt.Sprint(o.Value)
		}
	}
	return ""
}

// person returns who did it.
func (i *interaction) person() person {
	if i.User.ID != "" {
		return i.User
	}
	return i.Member.User
}

// direct tells whether it was done in direct messages with the bot.
func (i *interaction) direct() bool {
	if i.Context != nil {
		return *i.Context == int(discordgo.InteractionContextBotDM)
	}
	return i.Guild == "" && (i.Place.Type == nil || *i.Place.Type == int(discordgo.ChannelTypeDM))
}

// outside tells whether the bot is no member of the place: only a person has the
// application installed.
func (i *interaction) outside() bool {
	if i.direct() {
		return false
	}
	_, guild := i.Owners["0"] // keys are kinds of installation, of which this is a guild's
	return i.Guild == "" || len(i.Owners) > 0 && !guild
}

// language is that of the words around what is shown to the person: the one that
// Discord is set to.
func (i *interaction) language() string {
	if len(i.Locale) >= 2 && i.Locale[:2] == "ja" {
		return "ja"
	}
	return "en"
}

// languageFor is the same for the answer to a text. A text in Japanese is answered in
// it whatever Discord is set to; English letters alone do not tell what somebody
// likes to read.
func (i *interaction) languageFor(text string) string {
	if layout.LanguageOf(text) != "en" {
		return ""
	}
	return i.language()
}

// key recognises the interaction if it comes again.
func (i *interaction) key() string { return adapterName + ":" + i.ID }

// address is where an answer to it goes.
func (i *interaction) address(private bool) address {
	who := i.person()
	return address{
		Guild: i.Guild, Channel: i.Channel, User: who.ID, Name: cmp.Or(i.Member.Nick, who.Name, who.Username),
		Interaction: i.ID, Token: i.Token, Locale: i.Locale,
		Private: private && !i.direct(), Direct: i.direct(), Echo: true, Outside: i.outside(),
	}
}

// whispers is the conversation that a person has with the bot where nobody else sees
// it.
func (i *interaction) whispers() string {
	if i.direct() {
		return adapterName + ":" + i.Channel
	}
	return adapterName + ":private:" + i.Channel + ":" + i.person().ID
}

// interaction takes in an interaction that came by the Gateway.
func (b *Bot) interaction(ctx context.Context, data json.RawMessage) {
	var id struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	if !b.read("INTERACTION_CREATE", data, &id) || id.ID == "" || id.Token == "" {
		return
	}
	b.interact(ctx, data, func(ctx context.Context, r *response) error {
		// A second callback is refused, so that one can be sent again.
		return b.api.do(ctx, http.MethodPost, "/interactions/"+id.ID+"/"+id.Token+"/callback", r, nil, repeatable, patient(time.Second))
	})
}

// interact takes in an interaction and answers it with reply, which sends the first
// response: once, or twice where the first was refused. When it returns, a question
// is durable, or the person has been told that it is not. What cannot be read is
// logged and gets no reply.
func (b *Bot) interact(ctx context.Context, data json.RawMessage, reply func(ctx context.Context, r *response) error) {
	i := &interaction{reply: reply}
	if !b.read("INTERACTION_CREATE", data, i) || i.ID == "" && i.Type != int(discordgo.InteractionPing) {
		return
	}
	if i.Type == int(discordgo.InteractionPing) {
		b.respond(ctx, i, response{Type: discordgo.InteractionResponsePong})
		return
	}
	log := b.log.With("interaction", i.ID, "type", i.Type)
	if late := time.Since(born(i.ID)); late > dueIn {
		log.Warn("discord: an interaction came too late for its reply, or this machine's clock is wrong; its answer comes as a message", "ms", late.Milliseconds())
	}
	if i.Place.ID == i.Channel {
		b.channels.hear(i.Place)
	}
	var v invoked
	if !b.read("interaction data", i.Data, &v) {
		return
	}
	log.Debug("discord: interaction", "guild", i.Guild, "channel", i.Channel, "user", i.person().ID, "command", v.Name)
	switch discordgo.InteractionType(i.Type) {
	case discordgo.InteractionApplicationCommand:
		b.command(ctx, i, v)
	case discordgo.InteractionApplicationCommandAutocomplete:
		b.autocomplete(ctx, i, v)
	case discordgo.InteractionMessageComponent:
		b.act(ctx, i, v)
	case discordgo.InteractionModalSubmit:
		b.submitted(ctx, i)
	default:
		log.Warn("discord: an interaction of an unknown type")
	}
}

// within bounds the time for making something durable, so that there is some left for
// the reply.
func within(ctx context.Context, i *interaction) (context.Context, context.CancelFunc) {
	left := keepTime - time.Since(born(i.ID))
	return context.WithTimeout(ctx, min(max(left, leastTime), keepTime))
}

// respond sends the first reply. A message whose components Discord refuses is sent
// as plain text.
func (b *Bot) respond(ctx context.Context, i *interaction, r response, plain ...string) (sent bool) {
	ctx, cancel := context.WithTimeout(ctx, dueIn)
	defer cancel()
	err := i.reply(ctx, &r)
	log := b.log.With("interaction", i.ID, "reply", int(r.Type))
	if codeOf(err) == invalidForm && len(plain) > 0 {
		log.Error("discord: a reply is refused and is sent as plain text, which is a fault of footnote's", "error", err)
		return b.respondPlain(ctx, i, r, plain)
	}
	switch codeOf(err) {
	case 0:
	case errAcknowledged, discordgo.ErrCodeUnknownInteraction: // a repeat, or too late
		log.Info("discord: the reply is not needed any more", "code", codeOf(err))
		return false
	}
	if err != nil {
		log.Warn("discord: an interaction got no reply", "error", err)
	}
	return err == nil
}

// errAcknowledged is Discord's code for an interaction that has its reply already.
const errAcknowledged = 40060

// mostFurther is how many further messages Discord takes for an interaction where the
// bot is no member.
const mostFurther = 5

// upTo returns at most so many of the texts of an answer; the last says that there is
// more.
func upTo(texts []string, most int, language string) []string {
	if len(texts) <= most {
		return texts
	}
	texts = slices.Clone(texts[:most])
	more := "\n" + escape(layout.PhrasesIn(language).MoreElsewhere)
	last := &texts[most-1]
	if layout.Length(*last)+layout.Length(more) > maxContent {
		*last = layout.Clip(*last, maxContent-layout.Length(more))
	}
	*last += more
	return texts
}

// respondPlain replies with texts, each a message.
func (b *Bot) respondPlain(ctx context.Context, i *interaction, r response, texts []string) (sent bool) {
	private := 0
	if o, ok := r.Data.(sending); ok {
		private = o.Flags & ephemeral
	}
	if i.outside() {
		texts = upTo(texts, 1+mostFurther, i.language())
	}
	out := plainSending(texts[0])
	out.Flags |= private
	if !b.respond(ctx, i, response{Type: r.Type, Data: out}) {
		return false
	}
	if err := b.further(ctx, cmp.Or(i.App, b.me().Application), i.Token, texts[1:], private); err != nil {
		b.log.Warn("discord: the rest of a reply", "interaction", i.ID, "error", err)
	}
	return true
}

// further posts texts below the response to an interaction. Discord does not recognise
// one that is posted again, so that none is ever tried twice.
func (b *Bot) further(ctx context.Context, application, token string, texts []string, flags int) error {
	for _, text := range texts {
		out := plainSending(text)
		out.Flags |= flags
		if err := b.api.do(ctx, http.MethodPost, "/webhooks/"+application+"/"+token, out, nil, patient(patience)); err != nil {
			return err
		}
	}
	return nil
}

// show replies with a message for the person alone.
func (b *Bot) show(ctx context.Context, i *interaction, p page) {
	out := newSending(p)
	out.Flags |= ephemeral
	b.respond(ctx, i, response{Type: discordgo.InteractionResponseChannelMessageWithSource, Data: out}, p.Text...)
}

// note replies with a sentence for the person alone.
func (b *Bot) note(ctx context.Context, i *interaction, text string) { b.show(ctx, i, plainNote(text)) }

// nothing acknowledges a click after which nothing changes.
func (b *Bot) nothing(ctx context.Context, i *interaction) {
	b.respond(ctx, i, response{Type: discordgo.InteractionResponseDeferredMessageUpdate})
}

// ask takes a question in, and replies that the answer comes.
func (b *Bot) ask(ctx context.Context, i *interaction, to address, q bot.Question) {
	done := b.acked(q.ID) // before the answer can be there
	defer done()
	if err := b.keep(ctx, i, to, q); err != nil {
		b.log.Error("discord: a question could not be kept", "key", q.ID, "error", err)
		b.note(ctx, i, layout.TellingsIn(i.language()).TryAgain)
		return
	}
	b.deferred(ctx, i, to.Private)
}

// keep makes a question durable, in the time that there is.
func (b *Bot) keep(ctx context.Context, i *interaction, to address, q bot.Question) error {
	keep, cancel := within(ctx, i)
	defer cancel()
	log := b.log.With("key", q.ID)
	_, err := again(keep, log, func() (struct{}, error) { return struct{}{}, b.take(keep, to, q) })
	if err != nil && b.kept(ctx, q.ID) {
		log.Warn("discord: a question is kept, though the ledger said that it was not", "error", err)
		return nil
	}
	return err
}

// deferred replies that the answer comes. Who will see it is decided here.
func (b *Bot) deferred(ctx context.Context, i *interaction, private bool) {
	r := response{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource}
	if private {
		r.Data = deferral{Flags: ephemeral}
	}
	b.respond(ctx, i, r)
}
