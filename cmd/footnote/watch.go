package main

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval/keyword"

	"github.com/fsnotify/fsnotify"
)

// living answers from the material as it is at the moment. A question is answered
// from one state of it, whatever happens meanwhile: what it was when it was asked, as far
// as it may be quoted where it was. It is safe for concurrent use.
type living struct {
	now    atomic.Pointer[bot.Views]
	corpus atomic.Pointer[corpus.Corpus] // all of it
	means  *meaning                      // finds by meaning too; nil for by words alone
}

// Ask implements [bot.Asker].
func (l *living) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	return l.now.Load().Ask(ctx, q)
}

// AskTelling implements [bot.Teller].
func (l *living) AskTelling(ctx context.Context, q bot.Question, tell func(bot.Answer)) (bot.Answer, error) {
	return l.now.Load().AskTelling(ctx, q, tell)
}

// Complete implements [bot.Completer].
func (l *living) Complete(ctx context.Context, q bot.Question, limit int) []bot.Suggestion {
	return l.now.Load().Complete(ctx, q, limit)
}

// In returns what may be read in a place at the moment.
func (l *living) In(place string) *corpus.Corpus { return l.now.Load().In(place) }

// May implements [bot.Gate].
func (l *living) May(place string, a bot.Answer) bool { return l.now.Load().May(place, a) }

// size returns how much is answered from where nothing is limited.
func (l *living) size() (documents, passages int) {
	c := l.corpus.Load()
	return c.Documents.Len(), c.Passages.Len()
}

var (
	_ bot.Teller    = (*living)(nil)
	_ bot.Completer = (*living)(nil)
	_ bot.Gate      = (*living)(nil)
)

// become has questions answered by b, which is over all, from now on, everywhere at once:
// in each place from what may be quoted there.
func (l *living) become(b *bot.Bot, all *corpus.Corpus) {
	l.corpus.Store(all)
	l.now.Store(b.Views(l.now.Load(), l.view))
}

// view returns the search of what a place may see where that isn't all. Where the vectors
// cannot be read it is by words alone: that is said of the whole.
func (l *living) view(c *corpus.Corpus) bot.Searcher {
	words := keyword.New(c, keyword.Default())
	if search, err := l.means.over(words, c); err == nil {
		return search
	}
	return words
}

// renewal makes what searches material that has changed; tidy puts it in order
// afterwards.
type renewal func(ctx context.Context, c *corpus.Corpus) (search bot.Searcher, tidy func(context.Context), err error)

// updated updates an index.
func updated(x *keyword.Index) renewal {
	return func(ctx context.Context, c *corpus.Corpus) (bot.Searcher, func(context.Context), error) {
		next, err := x.Update(ctx, c)
		if err != nil {
			return nil, nil, err
		}
		x = next
		return next, next.Merge, nil
	}
}

// watcher reads the material anew when its files change.
type watcher struct {
	log       *slog.Logger
	path      string
	corpus    *corpus.Corpus // as it was read last
	bot       *bot.Bot       // over all of that
	live      *living
	renew     renewal
	embedding *embedding    // embeds what is new; may be nil
	quiet     time.Duration // after a change, for the next: files are copied piece by piece
	most      time.Duration // from the first change of a burst to a look
	poll      time.Duration // between two looks where nothing is told: some file systems tell nothing
	asked     chan struct{} // asks for a look at once
	still     bool          // looks only when it is asked to
}

// newWatcher returns a watcher of the material at path. Half a second without a change
// ends a burst of them; a copy that goes on is looked at every five. To look at 10,000
// files takes 0.06 s (BenchmarkReload of package corpus), every 30 s.
func newWatcher(log *slog.Logger, path string, m *material, live *living) *watcher {
	return &watcher{log: log, path: path, corpus: m.corpus, bot: m.bot, live: live, renew: updated(m.index), quiet: 500 * time.Millisecond, most: 5 * time.Second, poll: 30 * time.Second, asked: make(chan struct{}, 1)}
}

// run watches until ctx ends. Where the system tells of no changes it looks for them.
func (w *watcher) run(ctx context.Context) {
	if w.still {
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.asked:
				w.look(ctx)
			}
		}
	}
	var events chan fsnotify.Event
	var faults chan error
	told, err := fsnotify.NewWatcher()
	if err != nil {
		w.log.Warn("changes of the material are looked for, since the system does not tell of them", "every", w.poll, "error", err)
	} else {
		defer func() { _ = told.Close() }() // nothing is written
		events, faults = told.Events, told.Errors
		w.follow(told)
	}
	w.look(ctx) // at what has changed since it was read
	poll := time.NewTicker(w.poll)
	defer poll.Stop()
	var due <-chan time.Time
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case err := <-faults:
			w.log.Warn("watch the material", "error", err)
		case e := <-events:
			if e.Has(fsnotify.Chmod) && e.Op == fsnotify.Chmod || strings.HasPrefix(filepath.Base(e.Name), ".") {
				continue
			}
			if due == nil {
				first = time.Now()
			}
			due = time.After(min(w.quiet, max(0, w.most-time.Since(first))))
			continue
		case <-due:
		case <-poll.C:
		case <-w.asked:
		}
		due = nil
		if told != nil {
			w.follow(told) // before reading: a folder that comes later tells of itself
		}
		w.look(ctx)
	}
}

// follow has changes told of every folder of the material. One that cannot be
// followed is looked at all the same, by and by.
func (w *watcher) follow(told *fsnotify.Watcher) {
	root := w.path
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		root = filepath.Dir(root)
		_ = told.Add(root)
		return
	}
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case path != root && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		}
		if err := told.Add(path); err != nil {
			w.log.Debug("a folder is not watched, only looked at", "folder", path, "error", err)
		}
		return nil
	})
}

// look reads what has changed of the material, and has questions answered from it as it
// is now from then on; then it puts the index in order, beside them. Where the material
// cannot be read, the earlier stays.
func (w *watcher) look(ctx context.Context) {
	next, err := w.corpus.Reload(ctx, nil)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Error("the material has changed and cannot be read; answers come from the earlier until it can: put it back, or set FOOTNOTE_CORPUS", "error", err)
		}
		return
	}
	if next == w.corpus {
		return
	}
	known := map[string]bool{}
	for _, s := range w.corpus.Skipped {
		known[s.String()] = true
	}
	for _, s := range next.Skipped {
		if !known[s.String()] {
			w.log.Warn("skipped", "file", s.Path, "reason", s.String())
		}
	}
	words, tidy, err := w.renew(ctx, next)
	if err != nil { // the next look tries again
		if ctx.Err() == nil {
			w.log.Error("the material has changed and cannot be indexed; answers come from the earlier", "error", err)
		}
		return
	}
	search, err := w.live.means.over(words, next)
	if err != nil {
		w.log.Error("the vectors cannot be read; passages are found by their words alone", "error", err)
		search = words
	}
	w.bot = w.bot.Over(next, search)
	w.live.become(w.bot, next)
	w.embedding.take(state{w.bot, next, words, w.live.now.Load()})
	w.corpus = next
	w.log.Info("material read anew", "version", next.Version, "documents", next.Documents.Len(), "passages", next.Passages.Len(), "skipped", len(next.Skipped), "views", w.live.now.Load().Len())
	tidy(ctx) // beside the questions: they see the index as it was until it is done
}
