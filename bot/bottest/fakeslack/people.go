package fakeslack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// AddUser adds a person or another bot. Empty fields are filled in: the first team, the ID as name.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addUser(u)
}

func (s *Server) addUser(u User) *User {
	setDefault(&u.Team, s.cfg.Teams[0].ID)
	setDefault(&u.Name, strings.ToLower(u.ID))
	if u.Bot {
		setDefault(&u.BotID, "B"+strings.TrimPrefix(u.ID, "U"))
	}
	s.world.users[u.ID] = &u
	return &u
}

// AddChannel adds a channel, with the bot in it unless it says otherwise. Without a team it is the first one's.
func (s *Server) AddChannel(c Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	setDefault(&c.Team, s.cfg.Teams[0].ID)
	setDefault(&c.Name, strings.ToLower(c.ID))
	s.world.addChannel(c)
}

// Person is a user of a workspace who does things. Methods such as [Person.InThread] return another Person who does things that
// way; the verbs do them. A verb on a channel, message or
// element that does not exist panics: the test is wrong.
type Person struct {
	s         *Server
	id        string
	channel   string
	thread    string
	broadcast bool
	repeat    Repeat
}

// User is the person with the id; somebody unknown becomes a user of the first team. People join channels by speaking there.
func (s *Server) User(id string) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.users[id] == nil {
		s.addUser(User{ID: id})
	}
	return Person{s: s, id: id}
}

// InThread lets the person speak in the thread of ts.
func (p Person) InThread(ts string) Person { p.thread = ts; return p }

// Broadcasting lets the person's replies be shown in the channel too.
func (p Person) Broadcasting() Person { p.broadcast = true; return p }

// In lets the person use commands in the channel; without it they are used in the direct messages with the bot.
func (p Person) In(channelID string) Person { p.channel = channelID; return p }

// Repeated lets the events of what the person does be delivered as r says.
func (p Person) Repeated(r Repeat) Person { p.repeat = r; return p }

// ID is the person's id.
func (p Person) ID() string { return p.id }

// DM is the id of the person's direct messages with the bot.
func (p Person) DM() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.world.dm(p.team(), p.id).ID
}

// team is the person's team. Server.mu is held.
func (p Person) team() *team { return p.s.world.teams[p.s.world.users[p.id].Team] }

// Says posts what the person typed; &, < and > are escaped and bare links bracketed as Slack's clients do, mentions and links in
// brackets stay.
func (p Person) Says(channelID, text string) Message {
	s := p.s
	s.mu.Lock()
	ch := s.mustChannel(channelID)
	u := s.world.users[p.id]
	ch.members[p.id] = true
	m := Message{User: p.id, Text: escape(text), ThreadTS: ch.threadFor(p.thread), Broadcast: p.broadcast && p.thread != ""}
	if u.Bot {
		m.BotID = u.BotID
		if u.Classic {
			m.User, m.Subtype, m.Username = "", "bot_message", u.Name
		}
	}
	kept := s.world.add(ch, m, s.clock.Now())
	said := *kept
	events := s.messageEvents(ch, kept)
	s.mu.Unlock()
	p.send(events)
	return said
}

// Mentions says text to the bot in the channel, by name.
func (p Person) Mentions(channelID, text string) Message {
	p.s.mu.Lock()
	bot := p.team().BotUser
	p.s.mu.Unlock()
	return p.Says(channelID, "<@"+bot+"> "+text)
}

// DMs says text to the bot in direct messages.
func (p Person) DMs(text string) Message { return p.Says(p.DM(), text) }

// Edits replaces the text of a message of the person.
func (p Person) Edits(m Message, text string) Message {
	s := p.s
	s.mu.Lock()
	ch, kept := s.mustMessage(m)
	before := *kept
	kept.Text = escape(text)
	kept.Edits++
	kept.EditedTS = stampOf(s.clock.Now())
	after := *kept
	events := []outgoing{s.changedEvent(ch, &before, kept)}
	s.mu.Unlock()
	p.send(events)
	return after
}

// Deletes removes a message.
func (p Person) Deletes(m Message) {
	s := p.s
	s.mu.Lock()
	ch, kept := s.mustMessage(m)
	events := s.remove(ch, kept)
	s.mu.Unlock()
	p.send(events)
}

// Reacts adds an emoji, without colons, to a message.
func (p Person) Reacts(m Message, emoji string) {
	s := p.s
	s.mu.Lock()
	ch, kept := s.mustMessage(m)
	var events []outgoing
	if react(kept, emoji, p.id) {
		events = append(events, s.reactionEvent(ch, kept, emoji, p.id))
	}
	s.mu.Unlock()
	p.send(events)
}

func (p Person) send(events []outgoing) {
	for i := range events {
		events[i].repeat = p.repeat
	}
	p.s.changed.Notify()
	p.s.wire.sendAll(events)
}

// Interaction is a command, click, shortcut or submission on its way to the bot.
type Interaction struct {
	*Delivery
	TriggerID, ResponseURL string
}

