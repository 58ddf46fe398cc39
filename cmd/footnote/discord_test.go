package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"footnote/bot/bottest/fakediscord"
	"footnote/bot/bottest/fakellm"
	"footnote/bot/discordbot"
	"footnote/bot/layout"
)

// aDiscord returns a Discord with a channel.
func aDiscord(t *testing.T, conf fakediscord.Config) *fakediscord.Server {
	t.Helper()
	d := fakediscord.New(t, conf)
	d.AddChannel(fakediscord.Channel{Name: "general"})
	t.Cleanup(func() {
		for _, v := range d.Violations() {
			t.Errorf("against Discord's rules: %s", v)
		}
	})
	return d
}

// discordEnv are the variables by which a Discord is used, and more.
func discordEnv(d *fakediscord.Server, more ...string) []string {
	return append([]string{"DISCORD_BOT_TOKEN=" + d.BotToken(), "FOOTNOTE_DISCORD_API_URL=" + d.APIURL()}, more...)
}

// answer waits for the whole answer to a message or an interaction and returns it.
func (s *serving) answer(d *fakediscord.Server, id string) fakediscord.Message {
	s.t.Helper()
	if err := d.WaitFor(soon(s.t), func(st fakediscord.State) bool { return len(st.Answers(id)) > 0 && !unfinished(st.Answers(id)[0]) }); err != nil {
		s.t.Fatalf("no answer: %v; log:\n%s", err, s.log)
	}
	return d.Answers(id)[0]
}

// unfinished tells whether a message says that it is still being written.
func unfinished(m fakediscord.Message) bool {
	return strings.Contains(m.Shown(), layout.TellingsIn("en").Writing)
}

// TestServeGateway has the program answer in Discord, twice, the second time from
// what it remembers.
func TestServeGateway(t *testing.T) {
	t.Parallel()
	d := aDiscord(t, fakediscord.Config{})
	place := filepath.Join(t.TempDir(), "ledger.db")
	env := []string{"DISCORD_BOT_TOKEN_FILE=" + write(t, "token", d.BotToken()+"\n"), "FOOTNOTE_DISCORD_API_URL=" + d.APIURL(), "FOOTNOTE_LEDGER=" + place}
	first := serve(t, env...)
	if err := d.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, first.log)
	}
	q := d.User("U1").Mentions("general", asked)
	a := first.answer(d, q.ID)
	if got := a.Shown(); !strings.Contains(got, said) || !strings.Contains(got, "¶2") {
		t.Errorf("%q is answered with %q", asked, got)
	}
	first.stop(d.BotToken())
	if strings.Contains(first.log.String(), `"listening"`) {
		t.Error("it listens though nobody calls")
	}

	second := serve(t, env...)
	if err := d.WaitFor(soon(t), func(st fakediscord.State) bool { return st.Connections() == 1 }); err != nil {
		t.Fatalf("%v; log:\n%s", err, second.log)
	}
	if got := second.answer(d, d.User("U2").Replies(a, "¶2").ID).Shown(); !strings.Contains(got, said) {
		t.Errorf("¶2 after a restart is answered with %q", got)
	}
	in := d.User("U2").In("general").Slash("ask", fakediscord.Options{"question": asked})
	if m, err := in.Message(soon(t)); err != nil || !m.Ephemeral() || !strings.Contains(second.answer(d, in.ID).Shown(), said) {
		t.Errorf("/ask is answered with %+v, %v", m, err)
	}
	second.stop(d.BotToken())

	// What was asked, forgotten: by the name in the ledger, and by the ID alone.
	for _, who := range []string{"discord:" + d.User("U1").ID(), d.User("U2").ID()} {
		got := try(t, "", nil, "ledger", "forget", "--ledger", place, "--user", who)
		if got.code != exitDone || !strings.HasPrefix(got.out, "discord:"+strings.TrimPrefix(who, "discord:")+": questions and opinions removed: ") {
			t.Errorf("forget %s = %d, %q, %q", who, got.code, got.out, got.err)
		}
	}
}

