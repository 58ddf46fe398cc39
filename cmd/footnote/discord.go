package main

import (
	"context"
	"fmt"
	"log/slog"

	"footnote/bot/discordbot"
)

// discordName is the adapter's name.
const discordName = "discord"

// discordPlatform is Discord's row in the table of platforms.
var discordPlatform = platform{
	name:  discordName,
	needs: "for Discord set DISCORD_BOT_TOKEN",
	on: func(v values) bool {
		return v["discord-bot-token"]+v["discord-application-id"]+v["discord-public-key"]+v["discord-guild-id"] != ""
	},
	valid: func(v values) error { return discordConfig(v).Validate() },
	calls: func(v values) bool { return v["discord-public-key"] != "" },
	open:  openDiscord,
	check: checkDiscord,
}

// discordConfig returns Discord's settings.
func discordConfig(v values) discordbot.Config {
	return discordbot.Config{
		BotToken: v["discord-bot-token"], ApplicationID: v["discord-application-id"], PublicKey: v["discord-public-key"],
		GuildID: v["discord-guild-id"], APIURL: v["discord-api-url"], GatewayURL: v["discord-gateway-url"],
		NoGateway: v["discord-gateway"] == "false", Content: v.yes("discord-message-content"),
		Public: v["visibility"] == "public", MentionOnly: v["follow-ups"] == "false",
	}
}

func openDiscord(p parts) (adapter, error) {
	conf := discordConfig(p.values)
	conf.Calls, conf.Reader = p.calls, p.reader
	return discordbot.New(p.log, p.service, p.asker, p.ledger, feedback{p.ledger}, conf)
}

// checkDiscord looks at Discord from outside. Where the material cannot be read, nobody
// asks it for the commands: that has been told.
func checkDiscord(ctx context.Context, p parts) []finding {
	b, err := discordbot.New(p.log, nil, p.asker, nil, nil, discordConfig(p.values))
	if err != nil {
		return []finding{{wrong, err.Error(), ""}} // unreachable unless the settings were not checked
	}
	return marked(b.Check(ctx), wrong)
}

func runDiscordRegister(ctx context.Context, con *console, v values, args []string) error {
	if len(args) > 0 {
		return usagef("discord register takes no words: --discord-guild-id names the one server to register in")
	}
	conf := discordConfig(v)
	if err := conf.Validate(); err != nil {
		return &usageError{err}
	}
	m, err := con.open(ctx, v) // whose directions the commands name
	if err != nil {
		return err
	}
	b, err := discordbot.New(slog.New(slog.DiscardHandler), nil, m.bot, nil, nil, conf)
	if err != nil {
		return err // unreachable unless Validate has let it through
	}
	changes, err := b.Register(ctx)
	for _, c := range changes {
		fmt.Fprintln(con.out, oneLine(c))
	}
	if err == nil && len(changes) == 0 {
		fmt.Fprintln(con.out, "The commands are registered as they should be: nothing was changed.")
	}
	return err
}
