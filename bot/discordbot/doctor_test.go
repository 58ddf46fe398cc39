package discordbot

import (
	"log/slog"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest"
	"footnote/bot/bottest/fakediscord"
)

func TestDoctor(t *testing.T) {
	cases := []struct {
		name string
		fake fakediscord.Config
		do   func(s *fakediscord.Server)
		conf func(*Config)
		ok   bool
		want string
	}{
		{"all is well", fakediscord.Config{}, nil, nil, true, "no privileged intent is enabled, and none is needed"},
		{"the token is not accepted", fakediscord.Config{}, func(s *fakediscord.Server) { s.RevokeToken() }, nil, false, "reset the token on the page “bot”"},
		{"Discord is not reached", fakediscord.Config{}, func(s *fakediscord.Server) {
			s.Fail(fakediscord.Fault{Method: "GET", Route: "/users/@me", Status: 502, Times: maxTries})
		}, nil, false, "reaches"},
		{"the application is another", fakediscord.Config{}, nil, func(c *Config) { c.ApplicationID = "175928847299117063" }, false, "discord_application_id"},
		{"the key is another", fakediscord.Config{}, nil, func(c *Config) { c.PublicKey = strings.Repeat("ab", 32) }, false, "discord_public_key"},
		{"an intent is missing", fakediscord.Config{}, nil, func(c *Config) { c.Content = true }, false, "enable “message content intent”"},
		{"an intent is asked for", fakediscord.Config{MessageContent: true}, nil, func(c *Config) { c.Content = true }, true, "without a mention"},
		{"an intent is not needed", fakediscord.Config{MessageContent: true}, nil, nil, true, "not asked for"},
		{"in no server", fakediscord.Config{Guilds: []fakediscord.Guild{}}, nil, nil, false, "scope=bot+applications.commands"},
		{"not in the server", fakediscord.Config{}, nil, func(c *Config) { c.GuildID = "175928847299117063" }, false, "discord_guild_id"},
		{"a permission is missing", fakediscord.Config{}, func(s *fakediscord.Server) { s.Revoke("guild", fakediscord.SendMessagesInThreads) }, nil, false, "lacks send messages in threads"},
		{"nothing is posted anywhere", fakediscord.Config{}, nil, func(c *Config) { c.NoGateway, c.PublicKey = true, "" }, false, "set “interactions endpoint url”"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fake := fakediscord.New(t, c.fake)
			conf := Config{BotToken: fake.BotToken(), APIURL: fake.APIURL()}
			if c.conf != nil {
				c.conf(&conf)
			}
			if conf.NoGateway {
				conf.PublicKey = fake.PublicKey()
			}
			b, err := New(slog.New(slog.DiscardHandler), nil, &bottest.Answerer{}, newStore(), nil, conf)
			if err != nil {
				t.Fatal(err)
			}
			if conf.GuildID+conf.ApplicationID == "" {
				if _, err := b.Register(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if c.do != nil {
				c.do(fake)
			}
			b, _ = New(slog.New(slog.DiscardHandler), nil, &bottest.Answerer{}, newStore(), nil, conf) // one that knows nothing yet
			wantFindings(t, b.Check(t.Context()), c.ok, c.want, fake.BotToken())
			if n := fake.RequestCount("POST " + postRoute); n != 0 {
				t.Error("the doctor has posted")
			}
		})
	}
}

func TestDoctorLooksWhereInteractionsGo(t *testing.T) {
	const endpoint = "https://footnote.example.org" + PathInteractions
	for _, c := range []struct {
		name  string
		conf  Config
		app   application
		ok    bool
		wants string
	}{
		{"posted here", Config{PublicKey: "x"}, application{Endpoint: endpoint}, true, "posts all interactions to"},
		{"posted, but only the Gateway runs", Config{}, application{Endpoint: endpoint}, false, "none comes by the gateway"},
		{"posted elsewhere", Config{PublicKey: "x"}, application{Endpoint: "https://example.org/hook"}, false, "does not expect them"},
		{"by the Gateway", Config{}, application{}, true, "interactions come by the gateway."},
		{"by the Gateway still", Config{PublicKey: "x"}, application{}, true, "public https address that ends in /discord/interactions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantFindings(t, []bot.Finding{(&Bot{conf: c.conf}).checkEndpoint(c.app)}, c.ok, c.wants, "secret")
		})
	}
}

// One mistake is one finding.
func TestDoctorTellsOnce(t *testing.T) {
	const other = "175928847299117063"
	for _, c := range []struct {
		name string
		conf func(*Config)
		mute bool // the material cannot be read, which somebody else tells
		want int
	}{
		{"all is well", func(*Config) {}, false, 0},
		{"the application", func(c *Config) { c.ApplicationID = other }, false, 1},
		{"the server", func(c *Config) { c.GuildID = other }, false, 1},
		{"the material", func(*Config) {}, true, 0},
	} {
		fake := fakediscord.New(t, fakediscord.Config{})
		conf := Config{BotToken: fake.BotToken(), APIURL: fake.APIURL()}
		b, err := New(slog.New(slog.DiscardHandler), nil, &bottest.Answerer{}, newStore(), nil, conf)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Register(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.conf(&conf)
		var a bot.Asker = &bottest.Answerer{}
		if c.mute {
			a = nil
		}
		b, _ = New(slog.New(slog.DiscardHandler), nil, a, newStore(), nil, conf)
		var faults []string
		for _, f := range b.Check(t.Context()) {
			if !f.OK {
				faults = append(faults, f.What)
			}
			if strings.Contains(f.What, "configured") {
				t.Errorf("%s: %q, though nothing is configured", c.name, f.What)
			}
		}
		if len(faults) != c.want {
			t.Errorf("%s: findings %q, want %d", c.name, faults, c.want)
		}
	}
}

func wantFindings(t *testing.T, got []bot.Finding, ok bool, want, secret string) {
	t.Helper()
	well, all := true, ""
	for _, f := range got {
		well = well && f.OK
		all += f.What + " " + f.Do + "\n"
		if !f.OK && f.Do == "" {
			t.Errorf("%q does not say what to do", f.What)
		}
	}
	if well != ok || !strings.Contains(strings.ToLower(all), want) || strings.Contains(all, secret) {
		t.Errorf("Check: ok %v, want %v, with %q and no token:\n%s", well, ok, want, all)
	}
}

func TestCommandsThatAreNotRegistered(t *testing.T) {
	fake := fakediscord.New(t, fakediscord.Config{})
	b, err := New(slog.New(slog.DiscardHandler), nil, &bottest.Answerer{}, newStore(), nil, Config{BotToken: fake.BotToken(), APIURL: fake.APIURL()})
	if err != nil {
		t.Fatal(err)
	}
	wantFindings(t, b.checkRegistered(t.Context()), false, "footnote discord register", fake.BotToken())
}
