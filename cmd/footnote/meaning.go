package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"footnote/bot"
	"footnote/bot/llm"
	"footnote/corpus"
	"footnote/retrieval/opensearch"
	"footnote/retrieval/vector"
)

// meaning is what finds passages by meaning. The nil one finds nothing: searches are by
// words.
type meaning struct {
	embedder  vector.Embedder
	store     *vector.Store
	sentences bool // are embedded too
}

// hasEmbeddings reports whether the settings name a model that embeds.
func hasEmbeddings(v values) bool {
	return v["embed-passage-model"] != "" || v["embed-query-model"] != ""
}

// questionsKept is of how many questions the vectors are kept: a few hundred kilobytes.
const questionsKept = 256

// embedder returns the embedder of the settings, nil where they name none. An address
// or a key of its own it need not have: it takes those of the model that writes.
func embedder(log *slog.Logger, v values) (*llm.Embedder, error) {
	if !hasEmbeddings(v) {
		if v["embed-base-url"] != "" {
			return nil, usagef("FOOTNOTE_EMBED_BASE_URL is set and no model is named: set FOOTNOTE_EMBED_PASSAGE_MODEL, and FOOTNOTE_EMBED_QUERY_MODEL where questions have one of their own")
		}
		return nil, nil
	}
	conf := llm.EmbedConfig{
		BaseURL: v["embed-base-url"], Key: v["embed-api-key"], Passage: v["embed-passage-model"], Query: v["embed-query-model"],
		Question: time.Duration(v.number("embed-timeout", 0)) * time.Second,
	}
	if conf.BaseURL == "" {
		conf.BaseURL = v["openai-base-url"]
	}
	if conf.Key == "" {
		conf.Key = v["openai-api-key"]
	}
	e, err := llm.NewEmbedder(log, conf)
	if err != nil {
		return nil, &usageError{err}
	}
	return e, nil
}

// meaning returns what the settings name, with what was embedded before, until the run
// ends.
func (con *console) meaning(log *slog.Logger, v values) (*meaning, error) {
	e, err := embedder(log, v)
	if e == nil || err != nil {
		return nil, err
	}
	m := &meaning{embedder: vector.Remember(e, questionsKept), sentences: v.yes("embed-sentences")}
	path := con.vectorsPath(v, e.Model())
	if path == "" {
		con.note("there is no home folder to keep vectors in, and all passages are embedded anew each time: name a folder with --embed-store")
		m.store = vector.Memory(e.Model())
		return m, nil
	}
	if m.store, err = vector.Open(path, e.Model()); err != nil {
		return nil, &usageError{err}
	}
	con.atEnd = append(con.atEnd, m.store.Close)
	return m, nil
}

// vectorsPath returns the file for a model's vectors, "" where there is no place.
func (con *console) vectorsPath(v values, model string) string {
	folder := v["embed-store"]
	if folder == "" {
		cache := con.getenv("XDG_CACHE_HOME")
		if home := con.getenv("HOME"); cache == "" && home != "" {
			cache = filepath.Join(home, ".cache")
		}
		if cache == "" {
			return ""
		}
		folder = filepath.Join(cache, "footnote", "vectors")
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, model)
	sum := fnv.New32a() // two names that are alike without their other characters
	sum.Write([]byte(model))
	return filepath.Join(folder, fmt.Sprintf("%s-%08x", plain[:min(len(plain), 80)], sum.Sum32()))
}

// over returns a search over c, which words searches: by meaning too as far as the
// passages are embedded. What a cluster searches by words it searches by its own vectors.
func (m *meaning) over(words bot.Searcher, c *corpus.Corpus) (bot.Searcher, error) {
	if m == nil {
		return words, nil
	}
	var x *vector.Index
	var err error
	if there, ok := words.(*opensearch.Index); ok {
		x, err = vector.Elsewhere(m.store, m.embedder, there.Summary(), there)
	} else {
		x, err = vector.New(m.store, m.embedder, c)
	}
	if err != nil {
		return nil, err
	}
	return vector.Fuse(words, x), nil
}

// vectors returns what there is of vectors, nil where there are to be none.
func (m *meaning) vectors() *vector.Store {
	if m == nil {
		return nil
	}
	return m.store
}

