package corpus

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// stored packs a corpus and unpacks it.
func stored(t testing.TB, c *Corpus) *Corpus {
	t.Helper()
	sections, err := c.Pack()
	if err != nil {
		t.Fatalf("Pack() = %v", err)
	}
	s, err := Unpack(c.path, sections)
	if err != nil {
		t.Fatalf("Unpack() = %v", err)
	}
	return s
}

// A stored corpus is the one that was packed, to the last field.
func TestStored(t *testing.T) {
	broken := write(t, map[string]string{"a.txt": "One.\n\nTwo.", "b.txt": "\xff", "c.doc": "x", "d.md": "# D\n\nA mark[^1] and [9].\n\n[^1]: “A Title,” Somebody.\n"})
	for name, c := range map[string]*Corpus{
		"article": article(t), "formats": load(t, "testdata/formats"), "beir": load(t, "testdata/beir"), "broken": load(t, broken),
	} {
		t.Run(name, func(t *testing.T) {
			s := stored(t, c)
			again := stored(t, s) // what was stored is stored
			for _, s := range []*Corpus{s, again} {
				sameCorpus(t, s, c)
			}
			if name == "article" {
				return // it has no file to look at
			}
			if next, err := s.Reload(t.Context(), nil); err != nil || next != s {
				t.Errorf("Reload() of what has not changed = %p, %v; want %p", next, err, s)
			}
		})
	}
}

// sameCorpus compares a stored corpus with what was packed.
func sameCorpus(t *testing.T, s, c *Corpus) {
	t.Helper()
	if s.Version != c.Version || !slices.Equal(s.Warnings, c.Warnings) || fmt.Sprint(s.Skipped) != fmt.Sprint(c.Skipped) {
		t.Errorf("the stored corpus is %s with %v and %v, want %s with %v and %v", s.Version, s.Warnings, s.Skipped, c.Version, c.Warnings, c.Skipped)
	}
	if s.Documents.Len() != c.Documents.Len() || s.Passages.Len() != c.Passages.Len() || s.Annotated.Len() != c.Annotated.Len() {
		t.Fatalf("the stored corpus has %d documents, %d passages, %d annotated; want %d, %d, %d",
			s.Documents.Len(), s.Passages.Len(), s.Annotated.Len(), c.Documents.Len(), c.Passages.Len(), c.Annotated.Len())
	}
	for i, d := range c.Documents.All() {
		got := s.Documents.At(i)
		if !reflect.DeepEqual(got, d) {
			t.Errorf("the stored document %s is %+v\nwant %+v", d.ID, got, d)
		}
		if s.Document(d.ID) != got {
			t.Errorf("Document(%q) is not the document at %d", d.ID, i)
		}
	}
	for i, d := range c.Annotated.All() {
		if s.Annotated.At(i).ID != d.ID {
			t.Errorf("Annotated.At(%d) = %s, want %s", i, s.Annotated.At(i).ID, d.ID)
		}
	}
	for i, p := range c.Passages.All() {
		if got := s.Passages.At(i); got.ID != p.ID || s.Passage(p.ID) != got {
			t.Errorf("Passages.At(%d) = %s, want %s, and Passage to give the same", i, got.ID, p.ID)
		}
	}
	for _, id := range []string{"", "#", "none", "none#p1", "~~~#p1"} {
		if s.Document(id) != nil || s.Passage(id) != nil {
			t.Errorf("the stored corpus has a document or passage %q", id)
		}
	}
}

// Of a stored folder that has changed, the rest is taken from the store.
func TestStoredReload(t *testing.T) {
	dir, old := t.TempDir(), time.Now().Add(-time.Hour)
	put(t, filepath.Join(dir, "a.txt"), "One.", old)
	put(t, filepath.Join(dir, "b.txt"), "Two.", old)
	s := stored(t, load(t, dir))
	a := s.Document("a")
	put(t, filepath.Join(dir, "b.txt"), "Two, changed.", old)
	put(t, filepath.Join(dir, "c.txt"), "Three.", old)
	next, err := s.Reload(t.Context(), nil)
	if err != nil || next == s {
		t.Fatalf("Reload() = %p, %v, want another corpus", next, err)
	}
	if next.Document("a") != a || next.Passage("b#p1").Text != "Two, changed." || s.Passage("b#p1").Text != "Two." || ids(next) != "a.txt=a b.txt=b c.txt=c" {
		t.Errorf("Reload() has %s, want a as it was, b changed and c", ids(next))
	}
	if whole := load(t, dir); whole.Version != next.Version {
		t.Errorf("version %s after Reload, %s after Load", next.Version, whole.Version)
	}
	sameCorpus(t, stored(t, next), next)
}

// What is asked for by many at once is one, and what nobody holds is forgotten.
func TestStoredHeld(t *testing.T) {
	s := stored(t, load(t, "testdata/beir"))
	var group sync.WaitGroup
	got := make([]*Document, 8)
	for i := range got {
		group.Go(func() { got[i] = s.Documents.At(0) })
	}
	group.Wait()
	for _, d := range got {
		if d != got[0] {
			t.Fatal("Documents.At(0) is another for another who asks at once")
		}
	}
	n := s.pack.len()
	s.pack.recent = [recentDocuments]*Document{}
	got, kept := nil, s.Passages.At(0)
	for range n {
		runtime.GC()
	}
	if s.Passages.At(0) != kept {
		t.Error("a passage that is held is another when it is asked for again")
	}
	runtime.KeepAlive(got)
}

