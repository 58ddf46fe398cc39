package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
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

// With a cluster of real nodes every command prints what it prints without one.
func TestCluster(t *testing.T) {
	nodes := os.Getenv("FOOTNOTE_TEST_OPENSEARCH")
	if nodes == "" {
		t.Skip("FOOTNOTE_TEST_OPENSEARCH names no nodes")
	}
	alias := "test-" + strings.ToLower(rand.Text())
	config := write(t, "cluster.yaml", "search: opensearch\nopensearch-url: "+nodes+"\nopensearch-index: "+alias+"\n")
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
