package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval/opensearch"
)

// The errors of a cluster say what to do, and show no password.
func TestClusterErrors(t *testing.T) {
	answer := `{"status":404,"error":{"type":"index_not_found_exception","reason":"no such index [footnote]"}}`
	status := http.StatusNotFound
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	defer node.Close()
	for _, test := range []struct {
		name   string
		status int
		answer string
		args   []string
		env    []string
		code   int
		want   string
	}{
		{"no node", 0, "", nil, nil, exitUsage, "--opensearch-url"},
		{"no address", 0, "", []string{"--opensearch-url", "node1:9200"}, nil, exitUsage, "--opensearch-url"},
		{"password in an address", 0, "", nil, []string{"FOOTNOTE_OPENSEARCH_URL=http://a:9200,http://reader:hunter2@b:9200"}, exitUsage, "FOOTNOTE_OPENSEARCH_URL: an address with a name or a password"},
		{"password as a flag", 0, "", []string{"--opensearch-password", "hunter2"}, nil, exitUsage, "unknown flag"},
		{"name of an index", 0, "", []string{"--opensearch-url", node.URL, "--opensearch-index", "A*"}, nil, exitUsage, "cannot name an index"},
		{"no index", http.StatusNotFound, answer, []string{"--opensearch-url", node.URL}, nil, exitOther, "footnote index --search opensearch loads the material"},
		{"other index", http.StatusOK, `{"footnote-1":{"mappings":{"_meta":{"format":1,"version":"sha256:0"}}}}`, []string{"--opensearch-url", node.URL}, nil, exitOther, "the index holds other material"},
		{"no entry", http.StatusUnauthorized, "Unauthorized", []string{"--opensearch-url", node.URL}, []string{"FOOTNOTE_OPENSEARCH_PASSWORD=hunter2"}, exitOther, "the cluster refuses"},
	} {
		status, answer = test.status, test.answer
		got := try(t, "", test.env, append([]string{"search", "--search", "opensearch", "Arctic"}, test.args...)...)
		if got.code != test.code || !strings.Contains(got.err, test.want) || strings.Contains(got.err, "hunter2") && test.name != "password as a flag" || got.out != "" {
			t.Errorf("%s: footnote search = %d, %q, %q, want %d and %q", test.name, got.code, got.out, got.err, test.code, test.want)
		}
	}
}

