package fakeslack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// outgoing is an event on its way to the app.
type outgoing struct {
	team         *team
	subscription string // as in Config.Events
	event        obj
	repeat       Repeat
}

// eventScopes are the scopes without which Slack does not send an event.
var eventScopes = map[string]string{
	"app_mention": "app_mentions:read", "message.channels": "channels:history", "message.groups": "groups:history",
	"message.im": "im:history", "message.mpim": "mpim:history", "reaction_added": "reactions:read",
	"member_joined_channel": "channels:read", "member_left_channel": "channels:read",
	"assistant_thread_started": "assistant:write", "assistant_thread_context_changed": "assistant:write",
}

// wanted reports whether the app gets the event. Server.mu is held.
func (s *Server) wanted(o outgoing) bool {
	if !o.team.installed && o.subscription != "app_uninstalled" && o.subscription != "tokens_revoked" {
		return false
	}
	need := eventScopes[o.subscription]
	return slices.Contains(s.cfg.Events, o.subscription) && (need == "" || slices.Contains(o.team.scopes, need))
}

// messageJSON is a message as the Web API and events show it.
func (s *Server) messageJSON(m *Message, withMetadata bool) obj {
	out := obj{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS, "team": m.Team}
	set := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	set("subtype", m.Subtype)
	set("bot_id", m.BotID)
	set("username", m.Username)
	set("thread_ts", m.ThreadTS)
	if t := s.world.teams[m.Team]; m.BotID != "" && t != nil && m.BotID == t.BotID {
		out["app_id"] = s.cfg.AppID
		out["bot_profile"] = obj{"id": m.BotID, "app_id": s.cfg.AppID, "name": "footnote", "team_id": m.Team, "deleted": false}
	}
	if m.User == "" {
		delete(out, "user")
	}
	if m.BotID == "" && m.Subtype == "" {
		out["client_msg_id"] = "client-" + m.Channel + "-" + m.TS
		out["blocks"] = richText(m.Text)
	}
	if m.Blocks != nil {
		out["blocks"] = m.Blocks
	}
	if m.Attachments != nil {
		out["attachments"] = m.Attachments
	}
	if m.EditedTS != "" {
		out["edited"] = obj{"user": m.User, "ts": m.EditedTS}
	}
	if m.Metadata != nil && withMetadata {
		out["metadata"] = obj{"event_type": m.Metadata.EventType, "event_payload": m.Metadata.EventPayload}
	}
	if len(m.Reactions) > 0 {
		list := []any{}
		for name, users := range m.Reactions {
			list = append(list, obj{"name": name, "users": users, "count": len(users)})
		}
		out["reactions"] = list
	}
	s.threadFields(m, out)
	return out
}

// threadFields adds what a message knows of its thread.
func (s *Server) threadFields(m *Message, out obj) {
	ch := s.world.channels[m.Channel]
	if ch == nil {
		return
	}
	if m.ThreadTS != "" {
		if parent := ch.byTS[m.ThreadTS]; parent != nil {
			out["parent_user_id"] = parent.User
		}
		return
	}
	if below := ch.liveReplies(m.TS); len(below) > 0 {
		out["thread_ts"], out["reply_count"], out["latest_reply"] = m.TS, len(below), below[len(below)-1].TS
	}
}

var mention = regexp.MustCompile(`<@([UW][A-Z0-9]+)(?:\|[^>]*)?>`)

// richText is the block that Slack's clients send with what people write.
func richText(text string) []any {
	elements := []any{}
	plain := func(t string) {
		if t != "" {
			elements = append(elements, obj{"type": "text", "text": unescape(t)})
		}
	}
	from := 0
	for _, at := range mention.FindAllStringSubmatchIndex(text, -1) {
		plain(text[from:at[0]])
		elements = append(elements, obj{"type": "user", "user_id": text[at[2]:at[3]]})
		from = at[1]
	}
	plain(text[from:])
	section := obj{"type": "rich_text_section", "elements": elements}
	return []any{obj{"type": "rich_text", "block_id": "rt", "elements": []any{section}}}
}

var (
	escaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	keepers   = regexp.MustCompile(`<(?:[@#!][^<>\s]+|https?://[^<>\s]+(?:\|[^<>]*)?)>`)
	bareLinks = regexp.MustCompile(`https?://[^\s<>|]+`)
)

func unescape(text string) string { return unescaper.Replace(text) }