// interact sends an interaction; payload gets the fields they all have. Server.mu is not held.
func (p Person) interact(payload obj, u responseURL, view string, answered func(any)) Interaction {
	s := p.s
	s.mu.Lock()
	t, user := p.team(), s.world.users[p.id]
	in := Interaction{TriggerID: s.world.newTrigger(p.id, t.ID, view, s.clock.Now())}
	if u.channel != nil {
		u.team, u.user = t, p.id
		in.ResponseURL = s.newResponseURL(u)
		payload["response_url"] = in.ResponseURL
		payload["channel"] = obj{"id": u.channel.ID, "name": u.channel.Name}
	}
	payload["trigger_id"] = in.TriggerID
	payload["token"], payload["api_app_id"] = "verification-token", s.cfg.AppID
	payload["team"] = obj{"id": t.ID, "domain": t.Domain}
	payload["user"] = obj{"id": p.id, "username": user.Name, "name": user.Name, "team_id": t.ID}
	payload["enterprise"], payload["is_enterprise_install"] = nil, false
	raw, err := json.Marshal(payload)
	s.mu.Unlock()
	if err != nil {
		panic("fakeslack: " + err.Error()) // unreachable: payloads are made of decoded JSON
	}
	in.Delivery = &Delivery{Kind: kindInteraction, Type: str(payload, "type"), Team: t.ID, payload: raw, answered: answered}
	s.wire.send(in.Delivery)
	return in
}

// Slash uses a command, such as "/ask". Slack offers commands outside threads only; a person in a thread panics.
func (p Person) Slash(command, text string) Interaction {
	if p.thread != "" {
		panic("fakeslack: commands cannot be used in threads")
	}
	s := p.s
	s.mu.Lock()
	t := p.team()
	ch := s.world.dm(t, p.id)
	if p.channel != "" {
		ch = s.mustChannel(p.channel)
		ch.members[p.id] = true
	}
	u := &responseURL{team: t, channel: ch, user: p.id}
	in := Interaction{TriggerID: s.world.newTrigger(p.id, t.ID, "", s.clock.Now())}
	in.ResponseURL = s.newResponseURL(*u)
	name := ch.Name
	if ch.IM {
		name = "directmessage"
	}
	fields := map[string]string{
		"token": "verification-token", "team_id": t.ID, "team_domain": t.Domain, "channel_id": ch.ID, "channel_name": name, "user_id": p.id,
		"user_name": s.world.users[p.id].Name, "command": command, "text": escaper.Replace(text), "api_app_id": s.cfg.AppID,
		"is_enterprise_install": "false", "response_url": in.ResponseURL, "trigger_id": in.TriggerID,
	}
	s.mu.Unlock()
	form := url.Values{}
	for k, v := range fields {
		form.Set(k, v)
	}
	raw, _ := json.Marshal(fields)
	in.Delivery = &Delivery{Kind: kindCommand, Type: command, Team: t.ID, payload: raw, form: form.Encode(), answered: func(answer any) {
		if body, ok := answer.(obj); ok {
			s.mu.Lock()
			later := s.answer(u, body, "response")
			s.mu.Unlock()
			s.wire.sendAll(later)
		}
	}}
	s.wire.send(in.Delivery)
	return in
}

// Clicks uses an element of a message, found by its action_id. Of feedback buttons and selects, value says which choice; elsewhere
// it may be left out.
func (p Person) Clicks(m Message, actionID string, value ...string) Interaction {
	s := p.s
	s.mu.Lock()
	var ch *channel
	kept := &m
	if m.EphemeralTo == "" {
		ch, kept = s.mustMessage(m)
	} else {
		ch = s.mustChannel(m.Channel)
		for _, e := range s.world.ephemerals[m.EphemeralTo] {
			if e.TS == m.TS {
				kept = e
			}
		}
	}
	payload := obj{
		"type": "block_actions", "actions": []any{action(kept.Blocks, actionID, stampOf(s.clock.Now()), value)},
		"message": s.messageJSON(kept, true), "state": obj{"values": obj{}},
		"container": obj{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.EphemeralTo != "", "thread_ts": m.ThreadTS},
	}
	if m.ThreadTS == "" {
		delete(payload["container"].(obj), "thread_ts")
	}
	s.mu.Unlock()
	return p.interact(payload, responseURL{channel: ch, original: kept}, "", nil)
}

// ClicksView uses an element of a home tab or modal.
func (p Person) ClicksView(v View, actionID string, value ...string) Interaction {
	s := p.s
	s.mu.Lock()
	kept := s.mustView(v)
	payload := obj{
		"type": "block_actions", "actions": []any{action(kept.Blocks, actionID, stampOf(s.clock.Now()), value)}, "view": s.viewJSON(kept),
		"container": obj{"type": "view", "view_id": kept.ID},
	}
	s.mu.Unlock()
	return p.interact(payload, responseURL{}, kept.ID, nil)
}