// TestServeInteractions has Discord post interactions, and no Gateway.
func TestServeInteractions(t *testing.T) {
	t.Parallel()
	d := aDiscord(t, fakediscord.Config{})
	s := serve(t, discordEnv(d, "DISCORD_PUBLIC_KEY="+d.PublicKey(), "FOOTNOTE_DISCORD_GATEWAY=false", "FOOTNOTE_VISIBILITY=public",
		"FOOTNOTE_LEDGER="+filepath.Join(t.TempDir(), "ledger.db"), "FOOTNOTE_LISTEN=127.0.0.1:0")...)
	at := s.at()
	if err := d.WaitFor(soon(t), func(st fakediscord.State) bool { return len(st.Commands("")) > 0 }); err != nil {
		t.Fatalf("no command is registered: %v; log:\n%s", err, s.log)
	}
	if err := d.SetInteractionsURL(soon(t), at+discordbot.PathInteractions); err != nil {
		t.Fatalf("Discord does not take the address: %v; log:\n%s", err, s.log)
	}
	in := d.User("U1").In("general").Slash("ask", fakediscord.Options{"question": asked})
	if m := s.answer(d, in.ID); m.Ephemeral() || !strings.Contains(m.Shown(), said) {
		t.Errorf("/ask is answered with %+v", m)
	}
	for path, want := range map[string]int{"/healthz": 200, "/": 404, "/discord/": 404, discordbot.PathInteractions: 405, "/slack/events": 404} {
		if resp, body := get(t, at+path); resp.StatusCode != want {
			t.Errorf("GET %s = %d %q, want %d", path, resp.StatusCode, body, want)
		}
	}
	resp, err := http.Post(at+discordbot.PathInteractions, "application/json", strings.NewReader(strings.Repeat(" ", maxBody+1)))
	if err == nil {
		resp.Body.Close()
	}
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body too large = %v, %v, want 413", resp, err)
	}
	s.stop(d.BotToken())
	if n := d.Identifies(); n > 0 {
		t.Errorf("it has connected to the Gateway %d times, want never", n)
	}
}

// TestServeDiscordWhileTheModelDies kills the model when its first sentence is shown:
// there is one complete answer, the keyword writer's, to a message and to commands.
func TestServeDiscordWhileTheModelDies(t *testing.T) {
	t.Parallel()
	commands := func(visibility string) func(*fakediscord.Server) string {
		return func(d *fakediscord.Server) string {
			return d.User("U1").In("general").Slash("ask", fakediscord.Options{"question": asked, "visibility": visibility}).ID
		}
	}
	for _, c := range []struct {
		name string
		ask  func(d *fakediscord.Server) string
	}{
		{"message", func(d *fakediscord.Server) string { return d.User("U1").Mentions("general", asked).ID }},
		{"public command", commands("public")},
		{"private command", commands("private")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := aDiscord(t, fakediscord.Config{})
			server := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{fakellm.StallMiddle}})
			s := serve(t, discordEnv(d, "FOOTNOTE_LEDGER="+filepath.Join(t.TempDir(), "ledger.db"),
				"OPENAI_BASE_URL="+server.URL(), "OPENAI_API_KEY=sk-test-4711", "FOOTNOTE_LLM_MODEL="+fakellm.Model)...)
			if err := d.WaitFor(soon(t), func(st fakediscord.State) bool { return st.Connections() == 1 && len(st.Commands("")) > 0 }); err != nil {
				t.Fatalf("%v; log:\n%s", err, s.log)
			}
			id := c.ask(d)
			err := d.WaitFor(soon(t), func(st fakediscord.State) bool {
				return len(st.Answers(id)) == 1 && unfinished(st.Answers(id)[0]) && strings.Contains(st.Answers(id)[0].Shown(), "¶")
			})
			if err != nil {
				t.Fatalf("no sentence is shown before the answer is whole: %v; log:\n%s", err, s.log)
			}
			server.Close()
			for i, why := range []string{"The model broke off in the middle of its answer", "The model cannot be reached"} { // the second finds nobody there
				got := s.answer(d, id)
				if text := got.Shown(); strings.Count(text, said) != 1 || !strings.Contains(text, "¶2") || !strings.Contains(text, why) {
					t.Errorf("question %d is answered with %q, want the keyword writer's answer, once, and that %s", i+1, text, why)
				}
				if n := len(d.Answers(id)); n != 1 || got.Ephemeral() != (c.name == "private command") {
					t.Errorf("question %d has %d answers, for the asker alone %v", i+1, n, got.Ephemeral())
				}
				if i == 0 {
					id = c.ask(d)
				}
			}
			s.stop(d.BotToken(), "sk-test-4711", fakellm.Secret)
		})
	}
}

