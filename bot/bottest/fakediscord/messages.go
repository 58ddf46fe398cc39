package fakediscord

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The routes of this file run with Server.mu held.

// flagLoading is set on a deferred response until it comes.
const flagLoading = 1 << 7

// maySend judges whether the bot may post in a channel.
func (s *Server) maySend(ch *channel) error {
	have := ch.permissions()
	switch {
	case !have.has(ViewChannel):
		return errMissingAccess
	case ch.Locked && !have.has(ManageThreads):
		return errThreadLocked
	case ch.Thread() && !have.has(SendMessagesInThreads), !ch.Thread() && !have.has(SendMessages):
		return errMissing
	}
	if ch.Type == ChannelDM {
		for _, id := range ch.Members {
			if u := s.world.users[id]; u != nil && u.DMsClosed {
				return errDMsClosed
			}
		}
	}
	return nil
}

func postMessage(c *call) (any, error) {
	s := c.s
	ch, err := c.see()
	if err != nil {
		return nil, err
	}
	if ch.Type == ChannelForum {
		return nil, errNotText
	}
	if err := s.maySend(ch); err != nil {
		return nil, err
	}
	nonce := nonceOf(c.body)
	if sent := s.world.nonces[nonce]; nonce != "" && c.body["enforce_nonce"] == true && sent != nil && !sent.Deleted &&
		s.clock.Now().Sub(sent.At) < s.cfg.NonceFor {
		return s.messageJSON(sent, true), nil
	}
	if ch.guild != nil && s.faults.roll(func(c Chaos) float64 { return c.Denied }, "denied") {
		return nil, errMissing
	}
	m := Message{Author: s.world.bot, Nonce: nonce, Via: c.route}
	if err := s.refer(ch, &m, c.body); err != nil {
		return nil, err
	}
	if err := s.fill(&m, c.body); err != nil {
		return nil, err
	}
	if len(m.Embeds) > 0 && ch.guild != nil && !ch.permissions().has(EmbedLinks) {
		return nil, errMissing
	}
	kept := s.post(ch, m)
	if nonce != "" {
		s.world.nonces[nonce] = kept
	}
	return s.messageJSON(kept, true), nil
}

// post adds a message to a channel, wakes an archived thread and tells of both. Server.mu is held.
func (s *Server) post(ch *channel, m Message) *Message {
	if ch.Archived && m.EphemeralTo == "" {
		ch.Archived = false
		s.emit(s.guildEvent("THREAD_UPDATE", ch.guild, s.channelJSON(ch)))
	}
	kept := s.world.add(ch, m)
	s.emit(s.messageEvent("MESSAGE_CREATE", kept))
	return kept
}

// nonceOf is the nonce of a request, a number or a text.
func nonceOf(body obj) string {
	switch n := body["nonce"].(type) {
	case string:
		return n
	case json.Number:
		return n.String()
	}
	return ""
}

// refer makes m a reply where the request says so.
func (s *Server) refer(ch *channel, m *Message, body obj) error {
	ref, ok := body["message_reference"].(obj)
	if !ok {
		return nil
	}
	id, _ := ref["message_id"].(string)
	if in, given := ref["channel_id"].(string); given && in != ch.ID {
		return invalid("message_reference", "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL", "Cannot reply to a message of another channel") // (?) the code
	}
	if ch.guild != nil && !ch.permissions().has(ReadMessageHistory) {
		return errNoHistory
	}
	to := ch.message(s.world, id)
	switch {
	case to != nil && to.Type == MessageThreadCreated:
		return invalid("message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")
	case to != nil:
		m.Type, m.ReplyTo, m.repliedTo = MessageReply, to.ID, to.Author
	case ref["fail_if_not_exists"] != false:
		return invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
	}
	return nil // it becomes an ordinary message
}

