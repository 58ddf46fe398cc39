package corpus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLoadErrors(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		path  string   // below the folder; the folder itself where it is empty
		want  []string // what the error says, beside the file
	}{
		{"missing", nil, "none.txt", []string{"none.txt", "no such file or folder"}},
		{"no documents", map[string]string{"a.gif": "x"}, "", []string{"no documents", ".md", ".pdf"}},
		{"unknown kind", map[string]string{"a.gif": "x"}, "a.gif", []string{"a.gif", "unknown kind"}},
		{"another kind", map[string]string{"a.doc": "x"}, "a.doc", []string{"a.doc", "unknown kind", "save it as .docx"}},
		{"empty", map[string]string{"a.txt": "\ufeff \n"}, "", []string{"a.txt", "empty"}},
		{"not UTF-8", map[string]string{"a.txt": "one\ntwo \xff\n"}, "", []string{"a.txt:2:", "not UTF-8"}},
		{"nothing to cite", map[string]string{"a.html": "<nav>x</nav>"}, "a.html", []string{"a.html", "no text to cite"}},
		{"yaml unknown field", map[string]string{"a.txt": "One.", "a.yaml": "id: x\ncolour: red\n"}, "", []string{"a.yaml:2:", "colour"}},
		{"yaml syntax", map[string]string{"a.txt": "One.", "a.yaml": "id: x\ntitle: [\n"}, "", []string{"a.yaml:"}},
		{"yaml date", map[string]string{"a.txt": "One.", "a.yaml": "date: soon\n"}, "", []string{"a.yaml", `"soon"`}},
		{"yaml not UTF-8", map[string]string{"a.txt": "One.", "a.yaml": "id: \xff\n"}, "", []string{"a.yaml:1:", "not UTF-8"}},
		{"direction's passage", map[string]string{"a.txt": "One.", "a.yaml": "directions:\n  - id: north\n    passages: [p1,\n      p2]\n"}, "", []string{"a.yaml:4:", "north", `"p2"`}},
		{"direction's sentence", map[string]string{"a.txt": "One.", "a.yaml": "directions:\n  - id: north\n    passages: [p1s2]\n"}, "", []string{"a.yaml:3:", `"p1s2"`}},
		{"direction's id", map[string]string{"a.txt": "One.", "a.yaml": "directions:\n  - names: {en: North}\n"}, "", []string{"a.yaml", "id of its own"}},
		{"glossary", map[string]string{"a.txt": "One.", "a.glossary.tsv": "# x\nja\t一\tone\nja 二 two\n"}, "", []string{"a.glossary.tsv:3:", "tab"}},
		{"front matter", map[string]string{"a.md": "---\ntitle: a\ndate: [1, 2]\n---\nOne.\n"}, "", []string{"a.md:3:"}},
		{"front matter's direction", map[string]string{"a.md": "---\ndirections:\n  - id: x\n    passages: [p7]\n---\nOne.\n"}, "", []string{"a.md:4:", `"p7"`}},
		{"record", map[string]string{"corpus.jsonl": "{\"_id\":\"1\",\"text\":\"a\"}\n{\"_id\":\n"}, "", []string{"corpus.jsonl:2:", "not a record"}},
		{"record without id", map[string]string{"corpus.jsonl": "\n{\"text\":\"a\"}\n"}, "", []string{"corpus.jsonl:2:", "_id"}},
		{"record twice", map[string]string{"corpus.jsonl": "{\"_id\":\"1\",\"text\":\"a\"}\n{\"_id\":\"1\",\"text\":\"b\"}"}, "", []string{"corpus.jsonl:2:", "earlier line"}},
		{"record not UTF-8", map[string]string{"corpus.jsonl": "{\"_id\":\"1\",\"text\":\"\xff\"}"}, "", []string{"corpus.jsonl:1:", "not UTF-8"}},
		{"empty collection", map[string]string{"corpus.jsonl": "\n"}, "corpus.jsonl", []string{"corpus.jsonl", "empty"}},
		{"headings only", map[string]string{"a.md": "# One\n"}, "a.md", []string{"a.md", "no text to cite"}},
		{"records without text", map[string]string{"corpus.jsonl": "{\"_id\":\"1\",\"text\":\"\"}"}, "", []string{"no text to cite"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := write(t, tc.files)
			_, err := Load(t.Context(), filepath.Join(dir, tc.path), nil)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
		})
	}
}

func TestLoadMissingIsNotExist(t *testing.T) {
	if _, err := Load(t.Context(), filepath.Join(t.TempDir(), "x"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist", err)
	}
}

func TestLoadCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, path := range []string{"testdata/formats", "testdata/beir"} {
		if _, err := Load(ctx, path, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("Load(%s) = %v, want context.Canceled", path, err)
		}
	}
}

func TestLoadFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"b.txt": "Bee.", "a/Über Wasser 2.md": "Sea.", "a/c.HTM": "<p>See.", ".hidden/d.txt": "Dee.", ".e.txt": "E.", "b.yaml": "title: B\n", "notes.gif": "x",
	})
	var done, total int64
	c, err := Load(t.Context(), dir, func(d, t int64) { done, total = d, t })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range c.Documents.All() {
		got = append(got, d.ID+"="+d.Title)
	}
	if want := "c=c über-wasser-2=Über Wasser 2 b=B"; strings.Join(got, " ") != want {
		t.Errorf("documents %q, want %q", got, want)
	}
	if done != total || total == 0 {
		t.Errorf("progress ended at %d of %d", done, total)
	}
}

