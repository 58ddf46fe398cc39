package fakeslack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func history(c *call) (obj, error) {
	ch, err := c.readable()
	if err != nil {
		return nil, err
	}
	var page []*Message
	for _, m := range slices.Backward(ch.msgs) {
		if !m.Deleted && (m.ThreadTS == "" || m.Broadcast) {
			page = append(page, m)
		}
	}
	return c.page(page, 100)
}

func replies(c *call) (obj, error) {
	ch, err := c.readable()
	if err != nil {
		return nil, err
	}
	ts := c.str("ts")
	parent, rest := ch.find(ts), ch.liveReplies(ts)
	switch {
	case parent == nil && len(rest) == 0:
		return nil, refuse("thread_not_found")
	case parent == nil:
		parent = &Message{Team: ch.Team, Channel: ch.ID, TS: ts, ThreadTS: ts, User: "USLACKBOT", Subtype: "tombstone", Text: "This message was deleted."}
	}
	return c.page(append([]*Message{parent}, rest...), 1000)
}

// page answers with the messages between oldest and latest, a page at a time.
func (c *call) page(all []*Message, usual int) (obj, error) {
	limit, err := strconv.Atoi(c.number("limit"))
	if err != nil || limit <= 0 {
		limit = usual
	}
	limit = min(limit, 1000)
	if c.s.rates.current().Commercial {
		limit = min(limit, 15)
	}
	from := 0
	if cursor := c.str("cursor"); cursor != "" {
		if from, err = strconv.Atoi(strings.TrimPrefix(cursor, "next:")); err != nil || from < 0 {
			return nil, refuse("invalid_cursor")
		}
	}
	var fits []*Message
	for i, m := range all {
		first := i == 0 && c.name == "conversations.replies" // the parent always comes along
		if first || c.between(m.TS) {
			fits = append(fits, m)
		}
	}
	from = min(from, len(fits))
	to := min(from+limit, len(fits))
	messages := []any{}
	for _, m := range fits[from:to] {
		messages = append(messages, c.s.messageJSON(m, c.flag("include_all_metadata")))
	}
	out := obj{"messages": messages, "has_more": to < len(fits)}
	if to < len(fits) {
		out["response_metadata"] = obj{"next_cursor": fmt.Sprintf("next:%d", to)}
	}
	return out, nil
}

// number is an argument as text whether it came as text or number.
func (c *call) number(name string) string {
	if f, ok := c.args[name].(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return c.str(name)
}

// between reports whether ts lies within oldest and latest.
func (c *call) between(ts string) bool {
	oldest, latest := c.number("oldest"), c.number("latest")
	if c.flag("inclusive") && (ts == oldest || ts == latest) {
		return true
	}
	return (oldest == "" || oldest == "0" || ts > oldest) && (latest == "" || ts < latest)
}

func conversationInfo(c *call) (obj, error) {
	ch, err := c.channel("channel")
	if err != nil {
		return nil, err
	}
	if err := c.scope(scopeOf(ch.Kind()) + ":read"); err != nil {
		return nil, err
	}
	return obj{"channel": c.s.channelJSON(ch, c.team)}, nil
}

func (s *Server) channelJSON(ch *channel, t *team) obj {
	kind := ch.Kind()
	out := obj{
		"id": ch.ID, "name": ch.Name, "is_channel": kind == "channel", "is_group": kind == "group", "is_im": kind == "im",
		"is_mpim": kind == "mpim", "is_private": kind != "channel", "is_archived": ch.Archived, "is_member": ch.members[t.BotUser],
		"context_team_id": ch.Team, "num_members": len(ch.members),
	}
	if kind == "im" {
		for m := range ch.members {
			if m != t.BotUser {
				out["user"] = m
			}
		}
	}
	return out
}

func conversationOpen(c *call) (obj, error) {
	if c.str("channel") != "" {
		ch, err := c.channel("channel")
		if err != nil {
			return nil, err
		}
		return obj{"channel": c.s.channelJSON(ch, c.team)}, nil
	}
	users := strings.Split(c.str("users"), ",")
	need := "im:write"
	if len(users) > 1 {
		need = "mpim:write"
	}
	if err := c.scope(need); err != nil {
		return nil, err
	}
	for _, id := range users {
		if u := c.s.world.users[id]; u == nil || u.Team != c.team.ID || u.Deleted {
			return nil, refuse("user_not_found")
		}
		if id == c.team.BotUser {
			return nil, refuse("cannot_dm_bot")
		}
	}
	var ch *channel
	if len(users) == 1 {
		ch = c.s.world.dm(c.team, users[0])
	} else {
		slices.Sort(users)
		id := "G" + strings.Join(users, "")
		if ch = c.s.world.channels[id]; ch == nil {
			ch = c.s.world.addChannel(Channel{ID: id, Team: c.team.ID, MPIM: true, Name: "mpdm", Members: users})
		}
	}
	return obj{"channel": c.s.channelJSON(ch, c.team)}, nil
}

func userInfo(c *call) (obj, error) {
	u := c.s.world.users[c.str("user")]
	if u == nil || u.Team != c.team.ID {
		return nil, refuse("user_not_found")
	}
	return obj{"user": obj{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "real_name": u.Name, "deleted": u.Deleted, "is_bot": u.Bot,
		"profile": obj{"real_name": u.Name, "display_name": u.Name, "bot_id": u.BotID, "team": u.Team}, "tz": "Etc/UTC",
	}}, nil
}

func botInfo(c *call) (obj, error) {
	for _, u := range c.s.world.users {
		if u.Bot && u.BotID == c.str("bot") && u.Team == c.team.ID {
			bot := obj{"id": u.BotID, "deleted": u.Deleted, "name": u.Name, "user_id": u.ID}
			if u.ID == c.team.BotUser {
				bot["app_id"] = c.s.cfg.AppID
			}
			return obj{"bot": bot}, nil
		}
	}
	return nil, refuse("bot_not_found")
}

func teamInfo(c *call) (obj, error) {
	t := c.team
	return obj{"team": obj{"id": t.ID, "name": t.Name, "domain": t.Domain, "email_domain": ""}}, nil
}