// fill writes the fields of a request into a message, new or edited, and refuses what no message may be. Server.mu is held.
func (s *Server) fill(m *Message, body obj) error {
	next := *m
	if v, given := body["content"]; given {
		text, _ := v.(string)
		next.Content = strings.TrimSpace(text)
	}
	lists := map[string]*[]any{"embeds": &next.Embeds, "components": &next.Components, "attachments": &next.Attachments}
	for name, to := range lists {
		if v, given := body[name]; given {
			*to, _ = v.([]any)
		}
	}
	for i, e := range next.Embeds {
		if e, ok := e.(obj); ok && e["type"] == nil {
			next.Embeds = slices.Clone(next.Embeds)
			next.Embeds[i] = with(e, "type", "rich")
		}
	}
	if flags, ok := wholeNumber(body["flags"]); ok {
		keep := m.Flags & (flagEphemeral | flagComponentsV2)
		next.Flags = keep | int(flags)&(flagSuppressEmbeds|flagSuppressNotifications|flagComponentsV2)
	}
	next.AllowedMentions, _ = body["allowed_mentions"].(obj)
	if err := judge(&next); err != nil {
		return err
	}
	next.Components = completed(next.Components)
	next.noteMentions(s)
	*m = next
	return nil
}

// judge refuses what no message may be, whether or not requests are checked against the schema.
func judge(m *Message) error {
	empty := m.Content == "" && len(m.Embeds) == 0 && len(m.Components) == 0 && len(m.Attachments) == 0
	texts, count, v2 := 0, 0, false
	bytes := 0
	walk(m.Components, func(o obj) {
		kind, ok := wholeNumber(o["type"])
		if !ok {
			return
		}
		count++
		if kind >= 9 && kind <= 17 {
			v2 = true
		}
		if text, ok := o["content"].(string); ok && kind == typeTextDisplay {
			texts += utf8.RuneCountInString(text)
			bytes += len(text) + perDisplay
		}
	})
	switch {
	case empty:
		return errEmpty
	case utf8.RuneCountInString(m.Content) > maxContent:
		return invalid("content", "BASE_TYPE_MAX_LENGTH", fmt.Sprintf("Must be %d or fewer in length.", maxContent))
	case m.V2() && (m.Content != "" || len(m.Embeds) > 0):
		return invalid("", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "The content and embeds fields cannot be used with components v2")
	case v2 && !m.V2():
		return invalid("components", "UNION_TYPE_CHOICES", "Components of v2 need the flag IS_COMPONENTS_V2")
	case m.V2() && count > maxComponents:
		return invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be 40 or fewer components")
	case m.V2() && texts > maxShownText:
		return invalid("components", "COMPONENT_MAX_TOTAL_TEXT", "The texts of all components must be 4000 or fewer in length")
	case m.V2() && bytes > maxProcessed: // discord-api-docs#8554: neither documented nor told
		return &apiError{status: http.StatusInternalServerError, message: "500: Internal Server Error"}
	}
	return nil
}

// with is a copy of an object with one more field.
func with(o obj, name string, value any) obj {
	out := make(obj, len(o)+1)
	for k, v := range o {
		out[k] = v
	}
	out[name] = value
	return out
}

// componentDefaults are what Discord adds to components of a type that came without.
var componentDefaults = map[int]obj{
	typeSelect:    {"min_values": json.Number("1"), "max_values": json.Number("1")},
	typeContainer: {"accent_color": nil, "spoiler": false},
	typeSeparator: {"divider": true, "spacing": json.Number("1")},
}

// completed returns components as Discord keeps them: with an id each and what else it adds.
func completed(components []any) []any {
	last := 0
	out := make([]any, len(components))
	for i, c := range components {
		out[i] = complete(c, &last)
	}
	return out
}

func complete(c any, last *int) any {
	o, ok := c.(obj)
	if !ok {
		return c
	}
	out := with(o, "id", o["id"])
	*last++
	if integer(o, "id") == 0 {
		out["id"] = json.Number(strconv.Itoa(*last))
	}
	for name, value := range componentDefaults[integer(o, "type")] {
		if _, given := o[name]; !given {
			out[name] = value
		}
	}
	for _, name := range children {
		switch child := o[name].(type) {
		case []any:
			list := make([]any, len(child))
			for i, e := range child {
				list[i] = complete(e, last)
			}
			out[name] = list
		case obj:
			out[name] = complete(child, last)
		}
	}
	return out
}

