package vector

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// texts of the tests, with their vectors.
var (
	three   = []string{"one", "two", "three"}
	vectors = [][]float32{{3, 4, 0}, {0, 1, 0}, {1, 0, 0}}
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, "model")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // some tests close it themselves
	return s
}

// stored returns a file with three, closed.
func stored(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "folder", "vectors")
	s := open(t, path)
	if err := s.Put(three, vectors); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func has(t *testing.T, s *Store, text string, want ...float32) {
	t.Helper()
	got, ok, err := s.vector(nil, text)
	if err != nil || ok != (want != nil) || !slices.Equal(got, want) {
		t.Errorf("vector(%q) = %v, %v, %v, want %v", text, got, ok, err, want)
	}
}

func TestStore(t *testing.T) {
	for name, s := range map[string]*Store{"file": open(t, filepath.Join(t.TempDir(), "v")), "memory": Memory("model")} {
		t.Run(name, func(t *testing.T) {
			has(t, s, "one")
			if s.Len() != 0 || s.Dimensions() != 0 {
				t.Errorf("an empty store has %d vectors of %d", s.Len(), s.Dimensions())
			}
			if err := s.Put(append(three, "one"), append(vectors, []float32{9, 9, 9})); err != nil {
				t.Fatal(err)
			}
			if err := s.Put(three[:1], [][]float32{{9, 9, 9}}); err != nil {
				t.Fatal(err)
			}
			has(t, s, "one", 0.6, 0.8, 0)
			has(t, s, "two", 0, 1, 0)
			has(t, s, "four")
			if s.Len() != 3 || s.Dimensions() != 3 || !s.Has("three") || s.Has("four") {
				t.Errorf("the store has %d vectors of %d, want 3 of 3", s.Len(), s.Dimensions())
			}
			err := s.Put([]string{"four"}, [][]float32{{1, 2}})
			if !errors.Is(err, ErrChanged) || s.Has("four") {
				t.Errorf("Put of another length = %v, want %v", err, ErrChanged)
			}
			if err := s.Put([]string{"five", "six"}, [][]float32{{0, 0, 1}, {1}}); !errors.Is(err, ErrChanged) || s.Has("five") {
				t.Errorf("Put of two lengths = %v, want %v and neither", err, ErrChanged)
			}
		})
	}
}

func TestStoreIsKept(t *testing.T) {
	path := stored(t)
	s := open(t, path)
	has(t, s, "one", 0.6, 0.8, 0)
	if err := s.Put([]string{"four"}, [][]float32{{0, 0, 2}}); err != nil {
		t.Fatal(err)
	}
	has(t, s, "four", 0, 0, 1)
	_ = s.Close()
	s = open(t, path)
	has(t, s, "three", 1, 0, 0)
	has(t, s, "four", 0, 0, 1)
}

// TestStoreOfTwo has a second process open the file.
func TestStoreOfTwo(t *testing.T) {
	path := stored(t)
	first, second := open(t, path), open(t, path)
	if err := second.Put([]string{"four"}, [][]float32{{0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := first.Put([]string{"five"}, [][]float32{{0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	has(t, second, "one", 0.6, 0.8, 0)
	has(t, second, "four", 0, 0, 1)
	has(t, first, "four")
	_ = first.Close()
	_ = second.Close()
	third := open(t, path)
	has(t, third, "four")
	has(t, third, "five", 0, 0, 1)
}

// TestTruncated cuts a file at each byte. What was whole stays, and the file can be
// written on.
func TestTruncated(t *testing.T) {
	whole, err := os.ReadFile(stored(t))
	if err != nil {
		t.Fatal(err)
	}
	head, record := headerSize("model"), recordSize(3)
	if len(whole) != head+3*record {
		t.Fatalf("the file has %d bytes, want %d", len(whole), head+3*record)
	}
	path := filepath.Join(t.TempDir(), "vectors")
	for n := range whole {
		if err := os.WriteFile(path, whole[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		if want := max(0, n-head) / record; s.Len() != want {
			t.Errorf("a file of %d bytes has %d vectors, want %d", n, s.Len(), want)
		}
		if err := s.Put(three, vectors); err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
		if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, whole) {
			t.Fatalf("a file of %d bytes that was written on is not what was cut: %v", n, err)
		}
	}
}

func TestRefused(t *testing.T) {
	whole, err := os.ReadFile(stored(t))
	if err != nil {
		t.Fatal(err)
	}
	head, record := headerSize("model"), recordSize(3)
	flipped := func(at int) []byte {
		b := slices.Clone(whole)
		b[at] ^= 1
		return b
	}
	for _, test := range []struct {
		name, model string
		data        []byte
		want        string // "" where the file is taken
	}{
		{"text", "model", []byte("# Notes\n\nThese are not vectors."), "no file of vectors"},
		{"short text", "model", []byte("hello"), "no file of vectors"},
		{"newer", "model", append([]byte("footnote-vector\x02"), whole[16:]...), "no file of vectors"},
		{"other model", "other", whole, `of the model "model", not of "other"`},
		{"header", "model", flipped(20), "damaged"},
		{"dimensions", "model", flipped(head - 8), "damaged"},
		{"long name", "model", append([]byte(magic), 0xff, 0xff, 0xff, 0xff), "damaged"},
		{"first record", "model", flipped(head + 5), "record at byte 33: the file is damaged"},
		{"second record", "model", flipped(head + record + 40), "damaged"},
		{"last record", "model", flipped(head + 2*record + 40), ""},
		{"zeros behind", "model", append(slices.Clone(whole), make([]byte, 3*record)...), ""},
	} {
		path := filepath.Join(t.TempDir(), "vectors")
		if err := os.WriteFile(path, test.data, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, test.model)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: Open = %v, want what is whole", test.name, err)
				continue
			}
			has(t, s, "two", 0, 1, 0)
			_ = s.Close()
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: Open = %v, want %q and the path", test.name, err, test.want)
		}
		if left, _ := os.ReadFile(path); !bytes.Equal(left, test.data) {
			t.Errorf("%s: the file that was refused has changed", test.name)
		}
	}
}

// FuzzOpen opens whatever is there. A file that is taken reads back the same, and takes
// more.
func FuzzOpen(f *testing.F) {
	head := header("model", 2)
	one := appendRecord(slices.Clone(head), keyOf("one"), []float32{1, 0})
	for _, seed := range [][]byte{nil, head, head[:20], one, one[:len(one)-3], append(slices.Clone(one), 0, 0), append(slices.Clone(one), make([]byte, 100)...), []byte("text")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "vectors")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, "model")
		if err != nil {
			return
		}
		n, dimensions := s.Len(), max(2, s.Dimensions())
		v := make([]float32, dimensions)
		v[1] = 1
		if err := s.Put([]string{"new"}, [][]float32{v}); err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
		s, err = Open(path, "model")
		if err != nil || s.Len() != n+1 || !s.Has("new") {
			t.Fatalf("Open of what was written on = %v, want %d vectors", err, n+1)
		}
		has(t, s, "new", v...)
		_ = s.Close()
	})
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "vectors")
	s, err := Open(path, "model")
	if err != nil {
		b.Fatal(err)
	}
	const n = 20_000
	texts, vs := make([]string, n), make([][]float32, n)
	for i := range texts {
		texts[i], vs[i] = fmt.Sprint(i), make([]float32, 384)
		vs[i][i%384] = 1
	}
	if err := s.Put(texts, vs); err != nil {
		b.Fatal(err)
	}
	_ = s.Close()
	for b.Loop() {
		s, err := Open(path, "model")
		if err != nil || s.Len() != n {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}
