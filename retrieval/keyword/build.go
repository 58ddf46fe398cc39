package keyword

import (
	"context"
	"runtime"
	"sync"

	"footnote/corpus"
	"footnote/retrieval/analysis"
	"footnote/retrieval/postings"
)

// share is some of the passages, and what a reader makes of them.
type share struct {
	places     []uint32
	batch      *postings.Batch
	prints     []byte
	kinds      []byte
	introduced []introduction
	ready      chan struct{}
}

// sharePassages is how many passages a reader takes at a time: enough that handing
// them over costs nothing, few enough that all readers end at about the same time.
const sharePassages = 256

// build reads the passages at places of the corpus into parts: one, or as many as have
// room for them. The texts are read on all processors; of what they give, no more is kept at a time than a few
// shares, beside the parts themselves. Lengths are normalised by their means over the
// parts that stand beside, too; the first of the new is numbered after them.
func build(ctx context.Context, c *corpus.Corpus, places []uint32, s Settings, beside []part, progress func(done, total int64)) ([]part, error) {
	var others []*postings.Segment
	first := 0
	for _, p := range beside {
		others, first = append(others, p.Segment), first+p.Passages()
	}
	var group sync.WaitGroup
	defer group.Wait()
	var parts []part
	b, last := postings.NewBuilder(weighed(s)), part{base: uint32(first)}
	var introduced []introduction
	end := func() {
		list := introduced
		last.Segment, last.introduced = b.Segment(others...), func() []introduction { return list }
		parts = append(parts, last)
	}
	done := int64(0)
	for h := range read(ctx, &group, c, places) {
		<-h.ready
		if !b.Take(h.batch) { // unreachable unless the machine has tens of gigabytes of memory
			end()
			b, last, introduced = postings.NewBuilder(weighed(s)), part{base: last.base + uint32(len(last.kinds))}, nil
			b.Take(h.batch)
		}
		for _, i := range h.introduced {
			introduced = append(introduced, introduction{i.passage + uint32(len(last.kinds)), i.Acronym})
		}
		last.prints, last.kinds = append(last.prints, h.prints...), append(last.kinds, h.kinds...)
		if done += int64(len(h.places)); progress != nil {
			progress(done, int64(len(places)))
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	end()
	return parts, nil
}

// read reads the passages at places, as many at a time as there are processors, and
// returns the shares in order, each ready by and by. Where ctx ends, so do they.
func read(ctx context.Context, group *sync.WaitGroup, c *corpus.Corpus, places []uint32) <-chan *share {
	workers := max(1, min(runtime.GOMAXPROCS(0), len(places)/sharePassages))
	todo, order := make(chan *share), make(chan *share, 2*workers)
	for range workers {
		group.Go(func() {
			r := newReader()
			for h := range todo {
				r.read(c, h)
				close(h.ready)
			}
		})
	}
	group.Go(func() {
		defer close(order)
		defer close(todo)
		for i := 0; i < len(places) && ctx.Err() == nil; i += sharePassages {
			h := &share{places: places[i:min(len(places), i+sharePassages)], ready: make(chan struct{})}
			order <- h
			todo <- h
		}
	})
	return order
}

// weighed are the settings as the postings know them.
func weighed(s Settings) postings.Settings {
	return postings.Settings{K1: s.K1, Fields: []postings.Field{text: {Weight: 1, B: s.B}, heading: {Weight: s.Heading, B: s.HeadingB}, notes: {Weight: s.Notes, B: s.B}}}
}

// reader turns passages into batches of terms.
type reader struct {
	analyzer *analysis.Analyzer
	tokens   []analysis.Token
	batch    *postings.Batch
	printer  printer
	headings map[string][]string // the terms of headings, which many passages share
}

func newReader() *reader {
	return &reader{analyzer: analysis.New(), headings: make(map[string][]string)}
}

// read reads the passages of a share.
func (r *reader) read(c *corpus.Corpus, h *share) {
	r.batch = postings.NewBatch(fields)
	clear(r.headings)
	for i, place := range h.places {
		p := c.Passages.At(int(place))
		if p == nil {
			p = &corpus.Passage{Document: &corpus.Document{}} // a stored corpus is damaged there
		}
		r.text(p)
		r.heading(p)
		r.notes(p)
		h.prints, h.kinds = append(h.prints, r.printer.of(p)...), append(h.kinds, byte(p.Kind))
		for _, a := range acronymsIn(p.Text) {
			h.introduced = append(h.introduced, introduction{uint32(i), a})
		}
	}
	h.batch = r.batch
}

func (r *reader) text(p *corpus.Passage) {
	r.tokens = r.analyzer.Tokens(r.tokens[:0], p.Text)
	next := 0
	for _, tok := range r.tokens {
		if tok.Stop {
			continue
		}
		t := r.batch.Term(tok.Term)
		if next < len(p.Sentences) && tok.Start >= p.Sentences[next].Start {
			for next < len(p.Sentences) && tok.Start >= p.Sentences[next].Start {
				next++
			}
			t |= postings.SentenceMark
		}
		r.batch.Add(t)
	}
	r.batch.Next()
}

// headings returns what stands above a passage.
func headings(p *corpus.Passage) string {
	h := p.Document.Title
	if t := p.Heading(); t != "" && t != h {
		h += "\n" + t
	}
	return h
}

func (r *reader) heading(p *corpus.Passage) {
	h := headings(p)
	terms, ok := r.headings[h]
	if !ok {
		r.tokens = r.analyzer.Tokens(r.tokens[:0], h)
		for _, tok := range r.tokens {
			if !tok.Stop {
				terms = append(terms, tok.Term)
			}
		}
		r.headings[h] = terms
	}
	for _, t := range terms {
		r.batch.Add(r.batch.Term(t))
	}
	r.batch.Next()
}

func (r *reader) notes(p *corpus.Passage) {
	for _, ref := range p.Refs {
		n := p.Document.Note(ref.Number)
		if n == nil {
			continue
		}
		r.tokens = r.analyzer.Tokens(r.tokens[:0], n.Text)
		for _, tok := range r.tokens {
			if !tok.Stop {
				r.batch.Add(r.batch.Term(tok.Term))
			}
		}
	}
	r.batch.Next()
}
