package discordbot

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/answers"
	"footnote/bot/bottest/fakediscord"
)

// TestValid posts what is rendered to a Discord that refuses what Discord's published
// schema and its limits do: components, and the text that stands in for them.
func TestValid(t *testing.T) {
	s := fakediscord.New(t, fakediscord.Config{})
	channel := s.AddChannel(fakediscord.Channel{Name: "general"})
	post := func(out map[string]any) {
		out["allowed_mentions"] = map[string]any{"parse": []string{}}
		raw, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+"v10/channels/"+channel.ID+"/messages", bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bot "+s.BotToken())
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if said, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
			t.Errorf("Discord refuses %s\n%d %s", raw, resp.StatusCode, said)
		}
	}
	for _, p := range valids(t) {
		post(map[string]any{"flags": 1 << 15, "components": p.Components})
		for _, text := range p.Text {
			post(map[string]any{"flags": 1 << 2, "content": text})
		}
	}
	for _, v := range s.Violations() {
		t.Error(v)
	}
	for _, m := range s.Messages(channel.ID) {
		foreign := slices.ContainsFunc(m.Links(), func(to string) bool { return !strings.HasPrefix(to, "https://footnote.example/") })
		if len(m.Pings()) > 0 || len(m.Unfurls()) > 0 || foreign {
			t.Errorf("%q pings %q, unfurls %q, links %q", m.Shown(), m.Pings(), m.Unfurls(), m.Links())
		}
	}
}

// valids are pages of every kind.
func valids(t *testing.T) []page {
	var out []page
	for _, c := range answers.Cases(t) {
		c.Options.Key = goldenKey
		out = append(append(out, render(c.Answer, c.Options)...), turnedThrough(c.Answer, c.Options)...)
		out = append(out, lookUpView(c.Answer, c.Options), unfinishedOf(t, c.Answer, address{Echo: true, Name: "Yui"}))
	}
	for seed := range uint64(9) {
		r := answers.NewRandom(seed)
		a := r.Answer([]bot.Kind{bot.KindAsk, bot.KindSummary, bot.KindCheck}[seed%3], []string{"en", "ja", "signs"}[seed/3])
		pages := render(a, options(r))
		out = append(out, pages[:min(4, len(pages))]...)
	}
	return append(out, unfinishedOf(t, bot.Answer{}, address{}), plainNote("Nothing *here* for @everyone."))
}