// fill embeds what is not embedded yet of c.
func (m *meaning) fill(ctx context.Context, c *corpus.Corpus, progress func(done, total int64)) error {
	if m == nil {
		return nil
	}
	return vector.Fill(ctx, m.store, m.embedder, c, m.sentences, progress)
}

// search returns a search over c with all its passages embedded now, unless a cluster has
// the vectors. Where the embedder fails, it goes on with what there is, and says so.
func (con *console) search(ctx context.Context, m *meaning, words bot.Searcher, c *corpus.Corpus) (bot.Searcher, error) {
	var err error
	if _, ok := words.(*opensearch.Index); ok && m != nil {
		err = con.tolerate(ctx, m.store.Check(ctx, m.embedder))
	} else {
		err = con.fill(ctx, m, c)
	}
	if err != nil {
		return nil, err
	}
	return m.over(words, c)
}

// fill embeds what is not embedded yet of c, as far as the embedder does not fail.
func (con *console) fill(ctx context.Context, m *meaning, c *corpus.Corpus) error {
	bar := con.progress("embedding")
	err := m.fill(ctx, c, bar.set)
	bar.close()
	return con.tolerate(ctx, err)
}

// tolerate says why not all is embedded, and returns an error where one cannot go on.
func (con *console) tolerate(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, vector.ErrChanged):
		return &usageError{err}
	case err != nil:
		con.note("what is not embedded yet is looked for by its words alone: %v", err)
	}
	return nil
}

// embedding embeds in the background what the material has, while it is being asked.
type embedding struct {
	log     *slog.Logger
	meaning *meaning
	live    *living
	supply  *supply       // where passages are found by a cluster that is kept up to date; or nil
	next    chan state    // the latest, until it is taken
	again   time.Duration // after so long a server that failed is asked to embed again
}

// newEmbedding returns what embeds the material of live.
func newEmbedding(log *slog.Logger, m *meaning, live *living) *embedding {
	return &embedding{log: log, meaning: m, live: live, next: make(chan state, 1), again: time.Minute}
}

// state is a bot with what it answers from.
type state struct {
	bot    *bot.Bot
	corpus *corpus.Corpus
	words  bot.Searcher
	views  *bot.Views // of bot
}

// take has what s has embedded, in place of what was to be.
func (e *embedding) take(s state) {
	if e == nil {
		return
	}
	select {
	case <-e.next:
	default:
	}
	e.next <- s // there is room: nobody else sends
}

// run embeds until ctx ends.
func (e *embedding) run(ctx context.Context) {
	var now state
	var retry <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now = <-e.next:
		case <-retry:
		}
		retry = nil
		if err := e.embed(ctx, now); err != nil && ctx.Err() == nil {
			e.log.Warn("the material is not embedded; what is missing is found by its words alone", "again", e.again, "error", err)
			retry = time.After(e.again)
		}
	}
}

// embed embeds what s has, and has questions answered by its meaning, unless there is
// other material by then.
func (e *embedding) embed(ctx context.Context, s state) error {
	before, start := e.meaning.store.Len(), time.Now()
	if err := e.meaning.fill(ctx, s.corpus, nil); err != nil {
		return err
	}
	if e.supply != nil {
		var err error
		if s.words, err = e.supply.complete(ctx, s.corpus, s.words); err != nil {
			return err
		}
	}
	search, err := e.meaning.over(s.words, s.corpus)
	if err != nil {
		return err
	}
	e.live.now.CompareAndSwap(s.views, s.bot.Over(s.corpus, search).Views(nil, e.live.view))
	e.log.Info("material embedded", "texts", e.meaning.store.Len()-before, "seconds", time.Since(start).Seconds())
	return nil
}

// checkEmbeddings says whether passages are found by meaning, and whether what embeds
// them answers.
func (con *console) checkEmbeddings(ctx context.Context, v values) []finding {
	e, err := embedder(slog.New(slog.DiscardHandler), v)
	switch {
	case err != nil:
		return []finding{{wrong, "Embeddings: " + err.Error() + ".", ""}}
	case e == nil:
		return nil
	}
	return marked(e.Check(ctx), known) // passages are found by words meanwhile
}