// escape writes what somebody typed as Slack keeps it: &, < and > escaped except in mentions and links, links in brackets.
func escape(text string) string {
	var out strings.Builder
	plain := func(t string) {
		out.WriteString(bareLinks.ReplaceAllString(escaper.Replace(t), "<$0>"))
	}
	from := 0
	for _, at := range keepers.FindAllStringIndex(text, -1) {
		plain(text[from:at[0]])
		out.WriteString(text[at[0]:at[1]])
		from = at[1]
	}
	plain(text[from:])
	return out.String()
}

func formatStamp(whole, fraction int64) string { return fmt.Sprintf("%d.%06d", whole, fraction) }

// subscriptionOf is the message event that a kind of channel needs; "", which nobody subscribes to, where the bot is not in it.
func (s *Server) subscriptionOf(ch *channel) string {
	if !ch.members[s.world.teams[ch.Team].BotUser] {
		return ""
	}
	return "message." + scopeOf(ch.Kind())
}

// messageEvents are the events of a new message: message, and app_mention where it names the bot outside direct messages. The
// app gets them only in channels it is in. Slack promises no order between the two: every second message has the mention first.
func (s *Server) messageEvents(ch *channel, m *Message) []outgoing {
	t := s.world.teams[ch.Team]
	if !ch.members[t.BotUser] {
		return nil
	}
	event := s.messageJSON(m, true)
	event["channel"], event["channel_type"], event["event_ts"] = ch.ID, ch.Kind(), m.TS
	if m.Broadcast {
		event["subtype"] = "thread_broadcast"
	}
	events := []outgoing{{team: t, subscription: s.subscriptionOf(ch), event: event}}
	if !ch.IM && m.User != t.BotUser && strings.Contains(m.Text, "<@"+t.BotUser) {
		called := s.messageJSON(m, true)
		called["type"], called["channel"], called["event_ts"] = "app_mention", ch.ID, m.TS
		events = append(events, outgoing{team: t, subscription: "app_mention", event: called})
		if len(ch.msgs)%2 == 0 {
			slices.Reverse(events)
		}
	}
	if parent := ch.byTS[m.ThreadTS]; parent != nil && s.cfg.ParentChanges {
		events = append(events, s.changedEvent(ch, parent, parent))
	}
	return events
}

func (s *Server) changedEvent(ch *channel, before, after *Message) outgoing {
	now := stampOf(s.clock.Now())
	return outgoing{team: s.world.teams[ch.Team], subscription: s.subscriptionOf(ch), event: obj{
		"type": "message", "subtype": "message_changed", "hidden": true, "channel": ch.ID, "channel_type": ch.Kind(), "ts": now, "event_ts": now,
		"message": s.messageJSON(after, true), "previous_message": s.messageJSON(before, true),
	}}
}

func (s *Server) deletedEvent(ch *channel, m *Message) outgoing {
	now := stampOf(s.clock.Now())
	return outgoing{team: s.world.teams[ch.Team], subscription: s.subscriptionOf(ch), event: obj{
		"type": "message", "subtype": "message_deleted", "hidden": true, "channel": ch.ID, "channel_type": ch.Kind(), "ts": now, "event_ts": now,
		"deleted_ts": m.TS, "previous_message": s.messageJSON(m, true),
	}}
}

func (s *Server) reactionEvent(ch *channel, m *Message, name, user string) outgoing {
	return outgoing{team: s.world.teams[ch.Team], subscription: "reaction_added", event: obj{
		"type": "reaction_added", "user": user, "reaction": name, "item_user": m.User, "event_ts": stampOf(s.clock.Now()),
		"item": obj{"type": "message", "channel": ch.ID, "ts": m.TS},
	}}
}

// envelope is the body of an Events API request.
func (s *Server) envelope(o outgoing, eventID string) []byte {
	kind := str(o.event, "type")
	body, err := json.Marshal(obj{
		"token": "verification-token", "team_id": o.team.ID, "context_team_id": o.team.ID, "context_enterprise_id": nil, "api_app_id": s.cfg.AppID,
		"event": o.event, "type": "event_callback", "event_id": eventID, "event_time": s.clock.Now().Unix(), "is_ext_shared_channel": false,
		"event_context": "4-" + kind + "-" + o.team.ID,
		"authorizations": []any{obj{
			"enterprise_id": nil, "team_id": o.team.ID, "user_id": o.team.BotUser, "is_bot": true, "is_enterprise_install": false,
		}},
	})
	if err != nil {
		panic("fakeslack: an event that is no JSON: " + err.Error()) // unreachable: events are made of decoded JSON and strings
	}
	return body
}
