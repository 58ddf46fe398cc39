// Package worlds has material in two states: with a document that may be quoted in some
// places only, and without it at all. Whoever asks elsewhere must not be able to tell
// them apart, by whatever they ask. It is imported only by tests.
package worlds

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// Secret is the id of the document that some places may not see.
const Secret = "dossier"

// Wrong is a place that may not see it, where a test needs no other.
const Wrong = "slack:T1:C2"

// public are the documents that everybody may see, by file.
var public = map[string]string{
	"harbour.md": `# The harbour of Little Wick

The harbour was dug in 1811 by the people of the town. It holds eleven boats and a ferry.

## The lighthouse

The lamp burned oil until 1903, when a cable brought electric current.[^1] Nobody keeps it now.

## The defence

Two guns were the whole defence of the coast. They were never fired, and stand before the town hall.

[^1]: Ann Ferry, "Lamps and their keepers," Tide Press, 1999.
`,
	"harbour.yaml": "date: 2001\ndirections:\n  - {id: north, names: {en: North, ja: 北}, passages: [p2]}\n",
	"survey.md": `# The survey of the coast

The survey of 1950 counted nine boats in the harbour. The Coastal Survey Office (CSO) made it.

The CSO found the lamp of the lighthouse in good order.[^1]

[^1]: Board of Trade, "Lights of the coast," 1951.
`,
	"survey.yaml": "date: 1950\n",
}

// secret is the document that some places may not see, with what stands beside it. It
// shares words, a direction, notes and an acronym with the others.
var secret = map[string]string{
	Secret + ".md": `# The smugglers of Little Wick

Customs officers watched the harbour for brandy from 1812. They arrested Josiah Quill in the lighthouse.[^1]

## The tunnel

A tunnel led from the cellar of the customs house to the beach. The Crown Smuggling Office (CSO) sealed it in 1840 with granite.

The lamp was dimmed on nights when the smugglers landed brandy. Eleven boats were seized, and the ferry was searched weekly.

## The northern cache

The northern cache held four hundred barrels.[^2] Quill's daughter Philippa never told where it lay.

[^1]: Philippa Quill, "My father's nights," Lantern Books, 1871.

[^2]: Customs ledger of Little Wick, folio 12, 1839.
`,
	Secret + ".glossary.tsv": "ja\t密輸\tsmugglers\nja\t灯台\tlighthouse\n",
}

// card is what stands beside the secret; it is written with the places.
const card = `id: ` + Secret + `
title: The smugglers of Little Wick
date: 1990
quoted_in: [%s]
directions:
  - {id: north, names: {en: North, ja: 北}, aliases: {en: [cache]}, passages: [p4]}
  - {id: underground, names: {en: Underground, ja: 地下}, aliases: {en: [tunnel]}, passages: [p2, p3]}
`

// World is material and what answers from it.
type World struct {
	Corpus *corpus.Corpus // all of it
	Views  *bot.Views
	folder string
	t      testing.TB
}

// With returns the world with the secret, which may be quoted in the places.
func With(t testing.TB, places ...string) *World {
	w := &World{t: t, folder: t.TempDir()}
	w.write(public)
	w.write(secret)
	w.Allow(places...)
	w.Corpus = w.load()
	w.open(w.Corpus)
	return w
}

// Without returns the world without it.
func Without(t testing.TB) *World {
	w := &World{t: t, folder: t.TempDir()}
	w.write(public)
	w.Corpus = w.load()
	w.open(w.Corpus)
	return w
}

// Allow writes where the secret may be quoted, for the next [World.Reload].
func (w *World) Allow(places ...string) {
	w.write(map[string]string{Secret + ".yaml": fmt.Sprintf(card, strings.Join(places, ", "))})
}

// Reload reads the material anew, as a watcher does.
func (w *World) Reload() {
	w.t.Helper()
	c, err := w.Corpus.Reload(w.t.Context(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Corpus = c
	w.open(c)
}

func (w *World) write(files map[string]string) {
	w.t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *World) load() *corpus.Corpus {
	w.t.Helper()
	c, err := corpus.Load(w.t.Context(), w.folder, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *World) open(c *corpus.Corpus) {
	b := bot.New(c, keyword.New(c, keyword.Default()), bot.Shipped())
	w.Views = b.Views(w.Views, func(c *corpus.Corpus) bot.Searcher { return keyword.New(c, keyword.Default()) })
}

// Questions are some hundreds of questions made of the secret's own sentences, ids, notes,
// names and words, with every way to ask.
func (w *World) Questions() []bot.Question {
	d := w.Corpus.Document(Secret)
	var out []bot.Question
	add := func(kind bot.Kind, texts ...string) {
		for _, t := range texts {
			out = append(out, bot.Question{Kind: kind, Text: t})
		}
	}
	words := map[string]bool{}
	for _, p := range slices.Concat(d.Passages, d.Notes) {
		add(bot.KindAny, p.ID, d.ID+" "+p.Label, p.Label, p.Label+" of "+d.ID, "What does "+p.Label+" of "+d.ID+" say?", "¶"+p.ID)
		add(bot.KindCite, p.ID, d.ID+" "+p.Label, p.Heading()+" ", d.Title+" "+p.Label)
		for i := range p.Sentences {
			s := p.SentenceText(i)
			add(bot.KindAny, s, "Is it true that "+s)
			add(bot.KindCite, s)
			add(bot.KindCheck, s, "It is not so that "+s)
		}
		for f := range strings.FieldsSeq(p.Text) {
			if f = strings.Trim(f, `.,"()`); len(f) > 3 {
				words[f] = true
			}
		}
	}
	for _, f := range slices.Sorted(maps.Keys(words)) {
		add(bot.KindAny, f, "What does the material say about "+f+"?", "Who wrote about "+f+"?")
		add(bot.KindCite, f)
	}
	for _, dir := range d.Directions {
		add(bot.KindSummary, dir.ID, bot.Within(dir.ID, d.ID), dir.Names["ja"])
		add(bot.KindAny, "summary "+dir.ID, "Give me a summary of the "+dir.ID, dir.Names["ja"]+"の要約", "summary "+dir.ID+" in "+d.Title)
		for _, a := range dir.Aliases {
			add(bot.KindSummary, a)
		}
	}
	for _, g := range d.Glossary {
		add(bot.KindAny, g.Other, g.Other+"とは何ですか")
	}
	add(bot.KindSummary, "", "in "+d.ID, d.ID)
	add(bot.KindSources, "", d.ID, d.Title)
	add(bot.KindAny, "help", "sources", "summary", "sources of "+d.ID, d.ID, d.Title, "¶1", "¶99", "note 1", "note 2", "chart 1", d.ID+"#p99", "nothing#p1", "What is the CSO?")
	return out
}
