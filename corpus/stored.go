package corpus

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
	"weak"
)

// packVersion goes up when a file would be read otherwise than before, or what was read
// packed otherwise (TestPackVersion).
const packVersion = 1

// Errors of [Unpack], with more words.
var (
	ErrDamaged = errors.New("the stored material is damaged")
	ErrOther   = errors.New("the stored material is other material")
	ErrLimited = errors.New("it says where its documents may be quoted, and such material is read anew at each start")
)

// The sections of a packed corpus, in their order.
const (
	headSection  = iota // what is known of the corpus as a whole, and of its files
	tableSection        // of each document a row
	orderSection        // the documents' numbers in the order of their ids, uint32
	textsSection        // the documents, one after the other
	packSections
)

// rowBytes is the size of a row of the table: where the document ends in the texts
// (uint64), how many passages there are up to its end (uint32), and its CRC-32C (uint32).
const rowBytes = 16

var (
	order      = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// pack is a packed corpus. Its documents are unpacked when they are asked for.
type pack struct {
	sections   [][]byte // but for the head
	collection string   // the path of all documents that have none of their own

	mu     sync.Mutex
	live   map[int]weak.Pointer[Document] // those that somebody holds
	recent [recentDocuments]*Document     // by number, modulo their number
}

// recentDocuments is how many documents are held though nobody else does: more than
// answers look at between two of the collector's rounds, few enough to be no burden.
const recentDocuments = 256

// Pack returns all of the corpus as bytes, in sections, for [Unpack]. The last is as
// long as the documents together, and has checksums of its own. The error wraps
// [ErrLimited] where anything is said of where documents may be quoted: what could be
// stale is no place to look that up.
func (c *Corpus) Pack() ([][]byte, error) {
	if !c.access.silent() {
		return nil, fmt.Errorf("store corpus: %w", ErrLimited)
	}
	where, err := place(c.path)
	if err != nil {
		return nil, fmt.Errorf("store corpus: %w", err)
	}
	files, p := map[string]*file{}, c.pack
	if read := c.read.Load(); read != nil {
		files = *read
	}
	if p == nil {
		p = packed(c)
	}
	var w packer
	w.number(packVersion)
	w.text(where)
	w.text(c.Version)
	w.text(p.collection)
	w.number(c.Annotated.Len())
	for _, d := range c.Annotated.All() {
		w.text(d.ID)
	}
	packAll(&w, c.Warnings, (*packer).warning)
	packAll(&w, c.Skipped, func(w *packer, s Skip) { w.text(s.Path); w.text(s.Err.Error()) })
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	packAll(&w, names, func(w *packer, name string) { w.file(files[name]) })
	return append([][]byte{w.out}, p.sections[tableSection:]...), nil
}

// place returns where a path leads, whatever the working directory.
func place(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

// packedDocument is what the table and the order need of a document.
type packedDocument struct {
	id       string
	size     int
	passages int
	sum      uint32
}

// packed packs a document behind others.
func (w *packer) packed(d *Document, collection string) packedDocument {
	from := len(w.out)
	w.document(d, collection)
	return packedDocument{d.ID, len(w.out) - from, len(d.Passages) + len(d.Notes), crc32.Checksum(w.out[from:], castagnoli)}
}

// packing is a pack that is being made.
type packing struct {
	collection   string
	texts, table []byte
	ids          []string
	sorted       []uint32 // the documents' numbers in the order of their ids
	passages     int
}

// packed packs the documents of c.
func packed(c *Corpus) *pack {
	p := &packing{}
	if c.Documents.Len() > 1 {
		p.collection = c.Documents.At(0).Path
	}
	var w packer
	var list []packedDocument
	for _, d := range c.Documents.All() {
		list = append(list, w.packed(d, p.collection))
	}
	p.add(w.out, list)
	p.sort()
	return p.finish()
}

// add adds documents that were packed one after the other.
func (p *packing) add(texts []byte, list []packedDocument) {
	end := len(p.texts)
	p.texts = append(p.texts, texts...)
	for _, d := range list {
		end, p.passages = end+d.size, p.passages+d.passages
		p.table = order.AppendUint64(p.table, uint64(end))
		p.table = order.AppendUint32(p.table, uint32(p.passages))
		p.table = order.AppendUint32(p.table, d.sum)
		p.ids = append(p.ids, d.id)
	}
}

// sort puts the documents in the order of their ids; where two have the same, it returns
// the first that has the id of an earlier one.
func (p *packing) sort() (again int, twice bool) {
	p.sorted = make([]uint32, len(p.ids))
	for i := range p.sorted {
		p.sorted[i] = uint32(i)
	}
	slices.SortFunc(p.sorted, func(a, b uint32) int { return cmp.Or(strings.Compare(p.ids[a], p.ids[b]), cmp.Compare(a, b)) })
	for i := 1; i < len(p.sorted); i++ {
		if n := int(p.sorted[i]); p.ids[n] == p.ids[p.sorted[i-1]] && (!twice || n < again) {
			again, twice = n, true
		}
	}
	return again, twice
}

// finish returns the pack of what was added and sorted.
func (p *packing) finish() *pack {
	var sorted []byte
	for _, n := range p.sorted {
		sorted = order.AppendUint32(sorted, n)
	}
	return newPack(p.collection, [][]byte{tableSection: p.table, orderSection: sorted, textsSection: p.texts})
}

func newPack(collection string, sections [][]byte) *pack {
	return &pack{sections: sections, collection: collection, live: map[int]weak.Pointer[Document]{}}
}

func (w *packer) warning(warn Warning) {
	w.text(warn.Path)
	w.number(warn.Line)
	w.text(warn.What)
}

func (r *unpacker) warning() Warning {
	return Warning{Path: r.text(), Line: r.number(maxOffset), What: r.text()}
}

// file writes what Reload compares with.
func (w *packer) file(f *file) {
	for _, s := range []string{f.name, f.id, f.as, f.saved} {
		w.text(s)
	}
	w.yes(f.given)
	w.yes(f.err != nil)
	if f.err != nil {
		w.text(f.err.Error())
	}
	packAll(w, f.warnings, (*packer).warning)
	packAll(w, f.counted, func(w *packer, c counted) { w.text(c.name); w.text(c.sum) })
	packAll(w, f.stamps, func(w *packer, s stamp) {
		w.text(s.name)
		w.yes(s.fresh)
		w.yes(s.size >= 0)
		if s.size >= 0 {
			w.number(int(s.size))
			w.out = order.AppendUint64(w.out, uint64(s.time.UnixNano()))
		}
	})
}

func (r *unpacker) file() *file {
	f := &file{}
	for _, s := range []*string{&f.name, &f.id, &f.as, &f.saved} {
		*s = r.text()
	}
	f.given = r.yes()
	if r.yes() {
		f.err = errors.New(r.text())
	}
	f.warnings = unpackAll(r, (*unpacker).warning)
	f.counted = unpackAll(r, func(r *unpacker) counted { return counted{r.text(), r.text()} })
	f.stamps = unpackAll(r, func(r *unpacker) stamp {
		s := stamp{name: r.text(), fresh: r.yes(), size: -1}
		if !r.yes() {
			return s
		}
		if s.size = int64(r.number(1 << 62)); len(r.in) < 8 {
			r.in, r.bad = "", true
			return s
		}
		s.time = time.Unix(0, int64(order.Uint64([]byte(r.in[:8]))))
		r.in = r.in[8:]
		return s
	})
	return f
}

// Unpack returns the corpus that was loaded from path and packed. Its documents are read
// from the sections when they are asked for: these must stay as they are. What each
// section says of the others is checked here, a document when it is read. That it was
// packed by another version of footnote, or loaded from another path, is [ErrOther].
// Whether the material has changed since is for [Corpus.Reload] to say.
func Unpack(path string, sections [][]byte) (*Corpus, error) {
	where, err := place(path)
	if err != nil {
		return nil, fmt.Errorf("read stored corpus: %w", err)
	}
	if len(sections) != packSections {
		return nil, fmt.Errorf("read stored corpus: %w: it has %d sections", ErrDamaged, len(sections))
	}
	r := &unpacker{in: string(sections[headSection])}
	if v := r.number(maxOffset); v != packVersion {
		return nil, fmt.Errorf("read stored corpus: %w: it was stored by another version of footnote", ErrOther)
	}
	if from := r.text(); from != where {
		return nil, fmt.Errorf("read stored corpus: %w: it is that of %q", ErrOther, from)
	}
	c := &Corpus{path: path, Version: r.text()}
	p := newPack(r.text(), sections)
	annotated := r.texts()
	c.Warnings = unpackAll(r, (*unpacker).warning)
	c.Skipped = unpackAll(r, func(r *unpacker) Skip { return Skip{Path: r.text(), Err: errors.New(r.text())} })
	files := map[string]*file{}
	for _, f := range unpackAll(r, (*unpacker).file) {
		if f.err == nil {
			f.stored = func() *Document { return p.find(f.as) }
		}
		files[f.name] = f
	}
	if r.bad || r.in != "" || len(sections[tableSection]) != p.len()*rowBytes || len(sections[orderSection]) != p.len()*4 {
		return nil, fmt.Errorf("read stored corpus: %w: its parts do not belong together", ErrDamaged)
	}
	c.read.Store(&files)
	c.unpack(p, annotated)
	return c, nil
}

// unpack has the corpus hold what is packed, of which the documents with these ids are
// annotated.
func (c *Corpus) unpack(p *pack, annotated []string) {
	passages := 0
	if n := p.len(); n > 0 {
		_, passages, _ = p.row(n - 1)
	}
	c.pack, c.find, c.span = p, p.find, p.span
	c.Documents = List[Document]{p.len(), p.document}
	c.Passages = List[Passage]{passages, p.passage}
	c.Annotated = List[Document]{len(annotated), func(i int) *Document { return p.find(annotated[i]) }}
}

// row returns the table's row of a document: where it lies, how many passages there are
// up to its end, and its checksum.
func (p *pack) row(i int) (data []byte, passages int, sum uint32) {
	row, from := p.sections[tableSection][i*rowBytes:], uint64(0)
	if i > 0 {
		from = order.Uint64(p.sections[tableSection][(i-1)*rowBytes:])
	}
	if to := order.Uint64(row); from <= to && to <= uint64(len(p.sections[textsSection])) {
		data = p.sections[textsSection][from:to]
	}
	return data, int(order.Uint32(row[8:])), order.Uint32(row[12:])
}

// len returns how many documents there are.
func (p *pack) len() int { return len(p.sections[tableSection]) / rowBytes }

// find returns the document with an id, or nil.
func (p *pack) find(id string) *Document {
	if n, ok := p.number(id); ok {
		return p.document(n)
	}
	return nil
}

// span returns where among all passages those of a document stand.
func (p *pack) span(id string) (from, to int) {
	n, ok := p.number(id)
	if !ok {
		return 0, 0
	}
	if n > 0 {
		_, from, _ = p.row(n - 1)
	}
	_, to, _ = p.row(n)
	return from, to
}

// number returns the number of the document with an id; false where there is none.
func (p *pack) number(id string) (int, bool) {
	number := func(i int) int { return int(order.Uint32(p.sections[orderSection][i*4:])) }
	i := sort.Search(p.len(), func(i int) bool { return p.id(number(i)) >= id })
	if i == p.len() || p.id(number(i)) != id {
		return 0, false
	}
	return number(i), true
}

// id returns a document's id, without reading more of it.
func (p *pack) id(i int) string {
	if i >= p.len() {
		return ""
	}
	data, _, _ := p.row(i)
	n, size := binary.Uvarint(data)
	if size <= 0 || n > uint64(len(data)-size) {
		return ""
	}
	return string(data[size:][:n])
}

// passage returns a passage by its number among all; nil where it is damaged.
func (p *pack) passage(i int) *Passage {
	n := sort.Search(p.len(), func(n int) bool { _, passages, _ := p.row(n); return passages > i })
	if n == p.len() {
		return nil
	}
	d := p.document(n)
	if d == nil {
		return nil
	}
	_, end, _ := p.row(n)
	switch i += len(d.Passages) + len(d.Notes) - end; {
	case i < 0 || i >= len(d.Passages)+len(d.Notes):
		return nil
	case i < len(d.Passages):
		return d.Passages[i]
	}
	return d.Notes[i-len(d.Passages)]
}

// document returns a document by its number; nil where it is damaged. While somebody
// holds it, or a passage of it, it is the same each time.
func (p *pack) document(i int) *Document {
	if d := p.held(i, nil); d != nil {
		return d
	}
	data, _, sum := p.row(i)
	if crc32.Checksum(data, castagnoli) != sum {
		return nil
	}
	d := (&unpacker{in: string(data)}).document(p.collection)
	if d == nil {
		return nil
	}
	return p.held(i, d)
}

// held returns the document that is held under a number; d, from now on, where none is.
func (p *pack) held(i int, d *Document) *Document {
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.live[i].Value(); other != nil {
		d = other
	} else if d != nil {
		p.live[i] = weak.Make(d)
		runtime.AddCleanup(d, p.forget, i)
	}
	if d != nil {
		p.recent[i%len(p.recent)] = d
	}
	return d
}

// forget ends the entry of a document that nobody holds.
func (p *pack) forget(i int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live[i].Value() == nil {
		delete(p.live, i)
	}
}
