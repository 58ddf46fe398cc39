package fakediscord

import (
	"context"
	"fmt"
	"slices"
	"time"

	"footnote/bot/bottest/clock"
)

// Types of interactions: developers/interactions/receiving-and-responding.mdx.
const (
	interactionPing         = 1
	interactionCommand      = 2
	interactionComponent    = 3
	interactionAutocomplete = 4
	interactionModal        = 5
)

const (
	responseWindow = 3 * time.Second  // for the first response
	tokenLife      = 15 * time.Minute // of an interaction's token
	maxFollowups   = 5                // of an app that only the user installed
)

// Interaction is a command, click, choice or submission, and what the bot made of it.
type Interaction struct {
	ID, Token            string
	Type                 int    // 2 command, 3 component, 4 autocomplete, 5 modal
	Name                 string // of the command, with its subcommand
	CustomID             string // of the component or modal
	User, Channel, Guild string // Guild is "" outside guilds

	s        *Server
	delivery *Delivery
	done     chan struct{} // closed with the first response, or when it is too late for one

	// Guarded by Server.mu.
	at          time.Time
	realAt      time.Time
	commandType int
	owners      obj
	source      *Message     // the message with the component
	target      *Message     // of a message command
	opener      *Interaction // what opened the modal
	window      *clock.Timer
	response    Response
	answered    bool
	dead        bool // the token is good for nothing
	original    *Message
	followups   []*Message
	modal       *Modal
	choices     []Choice
}

// Response is the first response to an interaction.
type Response struct {
	Acked     bool // it came within three seconds
	Type      int
	Ephemeral bool
	ByHTTP    bool
	Took      time.Duration // in real time
	Error     string        // why there is none: "timeout", "http status 401", "connection failed", "late callback"
}

// Modal is a form that the bot opened.
type Modal struct {
	CustomID, Title string
	Fields          []Field
	Interaction     string // id of the interaction that it answers

	components []any
}

// Field is an input of a modal.
type Field struct {
	CustomID, Label, Description, Placeholder, Value string
	Type, Style                                      int // 4 a text input, 3 a select menu
	Required                                         bool
	MinLength, MaxLength                             int
	Options                                          []Option
}

// Choice is what autocompletion offers.
type Choice struct {
	Name              string
	Value             any // a string or json.Number
	NameLocalizations map[string]string
}

// Delivery is the event, or the request, that told of the interaction.
func (in *Interaction) Delivery() *Delivery { return in.delivery }

// Wait waits until the bot gave its first response, or three seconds passed without one; see Response.Acked. When ctx ends first it
// returns ctx's error.
func (in *Interaction) Wait(ctx context.Context) (Response, error) {
	select {
	case <-in.done:
		in.s.mu.Lock()
		defer in.s.mu.Unlock()
		return in.response, nil
	case <-ctx.Done():
		return Response{}, fmt.Errorf("fakediscord: interaction %s was not answered: %w", in.ID, ctx.Err())
	}
}

// Message waits until there is an answer to read: the original response, no longer "thinking…", or the first follow-up. Of a
// component that was answered with types 6 or 7 it is the message with the component; of type 6, once it was edited.
func (in *Interaction) Message(ctx context.Context) (Message, error) {
	r, err := in.Wait(ctx)
	if err != nil {
		return Message{}, err
	}
	if !r.Acked {
		return Message{}, fmt.Errorf("fakediscord: interaction %s: no response: %s", in.ID, r.Error)
	}
	var found Message
	err = in.s.WaitFor(ctx, func(State) bool {
		in.s.mu.Lock()
		defer in.s.mu.Unlock()
		m := in.original
		switch {
		case r.Type == callbackDeferredUpdate && m != nil && m.RealEditedAt.Before(in.realAt):
			m = nil
		case m != nil && (m.Loading || m.Deleted):
			m = nil
		}
		if m == nil && len(in.followups) > 0 {
			m = in.followups[0]
		}
		if m != nil {
			found = *m
		}
		return m != nil
	})
	return found, err
}

// Messages are the original response and the follow-ups that are not deleted, the oldest first; "thinking…" is none.
func (in *Interaction) Messages() []Message {
	in.s.mu.Lock()
	defer in.s.mu.Unlock()
	return live(in.s.world.answers[in.ID])
}

