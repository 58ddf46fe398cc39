package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"footnote/bot"
	"footnote/cmd/footnote/eval"
	"footnote/retrieval"
)

// The results of a search where --limit says nothing: as many as a person reads,
// and as many as score.py and trec_eval look at.
const (
	fewHits = 10
	runHits = 100
)

func runSearch(ctx context.Context, con *console, v values, args []string) error {
	if v["queries"] != "" || v["run"] != "" {
		switch {
		case v["queries"] == "" || v["run"] == "":
			return usagef("--queries and --run belong together: the one is read, the other written")
		case len(args) > 0:
			return usagef("search takes either words or --queries")
		}
		return searchAll(ctx, con, v)
	}
	s, err := text(args, "give words to search for, such as: footnote search missile defence")
	if err != nil {
		return err
	}
	m, err := con.open(ctx, v)
	if err != nil {
		return err
	}
	q := retrieval.Query{Text: s, Limit: v.number("limit", fewHits), Explain: true, Meaning: s}
	if id := v["document"]; id != "" {
		if m.corpus.Document(id) == nil {
			return usagef("--document: there is no document %q", id)
		}
		q.Documents = []string{id}
	}
	hits, err := m.search.Search(ctx, q)
	if errors.Is(err, retrieval.ErrWordsOnly) {
		con.note("%v", err)
	} else if err != nil {
		return err
	}
	if v.yes("json") {
		err = writeJSON(con.out, results(m.bot, s, hits))
	} else {
		p := con.page(v)
		p.hits(m.bot, hits)
		err = p.writeTo(con.out)
	}
	if err == nil && len(hits) == 0 {
		con.note("nothing in the material shares a word with the query")
		err = errNothing
	}
	return err
}

// result is a search in JSON.
type result struct {
	Query string `json:"query"`
	Hits  []hit  `json:"hits"`
}

// hit is a passage found, in JSON.
type hit struct {
	Rank     int      `json:"rank"`
	ID       string   `json:"id"`
	Label    string   `json:"label"`
	Document string   `json:"document"`
	Title    string   `json:"title"`
	Section  string   `json:"section,omitempty"`
	Page     int      `json:"page,omitempty"`
	Score    float64  `json:"score"`
	Text     string   `json:"text"`
	Reasons  []reason `json:"reasons"`
}

// reason is a part of a hit's score, in JSON.
type reason struct {
	What  string  `json:"what"`
	Where string  `json:"where"`
	Score float64 `json:"score"`
}

func results(b *bot.Bot, query string, hits []retrieval.Hit) result {
	r := result{Query: query, Hits: []hit{}}
	for i, h := range hits {
		p := h.Passage
		from, _ := p.Span(0, len(p.Text))
		out := hit{i + 1, p.ID, b.Label(p), p.Document.ID, p.Document.Title, p.Heading(), p.Document.Page(from), h.Score, p.Text, []reason{}}
		for _, s := range h.Reasons {
			out.Reasons = append(out.Reasons, reason(s))
		}
		r.Hits = append(r.Hits, out)
	}
	return r
}

// manyReasons is how many reasons of a hit are shown in text; the rest add little.
const manyReasons = 6

// hits writes ranked passages with their reasons.
func (p *page) hits(b *bot.Bot, hits []retrieval.Hit) {
	for i, h := range hits {
		if i > 0 {
			p.gap()
		}
		c := h.Passage
		heading := c.Heading()
		if heading == "" {
			heading = c.Document.Title
		}
		p.paragraph(span{text: b.Label(c), ink: p.mark}, hang, span{text: fmt.Sprintf("%.2f", h.Score), ink: p.bold}, span{text: heading})
		p.paragraph(span{}, hang, span{text: p.shorten(c.Text, shortCells)})
		var why []string
		for _, r := range h.Reasons[:min(manyReasons, len(h.Reasons))] {
			what := r.What
			if r.Where == "acronym" {
				what += " (acronym)"
			}
			why = append(why, fmt.Sprintf("%s %.2f", what, r.Score))
		}
		if len(why) > 0 {
			p.paragraph(span{}, hang, span{text: strings.Join(why, "; "), ink: p.faint})
		}
	}
}

// searchAll writes a run file for a file of queries.
func searchAll(ctx context.Context, con *console, v values) (err error) {
	queries, err := eval.Queries(v["queries"])
	if err != nil {
		return &usageError{err}
	}
	m, err := con.open(ctx, v)
	if err != nil {
		return err
	}
	out := con.out
	if v["run"] != "-" {
		f, err := os.Create(v["run"])
		if err != nil {
			return usagef("write run: %w", err)
		}
		defer func() {
			if e := f.Close(); err == nil && e != nil {
				err = fmt.Errorf("write run: %w", e)
			}
		}()
		out = f
	}
	bar := con.progress("searching")
	defer bar.close()
	run := eval.Run{Searcher: m.search, Unit: eval.UnitOf(v["corpus"]), Limit: v.number("limit", runHits), Progress: bar.set}
	rankings, err := run.All(ctx, queries)
	if err != nil {
		return err
	}
	return writeRun(out, queries, rankings)
}

// writeRun writes rankings in the form that trec_eval reads.
func writeRun(out io.Writer, queries []eval.Query, rankings [][]eval.Ranked) error {
	w := bufio.NewWriter(out)
	for i, q := range queries {
		for rank, r := range rankings[i] {
			if strings.ContainsAny(q.ID+r.ID, " \t\r\n\v\f") || q.ID == "" {
				return errors.Join(fmt.Errorf("write run: query %q, id %q: an id in a run file has letters, and no white space", q.ID, r.ID), w.Flush())
			}
			fmt.Fprintf(w, "%s Q0 %s %d %g footnote\n", q.ID, r.ID, rank+1, r.Score)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}
