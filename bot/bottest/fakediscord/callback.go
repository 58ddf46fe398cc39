package fakediscord

import (
	"net/http"
	"slices"
)

// The routes of this file run with Server.mu held.

// postCallback is the first response to an interaction.
func postCallback(c *call) (any, error) {
	s := c.s
	in := s.world.interactions[c.r.PathValue("interaction_id")]
	if in == nil || in.Token != c.r.PathValue("interaction_token") {
		return nil, errUnknownInteraction
	}
	if err := s.callback(in, c.body, false); err != nil {
		return nil, err
	}
	if c.r.URL.Query().Get("with_response") != "true" {
		return nil, nil
	}
	return s.callbackJSON(in), nil
}

// callback takes a first response, by the API or as the body of a response by HTTP. Server.mu is held.
func (s *Server) callback(in *Interaction, body obj, byHTTP bool) error {
	switch {
	case in.answered && in.response.Acked:
		return errAcknowledged
	case in.answered || in.dead:
		return errUnknownInteraction
	case s.faults.roll(func(c Chaos) float64 { return c.LateCallback }, "late callback"):
		s.fail(in, "late callback")
		return errUnknownInteraction
	}
	kind := integer(body, "type")
	if !slices.Contains(in.callbacks(), kind) {
		return invalid("type", "INTERACTION_APPLICATION_COMMAND_INVALID_TYPE", "This type of response is not for this interaction") // (?) the code
	}
	data, _ := body["data"].(obj)
	if err := s.respond(in, kind, data); err != nil {
		return err
	}
	ephemeral := in.original != nil && in.original.EphemeralTo != ""
	s.finish(in, Response{Acked: true, Type: kind, Ephemeral: ephemeral, ByHTTP: byHTTP})
	return nil
}

// callbacks are the types of response that an interaction takes.
func (in *Interaction) callbacks() []int {
	switch in.Type {
	case interactionAutocomplete:
		return []int{callbackChoices}
	case interactionComponent:
		return []int{callbackMessage, callbackDeferred, callbackDeferredUpdate, callbackUpdate, callbackModal}
	case interactionModal:
		if in.source == nil {
			return []int{callbackMessage, callbackDeferred}
		}
		return []int{callbackMessage, callbackDeferred, callbackDeferredUpdate, callbackUpdate}
	}
	return []int{callbackMessage, callbackDeferred, callbackModal}
}

// respond does what a first response says.
func (s *Server) respond(in *Interaction, kind int, data obj) error {
	switch kind {
	case callbackMessage:
		_, err := s.say(in, data, "callback")
		return err
	case callbackDeferred:
		if flags := integer(data, "flags"); flags&^flagEphemeral != 0 {
			return invalid("flags", "BITFIELD_INVALID", "Only EPHEMERAL may be set on a deferred response")
		}
		m := s.outline(in, data, "callback")
		m.Loading = true
		in.original = s.postAny(in, m)
	case callbackDeferredUpdate:
		in.original = in.source
	case callbackUpdate:
		in.original = in.source
		return s.edit(in.source, data)
	case callbackChoices:
		return in.offer(data)
	case callbackModal:
		in.modal = modalOf(in, data)
	}
	return nil
}

// outline is a message of an interaction before it has text.
func (s *Server) outline(in *Interaction, data obj, via string) Message {
	m := Message{Author: s.world.bot, Webhook: s.world.app, Interaction: in.ID, Via: via}
	switch {
	case in.Type == interactionCommand && in.commandType == commandChatInput:
		m.Type = MessageSlash
	case in.Type == interactionCommand:
		m.Type = MessageContextMenu
	case in.source != nil:
		m.Type, m.ReplyTo = MessageReply, in.source.ID // a reference in place of the command
	}
	if integer(data, "flags")&flagEphemeral != 0 {
		m.EphemeralTo, m.Flags = in.User, flagEphemeral
	}
	return m
}

// say posts a message of an interaction. Its first one is the original response.
func (s *Server) say(in *Interaction, data obj, via string) (*Message, error) {
	m := s.outline(in, data, via)
	if err := s.fill(&m, data); err != nil {
		return nil, err
	}
	kept := s.postAny(in, m)
	if in.original == nil && !in.answered {
		in.original = kept
	} else {
		in.followups = append(in.followups, kept)
	}
	return kept, nil
}

// postAny posts where the interaction happened, also where the bot is no member.
func (s *Server) postAny(in *Interaction, m Message) *Message {
	ch := s.world.channels[in.Channel]
	if ch == nil { // the channel is gone: nobody will see it
		ch = &channel{Channel: Channel{ID: in.Channel, Guild: in.Guild}}
	}
	return s.post(ch, m)
}

