package keyword

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/postings"
)

// written stores an index.
func written(t testing.TB, x *Index) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.index")
	if err := x.Write(t.Context(), file, nil); err != nil {
		t.Fatalf("Write() = %v", err)
	}
	return file
}

// reopened opens a stored index that must be good.
func reopened(t testing.TB, file, material string) (*Index, *corpus.Corpus) {
	t.Helper()
	x, c, err := Open(file, material, Default())
	if err != nil {
		t.Fatalf("Open() = %v", err)
	}
	return x, c
}

// folder makes files, and returns their folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func loaded(t testing.TB, path string) *corpus.Corpus {
	t.Helper()
	c, err := corpus.Load(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// described is what is found, as it can be compared with what another index finds.
func described(hits []retrieval.Hit) string {
	var out bytes.Buffer
	for _, h := range hits {
		fmt.Fprintln(&out, h.Passage.ID, h.Passage.Text, h.Score, h.Reasons)
	}
	return out.String()
}

// A stored index finds just what the one finds that was built, with the same scores, and
// goes on as that one would.
func TestStored(t *testing.T) {
	for seed := range uint64(15) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		files := versionsOf(rnd, 3)
		dir := folder(t, files[0])
		built := New(loaded(t, dir), Default())
		x, c := reopened(t, written(t, built), dir)
		compareIndexes(t, rnd, x, built)
		if !reflect.DeepEqual(x.Acronyms(), built.Acronyms()) || x.Terms() != built.Terms() {
			t.Errorf("seed %d: the stored index has other acronyms or terms", seed)
		}
		for name, text := range files[1] {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		next, err := c.Reload(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		later := updated(t, x, next)
		compareIndexes(t, rnd, later, updated(t, built, next))
		y, _ := reopened(t, written(t, later), dir)
		compareIndexes(t, rnd, y, New(loaded(t, dir), Default()))
		if x, y := x.now.Load(), built.now.Load(); x.corpus.Passages.Len() != y.corpus.Passages.Len() {
			t.Errorf("seed %d: an index is another after Update", seed)
		}
	}
}

// compareIndexes asks two indexes the same.
func compareIndexes(t *testing.T, rnd *rand.Rand, x, y *Index) {
	t.Helper()
	for range 20 {
		q := retrieval.Query{Text: fmt.Sprintf("w%d w%d w%d ASI", rnd.IntN(40), rnd.IntN(45), rnd.IntN(45)), Limit: 1 + rnd.IntN(12), Explain: rnd.IntN(2) == 0}
		if rnd.IntN(3) == 0 {
			q.Kinds = []corpus.Kind{corpus.Paragraph}
		}
		if got, want := described(search(t, x, q)), described(search(t, y, q)); got != want {
			t.Fatalf("Search(%+v) of a stored index = \n%s\nwant, as of the one that was built,\n%s", q, got, want)
		}
	}
}

// What is not the index of this material, made by these rules, is refused with the
// reason, and so is what is not whole.
func TestOpenRefuses(t *testing.T) {
	dir := folder(t, map[string]string{"a.md": "# A\n\nThe sea ice of the Arctic Sea Ice (ASI) is thin.\n", "b.txt": "It melts."})
	x := New(loaded(t, dir), Default())
	file := written(t, x)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := Default()
	other.K1++
	bare := filepath.Join(t.TempDir(), "bare")
	if err := postings.Write(t.Context(), bare, x.now.Load().parts[0].Segment, nil); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, file, material string
		settings             Settings
		want                 error
	}{
		{"other settings", file, dir, other, ErrOther}, {"other material", file, t.TempDir(), Default(), corpus.ErrOther},
		{"no passages", bare, dir, Default(), ErrOther}, {"no file", file + "x", dir, Default(), os.ErrNotExist}, {"a folder", dir, dir, Default(), postings.ErrForeign},
	} {
		if _, _, err := Open(tc.file, tc.material, tc.settings); !errors.Is(err, tc.want) {
			t.Errorf("Open() of %s = %v, want %v", tc.name, err, tc.want)
		}
	}
	part := filepath.Join(t.TempDir(), "part")
	for size := 0; size < len(whole); size += 1 + len(whole)/60 {
		if err := os.WriteFile(part, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Open(part, dir, Default()); err == nil {
			t.Errorf("Open() of the first %d of %d bytes = nil, want an error", size, len(whole))
		}
	}
	for at := 0; at < len(whole); at += 3 {
		flipped := bytes.Clone(whole)
		flipped[at] ^= 8
		if err := os.WriteFile(part, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		y, _, err := Open(part, dir, Default())
		if err != nil {
			continue
		}
		for _, text := range []string{"sea ice", "ASI", "melts"} { // nothing goes wrong that is not told
			if _, err := y.Search(context.Background(), retrieval.Query{Text: text, Explain: true}); err != nil && !errors.Is(err, corpus.ErrDamaged) {
				t.Errorf("with byte %d changed, Search(%q) = %v, want nothing or %v", at, text, err, corpus.ErrDamaged)
			}
		}
		y.Acronyms()
		y.now.Load().parts[0].introduced()
		if err := Verify(part); err == nil && !padding(whole, at) {
			t.Errorf("with byte %d changed, Verify() = nil, want an error", at)
		}
	}
	if err := Verify(file); err != nil {
		t.Errorf("Verify() = %v", err)
	}
}

// padding tells whether a byte lies between sections, which are filled up with zeros.
func padding(whole []byte, at int) bool { return whole[at] == 0 }

// Whatever stands beside a segment, nothing goes wrong that is not told.
func FuzzOpen(f *testing.F) {
	dir := folder(f, map[string]string{"a.md": "# A\n\nThe sea ice of the Arctic Sea Ice (ASI) is thin.\n\nASI melts.[^1]\n\n[^1]: Ann, “Ice,” Press, 1999.\n", "b.txt": "It melts."})
	file := written(f, New(loaded(f, dir), Default()))
	for section := range uint8(ownSections + 4) {
		for at := range uint32(12) {
			f.Add(section, at*7, []byte{byte(at), 0xff})
		}
	}
	f.Fuzz(func(t *testing.T, section uint8, at uint32, with []byte) {
		whole, err := postings.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := whole.Close(); err != nil {
				t.Error(err)
			}
		}()
		i := int(section) % len(whole.Own)
		data := bytes.Clone(whole.Own[i])
		if at := int(at); at > len(data) {
			data = append(data, with...)
		} else {
			copy(data[at:], with)
		}
		whole.Own[i] = data
		x, c, err := open(whole, dir, Default())
		if err != nil {
			return
		}
		for _, text := range []string{"sea ice", "ASI", "melts", "arctic sea ice"} {
			if _, err := x.Search(t.Context(), retrieval.Query{Text: text, Kinds: []corpus.Kind{corpus.Paragraph}, Explain: true}); err != nil && !errors.Is(err, corpus.ErrDamaged) {
				t.Errorf("Search(%q) = %v, want nothing or %v", text, err, corpus.ErrDamaged)
			}
		}
		x.Acronyms()
		if _, err := x.Update(t.Context(), c); err != nil {
			t.Errorf("Update() = %v", err)
		}
	})
}
