package discordbot

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
)

// application is what Discord says of the app, as much of it as is looked at.
type application struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Flags    int            `json:"flags"`
	Key      string         `json:"verify_key"`
	Endpoint string         `json:"interactions_endpoint_url"`
	Installs map[string]any `json:"integration_types_config"` // by kind: "0" servers, "1" people
}

// Flags of an application, as Discord numbers them: the Message Content intent is
// enabled, for all or for fewer than 100 servers.
const (
	contentEnabled        = 1 << 18
	contentEnabledLimited = 1 << 19
)

// needed are the permissions that the bot uses, by the names that Discord shows.
var needed = []struct {
	name string
	bit  int64
	use  string
}{
	{"View Channels", discordgo.PermissionViewChannel, "questions there are not heard"},
	{"Send Messages", discordgo.PermissionSendMessages, "answers go to the asker alone"},
	{"Send Messages in Threads", discordgo.PermissionSendMessagesInThreads, "answers in threads and forum posts go to the asker alone"},
	{"Read Message History", discordgo.PermissionReadMessageHistory, "answers stand without what they answer"},
	{"Embed Links", discordgo.PermissionEmbedLinks, "links below answers may not be shown"},
}

// InviteURL returns the address by which the bot is added to a server, with the
// permissions that it uses.
func InviteURL(application string) string {
	all := int64(0)
	for _, p := range needed {
		all |= p.bit
	}
	return "https://discord.com/oauth2/authorize?client_id=" + application + "&scope=bot+applications.commands&permissions=" + strconv.FormatInt(all, 10)
}

// Check looks at the set-up from outside: the token, the application and its intents,
// where interactions go, the servers and the permissions there, the commands, the
// Gateway. It posts and changes nothing. Without an asker it leaves the commands out,
// which name what the material has.
func (b *Bot) Check(ctx context.Context) []bot.Finding {
	me, err := b.who(ctx)
	if err != nil {
		if statusOf(err) == http.StatusUnauthorized {
			return []bot.Finding{bot.Checked(false, "DISCORD_BOT_TOKEN is not accepted.", "Reset the token on the page “Bot” of the app, and set the new one.")}
		}
		return []bot.Finding{b.unreached("Discord does not say who the bot is", err)}
	}
	out := []bot.Finding{bot.Checked(true, fmt.Sprintf("DISCORD_BOT_TOKEN is accepted: the bot is %s, %s.", me.Name, me.User), "")}
	reached := true // where the commands are to be
	var app application
	if err := b.api.do(ctx, http.MethodGet, "/applications/@me", nil, &app); err != nil {
		out = append(out, b.unreached("Discord does not tell about the application", err))
	} else {
		reached = b.conf.ApplicationID == "" || b.conf.ApplicationID == app.ID
		out = append(out, b.checkApplication(app)...)
		out = append(out, b.checkContent(app), b.checkEndpoint(app))
	}
	guilds, in := b.checkGuilds(ctx, me)
	out = append(out, guilds...)
	if reached && in && b.asker != nil { // else the fault has been told, and would be told twice
		out = append(out, b.checkRegistered(ctx)...)
	}
	if !b.conf.NoGateway {
		out = append(out, b.checkGateway(ctx))
	}
	return out
}

func (b *Bot) unreached(what string, err error) bot.Finding {
	return bot.Checked(false, fmt.Sprintf("%s: %v.", what, err), "See whether this machine reaches "+b.conf.APIURL+" and try again.")
}

