package slackbot

import (
	"context"
	"fmt"
	"strings"

	"footnote/bot"
)

// Check looks at the set-up from outside: the configuration, the tokens, their
// scopes, the socket. It posts nothing. What Slack does not tell, it says how to see.
func (b *Bot) Check(ctx context.Context) []bot.Finding {
	var out []bot.Finding
	add := func(ok bool, what, do string) { out = append(out, bot.Checked(ok, what, do)) }
	if b.conf.BotToken != "" {
		out = append(out, b.checkToken(ctx, "SLACK_BOT_TOKEN", b.conf.BotToken)...)
	}
	if b.conf.ClientID != "" {
		out = append(out, b.checkInstallations(ctx)...)
	}
	if b.conf.AppToken != "" {
		_, _, err := b.api("").StartSocketModeContext(ctx)
		if err != nil {
			add(false, fmt.Sprintf("Socket Mode cannot be used: %s", safe(err)),
				"Switch “Socket Mode” on, and make an app-level token with the scope connections:write under “Basic Information”; set it as SLACK_APP_TOKEN.")
		} else {
			add(true, "Socket Mode can be used: SLACK_APP_TOKEN is accepted.", "")
		}
	}
	if b.conf.SigningSecret != "" {
		if b.conf.PublicURL == "" {
			add(false, "Events by HTTP are on, but FOOTNOTE_PUBLIC_URL is not set.", "Set it to the https address that Slack reaches this process by.")
		} else {
			add(true, "Slack is to send to "+b.conf.PublicURL+PathEvents+", "+PathCommands+" and "+PathInteractivity+".",
				"Whether it does shows under “Event Subscriptions”: the Request URL must say “Verified”.")
		}
	}
	add(true, "Which events the app hears of cannot be asked of Slack. It should hear of: "+strings.Join(names(events, ManifestOptions{MentionsOnly: b.conf.MentionOnly}), ", ")+".",
		"Compare with “Event Subscriptions” of the app, or paste the output of footnote slack manifest under “App Manifest”. Then mention the bot in a channel it is in: the log has one line for every question.")
	return out
}

// checkToken looks at one bot token.
func (b *Bot) checkToken(ctx context.Context, name, token string) []bot.Finding {
	ws, err := b.identify(ctx, token)
	if err != nil {
		do := "See whether this machine reaches " + b.conf.APIURL + " and try again."
		if why := gone[codeOf(err)]; why != "" {
			do = strings.ToUpper(why[:1]) + why[1:] + "."
		}
		return []bot.Finding{bot.Checked(false, fmt.Sprintf("%s is not accepted: %s", name, safe(err)), do)}
	}
	out := []bot.Finding{bot.Checked(true, fmt.Sprintf("%s is accepted: the bot is %s in workspace %s.", name, ws.user, ws.team), "")}
	if ws.scopes == nil {
		return append(out, bot.Checked(true, "Slack did not say which scopes the token has.", "Compare “OAuth & Permissions” with: "+strings.Join(b.scopeNames(), ", ")+"."))
	}
	lacking := 0
	for _, s := range scopes {
		if !s.when(ManifestOptions{MentionsOnly: b.conf.MentionOnly}) || ws.scopes[s.name] {
			continue
		}
		lacking++
		out = append(out, bot.Checked(false, fmt.Sprintf("The scope %s is missing. Without it there is none of: %s.", s.name, s.use),
			"Add it under “OAuth & Permissions”, “Bot Token Scopes”, and install the app again."))
	}
	if lacking == 0 {
		out = append(out, bot.Checked(true, "The token has every scope that is used.", ""))
	}
	return out
}

// checkInstallations looks at the tokens of all workspaces.
func (b *Bot) checkInstallations(ctx context.Context) []bot.Finding {
	teams, err := b.store.Installations(ctx, adapterName)
	if err != nil {
		return []bot.Finding{bot.Checked(false, "The installations cannot be read from the ledger.", "See whether the ledger is there: "+safe(err)+".")}
	}
	if len(teams) == 0 {
		return []bot.Finding{bot.Checked(b.conf.BotToken != "", "No workspace has installed the app.", "Open "+b.conf.PublicURL+PathInstall+" and install it.")}
	}
	var out []bot.Finding
	for _, team := range teams {
		ws, err := b.workspace(ctx, team)
		if err == nil {
			_, err = ws.api.AuthTestContext(ctx)
		}
		if err != nil {
			out = append(out, bot.Checked(false, fmt.Sprintf("The installation in workspace %s does not work: %s", team, safe(err)), "Open "+b.conf.PublicURL+PathInstall+" and install the app there again."))
			continue
		}
		out = append(out, bot.Checked(true, "The installation in workspace "+team+" works.", ""))
		for _, s := range b.scopeNames() {
			if !ws.scopes[s] {
				out = append(out, bot.Checked(false, "The scope "+s+" is missing in workspace "+team+".", "Install the app there again: "+b.conf.PublicURL+PathInstall))
			}
		}
	}
	return out
}
