package discordbot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"footnote/bot/bottest/fakediscord"
)

// asTold returns commands as Discord tells of them: with ids and with what it fills
// in.
func asTold(t *testing.T, cs []command) []command {
	t.Helper()
	raw, err := encode(cs)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		c["id"], c["application_id"], c["version"], c["nsfw"], c["dm_permission"] = "1", "2", "3", false, true
		if c["default_member_permissions"] != nil {
			c["default_member_permissions"] = "16"
		} else {
			c["default_member_permissions"] = nil
		}
		for _, name := range []string{"name_localizations", "description_localizations"} {
			if c[name] == nil {
				c[name] = map[string]string{}
			}
		}
		if c["description"] == nil {
			c["description"] = ""
		}
		if l, ok := c["contexts"].([]any); ok {
			slices.Reverse(l)
		}
	}
	raw, err = json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var out []command
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCompare(t *testing.T) {
	want := commands()
	cases := []struct {
		name   string
		change func(have []command) []command
		want   string
	}{
		{"the same", func(have []command) []command { return have }, ""},
		{"in another order", func(have []command) []command { slices.Reverse(have); return have }, ""},
		{"nothing", func([]command) []command { return nil }, "/ask is new; /summary is new; /cite is new; /sources is new; /check is new; /help is new; /settings is new; “Check this message” is new"},
		{"one missing", func(have []command) []command { return have[1:] }, "/ask is new"},
		{"one too many", func(have []command) []command { return append(have, command{Type: 1, Name: "old"}) }, "/old is not ours any more, and is removed"},
		{"another type", func(have []command) []command { return append(have, command{Type: 2, Name: "ask"}) }, "“ask” is not ours any more, and is removed"},
		{"a description", func(have []command) []command { have[0].Description = "x"; return have }, "/ask is changed"},
		{"a translation", func(have []command) []command { have[0].NameIn["ja"] = "x"; return have }, "/ask is changed"},
		{"a choice", func(have []command) []command { have[1].Options[2].Choices[0].Name = "x"; return have }, "/summary is changed"},
		{"autocomplete", func(have []command) []command { have[2].Options[0].Autocomplete = false; return have }, "/cite is changed"},
		{"contexts", func(have []command) []command { have[3].Contexts = have[3].Contexts[:1]; return have }, "/sources is changed"},
		{"permissions", func(have []command) []command { have[6].Permissions = nil; return have }, "/settings is changed"},
	}
	for _, c := range cases {
		if got := strings.Join(compare(c.change(asTold(t, want)), want), "; "); got != c.want {
			t.Errorf("%s: compare = %q, want %q", c.name, got, c.want)
		}
	}
}

// routeOf is where commands are listed and replaced, as the fake names it.
const (
	routeAll   = "PUT /applications/{application_id}/commands"
	routeGuild = "PUT /applications/{application_id}/guilds/{guild_id}/commands"
)

// Commands are registered once, and then found as they are to be.
func TestRegister(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)}) // Run registers them
	if got := w.fake.Commands(""); len(got) != 8 {
		t.Fatalf("%d commands are registered, want 8; log:\n%s", len(got), w.log)
	}
	for range 2 {
		if got, err := w.bot.Register(t.Context()); err != nil || len(got) > 0 {
			t.Errorf("Register again = %q, %v, want nothing to do", got, err)
		}
	}
	if n := w.fake.RequestCount(routeAll); n != 1 {
		t.Errorf("the commands were sent %d times, want once", n)
	}
	if got, err := w.bot.checkCommands(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("checkCommands = %q, %v, want nothing", got, err)
	}
}

// For one guild those for all are left alone, and it is said that people see both.
func TestRegisterGuild(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)})
	guild := w.fake.AddGuild(fakediscord.Guild{Name: "other"})
	w.bot.conf.GuildID = guild.ID
	got, err := w.bot.checkCommands(t.Context())
	if want := "/ask is new"; err != nil || len(got) != 9 || got[0] != want {
		t.Errorf("checkCommands = %q, %v, want 9 changes, first %q", got, err, want)
	}
	got, err = w.bot.Register(t.Context())
	if err != nil || len(got) != 9 || !strings.Contains(got[8], "see them twice") {
		t.Errorf("Register = %q, %v, want 8 new commands and that there are others", got, err)
	}
	if got, err = w.bot.Register(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("Register again = %q, %v, want only that there are others", got, err)
	}
	if len(w.fake.Commands(guild.ID)) != 8 || len(w.fake.Commands("")) != 8 || w.fake.RequestCount(routeGuild) != 1 || w.fake.RequestCount(routeAll) != 1 {
		t.Errorf("%d commands in the guild, %d for all, sent %d and %d times, want 8, 8, once each",
			len(w.fake.Commands(guild.ID)), len(w.fake.Commands("")), w.fake.RequestCount(routeGuild), w.fake.RequestCount(routeAll))
	}
	w.bot.conf.GuildID = "1"
	if _, err := w.bot.Register(t.Context()); err == nil || !strings.Contains(err.Error(), "not in the guild 1") {
		t.Errorf("Register in a guild that the bot is not in = %v, want that said", err)
	}
}

// A wrong token or application is told in words, with what to do.
func TestRegisterSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name    string
		revoked bool
		app     string
		want    string
	}{
		{"the token", true, "", "DISCORD_BOT_TOKEN is not accepted: copy it anew"},
		{"the token, with an application", true, "175928847299117063", "DISCORD_BOT_TOKEN is not accepted: copy it anew"},
		{"the application", false, "175928847299117063", "DISCORD_APPLICATION_ID is another application's"},
	} {
		w := ready(t)
		if c.revoked {
			w.fake.RevokeToken()
		}
		w.bot.conf.ApplicationID = c.app
		if _, err := w.bot.Register(t.Context()); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: Register = %v, want %q", c.name, err, c.want)
		}
	}
}

// What Discord refuses is an error, and changes nothing.
func TestRegisterRefused(t *testing.T) {
	w := open(t, setup{asker: articleBot(t)})
	w.bot.conf.ApplicationID = w.fake.ApplicationID()
	for _, route := range []string{"GET", "PUT"} {
		w.fake.Fail(fakediscord.Fault{Method: route, Route: "/applications/*/guilds/*/commands", Status: 403, Code: 50001, Times: 1})
		w.bot.conf.GuildID = w.fake.AddGuild(fakediscord.Guild{Name: "for " + route}).ID
		if _, err := w.bot.Register(t.Context()); err == nil || codeOf(err) != 50001 {
			t.Errorf("Register where %s is refused = %v, want code 50001", route, err)
		}
		if n := len(w.fake.Commands(w.bot.conf.GuildID)); n > 0 {
			t.Errorf("%d commands are registered, want none", n)
		}
	}
}