// checkApplication compares what is configured with what the application is.
func (b *Bot) checkApplication(app application) []bot.Finding {
	var out []bot.Finding
	if b.conf.ApplicationID != "" && b.conf.ApplicationID != app.ID {
		out = append(out, bot.Checked(false, "DISCORD_APPLICATION_ID is another application's than the token, which is "+app.ID+"'s.", "Set it to "+app.ID+", or leave it out."))
	}
	switch {
	case b.conf.PublicKey == "":
	case app.Key == "":
		out = append(out, bot.Checked(true, "Discord did not say what the public key is.", "Compare DISCORD_PUBLIC_KEY with the page “General Information” of the app."))
	case !strings.EqualFold(b.conf.PublicKey, app.Key):
		out = append(out, bot.Checked(false, "DISCORD_PUBLIC_KEY is not this application's: every interaction by HTTP will be refused.", "Copy the Public Key from the page “General Information” of the app."))
	}
	switch {
	case len(out) > 0:
	case b.conf.ApplicationID != "":
		out = append(out, bot.Checked(true, "DISCORD_APPLICATION_ID is the token's application: "+app.Name+", "+app.ID+".", ""))
	default:
		out = append(out, bot.Checked(true, "The token's application is "+app.Name+", "+app.ID+".", ""))
	}
	if _, people := app.Installs["1"]; len(app.Installs) > 0 && !people {
		out = append(out, bot.Checked(true, "People cannot install the app for themselves, only servers can.", "To let them, allow “User Install” on the page “Installation” of the app."))
	}
	return out
}

// checkContent looks at the one privileged intent that would be of use.
func (b *Bot) checkContent(app application) bot.Finding {
	enabled := app.Flags&(contentEnabled|contentEnabledLimited) != 0
	switch {
	case b.conf.Content && !enabled:
		return bot.Checked(false, "The Message Content intent is asked for but not enabled: the Gateway will refuse to connect.",
			"Enable “Message Content Intent” on the page “Bot” of the app, or do not ask for it: all else works without.")
	case b.conf.Content:
		return bot.Checked(true, "The Message Content intent is enabled and asked for: in its threads the bot hears questions without a mention.", "")
	case enabled:
		return bot.Checked(true, "The Message Content intent is enabled, but not asked for.", "Disable it on the page “Bot” of the app, or ask for it to have follow-ups in threads heard without a mention.")
	}
	return bot.Checked(true, "No privileged intent is enabled, and none is needed: people mention the bot, reply to it, write to it directly, or use its commands.", "")
}

// checkEndpoint looks at where Discord sends interactions: to one place only.
func (b *Bot) checkEndpoint(app application) bot.Finding {
	switch {
	case app.Endpoint != "" && b.conf.PublicKey == "":
		return bot.Checked(false, "Discord posts all interactions to "+app.Endpoint+", so that none comes by the Gateway: no command and no button will work here.",
			"Clear “Interactions Endpoint URL” on the page “General Information” of the app, or set DISCORD_PUBLIC_KEY and serve "+PathInteractions+" there.")
	case app.Endpoint != "" && !strings.HasSuffix(strings.TrimSuffix(app.Endpoint, "/"), PathInteractions):
		return bot.Checked(false, "Discord posts all interactions to "+app.Endpoint+", where footnote does not expect them.",
			"Let “Interactions Endpoint URL” on the page “General Information” of the app end in "+PathInteractions+", or clear it.")
	case app.Endpoint != "":
		return bot.Checked(true, "Discord posts all interactions to "+app.Endpoint+".", "")
	case b.conf.NoGateway:
		return bot.Checked(false, "Discord does not post interactions anywhere, and the Gateway is not used: no command will work.",
			"Set “Interactions Endpoint URL” on the page “General Information” of the app to the public https address that ends in "+PathInteractions+", while footnote serve runs.")
	}
	if b.conf.PublicKey != "" {
		return bot.Checked(true, "Interactions come by the Gateway still: DISCORD_PUBLIC_KEY is set, but Discord has no address to post them to.",
			"Set “Interactions Endpoint URL” on the page “General Information” of the app to the public https address that ends in "+PathInteractions+", while footnote serve runs; or leave DISCORD_PUBLIC_KEY out.")
	}
	return bot.Checked(true, "Interactions come by the Gateway.", "")
}

// guild is a server, as Discord lists it.
type guild struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Permissions string `json:"permissions"` // of the bot, but for what channels change
}

// mostTold is how many servers with faults are named.
const mostTold = 10

