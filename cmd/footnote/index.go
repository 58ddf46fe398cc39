package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"text/tabwriter"

	"footnote/corpus"
	"footnote/retrieval/keyword"
	"footnote/retrieval/postings"
)

func runIndex(ctx context.Context, con *console, v values, args []string) error {
	if len(args) > 0 {
		return usagef("index takes no words: --corpus names the material")
	}
	if v["index"] != "" && v["corpus"] == "" {
		return usagef("--index stores the index of what --corpus names; the embedded article needs none")
	}
	if f, err := postings.Open(v["index"]); errors.Is(err, postings.ErrForeign) {
		return usagef("--index: %w: it stays as it is", err) // it may be anybody's
	} else if err == nil {
		_ = f.Close() // nothing was written
	}
	// So 200,000 records take 425 MB at most, not 559, in the same time.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	c, x, told, err := con.indexed(ctx, v)
	if err != nil {
		return err
	}
	if v["index"] != "" {
		if c, x, err = con.store(ctx, v, c, x, told == ""); err != nil {
			return err
		}
	}
	con.skipped(c, len(c.Skipped))
	for _, w := range c.Warnings {
		con.note("%s", w)
	}
	if hasCluster(v) {
		if err := con.load(ctx, v, c, x); err != nil {
			return err
		}
	}
	count := map[corpus.Kind]int{}
	sentences := 0
	for _, p := range c.Passages.All() {
		count[p.Kind]++
		sentences += len(p.Sentences)
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	for _, row := range []struct {
		what  string
		value any
	}{
		{"version", c.Version}, {"documents", c.Documents.Len()}, {"passages", count[corpus.Paragraph]}, {"charts", count[corpus.Chart]},
		{"notes", count[corpus.Note]}, {"sentences", sentences}, {"terms", x.Terms()}, {"acronyms", len(x.Acronyms())}, {"warnings", len(c.Warnings)}, {"skipped", len(c.Skipped)},
	} {
		fmt.Fprintf(w, "%s\t%v\n", row.what, row.value)
	}
	return w.Flush()
}

// store stores an index, unless it is the stored one itself and every byte of that is
// as it was written. It returns what is stored.
func (con *console) store(ctx context.Context, v values, c *corpus.Corpus, x *keyword.Index, itself bool) (*corpus.Corpus, *keyword.Index, error) {
	if itself {
		err := keyword.Verify(v["index"])
		if err == nil {
			return c, x, nil
		}
		con.note("the stored index is made anew: %v", err)
		plain := maps.Clone(v)
		plain["index"] = ""
		if c, x, _, err = con.indexed(ctx, plain); err != nil {
			return nil, nil, err
		}
	}
	bar := con.progress("storing")
	defer bar.close()
	if err := x.Write(ctx, v["index"], bar.set); err != nil {
		return nil, nil, err
	}
	return c, x, nil
}
