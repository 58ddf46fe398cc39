// Package eval scores question sets: how well the passages are ranked, how often an
// answer is right, and how often none is given where there is none.
//
// A set is a file of questions about the material, or a BEIR folder with relevance
// judgements, and answers where it has them. The measures are those of the script
// that comes with the sets, to the last digit.
//
// The package knows neither how passages are found nor how answers are made: it is
// handed something that searches and something that answers.
package eval

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval"
)

// Asker answers questions.
type Asker interface {
	Ask(ctx context.Context, q bot.Question) (bot.Answer, error)
}

// Material is what a set is scored over.
type Material struct {
	Corpus   *corpus.Corpus
	Searcher retrieval.Searcher
	Asker    Asker
	Written  bool  // a model has a part in Asker's answers: they take long, and have figures of their own
	Eager    Asker // as Asker, but with an answer to everything that finds a sentence
	Meant    bool  // the searcher finds by meaning too
	Fit      func(ctx context.Context, examples []bot.Example, falsely float64) (bot.Model, error)
}

// articleFile holds the questions about the material itself.
const articleFile = "article-questions.jsonl"

// article is the name of that set.
const article = "article"

// answersSet is the set of which answers and the threshold are measured.
const answersSet = "squad2-dev"

// known are the sets there ought to be. A folder may have others.
var known = []string{article, answersSet, "scifact-dev", "cranfield-dev", "qmsum-dev", "mtragun-dev", "jsquad-dev", "xquad-dev"}

// Eval scores the question sets of a folder.
type Eval struct {
	Folder string
	Sets   []string                                                 // only these; none means all
	Open   func(ctx context.Context, path string) (Material, error) // "" is the material that the article's questions are about
	Log    func(format string, args ...any)                         // told what was skipped, what went wrong and how long it took
}

// names returns the sets that are there, in the order of the table.
func (e Eval) names() ([]string, error) {
	entries, err := os.ReadDir(e.Folder)
	if err != nil {
		return nil, fmt.Errorf("read question sets: %w", err)
	}
	there := map[string]bool{}
	for _, entry := range entries {
		name := entry.Name()
		_, err := os.Stat(filepath.Join(e.Folder, name, "qrels.tsv"))
		switch {
		case name == articleFile:
			there[article] = true
		case entry.IsDir() && err == nil:
			there[name] = true
		}
	}
	var names []string
	for _, name := range append(slices.Clone(known), slices.Sorted(maps.Keys(there))...) {
		wanted := len(e.Sets) == 0 || slices.Contains(e.Sets, name)
		switch {
		case !wanted || slices.Contains(names, name):
		case there[name]:
			names = append(names, name)
		default:
			e.Log("skipped %s: not in %s", name, e.Folder)
		}
	}
	for _, name := range e.Sets {
		if name == attribution {
			names = append(names, name)
			continue
		}
		if !there[name] && !slices.Contains(known, name) {
			return nil, fmt.Errorf("read question sets: there is no set %q in %s", name, e.Folder)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("read question sets: none in %s: a set is %s, or a folder with corpus.jsonl, queries.jsonl and qrels.tsv", e.Folder, articleFile)
	}
	return names, nil
}

// Table scores the sets and returns their figures.
func (e Eval) Table(ctx context.Context) (Table, error) {
	names, err := e.names()
	if err != nil {
		return nil, err
	}
	var t Table
	for _, name := range names {
		start := time.Now()
		score := e.collection
		switch name {
		case article:
			score = e.article
		case attribution:
			score = e.attribution
		}
		figures, err := score(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("score %s: %w", name, err)
		}
		t = append(t, Column{Set: name, Figures: figures})
		e.Log("%s: %.1f s", name, time.Since(start).Seconds())
	}
	return t, nil
}

// collection scores a BEIR folder.
func (e Eval) collection(ctx context.Context, name string) ([]Figure, error) {
	folder := filepath.Join(e.Folder, name)
	queries, err := Queries(filepath.Join(folder, "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	judged, err := judgements(filepath.Join(folder, "qrels.tsv"))
	if err != nil {
		return nil, err
	}
	m, err := e.Open(ctx, folder)
	if err != nil {
		return nil, err
	}
	rankings, err := Run{Searcher: m.Searcher, Unit: Documents, Limit: 100}.All(ctx, queries)
	if err != nil {
		return nil, err
	}
	figures := append([]Figure{count("queries", len(queries))}, rankFigures(queries, rankings, judged)...)
	sets, err := answerSets(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return figures, nil
	}
	if err != nil {
		return nil, err
	}
	answers, err := sets.ask(ctx, m.Asker)
	if err != nil {
		return nil, err
	}
	return append(figures, answers.figures(sets)...), nil
}

// each calls do for 0 to n-1, by as many goroutines as there are processors, and
// returns when all calls have. The first error ends it.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	group.Wait()
	return context.Cause(ctx)
}

// ask returns the answers to texts, in their order.
func ask(ctx context.Context, a Asker, texts []string) ([]bot.Answer, error) {
	out := make([]bot.Answer, len(texts))
	err := each(ctx, len(texts), func(ctx context.Context, i int) (err error) {
		if out[i], err = a.Ask(ctx, bot.Question{Text: texts[i]}); err != nil {
			err = fmt.Errorf("question %d: %w", i+1, err)
		}
		return err
	})
	return out, err
}
