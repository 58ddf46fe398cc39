package fakediscord

// AddGuild adds a guild; an empty ID is filled in.
func (s *Server) AddGuild(g Guild) Guild {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.world.addGuild(g)
	if !kept.WithoutBot {
		s.emit(s.guildEvent("GUILD_CREATE", kept, s.guildCreateJSON(kept)))
	}
	return kept.Guild
}

// RemoveGuild throws the bot out of a guild.
func (s *Server) RemoveGuild(guild string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guild)
	event := s.guildEvent("GUILD_DELETE", g, obj{"id": g.ID})
	g.WithoutBot = true
	g.WithoutApp = true
	s.emitAnyway(event)
}

// AddChannel adds a channel, thread, forum or post. An empty ID is filled in; without a guild it is in the first one, or where its
// parent is.
func (s *Server) AddChannel(c Channel) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.world.addChannel(c)
	if ch.guild != nil {
		kind := "CHANNEL_CREATE"
		if ch.Thread() {
			setDefault(&ch.Owner, s.world.bot)
			kind = "THREAD_CREATE"
		}
		s.emit(s.guildEvent(kind, ch.guild, s.channelJSON(ch)))
	}
	s.changed.Notify()
	return ch.Channel
}

// AddGroup adds direct messages of several people, or of two without the bot. The bot is no member.
func (s *Server) AddGroup(members ...string) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, m := range members {
		ids = append(ids, s.person(m).ID)
	}
	kind := ChannelGroup
	if len(ids) == 2 {
		kind = ChannelDM
	}
	return s.world.addChannel(Channel{Name: "group " + s.world.id(), Type: kind, Members: ids, Owner: ids[0]}).Channel
}

// RemoveChannel removes a channel with all its messages.
func (s *Server) RemoveChannel(place string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.mustChannel(place)
	kind := "CHANNEL_DELETE"
	if ch.Thread() {
		kind = "THREAD_DELETE"
	}
	var event *Delivery
	if ch.guild != nil {
		event = s.guildEvent(kind, ch.guild, s.channelJSON(ch))
	}
	for _, m := range ch.msgs {
		m.Deleted = true
	}
	s.world.removeChannel(ch)
	if event != nil {
		s.emit(event)
	}
	s.changed.Notify()
}

// AddUser adds a person or a bot.
func (s *Server) AddUser(u User) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.world.addUser(u)
}

// Archive archives a thread or brings it back, and locks it or not.
func (s *Server) Archive(thread string, archived, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.mustChannel(thread)
	ch.Archived, ch.Locked = archived, locked
	s.emit(s.guildEvent("THREAD_UPDATE", ch.guild, s.channelJSON(ch)))
	s.changed.Notify()
}

// CloseDMs makes a user refuse direct messages of the bot, or take them again.
func (s *Server) CloseDMs(user string, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.person(user).DMsClosed = closed
}

// RevokeToken makes the bot's token useless: 401, and 4004 for new connections. Those that are open go on.
func (s *Server) RevokeToken() { s.setToken(true) }

// RestoreToken makes the token good again.
func (s *Server) RestoreToken() { s.setToken(false) }

func (s *Server) setToken(revoked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.tokenRevoked = revoked
}

// person is the user with the id or name, made where it is missing. Server.mu is held.
func (s *Server) person(user string) *User {
	if u := s.world.findUser(user); u != nil {
		return u
	}
	return s.world.addUser(User{ID: user})
}