// offer takes the choices of an autocompletion.
func (in *Interaction) offer(data obj) error {
	list, _ := data["choices"].([]any)
	if len(list) > maxChoices {
		return invalid("choices", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
	}
	for _, item := range list {
		c := Choice{Name: str(item, "name"), Value: field(item, "value")}
		if names, ok := field(item, "name_localizations").(obj); ok {
			c.NameLocalizations = map[string]string{}
			for locale := range names {
				c.NameLocalizations[locale] = str(names, locale)
			}
		}
		in.choices = append(in.choices, c)
	}
	return nil
}

// modalOf reads a modal: inputs stand in rows, or in labels that name them.
func modalOf(in *Interaction, data obj) *Modal {
	m := &Modal{CustomID: str(data, "custom_id"), Title: str(data, "title"), Interaction: in.ID}
	m.components = completed(listOf(data, "components"))
	label, description := "", ""
	walk(m.components, func(o obj) {
		kind := integer(o, "type")
		switch {
		case kind == typeLabel:
			label, description = str(o, "label"), str(o, "description")
		case kind == typeTextInput || kind == typeSelect:
			b := buttonOf(o, kind)
			f := Field{CustomID: b.CustomID, Label: label, Description: description, Placeholder: b.Placeholder, Value: str(o, "value"), Type: kind,
				Style: b.Style, Required: o["required"] != false, MinLength: integer(o, "min_length"), MaxLength: integer(o, "max_length"), Options: b.Options}
			if own := str(o, "label"); own != "" {
				f.Label = own
			}
			m.Fields = append(m.Fields, f)
			label, description = "", ""
		}
	})
	return m
}

func listOf(x any, name string) []any {
	l, _ := field(x, name).([]any)
	return l
}

// callbackJSON is the answer to a first response that asks for one.
func (s *Server) callbackJSON(in *Interaction) obj {
	about := obj{"id": in.ID, "type": in.Type}
	out := obj{"interaction": about}
	if m := in.original; m != nil {
		about["response_message_id"], about["response_message_loading"] = m.ID, m.Loading
		about["response_message_ephemeral"] = m.EphemeralTo != ""
		if in.response.Type == callbackMessage || in.response.Type == callbackUpdate {
			out["resource"] = obj{"type": in.response.Type, "message": s.messageJSON(m, true)}
		}
	}
	return out
}

// answered is the interaction whose token the request has, which may still be used.
func (c *call) answered() (*Interaction, error) {
	s := c.s
	in := s.world.tokens[c.r.PathValue("webhook_token")]
	if c.r.PathValue("webhook_id") != s.world.app || in == nil || !in.answered && !in.dead {
		return nil, errUnknownWebhook // unknown, or not yet answered
	}
	if !in.dead && s.faults.roll(func(c Chaos) float64 { return c.DeadToken }, "dead token") {
		in.dead = true
	}
	if in.dead || s.clock.Now().Sub(in.at) >= tokenLife {
		return nil, errDeadToken
	}
	return in, nil
}

// originalOf is the original response, which may still be read and changed.
func (c *call) originalOf() (*Interaction, *Message, error) {
	in, err := c.answered()
	if err != nil {
		return nil, nil, err
	}
	if in.original == nil || in.original.Deleted {
		return nil, nil, errUnknownMessage
	}
	return in, in.original, nil
}

func getOriginal(c *call) (any, error) {
	_, m, err := c.originalOf()
	if err != nil {
		return nil, err
	}
	return c.s.messageJSON(m, true), nil
}

func patchOriginal(c *call) (any, error) {
	_, m, err := c.originalOf()
	if err != nil {
		return nil, err
	}
	if err := c.s.edit(m, c.body); err != nil {
		return nil, err
	}
	return c.s.messageJSON(m, true), nil
}

func deleteOriginal(c *call) (any, error) {
	_, m, err := c.originalOf()
	if err != nil {
		return nil, err
	}
	c.s.remove(m)
	return nil, nil
}

// postFollowup sends one more message. Right after a deferred response it is that response.
func postFollowup(c *call) (any, error) {
	s := c.s
	in, err := c.answered()
	if err != nil {
		return nil, err
	}
	if in.original != nil && in.original.Loading && !in.original.Deleted {
		if err := s.edit(in.original, c.body); err != nil {
			return nil, err
		}
		return s.messageJSON(in.original, true), nil
	}
	if _, installed := in.owners["0"]; !installed && len(in.followups) >= maxFollowups {
		return nil, errFollowups
	}
	m, err := s.say(in, c.body, c.route)
	if err != nil {
		return nil, err
	}
	return result{http.StatusOK, s.messageJSON(m, true)}, nil
}

// followup is a message that the interaction's token made.
func (c *call) followup() (*Message, error) {
	in, err := c.answered()
	if err != nil {
		return nil, err
	}
	id := c.r.PathValue("message_id")
	for _, m := range append(slices.Clone(in.followups), in.original) {
		if m != nil && m.ID == id && !m.Deleted {
			return m, nil
		}
	}
	return nil, errUnknownMessage
}

func getFollowup(c *call) (any, error) {
	m, err := c.followup()
	if err != nil {
		return nil, err
	}
	return c.s.messageJSON(m, true), nil
}

func patchFollowup(c *call) (any, error) {
	m, err := c.followup()
	if err != nil {
		return nil, err
	}
	if err := c.s.edit(m, c.body); err != nil {
		return nil, err
	}
	return c.s.messageJSON(m, true), nil
}

func deleteFollowup(c *call) (any, error) {
	m, err := c.followup()
	if err != nil {
		return nil, err
	}
	c.s.remove(m)
	return nil, nil
}
