package vector

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gofrs/flock"
)

// The file of a store: a header, then records of one size, only ever appended.
//
//	magic                 16 bytes
//	length of the name     4 bytes, little endian, as all numbers
//	name of the model
//	dimensions             4 bytes
//	CRC-32C of the above   4 bytes
//
//	SHA-256 of the text   32 bytes
//	vector                 4 bytes a dimension, of length 1
//	CRC-32C of both        4 bytes
const (
	magic         = "footnote-vector\x01"
	maxName       = 1 << 10 // bytes of a model's name
	maxDimensions = 1 << 14 // four times what any model known gives
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// key is what a text is found by.
type key [sha256.Size]byte

func keyOf(text string) key { return sha256.Sum256([]byte(text)) }

// Store keeps the vectors of texts by one model, in a file or in memory alone. It is
// safe for concurrent use.
type Store struct {
	model string
	path  string // "" in memory

	mu         sync.RWMutex
	dimensions int         // 0 until there is a vector
	rows       map[key]int // numbers of records, by text
	file       *os.File    // nil in memory, and once closed
	stored     int         // so many records are in the file; the rest in data
	data       []float32
	lock       *flock.Flock
	mine       bool // this process appends to the file
}

// Memory returns a store for model that keeps nothing beyond its own life.
func Memory(model string) *Store { return &Store{model: model, rows: map[key]int{}} }

// Open opens the store for model at path, or begins one, and its folder. A file that
// is no store, or another model's, or damaged, is an error that names it; a record at
// its end that was not written whole is cut off. While one process has the store open, others
// read it, and keep what they add in memory.
func Open(path, model string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, fmt.Errorf("open vectors: %w", err)
	}
	s := Memory(model)
	s.path, s.lock = path, flock.New(path+".lock")
	var err error
	if s.mine, err = s.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("open vectors: lock %s: %w", path, err)
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open vectors: %s: %w", path, err), s.Close())
	}
	return s, nil
}

// open opens and reads the file.
func (s *Store) open() (err error) {
	if s.file, err = os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666); err != nil {
		return err
	}
	whole, err := s.read(bufio.NewReaderSize(s.file, 1<<20))
	if err == nil && s.mine {
		err = s.file.Truncate(whole)
	}
	return err
}

// Why a file is refused.
var (
	errForeign = errors.New("this is no file of vectors: name another place, or remove it")
	errDamaged = errors.New("the file is damaged: remove it, and what it held is embedded anew")
)

// read reads a file and returns how many bytes of it are whole.
func (s *Store) read(in io.Reader) (whole int64, err error) {
	whole, err = s.readHeader(in)
	if err != nil || whole == 0 {
		return 0, err
	}
	record := make([]byte, recordSize(s.dimensions))
	for {
		_, err := io.ReadFull(in, record)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return whole, nil
		}
		if err != nil {
			return 0, err
		}
		end := len(record) - 4
		if crc32.Checksum(record[:end], castagnoli) != binary.LittleEndian.Uint32(record[end:]) {
			// A machine that lost power may have left a tail of zeros; anything else with
			// records behind it is damage.
			if _, err := io.ReadFull(in, record[:1]); errors.Is(err, io.EOF) || blank(record) {
				return whole, nil
			}
			return 0, fmt.Errorf("record at byte %d: %w", whole, errDamaged)
		}
		s.rows[key(record)] = s.stored
		s.stored++
		whole += int64(len(record))
	}
}

func blank(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// readHeader reads the header, and sets the dimensions. Of a file that has not even a
// whole one it returns 0.
func (s *Store) readHeader(in io.Reader) (size int64, err error) {
	head := make([]byte, len(magic)+4)
	n, err := io.ReadFull(in, head)
	if !strings.HasPrefix(magic, string(head[:min(n, len(magic))])) {
		return 0, errForeign
	}
	if err != nil {
		return 0, cutShort(err)
	}
	length := binary.LittleEndian.Uint32(head[len(magic):])
	if length > maxName {
		return 0, errDamaged
	}
	rest := make([]byte, length+8)
	if _, err := io.ReadFull(in, rest); err != nil {
		return 0, cutShort(err)
	}
	sum := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, rest[:length+4])
	dimensions := binary.LittleEndian.Uint32(rest[length:])
	switch model := string(rest[:length]); {
	case sum != binary.LittleEndian.Uint32(rest[length+4:]), dimensions == 0, dimensions > maxDimensions:
		return 0, errDamaged
	case model != s.model:
		return 0, fmt.Errorf("the vectors in it are those of the model %q, not of %q: name another place, or remove it", model, s.model)
	}
	s.dimensions = int(dimensions)
	return int64(len(head) + len(rest)), nil
}

