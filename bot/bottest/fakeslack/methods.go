package fakeslack

import (
	"slices"
	"strings"
	"sync"
)

// methods is the Web API as far as it is modelled, with the scopes each method asks for.
var methods = sync.OnceValue(func() map[string]method {
	write := []string{"chat:write"}
	assistant := []string{"chat:write", "assistant:write"}
	return map[string]method{
		"auth.test":              {token: anyToken, run: authTest},
		"apps.connections.open":  {token: appToken, run: connectionsOpen},
		"apps.manifest.validate": {token: anyToken, run: manifestValidate},
		"oauth.v2.access":        {token: noToken, run: oauthAccess},

		"chat.postMessage":   {scopes: write, schema: "PostMessage", run: postMessage},
		"chat.update":        {scopes: write, schema: "Update", run: updateMessage},
		"chat.delete":        {scopes: write, run: deleteMessage},
		"chat.postEphemeral": {scopes: write, schema: "Blocks", part: "blocks", run: postEphemeral},
		"chat.getPermalink":  {run: getPermalink},
		"chat.startStream":   {scopes: write, schema: "StartStream", run: startStream},
		"chat.appendStream":  {scopes: write, schema: "AppendStream", run: appendStream},
		"chat.stopStream":    {scopes: write, schema: "StopStream", run: stopStream},

		"conversations.history": {run: history},
		"conversations.replies": {run: replies},
		"conversations.info":    {run: conversationInfo},
		"conversations.open":    {run: conversationOpen},

		"users.info":    {scopes: []string{"users:read"}, run: userInfo},
		"bots.info":     {scopes: []string{"users:read"}, run: botInfo},
		"team.info":     {scopes: []string{"team:read"}, run: teamInfo},
		"reactions.add": {scopes: []string{"reactions:write"}, run: reactionAdd},

		"views.open":    {schema: "ViewsOpen", run: viewOpen},
		"views.push":    {schema: "AnyView", part: "view", run: viewPush},
		"views.update":  {schema: "AnyView", part: "view", run: viewUpdate},
		"views.publish": {schema: "AnyView", part: "view", run: viewPublish},

		"assistant.threads.setStatus":           {scopes: assistant, schema: "SetStatus", run: setStatus},
		"assistant.threads.setTitle":            {scopes: assistant, run: setTitle},
		"assistant.threads.setSuggestedPrompts": {scopes: assistant, schema: "SetPrompts", run: setPrompts},
	}
})

func authTest(c *call) (obj, error) {
	if c.team == nil {
		return obj{"app_id": c.s.cfg.AppID, "app_name": "footnote"}, nil
	}
	t := c.team
	return obj{
		"url": "https://" + t.Domain + ".slack.com/", "team": t.Name, "user": "footnote", "team_id": t.ID, "user_id": t.BotUser,
		"bot_id": t.BotID, "is_enterprise_install": false,
	}, nil
}

// scope refuses the call unless the token has one of the scopes; for methods whose scopes depend on the channel.
func (c *call) scope(need ...string) error {
	if slices.ContainsFunc(need, func(n string) bool { return slices.Contains(c.team.scopes, n) }) {
		return nil
	}
	return missingScope(need, c.team.scopes)
}

// channel finds the channel of an argument as the token sees it: private ones that the bot is not in do not exist for it. A user's
// id stands for the direct messages with them.
func (c *call) channel(name string) (*channel, error) {
	id := str(c.args, name)
	w := c.s.world
	if u := w.users[id]; u != nil && u.Team == c.team.ID && !u.Bot {
		return w.dm(c.team, id), nil
	}
	ch := w.channels[id]
	if ch == nil || ch.Team != c.team.ID || ch.Kind() != "channel" && !ch.members[c.team.BotUser] {
		return nil, refuse("channel_not_found")
	}
	return ch, nil
}

// writable finds the channel of an argument and refuses what the bot may not write to.
func (c *call) writable(name string) (*channel, error) {
	ch, err := c.channel(name)
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, refuse("is_archived")
	}
	if !ch.members[c.team.BotUser] && !slices.Contains(c.team.scopes, "chat:write.public") {
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

// readable finds a channel whose messages the bot may read.
func (c *call) readable() (*channel, error) {
	ch, err := c.channel("channel")
	if err != nil {
		return nil, err
	}
	if err := c.scope(scopeOf(ch.Kind()) + ":history"); err != nil {
		return nil, err
	}
	if !ch.members[c.team.BotUser] {
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

// scopeOf is the first half of the scopes of a kind of channel.
func scopeOf(kind string) string {
	if strings.HasSuffix(kind, "im") {
		return kind
	}
	return kind + "s"
}

func (c *call) str(name string) string { return str(c.args, name) }

func (c *call) flag(name string) bool { v, _ := c.args[name].(bool); return v }

// list is an argument that is a JSON array; nil when it is absent, empty and not nil for "[]".
func (c *call) list(name string) []any { v, _ := c.args[name].([]any); return v }

// emit sends events once the world is unlocked.
func (c *call) emit(events ...outgoing) { c.later = append(c.later, events...) }
