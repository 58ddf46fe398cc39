package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// indexed is a folder with its stored index.
type indexed struct {
	t         *testing.T
	dir, file string
}

// put writes a document that was changed an hour ago, so that a change within the step
// of a file system's clock is no question.
func (x indexed) put(name, text string) {
	x.t.Helper()
	path, old := filepath.Join(x.dir, name), time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, old, old)); err != nil {
		x.t.Fatal(err)
	}
}

// run runs a command over the folder, with the index or without.
func (x indexed) run(with bool, args ...string) outcome {
	x.t.Helper()
	env := []string{"FOOTNOTE_CORPUS=" + x.dir}
	if with {
		env = append(env, "FOOTNOTE_INDEX="+x.file)
	}
	return try(x.t, "", env, args...)
}

// same sees to it that a stored index answers as one that is made, and returns what is
// said of it.
func (x indexed) same(what string) string {
	x.t.Helper()
	said := ""
	for _, command := range [][]string{{"ask", "When is the lamp lit?"}, {"search", "--json", "lamp boat"}, {"cite", "--json", "a#p1"}, {"summary"}, {"sources"}, {"check", "The lamp is lit at six."}} {
		got, want := x.run(true, command...), x.run(false, command...)
		if got.out != want.out || got.code != want.code {
			x.t.Errorf("%s: %q with an index = %d, %q\nwant %d, %q", what, command, got.code, got.out, want.code, want.out)
		}
		said = strings.TrimSuffix(got.err, want.err)
	}
	return said
}

func newIndexed(t *testing.T) indexed {
	x := indexed{t, t.TempDir(), filepath.Join(t.TempDir(), "a.index")}
	x.put("a.txt", "The lamp is lit at six.\n\nIt burned oil once.\n")
	x.put("b.md", "# Boats\n\nThere are eleven boats.[^1]\n\n[^1]: Ann Ferry, “Boats,” Tide Press, 1999.\n")
	return x
}

