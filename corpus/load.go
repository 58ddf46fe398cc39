package corpus

import (
	"cmp"
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
	"runtime"
	"slices"
	"strings"
	"sync"
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

// Load reads the material at path: a document, a folder of documents with its
// subfolders, a list of saved web pages (.urls), or a BEIR folder or its
// corpus.jsonl. Documents are .txt, .md, .html, .pdf, .docx and .epub. Beside a
// document NAME.txt, NAME.yaml says what it does not say itself and
// NAME.glossary.tsv translates its terms.
//
// A document of a folder or list that cannot be read (it is damaged, encrypted, not
// UTF-8, too large, without text) is left out, and the corpus's Skipped says why; it
// is an error where it was named alone, and where nothing else is left. An error
// names the file, with its line where there is one. Faults that leave the text
// readable are the corpus's Warnings. What limits where a document may be quoted must be
// without a fault, or is an error. progress, which may be nil, is told every now
// and then how many of the bytes have been read.
func Load(ctx context.Context, path string, progress func(done, total int64)) (*Corpus, error) {
	return loadSince(ctx, path, progress, nil)
}

// Reload reads the material of c anew and returns it; c itself where nothing has
// changed. Documents whose files have not changed are taken over from c, with their
// passages, unread. A document that had its id in c keeps it where another comes
// whose name would give the same. Progress and errors are those of [Load], but where
// what limits a document has a fault, that is no error: the document is left out, and
// nothing may be left. c stays as it is, whatever happens. The embedded article never
// changes.
func (c *Corpus) Reload(ctx context.Context, progress func(done, total int64)) (*Corpus, error) {
	if c.path == "" {
		return c, nil
	}
	return loadSince(ctx, c.path, progress, c)
}

// sameFaults reports whether the same files were skipped for the same reasons.
func sameFaults(a, b *Corpus) bool {
	if len(a.Skipped) != len(b.Skipped) {
		return false
	}
	for i, s := range a.Skipped {
		if s.String() != b.Skipped[i].String() {
			return false
		}
	}
	return true
}

// loadSince reads the material at path, with earlier, which may be nil, for what has not
// changed since; where nothing has it returns earlier.
func loadSince(ctx context.Context, path string, progress func(done, total int64), earlier *Corpus) (*Corpus, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read corpus: %s: no such file or folder: give the path of a document, a folder of documents or a BEIR folder: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	folder, alone := path, ""
	if !info.IsDir() {
		folder, alone = filepath.Dir(path), filepath.Base(path)
	} else if _, err := os.Stat(filepath.Join(path, collectionFile)); err == nil {
		alone = collectionFile
	}
	l := newLoader(os.DirFS(folder), folder, progress)
	if earlier != nil {
		l.earlier, l.before, l.since = earlier, *earlier.read.Load(), earlier.access.since
	}
	switch {
	case strings.EqualFold(filepath.Ext(alone), ".jsonl"):
		if b := l.before[alone]; b != nil && l.unchanged(b) { // its stamps are the groups file's too
			return earlier, nil
		}
		err = l.collectionAlone(ctx, alone)
	case strings.EqualFold(filepath.Ext(alone), listEnding):
		err = l.listAlone(ctx, alone)
	case alone != "":
		err = l.documentAlone(ctx, alone)
	default:
		err = l.wholeFolder(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	l.corpus.path = path
	return l.finish(path)
}

// loader gathers documents into a corpus.
type loader struct {
	reading
	progress func(done, total int64)
	done     int64
	total    int64
	hash     hash.Hash
	corpus   *Corpus
	pack     *packing         // of a collection, or nil
	lines    []uint32         // of its documents
	kept     []*file          // that the corpus's documents come from, in order
	earlier  *Corpus          // what Reload was asked of, or nil
	before   map[string]*file // what an earlier load read, by name; nil for none
	since    map[string]bool  // what has limited documents so far; nil for the first load
	files    map[string]*file // what this one has read
}

func newLoader(fsys fs.FS, folder string, progress func(done, total int64)) *loader {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	return &loader{
		reading: reading{fsys: fsys, folder: folder}, progress: progress, hash: sha256.New(), files: map[string]*file{},
		corpus: &Corpus{access: access{rules: map[string]rule{}}},
	}
}

// collectionAlone reads a BEIR collection.
func (l *loader) collectionAlone(ctx context.Context, name string) error {
	info, err := fs.Stat(l.fsys, name)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l.total = info.Size()
	f := &file{name: name, stamps: []stamp{l.stamp(name), l.stamp(groupsFile)}}
	l.files[name] = f
	rules, faults := l.admit([]*file{f})
	if err := faults[0]; err != nil {
		if l.corpus.Skipped = append(l.corpus.Skipped, Skip{Path: l.path(name), Err: err}); l.withheld() {
			return nil
		}
		return err
	}
	l.corpus.access.whole = rules[0]
	return l.collection(ctx, name)
}

// documentAlone reads the one document that was named.
func (l *loader) documentAlone(ctx context.Context, name string) error {
	if readers[ending(name)] == nil {
		return fmt.Errorf("%s: unknown kind of file: a document is .txt, .md, .html, .pdf, .docx or .epub, a collection %s%s", l.path(name), collectionFile, instead(name))
	}
	return l.one(ctx, name)
}

// document reads one document into the corpus.
func (l *loader) document(name string) error { return l.one(context.Background(), name) }

// one reads one document into the corpus; that it cannot be read is an error.
func (l *loader) one(ctx context.Context, name string) error {
	if err := l.all(ctx, []string{name}); err != nil {
		return err
	}
	if len(l.corpus.Skipped) > 0 && !l.withheld() {
		return l.corpus.Skipped[0].Err
	}
	return nil
}

// withheld reports whether what an earlier load had is left out for what limits it.
func (l *loader) withheld() bool {
	return l.since != nil && slices.ContainsFunc(l.corpus.Skipped, func(s Skip) bool { return isAccess(s.Err) })
}

// wholeFolder reads every document of the folder. That none can be read is an error.
func (l *loader) wholeFolder(ctx context.Context) error {
	names, err := l.walk(ctx)
	if err != nil {
		return err
	}
	if len(names) == 0 && len(l.corpus.Skipped) == 0 {
		return fmt.Errorf("%s: no documents: put .txt, .md, .html, .pdf, .docx or .epub files there, or a BEIR collection's %s", l.folder, collectionFile)
	}
	if names, err = l.lists(names); err != nil {
		return err
	}
	if err := l.all(ctx, names); err != nil {
		return err
	}
	return l.nothingLeft()
}

// nothingLeft is the error of a folder or list of which nothing could be read; nil
// where something was.
func (l *loader) nothingLeft() error {
	skipped := l.corpus.Skipped
	if len(l.kept) > 0 || len(skipped) == 0 || l.withheld() {
		return nil
	}
	const named = 3 // a sentence cannot hold more
	var reasons []string
	for _, s := range skipped[:min(len(skipped), named)] {
		reasons = append(reasons, s.String())
	}
	more := ""
	if n := len(skipped) - named; n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return fmt.Errorf("%s: no document could be read: %s%s", l.folder, strings.Join(reasons, "; "), more)
}

// all reads documents, by as many workers as there are processors, and takes them in
// by the order of their names.
func (l *loader) all(ctx context.Context, names []string) error {
	sizes := make([]int64, len(names))
	for i, name := range names {
		if info, err := fs.Stat(l.fsys, name); err == nil {
			sizes[i] = info.Size()
			l.total += sizes[i]
		}
	}
	files := make([]*file, len(names))
	todo, done := make(chan int), make(chan int, len(names))
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		group.Go(func() {
			for i := range todo {
				files[i] = l.reading.again(ctx, l.before[names[i]], names[i])
				done <- i
			}
		})
	}
	group.Go(func() {
		defer close(todo)
		for i := range names {
			select {
			case todo <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	var err error
	for range names {
		select {
		case i := <-done:
			l.done += sizes[i]
			l.progress(l.done, l.total)
			continue
		case <-ctx.Done():
			err = ctx.Err()
		}
		break
	}
	group.Wait()
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return err
	}
	return l.takeAll(ctx, files)
}

// takeAll takes files into the corpus, in order, each document under an id of its own.
func (l *loader) takeAll(ctx context.Context, files []*file) error {
	rules, faults := l.admit(files)
	ids := l.identify(files, rules)
	first := firsts(files, rules, ids)
	for i, f := range files {
		if f.err == nil && f.as != ids[i] {
			if f = l.renamed(ctx, f, ids[i]); ctx.Err() != nil {
				return ctx.Err()
			}
		}
		l.files[f.name] = f
		err := cmp.Or(f.err, faults[i])
		if other := first[ids[i]]; err == nil && other != i { // only ids that were given can be the same by now
			err = fmt.Errorf("%s: its id %q is that of %s already: give one of them another id, in the yaml file beside it or its front matter", l.path(f.name), ids[i], l.path(files[other].name))
			nobody := *f // an earlier corpus may have f
			nobody.as = ""
			l.files[f.name] = &nobody
		}
		if err != nil {
			l.corpus.Skipped = append(l.corpus.Skipped, Skip{Path: l.path(f.name), Err: err})
			continue
		}
		f.count(l.hash)
		l.corpus.Warnings = append(l.corpus.Warnings, f.warnings...)
		l.kept = append(l.kept, f)
		if rules[i] != nil {
			l.corpus.access.rules[f.as] = rules[i]
		}
	}
	if l.since != nil {
		return nil
	}
	return errors.Join(faults...)
}

// firsts returns by id who has it: of several files the first, of those that are quoted
// everywhere if there is one.
func firsts(files []*file, rules []rule, ids []string) map[string]int {
	first := map[string]int{}
	for _, limited := range []bool{false, true} {
		for i := range files {
			if _, taken := first[ids[i]]; !taken && ids[i] != "" && (rules[i] != nil) == limited {
				first[ids[i]] = i
			}
		}
	}
	return first
}

// finish returns the corpus read from path, which must hold something; the earlier one
// where that is of the same material.
func (l *loader) finish(path string) (*Corpus, error) {
	l.corpus.Version = fmt.Sprintf("sha256:%x", l.hash.Sum(nil))
	if e := l.earlier; e != nil && e.Version == l.corpus.Version && sameFaults(e, l.corpus) && sameAccess(e, l.corpus) {
		e.read.Store(&l.files)
		return e, nil
	}
	var documents []*Document
	for _, f := range l.kept {
		d := f.document()
		if d == nil {
			return nil, fmt.Errorf("read corpus: %s: %w", l.path(f.name), ErrDamaged)
		}
		documents = append(documents, d)
	}
	if l.pack != nil {
		l.corpus.unpack(l.pack.finish(), nil)
	} else {
		l.corpus.hold(documents)
	}
	if l.corpus.Passages.Len() == 0 && !l.withheld() {
		return nil, fmt.Errorf("read corpus: %s: no text to cite: there is no paragraph in it outside headings and notes", path)
	}
	l.corpus.read.Store(&l.files)
	return l.corpus, nil
}

// versionOf returns the version of some of the documents: what it were of those files
// alone.
func (c *Corpus) versionOf(some []*Document) string {
	of := map[string]*file{}
	for _, f := range *c.read.Load() {
		of[f.as] = f
	}
	h := sha256.New()
	for _, d := range some {
		of[d.ID].count(h)
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}

// ending returns the ending of a file's name in small letters, such as ".txt".
func ending(name string) string { return strings.ToLower(path.Ext(name)) }

// path returns the file's path as messages give it.
func (r *reading) path(name string) string { return filepath.Join(r.folder, filepath.FromSlash(name)) }
