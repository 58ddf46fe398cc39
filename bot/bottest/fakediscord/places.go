package fakediscord

import (
	"net/http"
	"time"
)

// The routes of this file run with Server.mu held.

// see is the channel of the request, which the bot may see.
func (c *call) see() (*channel, error) {
	ch := c.s.world.channels[c.r.PathValue("channel_id")]
	if ch == nil {
		return nil, errUnknownChannel
	}
	if !ch.permissions().has(ViewChannel) {
		return nil, errMissingAccess
	}
	return ch, nil
}

// guild is the guild of the request, which the bot is a member of.
func (c *call) guild() (*guild, error) {
	id := c.r.PathValue("guild_id")
	for _, g := range c.s.world.guilds {
		if g.ID == id && !g.WithoutBot {
			return g, nil
		}
	}
	return nil, errUnknownGuild
}

func getGateway(c *call) (any, error) { return obj{"url": c.s.gatewayURL(false)}, nil }

func getGatewayBot(c *call) (any, error) {
	total := c.s.cfg.IdentifyLimit
	return obj{"url": c.s.gatewayURL(false), "shards": c.s.cfg.Shards, "session_start_limit": obj{
		"total": total, "remaining": max(total-c.s.sessionStarts(), 0), "reset_after": (24 * time.Hour).Milliseconds(), "max_concurrency": 1,
	}}, nil
}

func getMe(c *call) (any, error) {
	out := c.s.userJSON(c.s.world.bot)
	out["mfa_enabled"], out["locale"], out["verified"], out["email"], out["bot"] = false, "en-US", true, nil, true
	delete(out, "primary_guild")
	return out, nil
}

func getUser(c *call) (any, error) {
	id := c.r.PathValue("user_id")
	if c.s.world.users[id] == nil {
		return nil, errUnknownUser
	}
	return c.s.userJSON(id), nil
}

func getMyGuilds(c *call) (any, error) {
	out := []any{}
	for _, g := range c.s.world.guilds {
		if !g.WithoutBot {
			out = append(out, obj{"id": g.ID, "name": g.Name, "icon": nil, "banner": nil, "owner": false,
				"permissions": (DefaultPermissions &^ g.revoked).String(), "features": []any{}})
		}
	}
	return out, nil
}

// appFlags are the app's flags: the privileged intents that are enabled for an app that is not verified
// (developers/resources/application.mdx, "Application Flags").
func (s *Server) appFlags() int {
	flags := 1 << 23 // APPLICATION_COMMAND_BADGE
	for bit, enabled := range map[int]bool{13: s.cfg.Presences, 15: s.cfg.Members, 19: s.cfg.MessageContent} {
		if enabled {
			flags |= 1 << bit
		}
	}
	return flags
}

func getApplication(c *call) (any, error) {
	s := c.s
	var endpoint any
	if s.wire.url != "" {
		endpoint = s.wire.url
	}
	return obj{
		"id": s.world.app, "name": s.cfg.BotName, "icon": nil, "description": "", "type": nil, "verify_key": s.PublicKey(), "flags": s.appFlags(),
		"flags_new": "0", "redirect_uris": []any{}, "interactions_endpoint_url": endpoint, "role_connections_verification_url": nil,
		"owner": s.userJSON("0"), "approximate_guild_count": len(s.world.guilds), "approximate_user_install_count": 0,
		"approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil, "eligible_oauth2_scopes": []any{},
		"bot": s.userJSON(s.world.bot), "bot_public": true, "bot_require_code_grant": false,
		"integration_types_config": obj{"0": obj{}, "1": obj{}},
	}, nil
}

func getGuild(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	return c.s.guildJSON(g), nil
}

func getGuildChannels(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, ch := range g.channels {
		if !ch.Thread() && ch.permissions().has(ViewChannel) {
			out = append(out, c.s.channelJSON(ch))
		}
	}
	return out, nil
}

func getGuildRoles(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	return []any{c.s.roleJSON(g)}, nil
}

