package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// ids returns the documents' ids with the files they come from.
func ids(c *Corpus) string {
	var out []string
	for _, d := range c.Documents.All() {
		out = append(out, filepath.Base(d.Path)+"="+d.ID)
	}
	return strings.Join(out, " ")
}

// put writes a file that was changed at a time.
func put(t *testing.T, path, text string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	old := time.Now().Add(-time.Hour)
	put(t, file("a.txt"), "One.", old)
	put(t, file("b.md"), "Two.", old)
	put(t, file("b.yaml"), "title: B\n", old)
	first := load(t, dir)
	reload := func(c *Corpus) *Corpus {
		t.Helper()
		next, err := c.Reload(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	if reload(first) != first {
		t.Error("Reload of what has not changed returns another corpus")
	}
	put(t, file("b.yaml"), "title: Bee\n", old.Add(time.Minute))
	put(t, file("c.html"), "<p>Three.", old)
	second := reload(first)
	if second.Document("a") != first.Document("a") || second.Passage("a#p1") != first.Passage("a#p1") {
		t.Error("a.txt has not changed, and is not taken over")
	}
	if second.Document("b") == first.Document("b") || second.Document("b").Title != "Bee" || first.Document("b").Title != "B" {
		t.Error("b.yaml has changed: want b read anew, and the earlier corpus as it was")
	}
	if second.Document("c") == nil || second.Version == first.Version || reload(second) != second {
		t.Errorf("documents %s, want c among them and another version", ids(second))
	}
	if whole := load(t, dir); whole.Version != second.Version {
		t.Errorf("version %s after Reload, %s after Load: want one for equal material", second.Version, whole.Version)
	}

	// A change within the step of a file system's clock, to the same length, is seen.
	now := time.Now()
	put(t, file("a.txt"), "Old.", now)
	third := reload(second)
	put(t, file("a.txt"), "New.", now)
	if fourth := reload(third); fourth.Passage("a#p1").Text != "New." {
		t.Errorf("a#p1 is %q, want the change that bears the same time", fourth.Passage("a#p1").Text)
	}

	// What has become unreadable is skipped, and its reason alone is news.
	put(t, file("b.md"), "\xff", old)
	fifth := reload(third)
	if fifth.Document("b") != nil || len(fifth.Skipped) != 1 || reload(fifth) != fifth {
		t.Errorf("documents %s, skipped %v, want b.md skipped", ids(fifth), fifth.Skipped)
	}
	for _, name := range []string{"a.txt", "b.md", "c.html"} {
		if err := os.Remove(file(name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := fifth.Reload(t.Context(), nil); err == nil || fifth.Document("a") == nil {
		t.Error("Reload of nothing is no error, or changes the corpus it was asked of")
	}
	if c, err := article(t).Reload(t.Context(), nil); err != nil || c != article(t) && c.Version != article(t).Version {
		t.Errorf("Reload of the article = %v", err)
	}
}

// Documents whose names give the same id all have one, and keep it while others come.
func TestIDs(t *testing.T) {
	dir := write(t, map[string]string{"a.txt": "One.", "x/a.md": "Two.", "y/A!.html": "<p>Three.", "own.txt": "Four.", "own.yaml": "id: a-b\n"})
	c := load(t, dir)
	if got, want := ids(c), "a.txt=a own.txt=a-b a.md=x-a-md A!.html=y-a-html"; got != want {
		t.Errorf("ids %s, want %s", got, want)
	}
	named := slices.IndexFunc(c.Warnings, func(w Warning) bool { return strings.HasSuffix(w.Path, "a.md") && strings.Contains(w.What, "x-a-md") })
	if named < 0 {
		t.Errorf("warnings %v, want one that says why x/a.md is x-a-md", c.Warnings)
	}
	for name, text := range map[string]string{"a.html": "<p>Before a.txt.", "x-a-md.txt": "Another's.", "a b.txt": "Six."} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	next, err := c.Reload(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.Documents.All() {
		if now := next.Document(d.ID); now == nil || now.Path != d.Path {
			t.Errorf("document %s of %s is another after files were added: %s", d.ID, d.Path, ids(next))
		}
	}
	if next.Documents.Len() != 7 {
		t.Errorf("documents %s, want 7", ids(next))
	}
	for _, p := range next.Passages.All() {
		if next.Passage(p.ID) != p || !strings.HasPrefix(p.ID, p.Document.ID+"#") {
			t.Errorf("passage %s of document %s cannot be found by its id", p.ID, p.Document.ID)
		}
	}

	// Two that were given the same are a fault of the second.
	dir = write(t, map[string]string{"a.txt": "One.", "a.yaml": "id: x", "b.txt": "Two.", "b.yaml": "id: x", "x.txt": "Three."})
	if c = load(t, dir); ids(c) != "a.txt=x x.txt=x-txt" || len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0].String(), `b.txt: its id "x" is that of`) {
		t.Errorf("ids %s, skipped %v, want b.txt skipped", ids(c), c.Skipped)
	}
}

func TestSavedPages(t *testing.T) {
	page := "<html><head><link rel=canonical href='https://mirror.example/'></head><h1>Lights</h1><p>A light.</p></html>"
	dir := write(t, map[string]string{
		"list.urls":                 "# saved today\nhttps://example.org/lights\tone.html\nhttps://example.org/deep/page\nhttps://example.org/gone\n\nhttps://example.org/\n",
		"one.html":                  page,
		"example.org/deep/page":     page,
		"example.org/index.html":    "<p>Home.",
		"example.org/unlisted.html": "<p>Not listed.",
	})
	addresses := func(c *Corpus) string {
		var out []string
		for _, d := range c.Documents.All() {
			out = append(out, d.ID+"="+d.URL)
		}
		return strings.Join(out, " ")
	}
	c := load(t, filepath.Join(dir, "list.urls"))
	if got, want := addresses(c), "one=https://example.org/lights page=https://example.org/deep/page index=https://example.org/"; got != want {
		t.Errorf("the list has %s, want %s", got, want)
	}
	if len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0].String(), "gone") {
		t.Errorf("skipped %v, want the page that is not there", c.Skipped)
	}
	c = load(t, dir)
	if got, want := addresses(c), "index=https://example.org/ unlisted= one=https://example.org/lights page=https://example.org/deep/page"; got != want {
		t.Errorf("the folder has %s, want %s", got, want)
	}
	if err := os.WriteFile(filepath.Join(dir, "list.urls"), []byte("https://example.org/other\tone.html\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	next, err := c.Reload(t.Context(), nil)
	if err != nil || next.Document("one").URL != "https://example.org/other" {
		t.Errorf("after the list has changed: %s, %v", addresses(next), err)
	}
}

// A collection is read anew only where it has changed, however many records it has.
func TestReloadCollection(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "corpus.jsonl")
	put(t, path, `{"_id":"1","text":"One."}`, time.Now().Add(-time.Hour))
	c := load(t, dir)
	read := 0
	reload := func() *Corpus {
		next, err := c.Reload(t.Context(), func(int64, int64) { read++ })
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	if reload() != c || read > 0 {
		t.Errorf("an unchanged collection is read %d times, want none", read)
	}
	put(t, path, `{"_id":"1","text":"Two."}`, time.Now().Add(-time.Minute))
	if next := reload(); next.Passage("1#p1").Text != "Two." || read == 0 {
		t.Errorf("1#p1 is %q after a change", next.Passage("1#p1").Text)
	}
}

// BenchmarkReload looks at 10,000 files that have not changed.
func BenchmarkReload(b *testing.B) {
	dir := b.TempDir()
	old := time.Now().Add(-time.Hour)
	for i := range 10_000 {
		path := filepath.Join(dir, fmt.Sprintf("f%d.txt", i))
		if err := errors.Join(os.WriteFile(path, []byte("A sentence."), 0o600), os.Chtimes(path, old, old)); err != nil {
			b.Fatal(err)
		}
	}
	c := load(b, dir)
	for b.Loop() {
		if next, err := c.Reload(b.Context(), nil); err != nil || next != c {
			b.Fatalf("Reload = %p, %v, want %p", next, err, c)
		}
	}
}
