package main

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"footnote/bot"
	"footnote/bot/ledger"
	"footnote/bot/slackbot"
)

// slackName is the adapter's name.
const slackName = "slack"

// slackPlatform is Slack's row in the table of platforms.
var slackPlatform = platform{
	name:  slackName,
	needs: "for Slack set SLACK_BOT_TOKEN and SLACK_APP_TOKEN (Socket Mode), or SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET (events by HTTP)",
	on: func(v values) bool {
		return v["slack-bot-token"]+v["slack-app-token"]+v["slack-signing-secret"]+v["slack-client-id"]+v["slack-client-secret"] != ""
	},
	valid: validSlack,
	calls: func(v values) bool { return v["slack-signing-secret"] != "" || v["slack-client-id"] != "" },
	open:  openSlack,
	check: checkSlack,
}

// slackConfig returns Slack's settings.
func slackConfig(v values) slackbot.Config {
	return slackbot.Config{
		BotToken: v["slack-bot-token"], AppToken: v["slack-app-token"], SigningSecret: v["slack-signing-secret"],
		ClientID: v["slack-client-id"], ClientSecret: v["slack-client-secret"],
		APIURL: v["slack-api-url"], PublicURL: v["public-url"],
		Public: v["visibility"] == "public", MentionOnly: !v.yes("follow-ups"), CommandsPrefix: v["slack-commands-prefix"],
	}
}

func validSlack(v values) error {
	if err := slackConfig(v).Validate(); err != nil {
		return err
	}
	if v["slack-client-id"] != "" && v["ledger-key"] == "" {
		return errors.New("FOOTNOTE_LEDGER_KEY must be set: it seals the tokens of workspaces that install the app; openssl rand -base64 32 makes one")
	}
	return nil
}

func openSlack(p parts) (adapter, error) {
	conf := slackConfig(p.values)
	conf.Calls, conf.Reader = p.calls, p.reader
	return slackbot.New(p.log, p.service, p.asker, p.ledger, feedback{p.ledger}, conf)
}

// feedback keeps what people think of answers.
type feedback struct{ ledger *ledger.Ledger }

// Rate stores what somebody thinks of an answer.
func (f feedback) Rate(ctx context.Context, said bot.Feedback) error {
	verdict := ledger.Down
	if said.Good {
		verdict = ledger.Up
	}
	return f.ledger.Rate(ctx, ledger.Feedback{
		Key: said.Key, Asker: said.Asker, Verdict: verdict, Reason: said.Reason, Passages: said.Passages, At: said.At,
	})
}

// nobody is a store that no workspace has entrusted anything to.
type nobody struct{ slackbot.Store }

func (nobody) Installation(context.Context, string, string) ([]byte, bool, error) {
	return nil, false, nil
}
func (nobody) Installations(context.Context, string) ([]string, error) { return nil, nil }

// checkSlack looks at Slack from outside.
func checkSlack(ctx context.Context, p parts) []finding {
	store := slackbot.Store(nobody{})
	if p.ledger != nil {
		store = p.ledger
	}
	b, err := slackbot.New(p.log, nil, nil, store, nil, slackConfig(p.values))
	if err != nil {
		return []finding{{wrong, err.Error(), ""}} // unreachable unless the settings were not checked
	}
	return marked(b.Check(ctx), wrong)
}

func runSlackManifest(_ context.Context, con *console, v values, args []string) error {
	if len(args) > 0 {
		return usagef("slack manifest takes no words: --http names the address for events by HTTP")
	}
	o := slackbot.ManifestOptions{
		PublicURL: v["http"], Assistant: v.yes("assistant"), MentionsOnly: !v.yes("follow-ups"), CommandsPrefix: v["slack-commands-prefix"],
	}
	if at := cmp.Or(v["http"], v["public-url"]); at != "" {
		o.RedirectURL = strings.TrimSuffix(at, "/") + slackbot.PathOAuth
	}
	data, err := slackbot.Manifest(o)
	if err != nil {
		return &usageError{err}
	}
	_, err = con.out.Write(data)
	return err
}