// cutShort makes nothing of an end that came too early.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

func header(model string, dimensions int) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(model)))
	b = binary.LittleEndian.AppendUint32(append(b, model...), uint32(dimensions))
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func headerSize(model string) int { return len(header(model, 1)) }

func recordSize(dimensions int) int { return len(key{}) + 4*dimensions + 4 }

// Len returns how many texts the store has vectors of.
func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.len()
}

// Has reports whether the store has the vector of a text.
func (s *Store) Has(text string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.rows[keyOf(text)]
	return ok
}

// vector appends the vector of a text to dst, and reports whether there is one.
func (s *Store) vector(dst []float32, text string) ([]float32, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row, ok := s.rows[keyOf(text)]
	switch {
	case !ok:
		return dst, false, nil
	case row >= s.stored:
		row -= s.stored
		return append(dst, s.data[row*s.dimensions:(row+1)*s.dimensions]...), true, nil
	}
	record := make([]byte, 4*s.dimensions)
	at := int64(headerSize(s.model)) + int64(row)*int64(recordSize(s.dimensions)) + int64(len(key{}))
	if _, err := s.file.ReadAt(record, at); err != nil {
		return dst, false, fmt.Errorf("read vectors: %w", err)
	}
	for i := 0; i < len(record); i += 4 {
		dst = append(dst, math.Float32frombits(binary.LittleEndian.Uint32(record[i:])))
	}
	return dst, true, nil
}

// Dimensions returns the length of the vectors, 0 as long as there is none.
func (s *Store) Dimensions() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.dimensions
}

// ErrChanged means that vectors do not fit those that are there: the model behind a
// name is another than it was.
var ErrChanged = errors.New("the embeddings have changed")

// Put adds the vectors of texts, made to have length 1. What is in the file when Put
// returns stays there, whatever happens. Vectors of another length than those that are
// there are [ErrChanged], and none of them is added.
func (s *Store) Put(texts []string, vectors [][]float32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dimensions := s.dimensions
	for _, v := range vectors {
		if dimensions == 0 && len(v) <= maxDimensions {
			dimensions = len(v)
		}
		if len(v) != dimensions || dimensions == 0 {
			return s.changed(fmt.Sprintf("vectors of %d numbers stand beside one of %d", dimensions, len(v)))
		}
	}
	var out []byte
	if s.dimensions == 0 {
		out = header(s.model, dimensions)
	}
	next, fresh := s.len(), map[key]int{}
	var data []float32
	for i, text := range texts {
		k := keyOf(text)
		if _, ok := s.rows[k]; ok || fresh[k] > 0 {
			continue
		}
		v := unit(vectors[i])
		fresh[k] = next + len(fresh) + 1
		if s.mine {
			out = appendRecord(out, k, v)
		} else {
			data = append(data, v...)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if s.mine {
		if err := s.append(out); err != nil {
			return fmt.Errorf("keep vectors: %w", err)
		}
		s.stored += len(fresh)
	}
	s.dimensions, s.data = dimensions, append(s.data, data...)
	for k, n := range fresh {
		s.rows[k] = n - 1
	}
	return nil
}

// len is Len for who has the lock.
func (s *Store) len() int { return s.stored + len(s.data)/max(1, s.dimensions) }

// append writes to the end of the file; where that fails in the middle, what was there
// before is all there is.
func (s *Store) append(b []byte) error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if _, err := s.file.Write(b); err != nil {
		return errors.Join(err, s.file.Truncate(info.Size()))
	}
	return nil
}

// changed returns an error that says what to do.
func (s *Store) changed(what string) error {
	remedy := "start anew"
	if s.path != "" {
		remedy = "remove " + s.path + " to embed all anew"
	}
	return fmt.Errorf("keep vectors of %s: %w: %s; %s, or name the model that it was", s.model, ErrChanged, what, remedy)
}

func appendRecord(b []byte, k key, v []float32) []byte {
	from := len(b)
	b = append(b, k[:]...)
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli))
}

// unit returns v with length 1.
func unit(v []float32) []float32 {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	out, scale := make([]float32, len(v)), 1/math.Sqrt(square)
	for i, x := range v {
		out[i] = float32(float64(x) * scale)
	}
	return out
}

// Close closes the file. From then on the store must not be used.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.file != nil {
		err, s.file = s.file.Close(), nil
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Unlock())
	}
	return err
}