func getGuildMember(c *call) (any, error) {
	if _, err := c.guild(); err != nil {
		return nil, err
	}
	id := c.r.PathValue("user_id")
	if c.s.world.users[id] == nil {
		return nil, errUnknownMember
	}
	return c.s.fullMemberJSON(id), nil
}

func getActiveThreads(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	threads := []any{}
	for _, ch := range g.channels {
		if ch.Thread() && !ch.Archived && ch.permissions().has(ViewChannel) {
			threads = append(threads, c.s.channelJSON(ch))
		}
	}
	return obj{"threads": threads, "members": []any{}, "has_more": false}, nil
}

func getChannel(c *call) (any, error) {
	ch, err := c.see()
	if err != nil {
		return nil, err
	}
	return c.s.channelJSON(ch), nil
}

// openDM opens direct messages. That they are refused shows when something is sent.
func openDM(c *call) (any, error) {
	id, _ := c.body["recipient_id"].(string)
	u := c.s.world.users[id]
	if u == nil {
		return nil, invalid("recipient_id", "INVALID_RECIPIENT", "Unknown user")
	}
	if u.Bot {
		return nil, errDMsClosed
	}
	return c.s.channelJSON(c.s.world.dm(id)), nil
}

func postTyping(c *call) (any, error) {
	ch, err := c.see()
	if err != nil {
		return nil, err
	}
	if err := c.s.maySend(ch); err != nil {
		return nil, err
	}
	ch.typing++
	return nil, nil
}

func joinThread(c *call) (any, error) {
	ch, err := c.see()
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, errArchived
	}
	return nil, nil
}

// postThread opens a thread without a message, or a forum post with one.
func postThread(c *call) (any, error) {
	parent, err := c.see()
	if err != nil {
		return nil, err
	}
	name, _ := c.body["name"].(string)
	if parent.Type != ChannelForum {
		if !parent.permissions().has(CreatePublicThreads) {
			return nil, errMissing
		}
		ch := c.s.openThread(Channel{Name: name, Parent: parent.ID, Owner: c.s.world.bot})
		return result{http.StatusCreated, c.s.channelJSON(ch)}, nil
	}
	if err := c.s.maySend(parent); err != nil {
		return nil, err
	}
	first, _ := c.body["message"].(obj)
	m := Message{ID: c.s.world.id(), Author: c.s.world.bot, Via: c.route}
	if err := c.s.fill(&m, first); err != nil {
		return nil, err
	}
	ch := c.s.openThread(Channel{ID: m.ID, Name: name, Parent: parent.ID, Owner: c.s.world.bot})
	kept := c.s.world.add(ch, m)
	c.s.emit(c.s.messageEvent("MESSAGE_CREATE", kept))
	out := c.s.channelJSON(ch)
	out["message"] = c.s.messageJSON(kept, true)
	return result{http.StatusCreated, out}, nil
}

// postThreadOn opens a thread on a message; it has the message's id.
func postThreadOn(c *call) (any, error) {
	parent, err := c.see()
	if err != nil {
		return nil, err
	}
	m := parent.message(c.s.world, c.r.PathValue("message_id"))
	switch {
	case m == nil:
		return nil, errUnknownMessage
	case !parent.permissions().has(CreatePublicThreads):
		return nil, errMissing
	case c.s.world.channels[m.ID] != nil:
		return nil, errHasThread
	}
	name, _ := c.body["name"].(string)
	ch := c.s.openThread(Channel{ID: m.ID, Name: name, Parent: parent.ID, Owner: c.s.world.bot})
	return result{http.StatusCreated, c.s.channelJSON(ch)}, nil
}

// openThread makes a thread and tells of it. Server.mu is held.
func (s *Server) openThread(c Channel) *channel {
	c.Type = ChannelPublicThread
	ch := s.world.addChannel(c)
	data := s.channelJSON(ch)
	data["newly_created"] = true
	s.emit(s.guildEvent("THREAD_CREATE", ch.guild, data))
	return ch
}
