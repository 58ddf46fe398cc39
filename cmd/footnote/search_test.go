package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// collection makes a BEIR folder with queries.
func collection(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	long := strings.Repeat("The icebreaker sails through the Arctic and its crew counts seals. ", 60)
	for name, text := range map[string]string{
		"corpus.jsonl": `{"_id":"d1","title":"Arctic","text":"Sea ice melts in the Arctic."}
{"_id":"d2","title":"Desert","text":"Sand dunes move in the desert."}
{"_id":"d3","title":"Ship","text":"` + long + `"}
`,
		"queries.jsonl": `{"_id":"q1","text":"Where does ice melt?","answers":["Arctic"]}
{"_id":"q2","text":"xyzzy","answers":["nothing"]}
{"_id":"q3","text":"Arctic icebreaker","answers":["crew"]}
`,
		"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\nq3\td3\t2\nq3\td1\t1\nq3\td2\t0\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestRunFile(t *testing.T) {
	folder := collection(t)
	out := filepath.Join(t.TempDir(), "out.run")
	got := try(t, "", nil, "search", "--corpus", folder, "--queries", filepath.Join(folder, "queries.jsonl"), "--run", out)
	if got.code != exitDone || got.out != "" {
		t.Fatalf("run = %d, %q, %q", got.code, got.out, got.err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) != 6 || f[1] != "Q0" || f[5] != "footnote" {
			t.Fatalf("line %q is not of a run file", line)
		}
		places = append(places, f[0]+" "+f[2]+" "+f[3])
	}
	// d3 has several passages that match, and one place.
	if got, want := strings.Join(places, ", "), "q1 d1 1, q3 d3 1, q3 d1 2"; got != want {
		t.Errorf("the run has %s; want %s", got, want)
	}
}

func TestRunOfPassages(t *testing.T) {
	queries := write(t, "queries.jsonl", `{"_id":"q1","text":"missile defence systems"}`)
	got := try(t, "", nil, "search", "--queries", queries, "--run", "-", "-k", "2")
	if got.code != exitDone || !strings.HasPrefix(got.out, "q1 Q0 nato-360#") || strings.Count(got.out, "\n") != 2 {
		t.Errorf("run = %d, %q, want two passages", got.code, got.out)
	}
}

func TestSearchJSON(t *testing.T) {
	got := try(t, "", nil, "search", "--json", "-k", "2", "Arctic NATO")
	var r result
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Query != "Arctic NATO" || len(r.Hits) != 2 || r.Hits[0].ID != "nato-360#p5" || r.Hits[0].Rank != 1 || r.Hits[0].Text == "" {
		t.Errorf("search = %+v", r)
	}
	got = try(t, "", nil, "search", "--json", "zyzzyva")
	if got.code != exitNothing || !strings.Contains(got.out, `"hits":[]`) {
		t.Errorf("search for nothing = %d, %q", got.code, got.out)
	}
}
