package fakediscord

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// userJSON is a user object. Server.mu is held, as in all of this file.
func (s *Server) userJSON(id string) obj {
	u := s.world.users[id]
	if u == nil {
		return obj{"id": id, "username": "deleted", "discriminator": "0", "avatar": nil, "public_flags": 0, "flags": 0, "global_name": nil,
			"primary_guild": nil}
	}
	out := obj{"id": u.ID, "username": u.Name, "discriminator": "0", "avatar": nil, "public_flags": 0, "flags": 0, "global_name": u.Name,
		"primary_guild": nil}
	if u.Bot {
		out["bot"], out["global_name"] = true, nil
	}
	return out
}

// memberJSON is a member of a guild without the user.
func (s *Server) memberJSON() obj {
	return obj{"avatar": nil, "banner": nil, "communication_disabled_until": nil, "flags": 0, "joined_at": stamp(s.cfg.Start), "nick": nil,
		"pending": false, "premium_since": nil, "roles": []any{}, "mute": false, "deaf": false}
}

func (s *Server) fullMemberJSON(id string) obj {
	m := s.memberJSON()
	m["user"] = s.userJSON(id)
	return m
}

// roleJSON is the one role that a guild has here: @everyone.
func (s *Server) roleJSON(g *guild) obj {
	return obj{"id": g.ID, "name": "@everyone", "permissions": (DefaultPermissions &^ g.revoked).String(), "position": 0, "color": 0,
		"colors": obj{"primary_color": 0, "secondary_color": nil, "tertiary_color": nil}, "hoist": false, "managed": false,
		"mentionable": false, "icon": nil, "unicode_emoji": nil, "flags": 0}
}

func (s *Server) guildJSON(g *guild) obj {
	return obj{
		"id": g.ID, "name": g.Name, "icon": nil, "description": nil, "home_header": nil, "splash": nil, "discovery_splash": nil,
		"features": []any{}, "banner": nil, "owner_id": g.ID, "application_id": nil, "region": "deprecated", "afk_channel_id": nil,
		"afk_timeout": 300, "system_channel_id": nil, "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": nil,
		"verification_level": 0, "roles": []any{s.roleJSON(g)}, "default_message_notifications": 0, "mfa_level": 0,
		"explicit_content_filter": 0, "max_presences": nil, "max_members": 500000, "max_stage_video_channel_users": 50,
		"max_video_channel_users": 25, "vanity_url_code": nil, "premium_tier": 0, "premium_subscription_count": 0,
		"preferred_locale": g.Locale, "rules_channel_id": nil, "safety_alerts_channel_id": nil, "public_updates_channel_id": nil,
		"premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": []any{}, "stickers": []any{}, "incidents_data": nil,
	}
}

// guildCreateJSON is what GUILD_CREATE says: with channels, active threads and the bot's own membership.
func (s *Server) guildCreateJSON(g *guild) obj {
	out := s.guildJSON(g)
	channels, threads := []any{}, []any{}
	for _, ch := range g.channels {
		switch {
		case !ch.permissions().has(ViewChannel):
		case !ch.Thread():
			channels = append(channels, s.channelJSON(ch))
		case !ch.Archived:
			threads = append(threads, s.channelJSON(ch))
		}
	}
	maps.Copy(out, obj{"joined_at": stamp(s.cfg.Start), "large": false, "unavailable": false, "member_count": len(s.world.users),
		"voice_states": []any{}, "members": []any{s.fullMemberJSON(s.world.bot)}, "channels": channels, "threads": threads,
		"presences": []any{}, "stage_instances": []any{}, "guild_scheduled_events": []any{}, "soundboard_sounds": []any{}})
	return out
}

func (s *Server) channelJSON(ch *channel) obj {
	out := obj{"id": ch.ID, "type": ch.Type, "flags": 0, "last_message_id": nil}
	if n := len(ch.msgs); n > 0 {
		out["last_message_id"] = ch.msgs[n-1].ID
	}
	if ch.guild == nil {
		recipients := []any{}
		for _, id := range ch.Members {
			if id != s.world.bot {
				recipients = append(recipients, s.userJSON(id))
			}
		}
		out["recipients"] = recipients
		if ch.Type == ChannelGroup {
			out["name"], out["icon"], out["owner_id"] = nil, nil, ch.Owner
		}
		return out
	}
	out["guild_id"], out["name"] = ch.Guild, ch.Name
	if !ch.Thread() {
		maps.Copy(out, obj{"position": 0, "parent_id": nil, "topic": nil, "nsfw": false, "rate_limit_per_user": 0, "permission_overwrites": []any{}})
		if ch.Type == ChannelForum {
			maps.Copy(out, obj{"available_tags": []any{}, "default_reaction_emoji": nil, "default_sort_order": nil, "default_forum_layout": 0})
		}
		return out
	}
	maps.Copy(out, obj{
		"parent_id": ch.Parent, "owner_id": ch.Owner, "message_count": len(ch.msgs), "member_count": 1, "total_message_sent": len(ch.msgs),
		"rate_limit_per_user": 0, "thread_metadata": obj{"archived": ch.Archived, "archive_timestamp": stamp(s.cfg.Start),
			"auto_archive_duration": 1440, "locked": ch.Locked, "create_timestamp": stamp(TimeOf(ch.ID))},
	})
	return out
}

