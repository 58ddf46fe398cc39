package corpus

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The limits of one document. They bound what reading takes, whatever the file: as
// many times the sum as there are processors, beside what is kept.
const (
	// maxFile is the greatest size of a file: the Bible is 4.3 MB of text, and a scanned
	// book with a text layer some tens of MB.
	maxFile = 64 << 20
	// maxText is how much text a document may unpack to: four times the Bible's.
	maxText = 16 << 20
	// maxTime is how long a PDF may take. BenchmarkPDF reads 100 full pages a second, so
	// that this is enough for 6,000.
	maxTime = time.Minute
)

// reader reads one format: a text, which is the document's source itself, or a
// packed file, from which a text is taken to be the source. An error's text begins
// with ": " or, where the line is known, ":LINE: ".
type reader struct {
	text   func(source string) (page, error)
	packed func(ctx context.Context, data []byte) (source string, p page, err error)
}

// readers are the readers by the endings of names.
var readers = map[string]*reader{
	".txt":  {text: readText},
	".md":   {text: readMarkdown},
	".html": {text: readHTML},
	".htm":  {text: readHTML},
	".pdf":  {packed: readPDF},
	".docx": {packed: readWord},
	".epub": {packed: readEpub},
}

// reading reads the files of a folder, each for itself. It is safe for concurrent
// use.
type reading struct {
	fsys   fs.FS
	folder string            // of fsys, for messages; "" when embedded
	saved  map[string]string // the addresses that lists of saved pages give files, by name
}

// file is a document as it was read, or why it could not be.
type file struct {
	name     string
	id       string // what the document would have as its id
	as       string // the id that it has; "" where another document has it
	given    bool   // the id was given, not made from the name
	doc      *Document
	stored   func() *Document // where doc is nil: reads it from a stored corpus
	warnings []Warning
	err      error // names the file
	counted  []counted
	stamps   []stamp
	saved    string    // the address that a list gives it
	quotedIn yaml.Node // where the document may be quoted, as it says itself; zero for nothing
	ruled    string    // the file that says it, or would
}

// document returns the file's document; nil where a stored corpus is damaged.
func (f *file) document() *Document {
	if f.doc == nil && f.stored != nil {
		return f.stored()
	}
	return f.doc
}

// counted is a file that goes into the version.
type counted struct {
	name string
	sum  string // SHA-256 of its bytes
}

// counts notes a file that goes into the version.
func (f *file) counts(name string, data []byte) {
	sum := sha256.Sum256(data)
	f.counted = append(f.counted, counted{name, string(sum[:])})
}

// count writes the files into a version's hash.
func (f *file) count(h hash.Hash) {
	for _, c := range f.counted {
		fmt.Fprintf(h, "%s %x\n", c.name, c.sum)
	}
}

// stamp tells a file from a later state of it, without reading it.
type stamp struct {
	name  string
	size  int64     // -1 where there is no file
	time  time.Time // of the last change
	fresh bool      // it had changed so shortly before it was read that a further change may bear the same time
}

// coarse is longer than the step of any file system's clock: FAT counts in two
// seconds.
const coarse = 2 * time.Second

// stamp returns the stamp of a file.
func (r *reading) stamp(name string) stamp {
	info, err := fs.Stat(r.fsys, name)
	if err != nil {
		return stamp{name: name, size: -1}
	}
	return stamp{name: name, size: info.Size(), time: info.ModTime(), fresh: time.Since(info.ModTime()) < coarse}
}

// again returns what an earlier load made of a file, where that and the data files
// beside it have not changed since, else what it is now. before may be nil.
func (r *reading) again(ctx context.Context, before *file, name string) *file {
	if before == nil || before.saved != r.saved[name] || !r.unchanged(before) {
		return r.read(ctx, name)
	}
	return before
}

// unchanged reports whether neither the file nor what stands beside it has changed
// since it was read, as far as can be told without reading.
func (r *reading) unchanged(f *file) bool {
	for _, s := range f.stamps {
		now := r.stamp(s.name)
		if s.fresh || now.size != s.size || !now.time.Equal(s.time) {
			return false
		}
	}
	return true
}