// TestServeBoth serves Slack and Discord by one process with one ledger.
func TestServeBoth(t *testing.T) {
	t.Parallel()
	slack, d := aSlack(t), aDiscord(t, fakediscord.Config{})
	s := serve(t, discordEnv(d, "SLACK_BOT_TOKEN="+slack.BotToken("T1"), "SLACK_APP_TOKEN="+slack.AppToken(), "FOOTNOTE_SLACK_API_URL="+slack.APIURL(),
		"FOOTNOTE_LEDGER="+filepath.Join(t.TempDir(), "ledger.db"), "FOOTNOTE_LISTEN=127.0.0.1:0")...)
	if err := slack.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, s.log)
	}
	if err := d.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, s.log)
	}
	there, here := slack.User("U1").Mentions("C1", asked), d.User("U1").Mentions("general", asked)
	for _, got := range []string{s.reply(slack, there.TS, 1), s.answer(d, here.ID).Shown()} {
		if !strings.Contains(got, said) {
			t.Errorf("%q is answered with %q", asked, got)
		}
	}
	if resp, _ := get(t, s.at()+discordbot.PathInteractions); resp.StatusCode != http.StatusNotFound {
		t.Errorf("without a public key, GET %s = %s, want 404", discordbot.PathInteractions, resp.Status)
	}
	s.stop(d.BotToken())
}

// TestServeDiscordFails has serve end by itself: each time with one sentence, which
// holds no secret.
func TestServeDiscordFails(t *testing.T) {
	t.Parallel()
	d, revoked := aDiscord(t, fakediscord.Config{}), aDiscord(t, fakediscord.Config{})
	revoked.RevokeToken()
	fresh := "FOOTNOTE_LEDGER=" + filepath.Join(t.TempDir(), "ledger.db")
	const password = "hunter2"
	for _, test := range []struct {
		name string
		env  []string
		code int
		want string
	}{
		{"nothing set", []string{"FOOTNOTE_WEB=off"}, exitUsage, "for Discord set DISCORD_BOT_TOKEN"},
		{"no token", []string{"DISCORD_GUILD_ID=1234567890123456789"}, exitUsage, "DISCORD_BOT_TOKEN must be set"},
		{"what is no token", []string{"DISCORD_BOT_TOKEN=" + password}, exitUsage, "DISCORD_BOT_TOKEN is not a bot token"},
		{"token with a word before it", []string{"DISCORD_BOT_TOKEN=Bot " + password}, exitUsage, "DISCORD_BOT_TOKEN: it has white space"},
		{"application", discordEnv(d, "DISCORD_APPLICATION_ID=footnote"), exitUsage, "DISCORD_APPLICATION_ID is not an id"},
		{"public key", discordEnv(d, "DISCORD_PUBLIC_KEY=abc"), exitUsage, "DISCORD_PUBLIC_KEY is not 64"},
		{"neither Gateway nor key", discordEnv(d, "FOOTNOTE_DISCORD_GATEWAY=false"), exitUsage, "DISCORD_PUBLIC_KEY must be set"},
		{"half a Gateway", discordEnv(d, "FOOTNOTE_DISCORD_GATEWAY=half"), exitUsage, "FOOTNOTE_DISCORD_GATEWAY"},
		{"API address with a version", []string{"DISCORD_BOT_TOKEN=" + d.BotToken(), "FOOTNOTE_DISCORD_API_URL=https://discord.com/api/v10/"}, exitUsage, "FOOTNOTE_DISCORD_API_URL ends in a version"},
		{"Gateway address", discordEnv(d, "FOOTNOTE_DISCORD_GATEWAY_URL=https://gateway.discord.gg"), exitUsage, "FOOTNOTE_DISCORD_GATEWAY_URL"},
		{"revoked token", discordEnv(revoked, fresh), exitOther, "DISCORD_BOT_TOKEN is not accepted"},
		{"intent that is not enabled", discordEnv(d, fresh, "FOOTNOTE_DISCORD_MESSAGE_CONTENT=true"), exitOther, "Message Content"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := try(t, "", test.env, "serve", "--log-level", "error")
			if got.code != test.code || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, test.want) {
				t.Errorf("serve = %d, %q; want %d and one line with %q", got.code, got.err, test.code, test.want)
			}
			if strings.Contains(got.err, password) || strings.Contains(got.err, d.BotToken()) {
				t.Errorf("serve shows a secret: %q", got.err)
			}
		})
	}
}

