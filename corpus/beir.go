package corpus

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"sync"
	"unicode"
	"unicode/utf8"
)

// record is a line of a collection.
type record struct {
	ID    *string `json:"_id"`
	Title string  `json:"title"`
	Text  string  `json:"text"`
	URL   string  `json:"url"`
}

// batch is a run of lines, and the documents they hold, packed, once they are read.
type batch struct {
	line  int // number of the first
	size  int
	data  []byte
	texts packer
	docs  []packedDocument
	lines []uint32 // of docs
	err   error
	ready chan struct{}
}

// batchBytes is about how much is read at once: enough that handing a batch from
// one goroutine to another costs nothing beside reading it, little enough that
// progress is seen and a cancelled load ends at once.
const batchBytes = 1 << 20

// collection reads a BEIR corpus.jsonl: each record is a document of one paragraph. It
// is kept packed, which takes a fraction of the memory.
func (l *loader) collection(ctx context.Context, name string) error {
	file, err := l.fsys.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	path := l.path(name)
	ctx, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	todo, order := make(chan *batch, workers), make(chan *batch, 2*workers)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	for range workers {
		group.Go(func() {
			for b := range todo {
				b.read(path)
				close(b.ready)
			}
		})
	}
	var readErr error
	group.Go(func() {
		defer close(order)
		defer close(todo)
		readErr = l.batches(ctx, file, todo, order)
	})
	l.pack = &packing{collection: path, texts: make([]byte, 0, l.total+l.total/8)} // what is packed is about as long as it was
	for b := range order {
		<-b.ready
		if err := l.take(b, path); err != nil {
			return err
		}
	}
	if readErr != nil {
		return readErr
	}
	if len(l.pack.ids) == 0 {
		return fmt.Errorf("%s: the collection is empty: write a record a line, such as {\"_id\":\"1\",\"title\":\"…\",\"text\":\"…\"}", path)
	}
	if i, twice := l.pack.sort(); twice {
		return fmt.Errorf("%s:%d: the record's \"_id\" %q is that of an earlier line: give each one of its own", path, l.lines[i], l.pack.ids[i])
	}
	return nil
}

// batches cuts the file into batches and sends each to both channels, until the
// file ends or ctx does.
func (l *loader) batches(ctx context.Context, file io.Reader, todo, order chan<- *batch) error {
	fmt.Fprintf(l.hash, "%s\n", collectionFile)
	in := bufio.NewReaderSize(io.TeeReader(file, l.hash), 256<<10)
	for line := 1; ; {
		b := &batch{line: line, data: make([]byte, 0, batchBytes+4096), ready: make(chan struct{})}
		var err error
		for err == nil || err == bufio.ErrBufferFull {
			if err == nil && len(b.data) >= batchBytes {
				break
			}
			var part []byte
			part, err = in.ReadSlice('\n')
			b.data = append(b.data, part...)
			if err == nil {
				line++
			}
		}
		b.size = len(b.data)
		for _, to := range []chan<- *batch{todo, order} {
			select {
			case to <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// read turns the batch's lines into documents.
func (b *batch) read(path string) {
	data, line := b.data, b.line
	for ; len(data) > 0 && b.err == nil; line++ {
		var text []byte
		text, data, _ = bytes.Cut(data, []byte("\n"))
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		d, err := recordDocument(text)
		if err != nil {
			b.err = fmt.Errorf("%s:%d: %w", path, line, err)
			return
		}
		d.Path = path
		b.docs, b.lines = append(b.docs, b.texts.packed(d, path)), append(b.lines, uint32(line))
	}
	b.data = nil
}

// recordDocument returns the document of one line.
func recordDocument(line []byte) (*Document, error) {
	if !utf8.Valid(line) {
		return nil, fmt.Errorf("not UTF-8: save the file in that encoding")
	}
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, fmt.Errorf("not a record such as {\"_id\":\"1\",\"title\":\"…\",\"text\":\"…\"}: %w", err)
	}
	if r.ID == nil || *r.ID == "" {
		return nil, fmt.Errorf("the record has no \"_id\": give each one of its own")
	}
	d := &Document{ID: *r.ID, Title: r.Title, URL: r.URL, Source: r.Text, Language: language(r.Text)}
	if text := plainBody(r.Text); text.text != "" {
		d.Passages = paragraphs(d, nil, 1, text)
	}
	return d, nil
}

// take adds a batch's documents to the corpus.
func (l *loader) take(b *batch, path string) error {
	for i, d := range b.docs {
		if d.passages == 0 {
			l.corpus.Warnings = append(l.corpus.Warnings, Warning{Path: path, Line: int(b.lines[i]), What: fmt.Sprintf("record %q has no text", d.id)})
		}
	}
	l.pack.add(b.texts.out, b.docs)
	l.lines = append(l.lines, b.lines...)
	l.done += int64(b.size)
	l.progress(l.done, l.total)
	return b.err
}

// language guesses the language of a text from its script: "ja", "ko" or "zh",
// or "" for all others.
func language(text string) string {
	guess := ""
	for _, r := range text {
		switch {
		case r < 0x1100:
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "ja"
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Han, r):
			guess = "zh"
		}
	}
	return guess
}
