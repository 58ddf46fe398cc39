package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"footnote/bot"
	"footnote/cmd/footnote/eval"
)

func runEval(ctx context.Context, con *console, v values, args []string) error {
	if v.yes("from-feedback") {
		return con.fromFeedback(ctx, v, args)
	}
	if len(args) != 1 {
		return usagef("give the folder of the question sets, such as: footnote eval eval")
	}
	if v.yes("update") && v["golden"] == "" {
		return usagef("--update writes the golden file: name it with --golden")
	}
	if _, err := os.Stat(args[0]); err != nil {
		return usagef("read question sets: %w", err)
	}
	means, err := con.meaning(con.quiet(), v)
	if err != nil {
		return err
	}
	e := eval.Eval{Folder: args[0], Open: con.evalMaterial(v, means), Log: con.note}
	if v["sets"] != "" {
		e.Sets = strings.Split(v["sets"], ",")
	}
	switch {
	case v.yes("curve"):
		text, err := e.Curve(ctx, bot.Shipped().Threshold)
		return printed(con.out, text, err)
	case v.yes("fit"):
		model, err := e.Fit(ctx)
		if err != nil {
			return err
		}
		text, err := json.Marshal(model)
		return printed(con.out, string(text)+"\n", err)
	}
	table, err := e.Table(ctx)
	if err != nil {
		return err
	}
	if err := printed(con.out, table.String(), nil); err != nil {
		return err
	}
	return golden(v, table.String())
}

// printed writes text that was made without err.
func printed(w io.Writer, text string, err error) error {
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	return err
}

// evalMaterial returns the function that opens what a set is scored over: the set's
// own folder, or the material of the settings.
func (con *console) evalMaterial(v values, means *meaning) func(ctx context.Context, path string) (eval.Material, error) {
	return func(ctx context.Context, path string) (eval.Material, error) {
		own := maps.Clone(v)
		if path != "" {
			own["corpus"], own["index"] = path, ""
		}
		c, index, told, err := con.stock(ctx, own)
		if err != nil {
			return eval.Material{}, err
		}
		if told != "" {
			con.note("%s", told)
		}
		words, err := con.searcher(ctx, own, c, index)
		if err != nil {
			return eval.Material{}, err
		}
		bar := con.progress("embedding")
		defer bar.close()
		if err := means.fill(ctx, c, bar.set); err != nil {
			return eval.Material{}, err
		}
		x, err := means.over(words, c)
		if err != nil {
			return eval.Material{}, err
		}
		eager := bot.Shipped()
		eager.Threshold, eager.Meaning.Threshold = 0, 0
		b := bot.New(c, x, bot.Shipped())
		asker := b
		if v["mode"] == "llm" { // auto too would give figures that nobody can repeat
			if asker, err = written(con.quiet(), v, b); err != nil {
				return eval.Material{}, err
			}
		}
		return eval.Material{Corpus: c, Searcher: x, Asker: asker, Written: asker != b, Eager: bot.New(c, x, eager), Meant: means != nil, Fit: b.Fit}, ctx.Err()
	}
}

// golden compares the table with the golden file, or writes it.
func golden(v values, table string) error {
	path := v["golden"]
	if path == "" {
		return nil
	}
	if v.yes("update") {
		if err := os.WriteFile(path, []byte(table), 0o666); err != nil {
			return fmt.Errorf("write golden: %w", err)
		}
		return nil
	}
	want, err := os.ReadFile(path)
	if err != nil {
		return usagef("read golden: %w", err)
	}
	if diff := difference(string(want), table); diff != "" {
		return fmt.Errorf("the figures differ from %s: %s", path, diff)
	}
	return nil
}

// difference names the first line in which two texts differ, "" where none does.
func difference(want, got string) string {
	if want == got {
		return ""
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d was %q and is %q", i+1, oneLine(a), oneLine(b))
		}
	}
	return ""
}
