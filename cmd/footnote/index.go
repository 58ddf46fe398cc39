package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"footnote/corpus"
	"footnote/retrieval/keyword"
)

func runIndex(ctx context.Context, con *console, v values, args []string) error {
	if len(args) > 0 {
		return usagef("index takes no words: --corpus names the material")
	}
	c, err := con.read(ctx, v["corpus"])
	if err != nil {
		return err
	}
	con.skipped(c, len(c.Skipped))
	for _, w := range c.Warnings {
		con.note("%s", w)
	}
	x := keyword.New(c, keyword.Default())
	count := map[corpus.Kind]int{}
	sentences := 0
	for _, p := range c.Passages {
		count[p.Kind]++
		sentences += len(p.Sentences)
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	for _, row := range []struct {
		what  string
		value any
	}{
		{"version", c.Version}, {"documents", len(c.Documents)}, {"passages", count[corpus.Paragraph]}, {"charts", count[corpus.Chart]},
		{"notes", count[corpus.Note]}, {"sentences", sentences}, {"terms", x.Terms()}, {"acronyms", len(x.Acronyms())}, {"warnings", len(c.Warnings)}, {"skipped", len(c.Skipped)},
	} {
		fmt.Fprintf(w, "%s\t%v\n", row.what, row.value)
	}
	return w.Flush()
}
