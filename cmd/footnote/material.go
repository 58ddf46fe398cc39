package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"footnote/bot"
	"footnote/bot/llm"
	"footnote/corpus"
	"footnote/retrieval/keyword"

	"github.com/schollz/progressbar/v3"
)

// asker answers questions; [bot.Bot] is one.
type asker interface {
	Ask(ctx context.Context, q bot.Question) (bot.Answer, error)
}

// material is what a run answers from.
type material struct {
	corpus *corpus.Corpus
	index  *keyword.Index // nil where a cluster searches
	search bot.Searcher   // index or the cluster, or that with meaning
	bot    *bot.Bot
}

// open reads the material that the settings name and prepares it for questions.
func (con *console) open(ctx context.Context, v values) (*material, error) {
	c, x, told, err := con.stock(ctx, v)
	if err != nil {
		return nil, err
	}
	if told != "" {
		con.note("%s", told)
	}
	if place := v["as"]; place != "" {
		if !corpus.IsPlace(place) {
			return nil, usagef("--as: %q is no place: write slack:T0123:C0123 (workspace and channel, or person) or discord:456:123 (server and channel, or @me and person)", place)
		}
		if seen := c.In(place); seen != c {
			c, x = seen, keyword.New(seen, keyword.Default())
		}
	}
	con.skipped(c, manySkipped)
	if n := len(c.Warnings); n > 0 {
		con.note("the material has faults (%d); footnote index lists them", n)
	}
	means, err := con.meaning(con.quiet(), v)
	if err != nil {
		return nil, err
	}
	words, err := con.searcher(ctx, v, c, x)
	if err != nil {
		return nil, err
	}
	search, err := con.search(ctx, means, words, c)
	if err != nil {
		return nil, err
	}
	m, err := con.prepare(con.quiet(), v, c, x, search, nil)
	return m, cmp.Or(err, ctx.Err())
}

// stock returns the material that the settings name, with its index; none where a
// cluster has that.
func (con *console) stock(ctx context.Context, v values) (c *corpus.Corpus, x *keyword.Index, told string, err error) {
	if hasCluster(v) {
		c, err = con.read(ctx, v["corpus"])
		return c, nil, "", err
	}
	return con.indexed(ctx, v)
}

// indexed returns the material that the settings name, with its index: as they are stored,
// where they are and nothing has changed since; or else the index is made, of what the
// stored one lacks or of everything, and told says why.
func (con *console) indexed(ctx context.Context, v values) (c *corpus.Corpus, x *keyword.Index, told string, err error) {
	if v["index"] != "" && v["corpus"] != "" {
		c, x, told, err = con.stored(ctx, v)
		if x != nil || err != nil {
			return c, x, told, err
		}
	}
	if c, err = con.read(ctx, v["corpus"]); err != nil {
		return nil, nil, "", err
	}
	bar := con.progress("indexing")
	defer bar.close()
	x, err = keyword.Build(ctx, c, keyword.Default(), bar.set)
	return c, x, told, err
}

// stored opens the stored index, and brings it up to date. Where it cannot be used it
// returns none, and told says why.
func (con *console) stored(ctx context.Context, v values) (c *corpus.Corpus, x *keyword.Index, told string, err error) {
	x, c, err = keyword.Open(v["index"], v["corpus"], keyword.Default())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Sprintf("there is no index at %s yet: footnote index stores it", v["index"]), nil
	}
	if err != nil {
		return nil, nil, fmt.Sprintf("the stored index is not used, and made anew: %v", err), nil
	}
	bar := con.progress("reading")
	defer bar.close()
	next, err := c.Reload(ctx, bar.set)
	switch {
	case errors.Is(err, corpus.ErrDamaged):
		return nil, nil, fmt.Sprintf("the stored index is not used, and made anew: %v", err), nil
	case ctx.Err() != nil:
		return nil, nil, "", ctx.Err()
	case err != nil:
		return nil, nil, "", &usageError{err}
	case next == c:
		return c, x, "", nil
	}
	if x, err = x.Update(ctx, next); err != nil {
		return nil, nil, "", err
	}
	x.Merge(ctx)
	return next, x, fmt.Sprintf("the material has changed since the index %s was stored: what has changed was read anew; footnote index stores it again", v["index"]), ctx.Err()
}

// manySkipped is how many skipped files are named where the material is not what was
// asked about.
const manySkipped = 10

// skipped tells stderr which files were left out of the material, and why; at most so
// many of them by name.
func (con *console) skipped(c *corpus.Corpus, most int) {
	for i, s := range c.Skipped {
		if i == most {
			con.note("%d more files are skipped; footnote index lists them", len(c.Skipped)-most)
			return
		}
		con.note("skipped: %s", s)
	}
}

// prepare makes material that can be asked, by the writer that the settings name, whose
// tokens are counted in tally.
func (con *console) prepare(log *slog.Logger, v values, c *corpus.Corpus, x *keyword.Index, search bot.Searcher, tally llm.Tally) (*material, error) {
	b, err := writtenFor(log, v, bot.New(c, search, bot.Shipped()), tally)
	if err != nil {
		return nil, err
	}
	return &material{corpus: c, index: x, search: search, bot: b}, nil
}

// read reads the material at path, the embedded article for "".
func (con *console) read(ctx context.Context, path string) (*corpus.Corpus, error) {
	if path == "" {
		return corpus.Article()
	}
	bar := con.progress("reading")
	defer bar.close()
	c, err := corpus.Load(ctx, path, bar.set)
	if err != nil && ctx.Err() == nil {
		return nil, &usageError{err}
	}
	return c, err
}

// patience is how long work goes on before its progress is shown: a bar that is
// gone at once only flickers.
const patience = time.Second

// progress shows on a terminal how far a piece of work has come, once it has taken
// long. The nil progress shows nothing. It is not safe for concurrent use.
type progress struct {
	con   *console
	what  string
	start time.Time
	bar   *progressbar.ProgressBar
}

// progress returns the progress of a piece of work that begins now, nil where
// standard error is no terminal.
func (con *console) progress(what string) *progress {
	if !isTerminal(con.err) {
		return nil
	}
	return &progress{con: con, what: what, start: time.Now()}
}

// set tells how much of the work is done.
func (p *progress) set(done, total int64) {
	if p == nil || p.bar == nil && time.Since(p.start) < patience {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(p.con.err), progressbar.OptionSetDescription(p.what),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
	}
	_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
}

// close takes the bar away.
func (p *progress) close() {
	if p != nil && p.bar != nil {
		_ = p.bar.Finish()
	}
}