// action is what a click on an element sends.
func action(blocks []any, actionID, now string, value []string) obj {
	for _, b := range blocks {
		var found obj
		walk(b, func(o obj) {
			if str(o, "action_id") == actionID {
				found = o
			}
		})
		if found == nil {
			continue
		}
		out := obj{"type": found["type"], "action_id": actionID, "block_id": str(b, "block_id"), "action_ts": now}
		chosen := ""
		if len(value) > 0 {
			chosen = value[0]
		}
		choose(found, chosen, out)
		return out
	}
	panic("fakeslack: no element with the action_id " + actionID)
}

// choose fills in what was chosen of an element.
func choose(element obj, value string, out obj) {
	switch kind := str(element, "type"); kind {
	case "overflow", "static_select", "radio_buttons":
		out["selected_option"] = option(element, value)
	case "checkboxes", "multi_static_select":
		out["selected_options"] = []any{option(element, value)}
	case "feedback_buttons":
		for _, half := range []string{"positive_button", "negative_button"} {
			if str(element[half], "value") == value {
				out["value"], out["text"] = value, field(element[half], "text")
				return
			}
		}
		panic("fakeslack: no feedback button with the value " + value)
	case "plain_text_input":
		out["value"] = value
	default:
		if v := str(element, "value"); v != "" {
			out["value"] = v
		}
		out["text"] = element["text"]
	}
}

// option finds a choice by its value.
func option(element obj, value string) obj {
	var found obj
	walk(element, func(o obj) {
		if _, isOption := o["text"].(obj); isOption && str(o, "value") == value && o["action_id"] == nil {
			found = o
		}
	})
	if found == nil {
		panic("fakeslack: no option with the value " + value)
	}
	return found
}

// Submits sends a modal with what was filled in, by action_id or by block_id: a string, or for several choices strings. What the
// bot answers happens to the modal: errors are shown, it changes, or it closes.
func (p Person) Submits(v View, values map[string]any) Interaction {
	s := p.s
	s.mu.Lock()
	kept := s.mustView(v)
	view := s.viewJSON(kept)
	view["state"] = obj{"values": inputs(kept.Blocks, values)}
	s.mu.Unlock()
	payload := obj{"type": "view_submission", "view": view, "response_urls": []any{}}
	return p.interact(payload, responseURL{}, kept.ID, func(answer any) { s.respondToView(kept.ID, answer) })
}

// inputs is the state of a view's inputs.
func inputs(blocks []any, values map[string]any) obj {
	state := obj{}
	for _, b := range blocks {
		element, _ := field(b, "element").(obj)
		if str(b, "type") != "input" || element == nil {
			continue
		}
		id, block := str(element, "action_id"), str(b, "block_id")
		given, ok := values[id]
		if !ok {
			given, ok = values[block]
		}
		out := obj{"type": element["type"]}
		switch g := given.(type) {
		case string:
			choose(element, g, out)
		case []string:
			chosen := []any{}
			for _, value := range g {
				chosen = append(chosen, option(element, value))
			}
			out["selected_options"] = chosen
		default:
			if ok {
				panic(fmt.Sprintf("fakeslack: a value of %T for %s", given, id))
			}
			out["value"] = nil
		}
		state[block] = obj{id: out}
	}
	return state
}

// Closes dismisses a modal; the bot hears of it where it asked to.
func (p Person) Closes(v View) {
	s := p.s
	s.mu.Lock()
	kept := s.mustView(v)
	view := s.viewJSON(kept)
	s.world.modals[p.id] = slices.DeleteFunc(slices.Clone(s.world.modals[p.id]), func(o *View) bool { return o == kept })
	notify := kept.NotifyOnClose
	s.mu.Unlock()
	s.changed.Notify()
	if notify {
		p.interact(obj{"type": "view_closed", "view": view, "is_cleared": false}, responseURL{}, "", nil)
	}
}

// Shortcut uses a message shortcut, by its callback_id, on a message.
func (p Person) Shortcut(m Message, callbackID string) Interaction {
	s := p.s
	s.mu.Lock()
	ch, kept := s.mustMessage(m)
	payload := obj{
		"type": "message_action", "callback_id": callbackID, "message_ts": m.TS, "message": s.messageJSON(kept, true),
		"action_ts": stampOf(s.clock.Now()),
	}
	s.mu.Unlock()
	return p.interact(payload, responseURL{channel: ch}, "", nil)
}

// mustChannel is the channel with the id. Server.mu is held, and let go before the panic.
func (s *Server) mustChannel(id string) *channel {
	ch := s.world.channels[id]
	if ch == nil {
		s.mu.Unlock()
		panic("fakeslack: no channel " + id)
	}
	return ch
}

func (s *Server) mustMessage(m Message) (*channel, *Message) {
	ch := s.mustChannel(m.Channel)
	kept := ch.byTS[m.TS]
	if kept == nil {
		s.mu.Unlock()
		panic("fakeslack: no message " + m.TS + " in " + m.Channel)
	}
	return ch, kept
}

func (s *Server) mustView(v View) *View {
	kept := s.world.views[v.ID]
	if kept == nil {
		s.mu.Unlock()
		panic("fakeslack: no view " + v.ID)
	}
	return kept
}
