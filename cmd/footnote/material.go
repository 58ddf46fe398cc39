package main

import (
	"cmp"
	"context"
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
	index  *keyword.Index
	bot    *bot.Bot
}

// open reads the material that the settings name and prepares it for questions.
func (con *console) open(ctx context.Context, v values) (*material, error) {
	c, err := con.read(ctx, v["corpus"])
	if err != nil {
		return nil, err
	}
	if place := v["as"]; place != "" {
		if !corpus.IsPlace(place) {
			return nil, usagef("--as: %q is no place: write slack:T0123:C0123 (workspace and channel, or person) or discord:456:123 (server and channel, or @me and person)", place)
		}
		c = c.In(place)
	}
	con.skipped(c, manySkipped)
	if n := len(c.Warnings); n > 0 {
		con.note("the material has faults (%d); footnote index lists them", n)
	}
	m, err := con.prepare(con.quiet(), v, c, nil)
	return m, cmp.Or(err, ctx.Err())
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
func (con *console) prepare(log *slog.Logger, v values, c *corpus.Corpus, tally llm.Tally) (*material, error) {
	x := keyword.New(c, keyword.Default())
	b, err := writtenFor(log, v, bot.New(c, x, bot.Shipped()), tally)
	if err != nil {
		return nil, err
	}
	return &material{corpus: c, index: x, bot: b}, nil
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