// Modal waits for the modal that the bot opens.
func (in *Interaction) Modal(ctx context.Context) (Modal, error) {
	r, err := in.expect(ctx, callbackModal)
	if err != nil || r.Type != callbackModal {
		return Modal{}, err
	}
	in.s.mu.Lock()
	defer in.s.mu.Unlock()
	return *in.modal, nil
}

// Choices waits for the choices that the bot offers.
func (in *Interaction) Choices(ctx context.Context) ([]Choice, error) {
	if _, err := in.expect(ctx, callbackChoices); err != nil {
		return nil, err
	}
	in.s.mu.Lock()
	defer in.s.mu.Unlock()
	return slices.Clone(in.choices), nil
}

func (in *Interaction) expect(ctx context.Context, kind int) (Response, error) {
	r, err := in.Wait(ctx)
	if err != nil {
		return r, err
	}
	if !r.Acked {
		return r, fmt.Errorf("fakediscord: interaction %s: no response: %s", in.ID, r.Error)
	}
	if r.Type != kind {
		return r, fmt.Errorf("fakediscord: interaction %s: a response of type %d, want %d", in.ID, r.Type, kind)
	}
	return r, nil
}

// KillToken makes an interaction's token useless from now on: 50027.
func (s *Server) KillToken(in *Interaction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in.dead = true
}

// begin sends an interaction; data is what its type needs. Server.mu is held.
func (p Person) begin(in *Interaction, ch *channel, data obj, more obj) *Interaction {
	s := p.s
	in.s, in.done = s, make(chan struct{})
	in.ID, in.Token = s.world.id(), "aW50ZXJhY3Rpb246-"+s.world.id()
	in.User, in.Channel, in.Guild = p.id, ch.ID, ch.Guild
	in.at, in.realAt = s.clock.Now(), time.Now()
	u := s.world.users[p.id]
	payload := obj{
		"id": in.ID, "application_id": s.world.app, "type": in.Type, "token": in.Token, "version": 1, "data": data,
		"channel": s.partialChannelJSON(ch), "channel_id": ch.ID, "app_permissions": ch.appPermissions().String(), "locale": p.localeOr(u.Locale),
		"entitlements": []any{}, "authorizing_integration_owners": in.owners, "context": ch.context(), "attachment_size_limit": 10 << 20,
	}
	if g := ch.guild; g != nil {
		member := s.fullMemberJSON(p.id)
		member["permissions"] = peoplePermissions.String()
		payload["member"], payload["guild_id"], payload["guild_locale"] = member, g.ID, g.Locale
		payload["guild"] = obj{"id": g.ID, "locale": g.Locale, "features": []any{}}
	} else {
		payload["user"] = s.userJSON(p.id)
	}
	for name, value := range more {
		payload[name] = value
	}
	s.world.interactions[in.ID], s.world.tokens[in.Token] = in, in
	s.world.open++
	in.window = s.clock.After(responseWindow, "", func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fail(in, "timeout")
	})
	in.delivery = &Delivery{Kind: "INTERACTION_CREATE", Guild: in.Guild, Channel: ch.ID, ID: in.ID, full: raw(payload), times: p.times,
		ByHTTP: s.wire.url != ""}
	s.emitAnyway(in.delivery)
	return in
}

// context is where an interaction happens: 0 a guild, 1 direct messages with the bot, 2 elsewhere.
func (ch *channel) context() int {
	switch {
	case ch.guild != nil:
		return 0
	case ch.withBot:
		return 1
	}
	return 2
}

// fail ends an interaction without a response; its token dies. Server.mu is held.
func (s *Server) fail(in *Interaction, why string) {
	if in.answered {
		return
	}
	in.dead = true
	s.finish(in, Response{Error: why})
}

// finish notes the first response. Server.mu is held.
func (s *Server) finish(in *Interaction, r Response) {
	s.clock.Stop(in.window)
	r.Took = time.Since(in.realAt)
	in.answered, in.response = true, r
	s.world.open--
	close(in.done)
	s.changed.Notify()
}

// live are copies of the messages that are there to read.
func live(kept []*Message) []Message {
	var out []Message
	for _, m := range kept {
		if !m.Deleted && !m.Loading {
			out = append(out, *m)
		}
	}
	return out
}
