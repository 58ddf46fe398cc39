package discordbot

import (
	"strings"
	"testing"
)

func TestConfigValidate(t *testing.T) {
	const token = "MTE5ODYyMjQ4MzQ3MTkyNTI0OA.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs-canary"
	key := strings.Repeat("0aF1", 16)
	for _, c := range []struct {
		name string
		conf Config
		want string // in the error; "" for none
	}{
		{"fine", Config{BotToken: token}, ""},
		{"all of it", Config{BotToken: token, ApplicationID: "1198622483471925248", GuildID: "41771983423143937", PublicKey: key, APIURL: "http://127.0.0.1:80/x/api/", GatewayURL: "ws://127.0.0.1:81", NoGateway: true}, ""},
		{"no token", Config{}, "DISCORD_BOT_TOKEN must be set"},
		{"Bot before it", Config{BotToken: "Bot " + token}, "DISCORD_BOT_TOKEN has “Bot”"},
		{"white space", Config{BotToken: token + "\n"}, "DISCORD_BOT_TOKEN has white space"},
		{"quotes", Config{BotToken: `"` + token + `"`}, "DISCORD_BOT_TOKEN has white space or quotes"},
		{"the client secret", Config{BotToken: "canarySecret"}, "three parts"},
		{"not base64", Config{BotToken: "canary.a/b.c"}, "DISCORD_BOT_TOKEN has a part"},
		{"an empty part", Config{BotToken: "canary..c"}, "DISCORD_BOT_TOKEN has a part"},
		{"an application's name", Config{BotToken: token, ApplicationID: "footnote"}, "DISCORD_APPLICATION_ID"},
		{"a server's name", Config{BotToken: token, GuildID: "my server"}, "DISCORD_GUILD_ID"},
		{"nought", Config{BotToken: token, GuildID: "0"}, "DISCORD_GUILD_ID"},
		{"a short key", Config{BotToken: token, PublicKey: key[:62]}, "DISCORD_PUBLIC_KEY is not"},
		{"no key", Config{BotToken: token, PublicKey: strings.Repeat("xy", 32)}, "DISCORD_PUBLIC_KEY is not"},
		{"HTTP without a key", Config{BotToken: token, NoGateway: true}, "DISCORD_PUBLIC_KEY must be set"},
		{"with a version", Config{BotToken: token, APIURL: "https://discord.com/api/v10"}, "FOOTNOTE_DISCORD_API_URL ends in a version"},
		{"with a version and a slash", Config{BotToken: token, APIURL: "https://discord.com/api/v10/"}, "FOOTNOTE_DISCORD_API_URL ends in a version"},
		{"without a slash", Config{BotToken: token, APIURL: "https://discord.com/api"}, "must end in /api/"},
		{"no address", Config{BotToken: token, APIURL: "discord.com/api/"}, "FOOTNOTE_DISCORD_API_URL is not an address"},
		{"a password", Config{BotToken: token, APIURL: "https://canary:canary@discord.com/api/"}, "FOOTNOTE_DISCORD_API_URL is not an address"},
		{"no gateway", Config{BotToken: token, GatewayURL: "https://gateway.discord.gg"}, "FOOTNOTE_DISCORD_GATEWAY_URL is not an address"},
	} {
		err := c.conf.Validate()
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Validate() = %v, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: Validate() = %v, which tells a secret", c.name, err)
		}
	}
}