func getMessage(c *call) (any, error) {
	ch, err := c.see()
	if err != nil {
		return nil, err
	}
	if ch.guild != nil && !ch.permissions().has(ReadMessageHistory) {
		return nil, errMissing
	}
	m := ch.message(c.s.world, c.r.PathValue("message_id"))
	if m == nil {
		return nil, errUnknownMessage
	}
	return c.s.messageJSON(m, c.s.cfg.MessageContent), nil
}

// getMessages lists messages, the newest first.
func getMessages(c *call) (any, error) {
	ch, err := c.see()
	if err != nil {
		return nil, err
	}
	query := c.r.URL.Query()
	limit := 50
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 100 {
			return nil, invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
		}
	}
	out := []any{}
	if ch.guild != nil && !ch.permissions().has(ReadMessageHistory) {
		return out, nil
	}
	for _, m := range page(ch, query.Get("before"), query.Get("after"), query.Get("around"), limit) {
		out = append(out, c.s.messageJSON(m, c.s.cfg.MessageContent))
	}
	return out, nil
}

// page is the part of a channel's messages that a listing shows, the newest first.
func page(ch *channel, before, after, around string, limit int) []*Message {
	live := slices.DeleteFunc(slices.Clone(ch.msgs), func(m *Message) bool { return m.Deleted })
	slices.SortFunc(live, func(a, b *Message) int { return compareIDs(a.ID, b.ID) })
	from, to := 0, len(live)
	at := func(id string) int {
		i, _ := slices.BinarySearchFunc(live, id, func(m *Message, id string) int { return compareIDs(m.ID, id) })
		return i
	}
	switch {
	case around != "":
		from = max(at(around)-limit/2, 0)
		to = min(from+limit, len(live))
	case after != "":
		from = at(after)
		for from < len(live) && compareIDs(live[from].ID, after) <= 0 {
			from++
		}
		to = min(from+limit, len(live))
	case before != "":
		to = at(before)
		from = max(to-limit, 0)
	default:
		from = max(to-limit, 0)
	}
	shown := slices.Clone(live[from:to])
	slices.Reverse(shown)
	return shown
}

func compareIDs(a, b string) int {
	x, y := number(a), number(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func patchMessage(c *call) (any, error) {
	s := c.s
	ch, err := c.see()
	if err != nil {
		return nil, err
	}
	m := ch.message(s.world, c.r.PathValue("message_id"))
	switch {
	case m == nil:
		return nil, errUnknownMessage
	case m.Author != s.world.bot:
		return nil, errNotTheAuthor
	case ch.Locked:
		return nil, errThreadLocked
	case ch.Archived:
		return nil, errArchived
	}
	if err := s.edit(m, c.body); err != nil {
		return nil, err
	}
	return s.messageJSON(m, true), nil
}

// edit changes a message by a request and tells of it. Server.mu is held.
func (s *Server) edit(m *Message, body obj) error {
	if err := s.fill(m, body); err != nil {
		return err
	}
	s.edited(m)
	return nil
}

// edited marks a message as edited; what was loading has come.
func (s *Server) edited(m *Message) {
	m.RealEditedAt = time.Now()
	if m.Loading {
		m.Loading = false
	} else {
		m.Edits++
		m.EditedAt = s.clock.Now()
	}
	s.emit(s.messageEvent("MESSAGE_UPDATE", m))
	s.changed.Notify()
}

func deleteMessage(c *call) (any, error) {
	s := c.s
	ch, err := c.see()
	if err != nil {
		return nil, err
	}
	m := ch.message(s.world, c.r.PathValue("message_id"))
	switch {
	case m == nil:
		return nil, errUnknownMessage
	case m.Author != s.world.bot && !ch.permissions().has(ManageMessages):
		return nil, errMissing
	}
	s.remove(m)
	return nil, nil
}

// remove deletes a message and tells of it. Server.mu is held.
func (s *Server) remove(m *Message) {
	event := s.messageEvent("MESSAGE_DELETE", m)
	data := obj{"id": m.ID, "channel_id": m.Channel}
	if m.Guild != "" && m.EphemeralTo == "" {
		data["guild_id"] = m.Guild
	}
	event.full, event.bare = raw(data), nil
	m.Deleted = true
	s.emit(event)
	s.changed.Notify()
}