// What is not what Pack gave is refused with its reason.
func TestUnpackRefuses(t *testing.T) {
	c := load(t, "testdata/beir")
	sections, err := c.Pack()
	if err != nil {
		t.Fatal(err)
	}
	changed := func(section, at int) [][]byte {
		out := slices.Clone(sections)
		out[section] = bytes.Clone(out[section])
		out[section][at] ^= 1
		return out
	}
	without := slices.Clone(sections)
	without[tableSection] = without[tableSection][rowBytes:]
	for _, tc := range []struct {
		name, path string
		sections   [][]byte
		want       error
	}{
		{"nothing", c.path, nil, ErrDamaged}, {"a table cut short", c.path, without, ErrDamaged}, {"another version", c.path, changed(headSection, 0), ErrOther},
		{"another path", c.path + "x", sections, ErrOther}, {"an empty head", c.path, [][]byte{{packVersion}, nil, nil, nil}, ErrOther},
	} {
		if _, err := Unpack(tc.path, tc.sections); !errors.Is(err, tc.want) {
			t.Errorf("Unpack() of %s = %v, want %v", tc.name, err, tc.want)
		}
	}
	for at := range sections[textsSection] {
		s, err := Unpack(c.path, changed(textsSection, at))
		if err != nil {
			t.Fatal(err)
		}
		lost := 0
		for i := range s.Documents.Len() {
			if s.Documents.At(i) == nil {
				lost++
			}
		}
		if lost != 1 {
			t.Fatalf("with byte %d of the texts changed, %d documents are lost, want the one it is in", at, lost)
		}
	}
}

// Whatever stands in the sections, nothing goes wrong that cannot be told.
func FuzzUnpack(f *testing.F) {
	var whole [][][]byte
	for _, path := range []string{"testdata/beir", "testdata/formats"} {
		sections, err := load(f, path).Pack()
		if err != nil {
			f.Fatal(err)
		}
		whole = append(whole, sections)
	}
	f.Add(uint8(0), uint8(0), uint32(0), []byte{})
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		f.Add(uint8(rnd.Uint32()), uint8(rnd.Uint32()), rnd.Uint32(), []byte{byte(rnd.Uint32()), byte(rnd.Uint32())})
	}
	f.Fuzz(func(t *testing.T, which, section uint8, at uint32, with []byte) {
		sections := slices.Clone(whole[int(which)%len(whole)])
		n := int(section) % packSections
		data := bytes.Clone(sections[n])
		if len(data) > 0 {
			copy(data[int(at)%len(data):], with)
		}
		sections[n] = data
		if n == textsSection {
			(&unpacker{in: string(data)}).document("") // as if its checksum was right
			for i := range len(sections[tableSection]) / rowBytes {
				p := &pack{sections: sections}
				one, _, _ := p.row(i)
				if d := (&unpacker{in: string(one)}).document(""); d != nil {
					touch(d)
				}
			}
		}
		r := &unpacker{in: string(sections[headSection])}
		r.number(maxOffset)
		c, err := Unpack(r.text(), sections)
		if err != nil {
			return
		}
		for i := range min(c.Passages.Len(), 50) {
			if p := c.Passages.At(i); p != nil {
				c.Passage(p.ID)
				touch(p.Document)
			}
		}
	})
}

// touch reads what offsets point to.
func touch(d *Document) {
	for _, p := range slices.Concat(d.Passages, d.Notes) {
		for i, s := range p.Sentences {
			p.SentenceText(i)
			p.Quote(s.Start, s.End)
		}
		p.Heading()
		for _, r := range p.Refs {
			d.Note(r.Number)
		}
	}
	d.Page(len(d.Source))
}

// What a file is read as is part of what is stored: where it changes, an older store
// must be refused.
func TestPackVersion(t *testing.T) {
	h := sha256.New()
	for _, c := range []*Corpus{article(t), load(t, "testdata/formats"), load(t, "testdata/beir")} {
		for i := range c.Documents.Len() {
			var w packer
			w.document(c.Documents.At(i), c.Documents.At(i).Path)
			h.Write(w.out)
		}
	}
	const want = "1 95fc92d948a3ed0d"
	if got := fmt.Sprintf("%d %x", packVersion, h.Sum(nil)[:8]); got != want {
		t.Errorf("the documents are read or packed as %s, before as %s: raise packVersion, and note it here", got, want)
	}
}

// A stored corpus keeps little in memory.
func TestStoredMemory(t *testing.T) {
	var lines strings.Builder
	const records = 20_000
	for i := range records {
		fmt.Fprintf(&lines, "{\"_id\":\"r%d\",\"title\":\"T\",\"text\":\"%s\"}\n", i, strings.Repeat("A sentence of it. ", 20))
	}
	path := filepath.Join(t.TempDir(), collectionFile)
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	sections, err := load(t, path).Pack()
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, err := Unpack(path, sections)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Passages.Len() {
		s.Passages.At(i)
	}
	for range 3 { // a document's entry goes in the round after it
		runtime.GC()
	}
	runtime.ReadMemStats(&after)
	if kept := int(after.HeapAlloc) - int(before.HeapAlloc); kept > 4<<20 { // 1.1 MB, measured
		t.Errorf("%d bytes are kept of %d records, all of which were asked for", kept, records)
	}
	runtime.KeepAlive(s)
}

// BenchmarkStored reads documents of a stored collection that nobody holds.
func BenchmarkStored(b *testing.B) {
	var lines strings.Builder
	const records = 20_000
	for i := range records {
		fmt.Fprintf(&lines, "{\"_id\":\"r%d\",\"title\":\"T\",\"text\":\"%s\"}\n", i, strings.Repeat("A sentence of it. ", 20))
	}
	path := filepath.Join(b.TempDir(), collectionFile)
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	c := load(b, path)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if c.Passages.At(i*7919%records) == nil {
			b.Fatal("a passage is damaged")
		}
	}
}