// realCluster returns a file of settings that names the cluster of real nodes, with an
// index of the test's own; where there is none the test is skipped.
func realCluster(t *testing.T) (config string, v values) {
	t.Helper()
	nodes := os.Getenv("FOOTNOTE_TEST_OPENSEARCH")
	if nodes == "" {
		t.Skip("FOOTNOTE_TEST_OPENSEARCH names no nodes")
	}
	alias := "test-" + strings.ToLower(rand.Text())
	t.Cleanup(func() { // not by t.Context, which has ended
		req, err := http.NewRequest(http.MethodDelete, strings.Split(nodes, ",")[0]+"/"+alias+"-*", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close() // what it says is not read
	})
	v = values{"search": "opensearch", "opensearch-url": nodes, "opensearch-index": alias, "opensearch-replicas": "1"}
	return write(t, "cluster.yaml", "search: opensearch\nopensearch-url: "+nodes+"\nopensearch-index: "+alias+"\n"), v
}

// With a cluster of real nodes every command prints what it prints without one, by
// words and by meaning.
func TestCluster(t *testing.T) {
	config, _ := realCluster(t)
	folder := t.TempDir()
	document := func(text string) {
		if err := os.WriteFile(filepath.Join(folder, "harbour.md"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	document("# The harbour\n\nThe harbour was dug in 1811. It holds eleven boats.\n\nThe lamp burned oil until 1903.\n")
	missing := try(t, "", nil, "ask", "--config", config, "--corpus", folder, "When was the harbour dug?")
	if missing.code != exitOther || !strings.Contains(missing.err, "footnote index --search opensearch loads the material") {
		t.Errorf("footnote ask before footnote index = %d, %q", missing.code, missing.err)
	}
	for year := range 2 { // for the second time with other material
		for _, args := range [][]string{
			{"index"}, {"search", "harbour", "lamp"}, {"search", "--json", "boats"}, {"ask", "When was the harbour dug?"}, {"ask", "Who is the queen?"}, {"cite", "lamp burned"}, {"check", "The harbour was dug in 1811."},
		} {
			args = append(args, "--corpus", folder)
			want, got := try(t, "", nil, args...), try(t, "", nil, append(args, "--config", config)...)
			if got.code != want.code || got.out != want.out || got.err != want.err {
				t.Errorf("footnote %q in a cluster = %d, %s%s, want %d, %s%s", args, got.code, got.out, got.err, want.code, want.out, want.err)
			}
		}
		document(fmt.Sprintf("# The harbour\n\nThe harbour was dug in 182%d. It holds twelve boats.\n", year))
		old := try(t, "", nil, "search", "boats", "--config", config, "--corpus", folder)
		if old.code != exitOther || !strings.Contains(old.err, "other material") {
			t.Errorf("footnote search over an index of before = %d, %q", old.code, old.err)
		}
	}
}

// With embeddings, what is found by meaning is what is found so without a cluster, from
// a process too that has no vectors itself; without them in the cluster, it says so.
func TestClusterByMeaning(t *testing.T) {
	config, _ := realCluster(t)
	server, env := embeddingServer(t)
	asked := [][]string{{"search", german}, {"search", "troops"}, {"ask", german}, {"ask", "When was NATO founded?"}}
	if got := try(t, "", nil, "index", "--config", config); got.code != exitDone {
		t.Fatalf("footnote index = %d, %s", got.code, got.err)
	}
	if got := try(t, "", env, "search", "troops", "--config", config); got.code != exitDone || !strings.Contains(got.err, "no passage is embedded yet") {
		t.Errorf("footnote search by meaning in an index of words = %d, %q, want what words find, and why", got.code, got.err)
	}
	if got := try(t, "", env, "index", "--config", config); got.code != exitDone || got.err != "" {
		t.Fatalf("footnote index with embeddings = %d, %s", got.code, got.err)
	}
	for _, args := range asked {
		want, got := try(t, "", env, args...), try(t, "", env, append(args, "--config", config)...)
		if got != want {
			t.Errorf("footnote %q in a cluster = %+v, want %+v", args, got, want)
		}
	}
	before := len(server.Embedded()["fake-passage"])
	elsewhere := append(env, "FOOTNOTE_EMBED_STORE="+t.TempDir())
	var found result
	got := try(t, "", elsewhere, "search", "--json", german, "--config", config)
	if err := json.Unmarshal([]byte(got.out), &found); err != nil || got.code != exitDone || len(found.Hits) == 0 || !strings.Contains(found.Hits[0].Text, "40,000 troops") {
		t.Errorf("footnote search in another process = %d, %q, %q, %v, want the troops first", got.code, got.out, got.err, err)
	}
	if n := len(server.Embedded()["fake-passage"]) - before; n != 1 {
		t.Errorf("another process embedded %d texts, want one, to see whether the model is the same", n)
	}
}

// What is embedded after the material was loaded is brought to the cluster, unless other
// material is there by then.
func TestClusterSupply(t *testing.T) {
	_, v := realCluster(t)
	_, env := embeddingServer(t)
	maps.Copy(v, named(env))
	con := &console{err: new(strings.Builder), getenv: environment(env)}
	t.Cleanup(func() {
		if err := con.end(nil); err != nil {
			t.Error(err)
		}
	})
	cluster, err := con.cluster(v)
	if err != nil {
		t.Fatal(err)
	}
	means, err := con.meaning(con.quiet(), v)
	if err != nil {
		t.Fatal(err)
	}
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	s := &supply{cluster: cluster, means: means}
	words, _, err := s.renew(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	count := func(x bot.Searcher) int { return x.(*opensearch.Index).Summary().Passages }
	if n := count(words); n != 0 {
		t.Errorf("renew before anything is embedded brings %d vectors", n)
	}
	if err := means.fill(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	stale := &supply{cluster: cluster, means: means}
	if x, err := stale.complete(t.Context(), c, words); err != nil || x != words {
		t.Errorf("complete of material that is not the latest = %v, %v, want what there was", x, err)
	}
	whole, err := s.complete(t.Context(), c, words)
	if err != nil || count(whole) != c.Passages.Len() {
		t.Fatalf("complete = %v, %v, want an index with %d vectors", whole, err, c.Passages.Len())
	}
	if x, err := s.complete(t.Context(), c, whole); err != nil || x != whole {
		t.Errorf("complete of what is complete = %v, %v, want the same", x, err)
	}
}
