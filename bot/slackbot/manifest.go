package slackbot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"footnote/bot"
	"footnote/bot/layout"
)

// ManifestOptions say how an app is to be set up. The zero value is an app for one
// workspace over Socket Mode, with the agent view.
type ManifestOptions struct {
	Name           string   // of the app and its bot; "footnote" where empty
	PublicURL      string   // where Slack reaches this process; empty takes Socket Mode
	RedirectURL    string   // of the OAuth install, for several workspaces
	Assistant      bool     // the older assistant view, for apps that have it already
	MentionsOnly   bool     // no answers in threads without a mention
	Prompts        []Prompt // that the agent view suggests, at most four
	ReadUsers      bool     // ask for people's language, where a short question does not show it
	OrgDeploy      bool     // the app may be installed on a whole Enterprise Grid organisation
	Description    string   // for people; at most 140 characters
	AgentPurpose   string   // for the agent view; at most 300 characters
	CommandsPrefix string   // before the slash commands, where another app has /ask: "fn-" makes /fn-ask
}

// Prompt is something the agent view suggests to ask.
type Prompt struct{ Title, Message string }

// Paths below the public address that Slack sends to.
const (
	PathEvents        = "/slack/events"
	PathCommands      = "/slack/commands"
	PathInteractivity = "/slack/interactivity"
)

// shortcutCheck is the callback id of the message shortcut.
const shortcutCheck = "check_message"

// command is a slash command and the kind of question it asks.
type command struct {
	name, description, hint string
	kind                    bot.Kind
}

// commands are the slash commands.
var commands = []command{
	{"ask", "Ask the material; unless set otherwise only you see the answer", "What is …?", bot.KindAsk},
	{"summary", "Summary of a direction, with its passages", "north", bot.KindSummary},
	{"cite", "Show a passage or note word for word, or find words", "¶5, note 7, or words", bot.KindCite},
	{"sources", "The notes of the material as a list", "", bot.KindSources},
	{"check", "Does the material support a sentence?", "a sentence", bot.KindCheck},
	{"footnote-help", "What can be asked, and how", "", bot.KindHelp},
}

// commandKind returns the kind of question that a slash command asks. prefix is that
// of the manifest.
func commandKind(name, prefix string) (bot.Kind, bool) {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "/"), prefix)
	for _, c := range commands {
		if c.name == name {
			return c.kind, true
		}
	}
	return "", false
}

// when tells on which options something is asked for.
type when func(ManifestOptions) bool

func always(ManifestOptions) bool      { return true }
func followUps(o ManifestOptions) bool { return !o.MentionsOnly }
func agent(o ManifestOptions) bool     { return !o.Assistant }
func assistant(o ManifestOptions) bool { return o.Assistant }
func readUsers(o ManifestOptions) bool { return o.ReadUsers }

// permission is a scope or an event of the manifest, and what needs it.
type permission struct {
	name string
	use  string
	when when
}

// scopes are what the bot may do. Each is used; there is none for lists of channels
// or people, and none for files.
var scopes = []permission{
	{"app_mentions:read", "the event app_mention", always},
	{"assistant:write", "assistant.threads.setStatus, setSuggestedPrompts and setTitle; the agent's events", always},
	{"channels:history", "conversations.replies: whether a dead process had posted already; the event message.channels", always},
	{"chat:write", "chat.postMessage, update, delete and postEphemeral", always},
	{"commands", "slash commands and the message shortcut", always},
	{"groups:history", "the same as channels:history in private channels", always},
	{"im:history", "the event message.im; conversations.history in direct messages", always},
	{"users:read", "users.info: the language of somebody whose words do not show it", readUsers},
}

// events are what the bot hears of.
var events = []permission{
	{"app_context_changed", "the agent view sends it; what somebody looks at is not used", agent},
	{"app_home_opened", "the Home tab is drawn; in the agent view, a conversation begins", always},
	{"app_mention", "a question in a channel", always},
	{"app_uninstalled", "the workspace's token and settings are removed", always},
	{"assistant_thread_context_changed", "the assistant view sends it; what somebody looks at is not used", assistant},
	{"assistant_thread_started", "the assistant view: a conversation begins", assistant},
	{"message.channels", "a follow-up in a thread without a mention; a question edited or deleted", followUps},
	{"message.groups", "the same in private channels", followUps},
	{"message.im", "a question in a direct message, edited or deleted", always},
	{"tokens_revoked", "the token is forgotten, and the operator is told", always},
}

