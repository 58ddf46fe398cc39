package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakellm"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// german is a question that shares no word with the article, and its words in English.
const german = "Wieviele Soldaten umfasst jene Eingreiftruppe?"

var inEnglish = map[string]string{"soldaten": "troops", "eingreiftruppe": "response", "umfasst": "comprising", "jene": "nrf", "wieviele": "multinational"}

// embeddingServer returns a server that embeds, and the environment that names it.
func embeddingServer(t *testing.T) (*fakellm.Server, []string) {
	t.Helper()
	s := fakellm.New(t, fakellm.Config{Same: inEnglish})
	return s, []string{
		"FOOTNOTE_EMBED_BASE_URL=" + s.URL(), "FOOTNOTE_EMBED_PASSAGE_MODEL=fake-passage", "FOOTNOTE_EMBED_QUERY_MODEL=fake-query",
		"FOOTNOTE_EMBED_STORE=" + filepath.Join(t.TempDir(), "vectors"), "FOOTNOTE_EMBED_TIMEOUT=1",
	}
}

// named returns the settings that an environment names, and that sentences are embedded.
func named(env []string) values {
	v := values{"embed-sentences": "true"}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		v[strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "FOOTNOTE_"), "_", "-"))] = value
	}
	return v
}

func TestSearchByMeaning(t *testing.T) {
	s, env := embeddingServer(t)
	if got := try(t, "", nil, "search", german); got.code != exitNothing {
		t.Errorf("search %q by words = %d, %q, want nothing", german, got.code, got.out)
	}
	got := try(t, "", env, "search", "--json", german)
	var found result
	if err := json.Unmarshal([]byte(got.out), &found); err != nil || got.code != exitDone || len(found.Hits) == 0 {
		t.Fatalf("search %q by meaning = %d, %q, %q, %v", german, got.code, got.out, got.err, err)
	}
	if h := found.Hits[0]; !strings.Contains(h.Text, "up to 40,000 troops") || h.Score != 0 || len(h.Reasons) != 1 || h.Reasons[0].Where != "meaning" {
		t.Errorf("search %q by meaning finds %q first, by %v, want the troops, by their meaning", german, h.Text, h.Reasons)
	}
	once := len(s.Embedded()["fake-passage"])
	got = try(t, "", env, "ask", "--json", german)
	if got.code != exitNothing || !strings.Contains(got.out, "40,000 troops") || strings.Contains(got.out, `"status":"answered"`) {
		t.Errorf("ask %q = %d, %q, want an abstention with the troops as nearest", german, got.code, got.out)
	}
	if again := len(s.Embedded()["fake-passage"]) - once; again != 1 {
		t.Errorf("a second run embedded %d texts, want one, to see whether the model is the same", again)
	}
}

func TestEmbeddingsFail(t *testing.T) {
	const question = "When was NATO founded?"
	words := try(t, "", nil, "ask", question)
	for _, how := range []fakellm.Embeds{fakellm.EmbedsNothing, fakellm.EmbedsNever, fakellm.EmbedsFewer} {
		s, env := embeddingServer(t)
		if got := try(t, "", env, "ask", question); got.code != words.code {
			t.Fatalf("ask = %d, %q", got.code, got.err)
		}
		s.Embed(how)
		began := time.Now()
		got := try(t, "", env, "ask", question)
		if got.code != words.code || !strings.Contains(got.err, "looked for by its words alone") && how != fakellm.EmbedsNever {
			t.Errorf("%s: ask = %d, %q, want the answer by words, and why", how, got.code, got.err)
		}
		if !strings.Contains(got.out, "by their words alone") {
			t.Errorf("%s: ask prints %q, want it to say that words alone were searched", how, got.out)
		}
		t.Logf("%s: %v", how, time.Since(began).Round(time.Millisecond))
	}
}

func TestEmbeddingsChange(t *testing.T) {
	for how, want := range map[fakellm.Embeds]string{
		fakellm.EmbedsShorter: "vectors of 48 numbers, which had 96",
		fakellm.EmbedsOther:   "has another vector than before",
	} {
		s, env := embeddingServer(t)
		if got := try(t, "", env, "search", "NATO"); got.code != exitDone {
			t.Fatalf("search = %d, %q", got.code, got.err)
		}
		s.Embed(how)
		if got := try(t, "", env, "search", "NATO"); got.code != exitUsage || !strings.Contains(got.err, want) || !strings.Contains(got.err, "remove") {
			t.Errorf("%s: search = %d, %q, want %q and what to do", how, got.code, got.err, want)
		}
	}
}