// partialChannelJSON is the channel of an interaction.
func (s *Server) partialChannelJSON(ch *channel) obj {
	out := s.channelJSON(ch)
	if ch.guild != nil {
		out["permissions"] = peoplePermissions.String()
	}
	return out
}

// readable reports whether an app without the Message Content intent reads the message:
// developers/gateway/you-might-not-need-a-privileged-intent.mdx.
func (s *Server) readable(m *Message) bool {
	return m.Guild == "" || m.Author == s.world.bot || slices.Contains(m.Mentions, s.world.bot)
}

// messageJSON is a message object. Where full is not set, what an app without the Message Content intent must not read is left out.
func (s *Server) messageJSON(m *Message, full bool) obj {
	out := s.bareMessageJSON(m, full)
	if m.ReplyTo == "" {
		return out
	}
	ref := obj{"type": 0, "channel_id": m.Channel, "message_id": m.ReplyTo}
	if m.Guild != "" {
		ref["guild_id"] = m.Guild
	}
	out["message_reference"] = ref
	out["referenced_message"] = nil
	if to := s.world.messages[m.ReplyTo]; to != nil && !to.Deleted {
		out["referenced_message"] = s.bareMessageJSON(to, full)
	}
	return out
}

// bareMessageJSON is a message object without the message that it replies to.
func (s *Server) bareMessageJSON(m *Message, full bool) obj {
	content, embeds, components, attachments := m.Content, m.Embeds, m.Components, m.Attachments
	if !full && !s.readable(m) {
		content, embeds, components, attachments = "", nil, nil, nil
	}
	mentions := []any{}
	for _, id := range m.Mentions {
		mentions = append(mentions, s.userJSON(id))
	}
	roles := []any{}
	for _, id := range m.MentionRoles {
		roles = append(roles, id)
	}
	flags := m.Flags
	if m.Loading {
		flags |= flagLoading
	}
	out := obj{
		"id": m.ID, "type": m.Type, "channel_id": m.Channel, "author": s.userJSON(m.Author), "content": content, "embeds": list(embeds),
		"components": list(components), "attachments": list(attachments), "mentions": mentions, "mention_roles": roles,
		"mention_everyone": m.MentionEveryone, "pinned": false, "tts": false, "timestamp": stamp(m.At), "edited_timestamp": nil, "flags": flags,
	}
	if !m.EditedAt.IsZero() {
		out["edited_timestamp"] = stamp(m.EditedAt)
	}
	if m.Nonce != "" {
		out["nonce"] = m.Nonce
	}
	if m.Webhook != "" {
		out["webhook_id"], out["application_id"] = m.Webhook, m.Webhook
	}
	if in := s.world.interactions[m.Interaction]; in != nil {
		out["interaction_metadata"] = s.metadataJSON(in)
	}
	return out
}

// metadataJSON is interaction_metadata of a message that came of an interaction.
func (s *Server) metadataJSON(in *Interaction) obj {
	out := obj{"id": in.ID, "type": in.Type, "user": s.userJSON(in.User), "authorizing_integration_owners": in.owners}
	switch in.Type {
	case interactionCommand:
		if in.target != nil {
			out["target_message_id"] = in.target.ID
		}
	case interactionComponent:
		out["interacted_message_id"] = in.source.ID
	case interactionModal:
		if from := in.opener; from != nil {
			out["triggering_interaction_metadata"] = s.metadataJSON(from)
		}
	}
	return out
}

// list is a list that is never null.
func list(items []any) []any {
	if items == nil {
		return []any{}
	}
	return items
}

// raw encodes what was decoded or made by us.
func raw(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic("fakediscord: " + err.Error()) // unreachable: values are made of decoded JSON
	}
	return out
}

// seconds is a duration as Discord writes it in bodies and headers.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
