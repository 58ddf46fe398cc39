package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// checkDocument reports what a document's passages promise and do not keep.
func checkDocument(d *Document) error {
	for _, p := range slices.Concat(d.Passages, d.Notes) {
		if fault := checkSentences(p.Text, p.Sentences); fault != "" {
			return fmt.Errorf("%s: %s: %q", p.ID, fault, p.Text)
		}
		if strings.ContainsAny(p.Text, "\n\r\t") || strings.TrimSpace(p.Text) != p.Text {
			return fmt.Errorf("%s: not one line: %q", p.ID, p.Text)
		}
		if n := utf8.RuneCountInString(p.Text); p.Kind == Paragraph && n > maxPassage {
			return fmt.Errorf("%s: %d runes", p.ID, n)
		}
		whole := Sentence{Start: 0, End: len(p.Text)}
		for _, s := range append(slices.Clone(p.Sentences), whole) {
			from, to := p.Span(s.Start, s.End)
			if from < 0 || to <= from || to > len(d.Source) || d.Source[from:to] != p.Quote(s.Start, s.End) {
				return fmt.Errorf("%s: sentence %v has span %d to %d", p.ID, s, from, to)
			}
		}
		at := 0
		for _, ref := range p.Refs {
			if ref.At < at || ref.At > len(p.Text) || d.Note(ref.Number) == nil {
				return fmt.Errorf("%s: mark %v out of order or without a note", p.ID, ref)
			}
			at = ref.At
		}
		if err := checkRuns(p); err != nil {
			return err
		}
	}
	return nil
}

// checkRuns reports where a passage's text is not that of its source.
func checkRuns(p *Passage) error {
	at := 0
	for _, r := range p.runs {
		if r.text != at || r.length <= 0 {
			return fmt.Errorf("%s: run %v leaves a hole at %d", p.ID, r, at)
		}
		at += r.length
		text, source := p.Text[r.text:at], p.Document.Source[r.source:r.source+r.width]
		if r.length == r.width && text != strings.Map(space, source) {
			return fmt.Errorf("%s: %q stands for %q", p.ID, text, source)
		}
	}
	if at != len(p.Text) {
		return fmt.Errorf("%s: text of %d bytes, runs of %d", p.ID, len(p.Text), at)
	}
	return nil
}

// space turns white space into a space.
func space(r rune) rune {
	if unicode.IsSpace(r) {
		return ' '
	}
	return r
}

func TestQuotes(t *testing.T) {
	corpora := []*Corpus{article(t), load(t, "testdata/formats"), load(t, "testdata/beir")}
	for _, c := range corpora {
		for _, d := range c.Documents.All() {
			if err := checkDocument(d); err != nil {
				t.Error(err)
			}
		}
	}
	for _, p := range corpora[0].Passages.All() {
		for i, s := range p.Sentences {
			if got := p.Quote(s.Start, s.End); s.Notes == nil && got != p.SentenceText(i) {
				t.Errorf("%s: a sentence without marks is quoted as %q, want %q", p.ID, got, p.SentenceText(i))
			}
		}
	}
}