func TestEmbeddingSettings(t *testing.T) {
	_, env := embeddingServer(t)
	folder := t.TempDir()
	for _, test := range []struct {
		env  []string
		code int
		want string
	}{
		{[]string{"FOOTNOTE_EMBED_BASE_URL=http://127.0.0.1:1/v1"}, exitUsage, "set FOOTNOTE_EMBED_PASSAGE_MODEL"},
		{[]string{"FOOTNOTE_EMBED_PASSAGE_MODEL=m"}, exitUsage, "FOOTNOTE_EMBED_API_KEY must be set"},
		{append([]string{"FOOTNOTE_EMBED_API_KEY=a b"}, env...), exitUsage, "white space"},
		{append([]string{"FOOTNOTE_EMBED_TIMEOUT=0"}, env...), exitUsage, "whole number"},
		{append(env[:3:3], "FOOTNOTE_EMBED_STORE=", "HOME=", "XDG_CACHE_HOME="), exitDone, "--embed-store"},
		{append(env[:3:3], "XDG_CACHE_HOME="+folder), exitDone, ""},
	} {
		if got := try(t, "", test.env, "search", "NATO"); got.code != test.code || !strings.Contains(got.err, test.want) {
			t.Errorf("search with %v = %d, %q, want %d and %q", test.env, got.code, got.err, test.code, test.want)
		}
	}
	stores, err := filepath.Glob(filepath.Join(folder, "footnote", "vectors", "fake-passage*"))
	if err != nil || len(stores) == 0 {
		t.Errorf("vectors lie in %v, %v, want them below the cache folder", stores, err)
	}
}

func TestDoctorLooksAtEmbeddings(t *testing.T) {
	s, env := embeddingServer(t)
	if got := try(t, "", env, "doctor"); !strings.Contains(got.out, "96 numbers a text") {
		t.Errorf("doctor prints %q, %q, want what the embeddings server gives", got.out, got.err)
	}
	s.Embed(fakellm.EmbedsNothing)
	if got := try(t, "", env, "doctor"); !strings.Contains(got.out, "does not embed") {
		t.Errorf("doctor prints %q, %q, want what is wrong", got.out, got.err)
	}
}

// TestEmbedsInTheBackground has material embedded while it is being asked, in spite of
// a server that is down at first.
func TestEmbedsInTheBackground(t *testing.T) {
	server, env := embeddingServer(t)
	con := &console{err: new(strings.Builder), getenv: environment(env)}
	m, err := con.meaning(con.quiet(), named(env))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := con.end(nil); err != nil {
			t.Error(err)
		}
	})
	server.Embed(fakellm.EmbedsNothing)
	live := &living{means: m}
	e := newEmbedding(con.quiet(), m, live)
	e.again = 10 * time.Millisecond
	prepared := func(text string) state {
		t.Helper()
		path := filepath.Join(t.TempDir(), "notes.md")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		c, err := corpus.Load(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := keyword.New(c, keyword.Default())
		b := bot.New(c, x, bot.Shipped())
		return state{b, c, x, b.Views(nil, live.view)}
	}
	first := prepared("# Notes\n\nThe response force is multinational, comprising troops of the NRF.\n\nA ferry leaves at noon.\n")
	live.now.Store(first.views)
	e.take(prepared("# Old\n\nNobody waits for this.\n"))
	e.take(first) // in its place
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { e.run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	nearest := func() string {
		a, err := live.Ask(t.Context(), bot.Question{Text: german})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Nearest) == 0 {
			return ""
		}
		return a.Nearest[0].Text
	}
	if got := nearest(); got != "" {
		t.Errorf("before anything is embedded %q is nearest, want nothing: no word is shared", got)
	}
	server.Embed("")
	tick := time.NewTicker(5 * time.Millisecond)
	for !strings.Contains(nearest(), "troops of the NRF") { // a test that waits in vain is ended by its deadline
		<-tick.C
	}
	if texts := strings.Join(server.Embedded()["fake-passage"], "\n"); strings.Contains(texts, "Nobody waits") {
		t.Error("material was embedded though other had taken its place")
	}
	next := prepared("# Notes\n\nThe response force has one troop.\n")
	live.now.Store(next.views)
	e.take(next)
	for !strings.Contains(nearest(), "one troop") {
		<-tick.C
	}
}
