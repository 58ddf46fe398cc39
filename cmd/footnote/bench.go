package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"footnote/corpus"
	"footnote/retrieval"
)

func runBench(ctx context.Context, con *console, v values, args []string) error {
	switch {
	case v["stored"] != "" && len(args) == 1:
		return benchStored(con, v, args[0])
	case v["stored"] == "" && len(args) == 2:
		return benchGrowth(ctx, con, v, args[0], args[1])
	case v["stored"] == "" && len(args) == 1:
		return benchSearch(ctx, con, v, args[0])
	case len(args) > 0 || v["stored"] != "":
		return usagef("bench takes nothing, the questions being made from the material, or the file QUERIES, or PASSAGES and QUERIES, or --stored FILE and QUERIES")
	}
	m, err := con.open(ctx, v)
	if err != nil {
		return err
	}
	questions := madeQuestions(m.corpus, v.number("questions", 1000))
	start, err := startTime(ctx, v, questions[0])
	if err != nil {
		return err
	}
	began := time.Now()
	if err := batch(ctx, m.bot, strings.NewReader(strings.Join(questions, "\n")), io.Discard); err != nil && !errors.Is(err, errInvalid) {
		return err
	}
	took := time.Since(began)
	half, most, err := searchTimes(ctx, m, questions)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "start to first answer\t%.1f ms\tmedian of %s\n", milliseconds(start), v["starts"])
	fmt.Fprintf(w, "questions a second\t%.0f\t%d in %.0f ms\n", float64(len(questions))/took.Seconds(), len(questions), milliseconds(took))
	fmt.Fprintf(w, "search, half within\t%.3f ms\tone at a time\n", milliseconds(half))
	fmt.Fprintf(w, "search, 99 of 100 within\t%.3f ms\tone at a time\n", milliseconds(most))
	return w.Flush()
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// forms turn words of the material into questions. They are general: any words fit.
var forms = []string{"%s", "What is said about %s?", "Why %s?", "When was %s?", "How many %s?"}

// madeQuestions returns n questions made from the sentences of the material.
func madeQuestions(c *corpus.Corpus, n int) []string {
	var stems []string
	for _, p := range c.Passages.All() {
		for i := range p.Sentences {
			words := strings.Fields(p.SentenceText(i))
			stems = append(stems, strings.Join(words[:min(8, len(words))], " "))
		}
		if len(stems) >= n {
			break
		}
	}
	questions := make([]string, n)
	for i := range questions {
		questions[i] = fmt.Sprintf(forms[i/len(stems)%len(forms)], oneLine(stems[i%len(stems)]))
	}
	return questions
}

// startTime returns the median time from the start of this program to the end of
// its first answer.
func startTime(ctx context.Context, v values, question string) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program: %w", err)
	}
	times := make([]time.Duration, v.number("starts", 9))
	for i := range times {
		cmd := exec.CommandContext(ctx, self, "ask", "--json", "--corpus", v["corpus"], "--index", v["index"], "--", question)
		began := time.Now()
		err := cmd.Run()
		times[i] = time.Since(began)
		var exit *exec.ExitError
		if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == exitNothing) {
			return 0, fmt.Errorf("start this program: %w", err)
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// searchTimes searches for each question and returns the times within which half
// and 99 of 100 searches end.
func searchTimes(ctx context.Context, m *material, questions []string) (half, most time.Duration, err error) {
	times := make([]time.Duration, len(questions))
	for i, q := range questions {
		began := time.Now()
		if _, err := m.search.Search(ctx, retrieval.Query{Text: q, Limit: fewHits}); err != nil {
			return 0, 0, err
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*99/100], nil
}