func TestDiscordRegister(t *testing.T) {
	t.Parallel()
	d := aDiscord(t, fakediscord.Config{})
	got := try(t, "", discordEnv(d), "discord", "register")
	if got.code != exitDone || !strings.Contains(got.out, "/ask") || len(d.Commands("")) == 0 {
		t.Errorf("register = %d, %q, %q; Discord has %d commands", got.code, got.out, got.err, len(d.Commands("")))
	}
	const same = "The commands are registered as they should be: nothing was changed.\n"
	if got := try(t, "", discordEnv(d), "discord", "register"); got.code != exitDone || got.out != same {
		t.Errorf("register again = %d, %q, %q", got.code, got.out, got.err)
	}
	guild, _ := d.Guild("guild")
	if got := try(t, "", discordEnv(d), "discord", "register", "--discord-guild-id", guild.ID); got.code != exitDone || len(d.Commands(guild.ID)) == 0 {
		t.Errorf("register in a server = %d, %q, %q; it has %d commands", got.code, got.out, got.err, len(d.Commands(guild.ID)))
	}
	for _, test := range []struct {
		args []string
		env  []string
		code int
		want string
	}{
		{[]string{"now"}, discordEnv(d), exitUsage, "takes no words"},
		{nil, nil, exitUsage, "DISCORD_BOT_TOKEN must be set"},
		{[]string{"--corpus", "nowhere"}, discordEnv(d), exitUsage, "nowhere: no such file"},
		{[]string{"--discord-guild-id", "1"}, discordEnv(d), exitOther, "the guild 1"},
	} {
		got := try(t, "", test.env, append([]string{"discord", "register"}, test.args...)...)
		if got.code != test.code || got.out != "" || !strings.Contains(got.err, test.want) {
			t.Errorf("register %v = %d, %q, %q; want %d with %q", test.args, got.code, got.out, got.err, test.code, test.want)
		}
	}
}

func TestDoctorDiscord(t *testing.T) {
	t.Parallel()
	d := aDiscord(t, fakediscord.Config{})
	if got := try(t, "", discordEnv(d), "discord", "register"); got.code != exitDone {
		t.Fatalf("register = %d, %q", got.code, got.err)
	}
	bare := aDiscord(t, fakediscord.Config{})
	poor := aDiscord(t, fakediscord.Config{})
	guild, _ := poor.Guild("guild")
	poor.Revoke(guild.ID, fakediscord.SendMessages)
	revoked := aDiscord(t, fakediscord.Config{})
	revoked.RevokeToken()
	home := "HOME=" + t.TempDir()
	for _, test := range []struct {
		name string
		env  []string
		code int
		want []string
	}{
		{"all well", discordEnv(d), exitDone, []string{
			"✓ Configuration: complete for discord.", "✓ DISCORD_BOT_TOKEN is accepted", "✓ No privileged intent is enabled, and none is needed",
			"✓ Interactions come by the Gateway", "✓ The token's application is footnote", "✓ The commands are registered", "✓ The Gateway can be used",
		}},
		{"commands missing", discordEnv(bare), exitOther, []string{"✗ The commands in Discord are not those of this version: /ask is new", "footnote discord register"}},
		{"permission missing", discordEnv(poor), exitOther, []string{"the bot lacks Send Messages"}},
		{"intent missing", discordEnv(d, "FOOTNOTE_DISCORD_MESSAGE_CONTENT=true"), exitOther, []string{"✗ The Message Content intent is asked for but not enabled"}},
		{"no interactions", discordEnv(d, "DISCORD_PUBLIC_KEY="+d.PublicKey(), "FOOTNOTE_DISCORD_GATEWAY=false"), exitOther, []string{
			"listens on :8080", "✗ Discord does not post interactions anywhere", "/discord/interactions",
		}},
		{"revoked token", discordEnv(revoked), exitOther, []string{"✗ DISCORD_BOT_TOKEN is not accepted"}},
		{"no material", discordEnv(d, "FOOTNOTE_CORPUS=nowhere"), exitOther, []string{"✗ Material: ", "✓ DISCORD_BOT_TOKEN is accepted"}},
		{"no Discord", []string{"DISCORD_BOT_TOKEN=" + d.BotToken(), "FOOTNOTE_DISCORD_API_URL=http://127.0.0.1:1/api/"}, exitOther, []string{
			"✗ Discord does not say who the bot is", "See whether this machine reaches http://127.0.0.1:1/api/",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := try(t, "", append(test.env, home), "doctor")
			if got.code != test.code {
				t.Errorf("doctor = %d, want %d: %s\n%s", got.code, test.code, got.err, got.out)
			}
			for _, want := range test.want {
				if !strings.Contains(got.out, want) {
					t.Errorf("doctor does not say %q:\n%s", want, got.out)
				}
			}
			if strings.Contains(got.out+got.err, d.BotToken()) {
				t.Errorf("doctor shows the token:\n%s", got.out)
			}
		})
	}
}
