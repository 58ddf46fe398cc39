package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"footnote/bot"
	"footnote/bot/ledger"
)

// manyRated is how many questions, and as many ratings, are read at most: a month of a
// thousand a day.
const manyRated = 30_000

// rated is a question with its answer, and how many people have rated that.
type rated struct {
	text     string
	answer   bot.Answer
	up, down int
}

// ratings returns the questions of the last days, the oldest first, and how many days
// that are. Without a ledger there is nothing to read, which is an error.
func (con *console) ratings(ctx context.Context, v values) (out []*rated, days int, err error) {
	days = v.number("days", 0)
	if kept := v.number("retention", 0); kept > 0 {
		days = min(days, kept)
	}
	if !con.hasLedger(v) {
		return nil, 0, usagef("there is no ledger at %s: FOOTNOTE_LEDGER says where it is", con.ledgerPlace(v))
	}
	l, err := con.openLedger(ctx, con.quiet(), v)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	since := time.Now().Add(-time.Duration(days) * 24 * time.Hour)
	of := map[string]*rated{}
	if err := l.Since(ctx, since, manyRated, func(e bot.Errand, a bot.Answer) error {
		r := &rated{text: oneLine(cmp.Or(a.Understood, e.Question.Text)), answer: a}
		out, of[e.Key] = append(out, r), r
		return nil
	}); err != nil {
		return nil, 0, err
	}
	said, err := l.Feedback(ctx, since, manyRated)
	if err != nil {
		return nil, 0, err
	}
	for _, f := range said {
		switch r := of[f.Key]; {
		case r == nil: // its question is older, or forgotten
		case f.Verdict == ledger.Up:
			r.up++
		case f.Verdict == ledger.Down:
			r.down++
		}
	}
	return out, days, nil
}

// gap is what questions have in common that were not answered well.
type gap struct {
	lacks     string   // the word that the material does not have, "" where it has all of them
	also      []string // other words of the questions that it does not have
	questions []string // each once, as first asked
	times     int
}

func runGaps(ctx context.Context, con *console, v values, args []string) error {
	if len(args) > 0 {
		return usagef("gaps takes no words: --days says how far back it looks")
	}
	all, days, err := con.ratings(ctx, v)
	if err != nil {
		return err
	}
	abstained, bad := 0, 0
	var poor []*rated
	for _, r := range all {
		none := r.answer.Status == bot.Abstained || r.answer.Status == bot.NotFound
		switch {
		case none && r.up == 0:
			abstained++
		case !none && r.down > 0:
			bad++
		default:
			continue
		}
		poor = append(poor, r)
	}
	fmt.Fprintf(con.out, "Questions of the last %d days: %d. Not answered: %d. Answered, and rated bad: %d.\n", days, len(all), abstained, bad)
	for _, g := range gaps(poor) {
		head := "The material has the words, and no good answer"
		if g.lacks != "" {
			head = fmt.Sprintf("The material lacks “%s”", g.lacks)
		}
		if len(g.also) > 0 {
			head += ", also " + strings.Join(g.also, ", ")
		}
		fmt.Fprintf(con.out, "\n%s (asked: %d)\n", head, g.times)
		for _, q := range g.questions {
			fmt.Fprintln(con.out, "  "+q)
		}
	}
	if len(poor) == 0 {
		return errNothing
	}
	return nil
}

// lacking returns the words of a question that the material does not have, in order.
func (r *rated) lacking() (words []string) {
	for _, w := range r.answer.Missing {
		words = append(words, strings.ToLower(oneLine(w)))
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// gaps groups questions by the words that the material lacks: each stands with the word
// that most of them have. The group of most questions comes first, that of those whose
// words are all there last.
func gaps(poor []*rated) []*gap {
	common := map[string]int{}
	for _, r := range poor {
		for _, w := range r.lacking() {
			common[w]++
		}
	}
	groups := map[string]*gap{}
	for _, r := range poor {
		words, top := r.lacking(), ""
		for _, w := range words { // of equals the first is taken
			if common[w] > common[top] {
				top = w
			}
		}
		g := groups[top]
		if g == nil {
			g = &gap{lacks: top}
			groups[top] = g
		}
		g.times++
		if !slices.Contains(g.questions, r.text) {
			g.questions = append(g.questions, r.text)
		}
		for _, w := range words {
			if w != top && !slices.Contains(g.also, w) {
				g.also = append(g.also, w)
			}
		}
	}
	return slices.SortedFunc(maps.Values(groups), func(a, b *gap) int {
		switch "" {
		case a.lacks:
			return 1
		case b.lacks:
			return -1
		}
		return cmp.Or(b.times-a.times, strings.Compare(a.lacks, b.lacks))
	})
}

// rightAnswer is a line of a question set, as eval reads it.
type rightAnswer struct {
	ID      string     `json:"_id"`
	Kind    string     `json:"kind"`
	Text    string     `json:"text"`
	Answer  [][]string `json:"answer,omitempty"` // each the text of a sentence
	Abstain bool       `json:"abstain,omitempty"`
}

// fromFeedback prints the questions whose answers people agree to be good. Of a bad
// answer nobody has said what would be right.
func (con *console) fromFeedback(ctx context.Context, v values, args []string) error {
	if len(args) > 0 {
		return usagef("eval --from-feedback takes no folder: it reads the ledger")
	}
	all, _, err := con.ratings(ctx, v)
	if err != nil {
		return err
	}
	n, left := 0, 0
	lines := json.NewEncoder(con.out)
	lines.SetEscapeHTML(false)
	for _, r := range all {
		if r.up == 0 || r.down > 0 {
			left += min(r.down, 1)
			continue
		}
		line := rightAnswer{ID: fmt.Sprintf("r%03d", n+1), Kind: "fact", Text: r.text}
		switch r.answer.Status {
		case bot.Answered:
			for _, s := range r.answer.Sentences {
				line.Answer = append(line.Answer, []string{oneLine(s.Text)})
			}
		case bot.Abstained:
			line.Kind, line.Abstain = "unanswerable", true
		default:
			continue
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
		n++
	}
	con.note("questions with a good answer: %d; rated bad and left out: %d", n, left)
	if n == 0 {
		return errNothing
	}
	return nil
}