// What is stored answers as what is made, whatever has become of the file or the
// material, and what is said of it is the reason.
func TestIndexStored(t *testing.T) {
	x := newIndexed(t)
	if said := x.same("no index"); !strings.Contains(said, "there is no index at "+x.file) {
		t.Errorf("without an index, %q is said, want that there is none", said)
	}
	index := func(what string) {
		t.Helper()
		got, want := x.run(true, "index"), x.run(false, "index")
		if got.code != exitDone || got.out != want.out {
			t.Errorf("%s: index = %d, %q, %q, want %q", what, got.code, got.out, got.err, want.out)
		}
		if said := x.same(what); said != "" {
			t.Errorf("%s: %q is said of an index that fits", what, said)
		}
	}
	index("new")
	before, err := os.ReadFile(x.file)
	if err != nil {
		t.Fatal(err)
	}
	index("again")
	if after, err := os.ReadFile(x.file); err != nil || !bytes.Equal(after, before) {
		t.Error("index writes anew what is stored and fits")
	}
	x.put("b.md", "# Boats\n\nThere are twelve boats.\n")
	x.put("c.txt", "A boat has a lamp.\n")
	if said := x.same("changed"); !strings.Contains(said, "the material has changed since") {
		t.Errorf("of material that has changed, %q is said", said)
	}
	if after, err := os.ReadFile(x.file); err != nil || !bytes.Equal(after, before) {
		t.Error("a question changes the stored index")
	}
	index("changed and indexed")
	if err := os.Remove(filepath.Join(x.dir, "c.txt")); err != nil {
		t.Fatal(err)
	}
	index("removed and indexed")

	whole, err := os.ReadFile(x.file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[bytes.Index(flipped, []byte("The lamp is lit"))] ^= 1
	older := bytes.Clone(whole)
	older[8]++
	for what, tc := range map[string]struct {
		data []byte
		want string
	}{
		"cut short": {whole[:len(whole)/2], "damaged"}, "of another version": {older, "another version"},
		"another's": {[]byte("<!DOCTYPE html><title>An index of the harbour</title>"), "no index of footnote"},
	} {
		if err := os.WriteFile(x.file, tc.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if said := x.same(what); !strings.Contains(said, "the stored index is not used") || !strings.Contains(said, tc.want) {
			t.Errorf("of an index that is %s, %q is said, want %q", what, said, tc.want)
		}
		if what != "another's" {
			index(what)
			continue
		}
		if got := x.run(true, "index"); got.code != exitUsage || !strings.Contains(got.err, "it stays as it is") {
			t.Errorf("index over another's file = %d, %q, want %d", got.code, got.err, exitUsage)
		}
	}
	if err := os.WriteFile(x.file, flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := x.run(true, "ask", "When is the lamp lit?"); got.code != exitOther || !strings.Contains(got.err, "damaged") {
		t.Errorf("ask where a passage is damaged = %d, %q, %q, want the reason", got.code, got.out, got.err)
	}
	index("damaged in a passage")
}

// Where the index cannot be written, the reason is given and nothing is left.
func TestIndexNotWritten(t *testing.T) {
	x := newIndexed(t)
	for _, place := range []string{filepath.Join(x.dir, "none", "a.index"), filepath.Join(x.dir, "a.txt", "a.index"), "/proc/a.index"} {
		x.file = place
		if got := x.run(true, "index"); got.code != exitOther || !strings.Contains(got.err, "write index") {
			t.Errorf("index to %s = %d, %q, want why it cannot be written", place, got.code, got.err)
		}
	}
	if got := try(t, "", nil, "index", "--index", x.file); got.code != exitUsage {
		t.Errorf("index of the embedded article to a file = %d, %q, want %d", got.code, got.err, exitUsage)
	}
	if left, err := filepath.Glob(filepath.Join(x.dir, "*")); err != nil || len(left) != 2 {
		t.Errorf("in the folder are %v, %v, want the two documents alone", left, err)
	}
}

// Killed while it writes, footnote index leaves the old file as it was.
func TestIndexKilled(t *testing.T) {
	t.Parallel()
	x := indexed{t, t.TempDir(), filepath.Join(t.TempDir(), "a.index")}
	var records bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&records, "{\"_id\":\"%d\",\"text\":\"The lamp of house %d is lit at six. %s\"}\n", i, i, strings.Repeat("It burns. ", 30))
	}
	x.put("corpus.jsonl", strings.Join(strings.SplitAfter(records.String(), "\n")[:100], ""))
	if got := x.run(true, "index"); got.code != exitDone {
		t.Fatalf("index = %d, %q", got.code, got.err)
	}
	before, err := os.ReadFile(x.file)
	if err != nil {
		t.Fatal(err)
	}
	x.put("corpus.jsonl", records.String())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "index", "--corpus", x.dir, "--index", x.file)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for writing := false; !writing; {
		select {
		case err := <-ended: // quicker than a look
			if err != nil {
				t.Fatalf("index = %v", err)
			}
			t.Skip("the whole index was written within a millisecond")
		case <-tick.C:
			parts, _ := filepath.Glob(x.file + ".part-*")
			writing = parts != nil
		}
	}
	_ = cmd.Process.Kill()
	if err := <-ended; err == nil {
		t.Skip("the whole index was written within a millisecond")
	}
	if after, err := os.ReadFile(x.file); err != nil || !bytes.Equal(after, before) {
		t.Error("an index that was killed has changed the file")
	}
	var found struct{ Hits []hit }
	got := x.run(true, "search", "--json", "house 19999")
	if err := json.Unmarshal([]byte(got.out), &found); err != nil || len(found.Hits) == 0 || found.Hits[0].ID != "19999#p1" || !strings.Contains(got.err, "has changed since") {
		t.Errorf("search after that = %q, %q, want record 19999 first, and that the index is old", got.out, got.err)
	}
}

// footnote doctor says whether the stored index fits.
func TestIndexDoctor(t *testing.T) {
	x := newIndexed(t)
	ledger := "FOOTNOTE_LEDGER=" + filepath.Join(t.TempDir(), "footnote.db")
	doctor := func(want string) {
		t.Helper()
		got := try(t, "", []string{"FOOTNOTE_CORPUS=" + x.dir, "FOOTNOTE_INDEX=" + x.file, ledger}, "doctor")
		if !strings.Contains(got.out, want) {
			t.Errorf("doctor = %q, want %q", got.out, want)
		}
	}
	doctor("! Index: there is no index at")
	x.run(true, "index")
	doctor("✓ Index: " + x.file + " fits")
	x.put("c.txt", "Another.")
	doctor("! Index: the material has changed")
}
