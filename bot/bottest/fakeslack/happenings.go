package fakeslack

// OpensHome opens the app's home tab.
func (p Person) OpensHome() { p.opens("home") }

// OpensMessages opens the app's messages tab, where the agent view lives.
func (p Person) OpensMessages() { p.opens("messages") }

func (p Person) opens(tab string) {
	s := p.s
	s.mu.Lock()
	t := p.team()
	ch := s.world.dm(t, p.id)
	event := obj{"type": "app_home_opened", "user": p.id, "channel": ch.ID, "tab": tab, "event_ts": stampOf(s.clock.Now())}
	if home := s.world.homes[p.id]; home != nil && tab == "home" {
		event["view"] = s.viewJSON(home)
	}
	s.mu.Unlock()
	p.send([]outgoing{{team: t, subscription: "app_home_opened", event: event}})
}

// LooksAt changes what the person has open beside the agent view: the channels, most relevant first, or nothing.
func (p Person) LooksAt(channelIDs ...string) {
	s := p.s
	s.mu.Lock()
	t := p.team()
	entities := []any{}
	for _, id := range channelIDs {
		entities = append(entities, obj{"type": "slack#/types/channel_id", "value": id, "team_id": t.ID})
	}
	context := obj{}
	if len(entities) > 0 {
		context["entities"] = entities
	}
	event := obj{
		"type": "app_context_changed", "user": p.id, "channel": s.world.dm(t, p.id).ID, "context": context, "event_ts": stampOf(s.clock.Now()),
	}
	s.mu.Unlock()
	p.send([]outgoing{{team: t, subscription: "app_context_changed", event: event}})
}

// StartsAssistantThread opens a thread of a legacy assistant app and returns its ts. Apps with an agent view never get this event.
func (p Person) StartsAssistantThread() string {
	s := p.s
	s.mu.Lock()
	ch := s.world.dm(p.team(), p.id)
	t := p.team()
	root := s.world.add(ch, Message{User: t.BotUser, BotID: t.BotID, Text: "New Assistant Thread", Subtype: "assistant_app_thread", Via: "slack"}, s.clock.Now())
	ts := root.TS
	s.mu.Unlock()
	p.assistant("assistant_thread_started", ts)
	return ts
}

// ChangesAssistantContext looks at something else beside a legacy assistant thread.
func (p Person) ChangesAssistantContext(ts, channelID string) {
	p.In(channelID).assistant("assistant_thread_context_changed", ts)
}

func (p Person) assistant(kind, ts string) {
	s := p.s
	s.mu.Lock()
	t := p.team()
	context := obj{"team_id": t.ID, "enterprise_id": nil}
	if p.channel != "" {
		context["channel_id"] = p.channel
	}
	event := obj{"type": kind, "event_ts": stampOf(s.clock.Now()), "assistant_thread": obj{
		"user_id": p.id, "context": context, "channel_id": s.world.dm(t, p.id).ID, "thread_ts": ts,
	}}
	s.mu.Unlock()
	p.send([]outgoing{{team: t, subscription: kind, event: event}})
}

// Kick removes a member from a channel. The bot hears of it while it is in the channel, and of its own removal.
func (s *Server) Kick(channelID, userID string) {
	s.mu.Lock()
	ch := s.mustChannel(channelID)
	t := s.world.teams[ch.Team]
	var events []outgoing
	if ch.members[t.BotUser] && ch.members[userID] {
		left := obj{"type": "member_left_channel", "user": userID, "channel": ch.ID, "channel_type": kindLetter(ch), "team": t.ID, "event_ts": stampOf(s.clock.Now())}
		events = append(events, outgoing{team: t, subscription: "member_left_channel", event: left})
	}
	if userID == t.BotUser && ch.members[userID] {
		kind := "channel_left"
		if ch.Kind() == "group" {
			kind = "group_left"
		}
		gone := obj{"type": kind, "channel": ch.ID, "actor_id": "UADMIN", "event_ts": stampOf(s.clock.Now())}
		events = append(events, outgoing{team: t, subscription: kind, event: gone})
	}
	delete(ch.members, userID)
	s.mu.Unlock()
	s.changed.Notify()
	s.wire.sendAll(events)
}

// Invite adds a member to a channel.
func (s *Server) Invite(channelID, userID string) {
	s.mu.Lock()
	ch := s.mustChannel(channelID)
	ch.members[userID] = true
	t := s.world.teams[ch.Team]
	var events []outgoing
	if ch.members[t.BotUser] {
		joined := obj{"type": "member_joined_channel", "user": userID, "channel": ch.ID, "channel_type": kindLetter(ch), "team": t.ID, "event_ts": stampOf(s.clock.Now())}
		events = append(events, outgoing{team: t, subscription: "member_joined_channel", event: joined})
	}
	s.mu.Unlock()
	s.changed.Notify()
	s.wire.sendAll(events)
}

// kindLetter is the channel_type of membership events.
func kindLetter(ch *channel) string {
	if ch.Kind() == "channel" {
		return "C"
	}
	return "G"
}

// Archive archives a channel or brings it back.
func (s *Server) Archive(channelID string, archived bool) {
	s.mu.Lock()
	ch := s.mustChannel(channelID)
	ch.Archived = archived
	kind := "channel_unarchive"
	if archived {
		kind = "channel_archive"
	}
	event := outgoing{team: s.world.teams[ch.Team], subscription: kind, event: obj{
		"type": kind, "channel": ch.ID, "user": "UADMIN", "event_ts": stampOf(s.clock.Now()),
	}}
	s.mu.Unlock()
	s.changed.Notify()
	s.wire.sendAll([]outgoing{event})
}

// SetScopes changes what the team's bot token may do, without a word to the app.
func (s *Server) SetScopes(teamID string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.teams[teamID].scopes = scopes
}

// RevokeToken makes the team's bot token useless: calls are refused with token_revoked, and the app hears tokens_revoked.
// Another installation brings a new token.
func (s *Server) RevokeToken(teamID string) { s.retire(teamID, "token_revoked", false) }

// Uninstall removes the app from the team: calls are refused with account_inactive, and the app hears app_uninstalled and
// tokens_revoked, in this order, which Slack does not promise.
func (s *Server) Uninstall(teamID string) { s.retire(teamID, "account_inactive", true) }

func (s *Server) retire(teamID, refusal string, uninstalled bool) {
	s.mu.Lock()
	t := s.world.teams[teamID]
	t.revoked[t.BotToken] = refusal
	t.installed = false
	now := stampOf(s.clock.Now())
	var events []outgoing
	if uninstalled {
		events = append(events, outgoing{team: t, subscription: "app_uninstalled", event: obj{"type": "app_uninstalled", "event_ts": now}})
	}
	events = append(events, outgoing{team: t, subscription: "tokens_revoked", event: obj{
		"type": "tokens_revoked", "event_ts": now, "tokens": obj{"oauth": []any{}, "bot": []any{t.BotUser}},
	}})
	s.mu.Unlock()
	s.changed.Notify()
	s.wire.sendAll(events)
}

// Unfurls gives a message the preview of a link, which the bot hears of as message_changed.
func (s *Server) Unfurls(m Message) {
	s.mu.Lock()
	ch, kept := s.mustMessage(m)
	c := &call{s: s, team: s.world.teams[ch.Team]}
	c.unfurl(kept)
	s.mu.Unlock()
	s.changed.Notify()
	s.wire.sendAll(c.later)
}