// checkGuilds looks at the servers that the bot is in, and at what it may do there. in
// is false where it is certainly not in the configured one.
func (b *Bot) checkGuilds(ctx context.Context, me self) (out []bot.Finding, in bool) {
	var guilds []guild
	const most = 200 // that Discord lists at once
	if err := b.api.do(ctx, http.MethodGet, "/users/@me/guilds?limit="+strconv.Itoa(most), nil, &guilds); err != nil {
		return []bot.Finding{b.unreached("Discord does not list the servers", err)}, true
	}
	invite := "Open " + InviteURL(me.Application) + " and choose a server."
	if len(guilds) == 0 {
		return []bot.Finding{bot.Checked(b.conf.NoGateway, "The bot is in no server.", invite)}, b.conf.GuildID == "" || b.conf.NoGateway
	}
	number := strconv.Itoa(len(guilds))
	if len(guilds) == most {
		number += " or more"
	}
	out = []bot.Finding{bot.Checked(true, "The bot is in "+number+" server(s).", "")}
	in = b.conf.GuildID == "" || len(guilds) >= most || slices.ContainsFunc(guilds, func(g guild) bool { return g.ID == b.conf.GuildID })
	if !in {
		out = append(out, bot.Checked(false, "The bot is not in the server of DISCORD_GUILD_ID.", invite))
	}
	return append(out, checkPermissions(guilds, invite)...), in
}

// checkPermissions looks at what the bot may do in servers.
func checkPermissions(guilds []guild, invite string) []bot.Finding {
	var out []bot.Finding
	told := 0
	for _, g := range guilds {
		may, err := strconv.ParseInt(g.Permissions, 10, 64)
		lacking, so := lacks(may)
		if err != nil || len(lacking) == 0 {
			continue
		}
		if told++; told <= mostTold {
			out = append(out, bot.Checked(false, fmt.Sprintf("In the server %s (%s) the bot lacks %s: %s.", g.Name, g.ID, strings.Join(lacking, ", "), strings.Join(so, "; ")),
				"Give its role these permissions there, under “Server Settings”, “Roles”. A channel may still take them away."))
		}
	}
	switch {
	case told > mostTold:
		out = append(out, bot.Checked(false, fmt.Sprintf("In %d more servers permissions are missing.", told-mostTold), invite))
	case told == 0:
		out = append(out, bot.Checked(true, "It has the permissions that it uses there. A channel may still take them away.", ""))
	}
	return out
}

// lacks returns the permissions that are missing, and what comes of it.
func lacks(may int64) (names, so []string) {
	if may&discordgo.PermissionAdministrator != 0 {
		return nil, nil
	}
	for _, p := range needed {
		if may&p.bit == 0 {
			names, so = append(names, p.name), append(so, p.use)
		}
	}
	return names, so
}

// checkRegistered looks whether Discord has the commands.
func (b *Bot) checkRegistered(ctx context.Context) []bot.Finding {
	missing, err := b.checkCommands(ctx)
	if err != nil {
		return []bot.Finding{b.unreached("Discord does not list the commands", err)}
	}
	if len(missing) == 0 {
		return []bot.Finding{bot.Checked(true, "The commands are registered, as this version has them.", "")}
	}
	return []bot.Finding{bot.Checked(false, "The commands in Discord are not those of this version: "+strings.Join(missing, "; ")+".", "Run footnote discord register; footnote serve does it too when it starts.")}
}

// checkGateway looks whether the Gateway can be connected to.
func (b *Bot) checkGateway(ctx context.Context) bot.Finding {
	var g struct {
		URL   string `json:"url"`
		Limit struct {
			Total     int `json:"total"`
			Remaining int `json:"remaining"`
			After     int `json:"reset_after"`
		} `json:"session_start_limit"`
	}
	if err := b.api.do(ctx, http.MethodGet, "/gateway/bot", nil, &g); err != nil {
		return b.unreached("Discord does not say where the Gateway is", err)
	}
	if g.Limit.Total > 0 && g.Limit.Remaining == 0 {
		return bot.Checked(false, fmt.Sprintf("The Gateway takes no new session for %d minutes: all %d of a day are used up.", g.Limit.After/60_000+1, g.Limit.Total),
			"Find out why the bot connects so often: the log says why each connection ended.")
	}
	return bot.Checked(true, fmt.Sprintf("The Gateway can be used: %d of %d new sessions are left today.", g.Limit.Remaining, g.Limit.Total), "")
}
