package postings

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// stored writes a segment to a file and opens it.
func stored(t testing.TB, s *Segment, own ...Section) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.index")
	if err := Write(t.Context(), path, s, nil, own...); err != nil {
		t.Fatalf("Write() = %v", err)
	}
	return opened(t, path), path
}

// opened opens a file that has no fault.
func opened(t testing.TB, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatalf("Open() = %v", err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return f
}

// A stored segment is the one that was made.
func TestFile(t *testing.T) {
	for _, n := range []int{0, 1, 500, window + 10} {
		rnd := rand.New(rand.NewPCG(uint64(n), 3))
		s := segment(t, two, random(rnd, n, 8, 900), 500)
		own := []Section{{Data: []byte("what stands beside")}, {Late: true}, {Data: []byte{0}, Late: true}}
		f, path := stored(t, s, own...)
		if err := f.Verify(); err != nil {
			t.Errorf("Verify() = %v", err)
		}
		if info, err := os.Stat(path); err != nil || f.Size() != int(info.Size()) {
			t.Errorf("Size() = %d, want what %v, %v says", f.Size(), info, err)
		}
		if !slices.EqualFunc(f.Own, own, func(got []byte, want Section) bool { return bytes.Equal(got, want.Data) }) {
			t.Errorf("Own = %q, want %v", f.Own, own)
		}
		if !slices.EqualFunc(f.Segment.sections(), s.sections(), bytes.Equal) {
			t.Error("the stored segment is another")
		}
		q := NewSearch()
		for range 50 {
			list := wants(rnd, s, 5, 900)
			if got, want := found(q, f.Segment, list, 10, nil), found(q, s, list, 10, nil); !slices.Equal(got, want) {
				t.Errorf("the best for %v of the stored segment are %v, want %v", list, got, want)
			}
		}
	}
}

// A new file takes the place of one that is being read, which goes on.
func TestReplace(t *testing.T) {
	old, path := stored(t, segment(t, two, []text{{{"a"}, nil}}, 1))
	if err := Write(t.Context(), path, segment(t, two, []text{{{"b"}, nil}, {{"b", "c"}, nil}}, 1), nil); err != nil {
		t.Fatalf("Write() = %v", err)
	}
	if err := old.Verify(); err != nil || old.Terms() != 1 || old.Name(0) != "a" {
		t.Errorf("the old file has %d terms, %v; want a alone", old.Terms(), err)
	}
	if f := opened(t, path); f.Passages() != 2 || f.Terms() != 2 {
		t.Errorf("the new file has %d passages and %d terms, want 2 of each", f.Passages(), f.Terms())
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 {
		t.Errorf("beside the index are %v, %v, want nothing", left, err)
	}
	if err := Write(t.Context(), filepath.Join(path, "below", "a.index"), old.Segment, nil); err == nil {
		t.Errorf("Write() into no folder = %v, want an error", err)
	}
	if err := Write(t.Context(), t.TempDir(), old.Segment, nil); err == nil {
		t.Error("Write() over a folder = nil, want an error")
	}
}

// A file that is none, or not whole, or of another version, is refused with the reason.
func TestRefused(t *testing.T) {
	_, path := stored(t, segment(t, two, random(rand.New(rand.NewPCG(1, 1)), 300, 9, 200), 100), Section{Data: []byte("own")})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open := func(data []byte) error {
		path := filepath.Join(t.TempDir(), "b.index")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			return err
		}
		return errors.Join(f.Verify(), f.Close())
	}
	changed := func(at int, bit byte) []byte {
		data := slices.Clone(whole)
		data[at] ^= bit
		return data
	}
	for _, tc := range []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, ErrForeign}, {"short", []byte("fn"), ErrForeign}, {"a page", []byte("<!DOCTYPE html><title>An index of the harbour</title>"), ErrForeign},
		{"another version", changed(8, 2), ErrVersion}, {"header", changed(12, 1), ErrDamaged}, {"size", changed(16, 1), ErrDamaged}, {"table", changed(headerBytes+3, 1), ErrDamaged},
		{"longer", append(slices.Clone(whole), 0), ErrDamaged}, {"sections", changed(15, 128), ErrDamaged},
	} {
		if err := open(tc.data); !errors.Is(err, tc.want) {
			t.Errorf("Open() of %s = %v, want %v", tc.name, err, tc.want)
		}
	}
	for size := 0; size < len(whole); size += 1 + len(whole)/50 {
		if err := open(whole[:size]); err == nil {
			t.Errorf("Open() of the first %d of %d bytes = nil, want an error", size, len(whole))
		}
	}
	for at := aligned(headerBytes + (ownSections+1)*entryBytes + sumBytes); at < len(whole); at += 1 + len(whole)/200 {
		if err := open(changed(at, 4)); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("Open() with byte %d changed = %v, want nil, of what lies between sections, or %v", at, err, ErrDamaged)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open() of no file = %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrForeign) {
		t.Errorf("Open() of a folder = %v, want %v", err, ErrForeign)
	}
}

