package postings

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/edsrzf/mmap-go"
)

// A file is a header, a table of sections, a checksum of both, and the sections,
// each from a multiple of align on. All numbers have the low byte first.
//
//	header  magic [8]byte, version uint32, sections uint32, size of the file uint64
//	table   of each section: offset uint64, bytes uint64, CRC-32C uint32, 1 where that is checked late, else 0, uint32
//	sum     CRC-32C of header and table uint32
const (
	magic       = "fnindex\n"
	version     = 2 // goes up when a file of before could not be read right
	headerBytes = 24
	entryBytes  = 24
	sumBytes    = 4
	align       = 64 // a cache line
	// maxSections is far above what any version writes; it bounds what a broken header asks for.
	maxSections = 64
)

// The sections of a segment, in their order; what its owner keeps beside it follows.
const (
	factsSection = iota
	nameEndSection
	tableSection
	countSection
	runEndSection
	runsSection
	endSection
	namesSection
	postingsSection
	tokensSection
	ownSections
)

// checkedLate is the first of the segment's sections whose checksum [Open] leaves to
// [File.Verify]: nothing in it or after it says where something else stands, so that a
// fault there spoils an answer but cannot lead astray.
const checkedLate = namesSection

// Section is what a segment's owner keeps beside it.
type Section struct {
	Data []byte
	Late bool // Open leaves its checksum to Verify
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Refusals of a file. An error of [Open] is one of them, with more words, or the
// system's own.
var (
	ErrForeign = errors.New("this is no index of footnote")
	ErrVersion = errors.New("the index is of another version of footnote")
	ErrDamaged = errors.New("the index is damaged")
)

// Write writes a segment to a file, with what its owner keeps beside it. The file
// appears whole or not at all; an older one at path stays until then, and where ctx
// ends before. progress, which may be nil, is told how many of the bytes are written.
func Write(ctx context.Context, path string, s *Segment, progress func(done, total int64), own ...Section) error {
	var sections []Section
	for i, data := range s.sections() {
		sections = append(sections, Section{data, i >= checkedLate})
	}
	return replace(path, func(w io.Writer) error {
		return write(ctx, w, append(sections, own...), progress)
	})
}

// abandoned is how long the beginning of a file stays after a process that died while
// it wrote: one that writes does so all the time.
const abandoned = time.Hour

// replace writes a file that takes the place of the one at path once it is whole.
func replace(path string, write func(io.Writer) error) (err error) {
	parts, _ := filepath.Glob(path + ".part-*") // a path that is no pattern has none that is worth it
	for _, name := range parts {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(name) // or it goes the next time
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write index: %w", err), os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync() // or a machine that dies now may have the name without the bytes
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// sections returns the bytes of the segment's arrays.
func (s *Segment) sections() [][]byte {
	facts := []float64{float64(s.passages), float64(s.marks), s.settings.K1}
	for f, field := range s.settings.Fields {
		facts = append(facts, field.Weight, field.B, s.mean[f], float64(s.totals[f]))
	}
	return [][]byte{
		factsSection: bytesOf(facts), nameEndSection: bytesOf(s.nameEnd), tableSection: bytesOf(s.table), countSection: bytesOf(s.count),
		runEndSection: bytesOf(s.runEnd), runsSection: bytesOf(s.runs), endSection: bytesOf(s.end),
		namesSection: s.names, postingsSection: bytesOf(s.postings), tokensSection: bytesOf(s.tokens),
	}
}

func aligned(n int) int { return (n + align - 1) / align * align }

// step is how much is written at once.
const step = 1 << 20

// write writes sections with what stands before them.
func write(ctx context.Context, w io.Writer, sections []Section, progress func(done, total int64)) error {
	if !littleEndian() {
		return errors.New("this machine writes the high byte first, an index the low one")
	}
	at := aligned(headerBytes + len(sections)*entryBytes + sumBytes)
	head := make([]byte, 0, at)
	order := binary.LittleEndian
	var table []byte
	for _, s := range sections {
		table = order.AppendUint64(table, uint64(at))
		table = order.AppendUint64(table, uint64(len(s.Data)))
		table = order.AppendUint32(table, crc32.Checksum(s.Data, castagnoli))
		late := uint32(0)
		if s.Late {
			late = 1
		}
		table = order.AppendUint32(table, late)
		at = aligned(at + len(s.Data))
	}
	head = append(head, magic...)
	head = order.AppendUint32(head, version)
	head = order.AppendUint32(head, uint32(len(sections)))
	head = order.AppendUint64(head, uint64(at))
	head = append(head, table...)
	head = order.AppendUint32(head, crc32.Checksum(head, castagnoli))
	done := int64(0)
	for _, s := range slices.Concat([]Section{{Data: head}}, sections) {
		padding := make([]byte, aligned(len(s.Data))-len(s.Data))
		for data := range slices.Chunk(s.Data, step) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := w.Write(data); err != nil {
				return err
			}
			if done += int64(len(data)); progress != nil {
				progress(done, int64(at))
			}
		}
		if _, err := w.Write(padding); err != nil {
			return err
		}
	}
	return nil
}

// File is a segment in a mapped file. It must not be shortened or written to while it
// is open; [Write] never does.
type File struct {
	*Segment
	Own [][]byte // what its owner kept beside it; it must not be changed

	data     mmap.MMap
	sections [][]byte
	sums     []uint32
}

// Open maps the file at path. It reads what says where other things stand, and checks
// that it does: the time it takes grows with the number of terms, hardly with the
// passages'. Postings and tokens are read when a search needs them. The file stays
// mapped while the process lives, unless it is closed.
func Open(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	defer in.Close() // the mapping stays
	info, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() < headerBytes+sumBytes || info.Size() > math.MaxInt {
		return nil, fmt.Errorf("open index: %s: %w", path, ErrForeign)
	}
	data, err := mmap.Map(in, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("open index: map %s: %w", path, err)
	}
	f, err := parse(data)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open index: %s: %w", path, err), data.Unmap())
	}
	f.data = data
	return f, nil
}

// Close ends the mapping. Nothing of the segment may be used after it.
func (f *File) Close() error {
	if err := f.data.Unmap(); err != nil {
		return fmt.Errorf("close index: %w", err)
	}
	return nil
}

// Size returns how many bytes the file has.
func (f *File) Size() int { return len(f.data) }

// Verify reads the whole file and compares it with its checksums.
func (f *File) Verify() error {
	for i, data := range f.sections {
		if crc32.Checksum(data, castagnoli) != f.sums[i] {
			return fmt.Errorf("verify index: section %d: %w: its checksum is another", i, ErrDamaged)
		}
	}
	return nil
}

// parse reads the header and the table, and makes the segment.
func parse(data []byte) (*File, error) {
	order := binary.LittleEndian
	switch {
	case len(data) < headerBytes+sumBytes || string(data[:len(magic)]) != magic:
		return nil, ErrForeign
	case !littleEndian():
		return nil, errors.New("this machine writes the high byte first, an index the low one")
	case order.Uint32(data[8:]) != version:
		return nil, fmt.Errorf("%w: %d, and this one reads %d", ErrVersion, order.Uint32(data[8:]), version)
	}
	n := int(order.Uint32(data[12:]))
	head := headerBytes + n*entryBytes
	switch {
	case n < ownSections || n > maxSections || head+sumBytes > len(data):
		return nil, fmt.Errorf("%w: %d sections", ErrDamaged, n)
	case crc32.Checksum(data[:head], castagnoli) != order.Uint32(data[head:]):
		return nil, fmt.Errorf("%w: the checksum of its header is another", ErrDamaged)
	case order.Uint64(data[16:]) != uint64(len(data)):
		return nil, fmt.Errorf("%w: it has %d bytes of %d", ErrDamaged, len(data), order.Uint64(data[16:]))
	}
	f := &File{}
	for i := range n {
		entry := data[headerBytes+i*entryBytes:]
		from, size := order.Uint64(entry), order.Uint64(entry[8:])
		if from%align != 0 || from > uint64(len(data)) || size > uint64(len(data))-from {
			return nil, fmt.Errorf("%w: section %d lies outside", ErrDamaged, i)
		}
		f.sections = append(f.sections, data[from:from+size:from+size])
		f.sums = append(f.sums, order.Uint32(entry[16:]))
		if order.Uint32(entry[20:]) == 0 && crc32.Checksum(f.sections[i], castagnoli) != f.sums[i] {
			return nil, fmt.Errorf("%w: the checksum of section %d is another", ErrDamaged, i)
		}
	}
	s, err := segmentOf(f.sections)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	f.Segment, f.Own = s, f.sections[ownSections:]
	return f, nil
}
