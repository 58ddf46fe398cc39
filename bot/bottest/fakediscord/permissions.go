package fakediscord

import "strconv"

// Permission is a set of what one may do: developers/topics/permissions.mdx.
type Permission uint64

// The permissions that matter to a bot that answers.
const (
	AddReactions           Permission = 1 << 6
	ViewChannel            Permission = 1 << 10
	SendMessages           Permission = 1 << 11
	ManageMessages         Permission = 1 << 13
	EmbedLinks             Permission = 1 << 14
	AttachFiles            Permission = 1 << 15
	ReadMessageHistory     Permission = 1 << 16
	MentionEveryone        Permission = 1 << 17
	UseExternalEmojis      Permission = 1 << 18
	UseApplicationCommands Permission = 1 << 31
	ManageThreads          Permission = 1 << 34
	CreatePublicThreads    Permission = 1 << 35
	CreatePrivateThreads   Permission = 1 << 36
	SendMessagesInThreads  Permission = 1 << 38
	UseExternalApps        Permission = 1 << 50
)

// DefaultPermissions is what the bot may do where nothing was revoked.
const DefaultPermissions = AddReactions | ViewChannel | SendMessages | EmbedLinks | AttachFiles | ReadMessageHistory | UseExternalEmojis |
	UseApplicationCommands | CreatePublicThreads | SendMessagesInThreads | UseExternalApps

// Of places outside guilds: developers/interactions/receiving-and-responding.mdx, "Interaction Structure".
const (
	groupPermissions = AttachFiles | EmbedLinks | MentionEveryone
	dmPermissions    = groupPermissions | UseExternalEmojis
)

// peoplePermissions is what people may do everywhere in a guild.
const peoplePermissions = DefaultPermissions

func (p Permission) has(all Permission) bool { return p&all == all }

func (p Permission) String() string { return strconv.FormatUint(uint64(p), 10) }

// Revoke takes permissions from the bot in a channel, with its threads, or in a whole guild.
func (s *Server) Revoke(place string, p Permission) {
	s.permit(place, func(have Permission) Permission { return have | p })
}

// Grant gives back what Revoke took there.
func (s *Server) Grant(place string, p Permission) {
	s.permit(place, func(have Permission) Permission { return have &^ p })
}

// permit changes what is revoked in a place.
func (s *Server) permit(place string, change func(Permission) Permission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.world.findGuild(place); g != nil {
		g.revoked = change(g.revoked)
		s.emit(s.guildEvent("GUILD_ROLE_UPDATE", g, obj{"guild_id": g.ID, "role": s.roleJSON(g)}))
		return
	}
	ch := s.mustChannel(place)
	ch.revoked = change(ch.revoked)
	if ch.guild != nil && !ch.Thread() {
		s.emit(s.guildEvent("CHANNEL_UPDATE", ch.guild, s.channelJSON(ch)))
	}
}

// Permissions is what the bot may do in a channel.
func (st State) Permissions(channel string) Permission {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return st.s.mustChannel(channel).permissions()
}

// permissions is what the bot may do in the channel; nothing where it is no member. Server.mu is held.
func (ch *channel) permissions() Permission {
	switch {
	case ch.Type == ChannelDM && ch.withBot:
		return dmPermissions | ViewChannel | SendMessages | ReadMessageHistory
	case ch.guild == nil, ch.guild.WithoutBot:
		return 0
	}
	have := DefaultPermissions &^ ch.guild.revoked &^ ch.revoked
	if ch.parent != nil {
		have &^= ch.parent.revoked
	}
	if !have.has(ViewChannel) {
		return 0 // who does not see a channel can do nothing there
	}
	return have
}

// appPermissions is app_permissions of an interaction in the channel. Server.mu is held.
func (ch *channel) appPermissions() Permission {
	switch {
	case ch.Type == ChannelDM && ch.withBot:
		return dmPermissions
	case ch.guild == nil:
		return groupPermissions
	case ch.guild.WithoutBot:
		return EmbedLinks | AttachFiles | UseExternalEmojis | MentionEveryone // (?) what an app without a bot gets
	}
	return ch.permissions()
}