// What cannot be written to its end leaves no trace, and what was there stays: where the
// disk is full, where it is interrupted, and where nothing may be written.
func TestNotWritten(t *testing.T) {
	old, path := stored(t, segment(t, two, []text{{{"a"}, nil}}, 1))
	untouched := func(what string) {
		t.Helper()
		if f := opened(t, path); f.Terms() != 1 || f.Verify() != nil {
			t.Errorf("%s: the old file is another", what)
		}
		if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 {
			t.Errorf("%s: beside the index are %v, %v, want nothing", what, left, err)
		}
	}
	if err := replace(path, func(w io.Writer) error {
		_, _ = w.Write(make([]byte, 3<<20))
		return syscall.ENOSPC
	}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk Write() = %v, want %v", err, syscall.ENOSPC)
	}
	untouched("disk full")
	ctx, stop := context.WithCancel(t.Context())
	if err := Write(ctx, path, old.Segment, func(done, total int64) {
		if done > total/2 {
			stop()
		}
	}, Section{Data: make([]byte, 5<<20)}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted, Write() = %v, want %v", err, context.Canceled)
	}
	untouched("interrupted")

	// What a process left that died while it wrote goes, unless it may still be writing.
	dead, alive := path+".part-1", path+".part-2"
	for _, name := range []string{dead, alive} {
		if err := os.WriteFile(name, []byte(magic), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * abandoned)
	if err := errors.Join(os.Chtimes(dead, long, long), Write(t.Context(), path, old.Segment, nil)); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(path + "*"); err != nil || !slices.Equal(left, []string{path, alive}) {
		t.Errorf("beside the index are %v, %v, want %s", left, err, alive)
	}
}

// seal makes the checksums right again.
func seal(data []byte) {
	order := binary.LittleEndian
	if len(data) < headerBytes+sumBytes {
		return
	}
	copy(data, magic)
	order.PutUint32(data[8:], version)
	order.PutUint64(data[16:], uint64(len(data)))
	n := int(order.Uint32(data[12:]))
	if n > maxSections || headerBytes+n*entryBytes+sumBytes > len(data) {
		return
	}
	for i := range n {
		entry := data[headerBytes+i*entryBytes:]
		from, size := order.Uint64(entry), order.Uint64(entry[8:])
		if from <= uint64(len(data)) && size <= uint64(len(data))-from {
			order.PutUint32(entry[16:], crc32.Checksum(data[from:from+size], castagnoli))
		}
	}
	head := headerBytes + n*entryBytes
	order.PutUint32(data[head:], crc32.Checksum(data[:head], castagnoli))
}

// Whatever stands in a file, it is refused, or searched without harm.
func FuzzParse(f *testing.F) {
	for _, n := range []int{0, 3, 40} {
		var out bytes.Buffer
		var sections []Section
		for _, data := range segment(f, two, random(rand.New(rand.NewPCG(uint64(n), 9)), n, 6, 30), 10).sections() {
			sections = append(sections, Section{Data: data})
		}
		if err := write(f.Context(), &out, sections, nil); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes(), uint32(0), byte(0))
		for at := range 40 {
			f.Add(out.Bytes(), uint32(at*out.Len()/40), byte(1<<(at%8)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint32, bits byte) {
		aligned := make([]uint64, (len(data)+7)/8) // as a mapping is
		data = append(bytesOf(aligned)[:0], data...)
		if len(data) > 0 {
			data[int(at)%len(data)] ^= bits
		}
		seal(data)
		file, err := parse(data)
		if err != nil {
			return
		}
		s, q := file.Segment, NewSearch()
		var list []Want
		for n := range uint32(min(s.Terms(), 20)) {
			s.Term(s.Name(n))
			list = append(list, Want{n, float32(n + 1)})
		}
		for _, h := range found(q, s, list, 10, nil) {
			if int(h.Passage) >= s.Passages() {
				t.Fatalf("a search finds passage %d of %d", h.Passage, s.Passages())
			}
			for field := range len(s.mean) {
				s.Tokens(h.Passage, field)
			}
			for _, w := range list {
				s.Impact(w.Term, h.Passage)
			}
		}
	})
}