// read reads a document and the data files beside it. Whatever a hostile file does
// to its reader ends here: a panic is an error that names the file.
func (r *reading) read(ctx context.Context, name string) (f *file) {
	f = &file{name: name, saved: r.saved[name]}
	for _, name := range []string{name, beside(name, ".yaml"), beside(name, ".glossary.tsv")} {
		f.stamps = append(f.stamps, r.stamp(name))
	}
	defer func() {
		if v := recover(); v != nil {
			f.doc, f.err = nil, fmt.Errorf("%s: its reader has failed: %v", r.path(name), v)
		}
	}()
	f.err = r.fill(ctx, f)
	return f
}

// fill reads the document and what stands beside it into f.
func (r *reading) fill(ctx context.Context, f *file) error {
	source, p, err := r.page(ctx, f)
	if err != nil {
		return err
	}
	if strings.Trim(source, "\ufeff \t\r\n") == "" {
		return fmt.Errorf("%s: the file is empty: write the text into it or take it away", r.path(f.name))
	}
	d := &Document{Source: source, pages: p.pages}
	if r.folder != "" {
		d.Path = r.path(f.name)
	}
	c, err := r.card(f)
	if err != nil { // it may say where the document may be quoted
		return &accessError{err}
	}
	of := r.path(beside(f.name, ".yaml"))
	f.ruled = of
	if c.QuotedIn.Kind == 0 && p.card.QuotedIn.Kind != 0 {
		f.ruled = r.path(f.name)
	}
	if c.Directions == nil {
		of = r.path(f.name)
	}
	c = c.over(card{URL: f.saved}).over(p.card)
	f.given, f.quotedIn = c.ID != "", c.QuotedIn
	c.apply(d, f.name)
	f.id, f.as = d.ID, d.ID
	for _, what := range p.faults {
		f.warnings = append(f.warnings, Warning{Path: r.path(f.name), What: what})
	}
	f.warnings = append(f.warnings, compose(d, p, r.path(f.name))...)
	if len(d.Passages) == 0 {
		f.warnings = append(f.warnings, Warning{Path: r.path(f.name), What: "no text to cite: it has no paragraph outside its headings and notes"})
	}
	if err := direct(d, c, of); err != nil {
		return err
	}
	if d.Glossary, err = r.glossary(f); err != nil {
		return err
	}
	f.doc = d
	return nil
}

// page reads the document itself: its source, and what its format makes of it.
func (r *reading) page(ctx context.Context, f *file) (string, page, error) {
	data, err := r.bytes(f.name)
	if err != nil {
		return "", page{}, fmt.Errorf("%s: %s", r.path(f.name), reason(err))
	}
	read := readers[ending(f.name)]
	if read == nil {
		read = readers[".html"] // a page that was saved under the name it had on its server
	}
	var source string
	var p page
	if read.packed != nil {
		f.counts(f.name, data)
		source, p, err = read.packed(ctx, data)
	} else {
		if source, err = r.text(f, f.name, data); err != nil {
			return "", page{}, err
		}
		p, err = read.text(source)
	}
	if err != nil {
		return "", page{}, fmt.Errorf("%s%w", r.path(f.name), err)
	}
	return source, p, nil
}

// bytes returns the content of a file that is one, and not too large.
func (r *reading) bytes(name string) ([]byte, error) {
	info, err := fs.Stat(r.fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // to open a pipe may wait for ever
		return nil, errors.New("no regular file")
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%d MB: the limit is %d", info.Size()>>20, maxFile>>20)
	}
	in, err := r.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return readAll(in, maxFile) // it may have grown since
}

// beside returns a data file that belongs to the document, and counts it.
func (r *reading) beside(f *file, ending string) (string, error) {
	name := beside(f.name, ending)
	data, err := r.bytes(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("%s: %s", r.path(name), reason(err))
	}
	return r.text(f, name, data)
}

// text returns the content of a text file, and counts it.
func (r *reading) text(f *file, name string, data []byte) (string, error) {
	if line := invalidLine(data); line > 0 {
		return "", fmt.Errorf("%s:%d: not UTF-8: save the file in that encoding", r.path(name), line)
	}
	f.counts(name, data)
	return string(data), nil
}

// invalidLine returns the 1-based line of the first byte that is not UTF-8, or 0.
func invalidLine(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	line := 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[size:]
	}
	return line
}
