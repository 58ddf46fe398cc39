package corpus

import (
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

//go:embed nato-360-degree-approach.txt nato-360-degree-approach.yaml nato-360-degree-approach.glossary.tsv
var embedded embed.FS

const articleFile = "nato-360-degree-approach.txt"

// collectionFile is the file that makes a folder a BEIR collection.
const collectionFile = "corpus.jsonl"

// Article returns the embedded article.
func Article() (*Corpus, error) {
	l := newLoader(embedded, "", nil)
	if err := l.document(articleFile); err != nil {
		return nil, fmt.Errorf("read article: %w", err)
	}
	return l.finish(articleFile)
}

// Load reads the material at path: a document (.txt, .md, .html), a folder of
// documents with its subfolders, or a BEIR folder or its corpus.jsonl. Beside a
// document NAME.txt, NAME.yaml says what it does not say itself and
// NAME.glossary.tsv translates its terms.
//
// A file that cannot be read, is empty or is not UTF-8 is an error that names it,
// with its line where there is one. Faults that leave the text readable are the
// corpus's Warnings. progress, which may be nil, is told every now and then how
// many of the bytes have been read.
func Load(ctx context.Context, path string, progress func(done, total int64)) (*Corpus, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read corpus: %s: no such file or folder: give the path of a document, a folder of documents or a BEIR folder: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	folder, names := path, []string(nil)
	if !info.IsDir() {
		folder, names = filepath.Dir(path), []string{filepath.Base(path)}
	} else if _, err := os.Stat(filepath.Join(path, collectionFile)); err == nil {
		names = []string{collectionFile}
	} else if names, err = documentFiles(path); err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	l := newLoader(os.DirFS(folder), folder, progress)
	if err := l.measure(names); err != nil {
		return nil, err
	}
	if err := l.files(ctx, names); err != nil {
		return nil, err
	}
	return l.finish(path)
}

// documentFiles lists the documents below folder, in order of their paths.
func documentFiles(folder string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir() && !strings.HasPrefix(d.Name(), ".") && readers[strings.ToLower(path.Ext(name))] != nil:
			names = append(names, name)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: no documents: put .txt, .md or .html files there, or a BEIR collection's %s", folder, collectionFile)
	}
	return names, err
}

// loader gathers documents into a corpus.
type loader struct {
	fsys     fs.FS
	folder   string // of fsys, for messages; "" when embedded
	progress func(done, total int64)
	done     int64
	total    int64
	hash     hash.Hash
	corpus   *Corpus
}

func newLoader(fsys fs.FS, folder string, progress func(done, total int64)) *loader {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	return &loader{
		fsys: fsys, folder: folder, progress: progress, hash: sha256.New(),
		corpus: &Corpus{documents: map[string]*Document{}, passages: map[string]*Passage{}},
	}
}

// path returns the file's path as messages give it.
func (l *loader) path(name string) string { return filepath.Join(l.folder, filepath.FromSlash(name)) }

// measure adds up the sizes of the files.
func (l *loader) measure(names []string) error {
	for _, name := range names {
		info, err := fs.Stat(l.fsys, name)
		if err != nil {
			return fmt.Errorf("read corpus: %w", err)
		}
		l.total += info.Size()
	}
	return nil
}

// files reads the files in order.
func (l *loader) files(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read corpus: %w", err)
		}
		var err error
		if strings.EqualFold(path.Ext(name), ".jsonl") {
			err = l.collection(ctx, name)
		} else {
			err = l.document(name)
		}
		if err != nil {
			return fmt.Errorf("read corpus: %w", err)
		}
	}
	return nil
}

// document reads one file and the data files beside it.
func (l *loader) document(name string) error {
	read := readers[strings.ToLower(path.Ext(name))]
	if read == nil {
		return fmt.Errorf("%s: unknown kind of file: a document is .txt, .md or .html, a collection %s", l.path(name), collectionFile)
	}
	source, err := l.read(name)
	if err != nil {
		return err
	}
	if strings.Trim(source, "\ufeff \t\r\n") == "" {
		return fmt.Errorf("%s: the file is empty: write the text into it or take it away", l.path(name))
	}
	d := &Document{Source: source}
	if l.folder != "" {
		d.Path = l.path(name)
	}
	p, err := read(source)
	if err != nil {
		return fmt.Errorf("%s%w", l.path(name), err)
	}
	card, err := l.card(name)
	if err != nil {
		return err
	}
	file := l.path(beside(name, ".yaml"))
	if card.Directions == nil {
		file = l.path(name)
	}
	card = card.over(p.card)
	card.apply(d, name)
	l.corpus.Warnings = append(l.corpus.Warnings, compose(d, p, l.path(name))...)
	if len(d.Passages) == 0 {
		l.corpus.Warnings = append(l.corpus.Warnings, Warning{Path: l.path(name), What: "no text to cite: it has no paragraph outside its headings and notes"})
	}
	if err := direct(d, card, file); err != nil {
		return err
	}
	if d.Glossary, err = l.glossary(name); err != nil {
		return err
	}
	l.done += int64(len(source))
	l.progress(l.done, l.total)
	return l.add(d)
}

// read returns a text file and counts it into the version.
func (l *loader) read(name string) (string, error) {
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return "", err
	}
	if line := invalidLine(data); line > 0 {
		return "", fmt.Errorf("%s:%d: not UTF-8: save the file in that encoding", l.path(name), line)
	}
	fmt.Fprintf(l.hash, "%s %d\n", name, len(data))
	l.hash.Write(data)
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

// add takes a finished document into the corpus.
func (l *loader) add(d *Document) error {
	c := l.corpus
	if other := c.documents[d.ID]; other != nil {
		return fmt.Errorf("%s: its id %q is that of %s already: give one of them another id, in the yaml file beside it or its front matter", d.Path, d.ID, other.Path)
	}
	c.documents[d.ID] = d
	c.Documents = append(c.Documents, d)
	for _, list := range [][]*Passage{d.Passages, d.Notes} {
		for _, p := range list {
			c.passages[p.ID] = p
			c.Passages = append(c.Passages, p)
		}
	}
	return nil
}

// finish returns the corpus read from path, which must hold something.
func (l *loader) finish(path string) (*Corpus, error) {
	if len(l.corpus.Passages) == 0 {
		return nil, fmt.Errorf("read corpus: %s: no text to cite: there is no paragraph in it outside headings and notes", path)
	}
	l.corpus.Version = fmt.Sprintf("sha256:%x", l.hash.Sum(nil))
	return l.corpus, nil
}
