package corpus

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(wantLines), len(gotLines)) {
		var w, g string
		if i < len(wantLines) {
			w = wantLines[i]
		}
		if i < len(gotLines) {
			g = gotLines[i]
		}
		if w != g {
			t.Fatalf("%s:%d:\n got %q\nwant %q\n(go test -update rewrites it)", path, i+1, g, w)
		}
	}
}

// describe prints what is known of a document, for a golden file.
func describe(d *Document) string {
	var b strings.Builder
	fmt.Fprintf(&b, "document %s: %q, %s, by %q, publisher %q, url %q, language %q\n", d.ID, d.Title, d.Date, d.Author, d.Publisher, d.URL, d.Language)
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "section %d %q from %q\n", s.Level, s.Title, d.Source[s.Start:s.End])
	}
	for _, p := range d.Passages {
		fmt.Fprintf(&b, "\n%s %s, section %q, directions %v\n", p.ID, p.Label, p.Heading(), p.Directions)
		for i, s := range p.Sentences {
			fmt.Fprintf(&b, "  %s %v\n", p.SentenceText(i), s.Notes)
		}
	}
	for _, n := range d.Notes {
		describeNote(&b, n)
	}
	for _, dir := range d.Directions {
		fmt.Fprintf(&b, "\ndirection %s %v %v:", dir.ID, dir.Names, dir.Aliases)
		for _, e := range dir.Passages {
			fmt.Fprintf(&b, " %s/%d", e.Passage.Label, e.Sentence)
		}
	}
	return b.String() + "\n"
}

func describeNote(b *strings.Builder, n *Passage) {
	fmt.Fprintf(b, "\n%s %s\n  %s\n", n.ID, n.Label, n.Text)
	for _, s := range n.Sources {
		fmt.Fprintf(b, "  - authors %q\n    title %q\n    publisher %q\n    date %q\n", s.Authors, s.Title, s.Publisher, s.Date)
		if s.Remark != "" {
			fmt.Fprintf(b, "    remark %q\n", s.Remark)
		}
		fmt.Fprintf(b, "    words %q\n", n.Text[s.Start:s.End])
	}
	fmt.Fprint(b, "  cited by")
	for _, p := range n.CitedBy {
		fmt.Fprint(b, " ", p.Label)
	}
	fmt.Fprintln(b)
}

func TestArticleGolden(t *testing.T) {
	c := article(t)
	d := c.Documents.At(0)
	golden(t, "article.golden", describe(d))
	for _, w := range c.Warnings {
		t.Errorf("warning: %s", w)
	}
}

func TestFormatsGolden(t *testing.T) {
	c, err := Load(t.Context(), filepath.Join("testdata", "formats"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.Documents.All() {
		t.Run(d.ID, func(t *testing.T) { golden(t, filepath.Join("formats", filepath.Base(d.Path)+".golden"), describe(d)) })
	}
	var warnings strings.Builder
	for _, w := range c.Warnings {
		fmt.Fprintln(&warnings, filepath.ToSlash(w.String()))
	}
	golden(t, "formats/warnings.golden", warnings.String())
}

// article returns the embedded article.
func article(t testing.TB) *Corpus {
	t.Helper()
	c, err := Article()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// load loads a corpus that must be readable.
func load(t testing.TB, path string) *Corpus {
	t.Helper()
	c, err := Load(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