// names returns those that the options ask for, in order.
func names(all []permission, o ManifestOptions) []string {
	var out []string
	for _, p := range all {
		if p.when(o) {
			out = append(out, p.name)
		}
	}
	return out
}

type object = map[string]any

// Manifest returns the app manifest as JSON, to be pasted into Slack. An address
// that Slack could not use, and a text too long for it, are errors.
func Manifest(o ManifestOptions) ([]byte, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	at := func(path string) string { return strings.TrimSuffix(o.PublicURL, "/") + path }
	socket := o.PublicURL == ""
	settings := object{
		"event_subscriptions":    object{"bot_events": names(events, o)},
		"interactivity":          object{"is_enabled": true},
		"org_deploy_enabled":     o.OrgDeploy,
		"socket_mode_enabled":    socket,
		"token_rotation_enabled": false,
	}
	if !socket {
		settings["event_subscriptions"].(object)["request_url"] = at(PathEvents)
		settings["interactivity"].(object)["request_url"] = at(PathInteractivity)
	}
	oauth := object{"scopes": object{"bot": names(scopes, o)}}
	if o.RedirectURL != "" {
		oauth["redirect_urls"] = []string{o.RedirectURL}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(object{
		"_metadata":           object{"major_version": 1, "minor_version": 1},
		"display_information": object{"name": o.Name, "description": o.Description, "background_color": "#1f3a5f"},
		"features":            o.features(at, socket),
		"oauth_config":        oauth,
		"settings":            settings,
	})
	return b.Bytes(), err
}

// features returns the part of the manifest that people see.
func (o ManifestOptions) features(at func(string) string, socket bool) object {
	var slash []object
	for _, c := range commands {
		s := object{"command": "/" + o.CommandsPrefix + c.name, "description": c.description, "should_escape": false}
		if c.hint != "" {
			s["usage_hint"] = c.hint
		}
		if !socket {
			s["url"] = at(PathCommands)
		}
		slash = append(slash, s)
	}
	f := object{
		"app_home":       object{"home_tab_enabled": true, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false},
		"bot_user":       object{"display_name": o.Name, "always_online": true},
		"slash_commands": slash,
		"shortcuts": []object{{
			"name": "Check this message", "type": "message", "callback_id": shortcutCheck,
			"description": "See which sentences of a message the material supports",
		}},
	}
	var prompts []object
	for _, p := range o.Prompts {
		prompts = append(prompts, object{"title": p.Title, "message": p.Message})
	}
	view, describe := "agent_view", "agent_description"
	if o.Assistant {
		view, describe = "assistant_view", "assistant_description"
	}
	v := object{describe: o.AgentPurpose}
	if prompts != nil {
		v["suggested_prompts"] = prompts
	}
	f[view] = v
	return f
}

// complete fills in what is empty and refuses what Slack would.
func (o *ManifestOptions) complete() error {
	def := func(s *string, d string) {
		if *s == "" {
			*s = d
		}
	}
	def(&o.Name, "footnote")
	def(&o.Description, "Answers from the material, and shows for every sentence the passage it rests on.")
	def(&o.AgentPurpose, "Ask about the material. Every sentence of an answer shows the passage it rests on; where the material does not say, you are told so.")
	for _, l := range []struct {
		what, text string
		most       int
	}{
		{"name", o.Name, 35}, {"description", o.Description, 140}, {"agent purpose", o.AgentPurpose, 300},
		{"commands prefix", o.CommandsPrefix, 18}, {"redirect address", o.RedirectURL, 2500}, {"public address", o.PublicURL, 2900},
	} {
		if n := layout.Length(l.text); n > l.most {
			return fmt.Errorf("the %s has %d characters, Slack takes %d", l.what, n, l.most)
		}
	}
	if len(o.Prompts) > 4 {
		return fmt.Errorf("%d prompts, Slack takes 4", len(o.Prompts))
	}
	for _, a := range []string{o.PublicURL, o.RedirectURL} {
		if u, err := url.Parse(a); a != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
			return errors.New("an address must begin with https:// for Slack to reach it")
		}
	}
	return nil
}