func TestArticleSections(t *testing.T) {
	c := article(t)
	d := c.Document("nato-360")
	want := map[string][]int{
		"":                            {1},
		"NATO’s 360-degree approach":  {2, 3, 4},
		"(1) Approach to the ‘North’": {5},
		"(2) Approach to the ‘South’": {6, 7},
		"(3) Approach to the ‘West’":  {8, 9, 10, 11},
		"Japan's option":              {12, 13},
	}
	got := map[string][]int{}
	for _, p := range d.Passages {
		if p.Kind == Paragraph {
			got[p.Heading()] = append(got[p.Heading()], p.Number)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("sections = %v, want %v", got, want)
	}
	raw, err := os.ReadFile("nato-360-degree-approach.txt")
	if err != nil {
		t.Fatal(err)
	}
	if d.Source != string(raw) {
		t.Error("the article's source is not the file")
	}
	if len(d.Notes) != 19 {
		t.Errorf("%d notes, want 19", len(d.Notes))
	}
}

// The embedded article and the same file given by its path are one material.
func TestArticleVersion(t *testing.T) {
	a, b := article(t), load(t, "nato-360-degree-approach.txt")
	if a.Version != b.Version {
		t.Errorf("version of the file %s, of the embedded article %s", b.Version, a.Version)
	}
	if a.Version == load(t, "testdata/formats").Version {
		t.Error("other material has the same version")
	}
}

// Every expression of the glossary stands in the article.
func TestArticleGlossary(t *testing.T) {
	d := article(t).Documents.At(0)
	if len(d.Glossary) < 150 {
		t.Errorf("%d terms, want 150 or more", len(d.Glossary))
	}
	text := strings.ToLower(d.Source)
	seen := map[Term]bool{}
	for _, term := range d.Glossary {
		if !strings.Contains(text, strings.ToLower(term.Text)) {
			t.Errorf("%s: the article has no %q", term.Other, term.Text)
		}
		if seen[term] {
			t.Errorf("%v stands twice", term)
		}
		seen[term] = true
	}
}

func TestFind(t *testing.T) {
	long := strings.Repeat("A sentence of about thirty runes. ", 200)
	c := load(t, write(t, map[string]string{"a.txt": "One.\n\n" + long + "\n\nThree[1].\n\nNotes\n\n1. A note.\n", "b.txt": "Only one.\n"}))
	for _, tc := range []struct {
		ref  string
		want string
	}{
		{"p1", "a#p1 b#p1"},
		{"b#p1", "b#p1"},
		{"p2", "a#p2.1 a#p2.2 a#p2.3 a#p2.4"},
		{"p2.3", "a#p2.3"},
		{"a#p3", "a#p3"},
		{"note 1", "a#n1"},
		{"b#n1", ""},
		{"none#p1", ""},
		{"p9", ""},
		{"chart 1", ""},
	} {
		ref, ok := ParseReference(tc.ref)
		if !ok {
			t.Fatalf("ParseReference(%q) failed", tc.ref)
		}
		var ids []string
		for _, p := range c.Find(ref) {
			ids = append(ids, p.ID)
			if c.Passage(p.ID) != p {
				t.Errorf("Passage(%q) is another passage", p.ID)
			}
		}
		if got := strings.Join(ids, " "); got != tc.want {
			t.Errorf("Find(%s) = %q, want %q", tc.ref, got, tc.want)
		}
	}
}

// A sentence of a paragraph in parts is counted from the paragraph's beginning,
// and passages are put into reading order.
func TestDirections(t *testing.T) {
	long := strings.Repeat("A sentence of about thirty runes. ", 60)
	c := load(t, write(t, map[string]string{"a.txt": long + "\n\nTwo. And more.\n", "a.yaml": "directions:\n  - {id: all, passages: [p2s2, p1s60, p2s1, p1]}\n"}))
	d := c.Documents.At(0)
	var got []string
	for _, e := range d.Direction("all").Passages {
		got = append(got, fmt.Sprintf("%s/%d", e.Passage.Label, e.Sentence))
	}
	last := d.Passages[1]
	want := fmt.Sprintf("[¶1.1/-1 ¶1.2/-1 ¶1.2/%d ¶2/0 ¶2/1]", len(last.Sentences)-1)
	if fmt.Sprint(got) != want {
		t.Errorf("direction has %v, want %s", got, want)
	}
	for _, p := range d.Passages {
		if fmt.Sprint(p.Directions) != "[all]" {
			t.Errorf("%s belongs to %v, want [all]", p.Label, p.Directions)
		}
	}
	if d.Direction("none") != nil {
		t.Error("Direction(none) is not nil")
	}
}

func TestWarningString(t *testing.T) {
	for want, w := range map[string]Warning{"a.txt: odd": {Path: "a.txt", What: "odd"}, "a.txt:3: odd": {Path: "a.txt", Line: 3, What: "odd"}} {
		if got := w.String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}

// write makes a folder of files and returns its path.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