func TestLoadCollection(t *testing.T) {
	c := load(t, "testdata/beir")
	var b strings.Builder
	for _, p := range c.Passages.All() {
		fmt.Fprintf(&b, "%s %s %q %s: %q from %q\n", p.ID, p.Label, p.Document.Title, p.Document.Language, p.Text, p.Quote(0, len(p.Text)))
	}
	for _, w := range c.Warnings {
		fmt.Fprintln(&b, filepath.ToSlash(w.String()))
	}
	golden(t, "beir/passages.golden", b.String())
	if other := load(t, "testdata/beir/corpus.jsonl"); other.Version != c.Version {
		t.Errorf("version of the file %s, of its folder %s", other.Version, c.Version)
	}
}

// A collection larger than a batch keeps its order, and a fault in it its line.
func TestLoadLargeCollection(t *testing.T) {
	var b strings.Builder
	const records = 12000
	for i := range records {
		fmt.Fprintf(&b, "{\"_id\":\"r%d\",\"text\":\"%s\"}\n", i, strings.Repeat("word ", 60))
	}
	dir := write(t, map[string]string{"corpus.jsonl": b.String(), "bad/corpus.jsonl": b.String() + "{"})
	last := int64(0)
	c, err := Load(t.Context(), dir, func(done, total int64) {
		if done <= last || done > total {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range c.Documents.All() {
		if want := fmt.Sprintf("r%d", i); d.ID != want {
			t.Fatalf("document %d is %s, want %s", i, d.ID, want)
		}
	}
	if c.Documents.Len() != records || last != int64(b.Len()) {
		t.Errorf("%d documents of %d bytes, want %d of %d", c.Documents.Len(), last, records, b.Len())
	}
	want := fmt.Sprintf("corpus.jsonl:%d:", records+1)
	if _, err := Load(t.Context(), filepath.Join(dir, "bad"), nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s in it", err, want)
	}
}

// Long paragraphs are cut, and the numbers of those after them stay.
func TestLongParagraphs(t *testing.T) {
	for name, text := range map[string]string{
		"sentences":    strings.Repeat("This sentence has some words in it. ", 150),
		"one sentence": strings.Repeat("word ", 1000),
		"one word":     strings.Repeat("x", 4000),
		"japanese":     strings.Repeat("これは日本語の文である。", 400),
		"one mark":     strings.Repeat("Marked[1] words. ", 300),
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t, write(t, map[string]string{"a.txt": "First.\n\n" + text + "\n\nLast[1].\n\nNotes\n\n1. It is so.\n"}))
			d := c.Documents.At(0)
			if err := checkDocument(d); err != nil {
				t.Error(err)
			}
			runes, refs := 0, 0
			for _, p := range d.Passages {
				if p.Part > 0 {
					runes += utf8.RuneCountInString(strings.ReplaceAll(p.Text, " ", ""))
					refs += len(p.Refs)
				}
			}
			plain := strings.NewReplacer(" ", "", "[1]", "").Replace(text)
			if want := utf8.RuneCountInString(plain); runes != want {
				t.Errorf("parts have %d runes, want %d", runes, want)
			}
			if want := strings.Count(text, "[1]"); refs != want {
				t.Errorf("parts have %d marks, want %d", refs, want)
			}
			if last := d.Passages[len(d.Passages)-1]; last.ID != "a#p3" {
				t.Errorf("the paragraph after it is %s, want a#p3", last.ID)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	dir := write(t, map[string]string{
		"a.txt":  "No notes here [1].\n\nNor [2] there [3].\n",
		"b.txt":  "A mark[4] and [1].\n\nNotes\n\n1. One.\n2. Two.\n",
		"d.md":   "# Only a heading\n",
		"c.html": "<p>That EU<sup>1</sup>.</p><ol class=footnotes><li>One.<li>Two.<li value=1>Again.<li></ol>",
	})
	c := load(t, dir)
	var got []string
	for _, w := range c.Warnings {
		w.Path = filepath.Base(w.Path)
		got = append(got, w.String())
	}
	want := []string{
		"a.txt:1: [1] and the like stay in the text: the document has no notes",
		"b.txt:1: note reference [4] has no note: it stays in the text",
		"b.txt:6: note 2: nothing refers to it",
		"c.html:1: note 1 stands twice: the second is left out",
		"c.html:1: note 2: nothing refers to it",
		"d.md: no text to cite: it has no paragraph outside its headings and notes",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func BenchmarkArticle(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Article(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadCollection(b *testing.B) {
	var text strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&text, "{\"_id\":\"r%d\",\"title\":\"t\",\"text\":\"%s\"}\n", i, strings.Repeat("Seven words make one sentence of it. ", 15))
	}
	dir := write(b, map[string]string{"corpus.jsonl": text.String()})
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(b.Context(), dir, nil); err != nil {
			b.Fatal(err)
		}
	}
}
