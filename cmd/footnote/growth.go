package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"footnote/retrieval/postings"
)

// bm25 is what is measured: one field, by the formula and the constants that Lucene
// and Tantivy begin with.
var bm25 = postings.Settings{K1: 1.2, Fields: []postings.Field{{Weight: 1, B: 0.75}}}

// built says how an index was built.
type built struct {
	Sys    string  `json:"sys"`
	Op     string  `json:"op"`
	N      int     `json:"n"`
	Build  float64 `json:"build_s"` // reading the passages and writing the file included
	FileMB float64 `json:"index_mb"`
}

// searched says how a stored index was searched.
type searched struct {
	Sys    string  `json:"sys"`
	Op     string  `json:"op"`
	N      int     `json:"n"`
	P50    float64 `json:"p50"`
	P99    float64 `json:"p99"`
	Mean   float64 `json:"mean"`
	LoadMS float64 `json:"load_ms"`
	Allocs float64 `json:"allocs_per_q"`
	RSS    float64 `json:"rss_mb"` // 0 where the system does not say
}

// grown is a row of the table.
type grown struct {
	built    built
	searched searched
	first    time.Duration // from the start of the program to its first answer
}

// benchGrowth builds an index of each size and has it searched by a new process.
func benchGrowth(ctx context.Context, con *console, v values, passages, queries string) error {
	sizes, err := sizesOf(v["sizes"])
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "footnote-bench-")
	if err != nil {
		return fmt.Errorf("measure the index: %w", err)
	}
	defer os.RemoveAll(dir)
	var rows []grown
	for _, size := range sizes {
		of := measure
		if v.yes("program") {
			of = measureProgram
		}
		row, err := of(ctx, con, v, filepath.Join(dir, "index"), size, passages, queries)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if v.yes("json") {
		return nil // each line was printed when it was known
	}
	if err := growthTable(con.out, rows); err != nil {
		return err
	}
	return growthPlot(con.out, rows)
}

// sizesOf reads numbers with commas between. None stands for all there is.
func sizesOf(text string) ([]int, error) {
	if text == "" {
		return []int{math.MaxInt}, nil
	}
	var sizes []int
	for _, field := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 1 {
			return nil, usagef("--sizes: %q is no number of passages", field)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// measure builds an index of the first passages at path and has it searched.
func measure(ctx context.Context, con *console, v values, path string, size int, passages, queries string) (row grown, err error) {
	if row.built, err = buildStored(ctx, path, size, passages); err != nil {
		return row, err
	}
	debug.FreeOSMemory() // or what was needed to build it is still taken from the process that searches it
	if err := con.line(v, row.built); err != nil {
		return row, err
	}
	self, err := os.Executable()
	if err != nil {
		return row, fmt.Errorf("find this program: %w", err)
	}
	out, err := exec.CommandContext(ctx, self, "bench", "--json", "--questions", v["questions"], "--stored", path, queries).Output()
	if err != nil {
		return row, fmt.Errorf("search the stored index: %w", withWords(err))
	}
	if err := json.Unmarshal(out, &row.searched); err != nil {
		return row, fmt.Errorf("search the stored index: %w", err)
	}
	var times []time.Duration
	for range v.number("starts", 9) {
		began := time.Now()
		if _, err := exec.CommandContext(ctx, self, "bench", "--json", "--questions", "1", "--stored", path, queries).Output(); err != nil {
			return row, fmt.Errorf("search the stored index: %w", withWords(err))
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	row.first = times[len(times)/2]
	return row, con.line(v, row.searched)
}

// withWords returns an error of a process with what it wrote to standard error.
func withWords(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	return err
}

// line prints a measurement as a line of JSON where that is asked for.
func (con *console) line(v values, measurement any) error {
	if !v.yes("json") {
		return nil
	}
	return json.NewEncoder(con.out).Encode(measurement)
}

// batchPassages is how many passages are taken in at a time.
const batchPassages = 4096

// buildStored builds an index of the first passages of a file, with one thread.
func buildStored(ctx context.Context, path string, size int, passages string) (built, error) {
	in, err := os.Open(passages)
	if err != nil {
		return built{}, &usageError{err}
	}
	defer in.Close()
	began := time.Now()
	b, batch := postings.NewBuilder(bm25), postings.NewBatch(len(bm25.Fields))
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<24) // a line of a passage of any length
	for n := 0; n < size && lines.Scan(); n++ {
		for text := lines.Text(); text != ""; {
			var term string
			term, text, _ = strings.Cut(text, " ")
			batch.Add(batch.Term(term))
		}
		batch.Next()
		if batch.Passages() == batchPassages && !b.Take(batch) {
			return built{}, usagef("%s has more words than one index", passages)
		}
	}
	if err := lines.Err(); err != nil {
		return built{}, fmt.Errorf("read passages: %w", err)
	}
	if !b.Take(batch) {
		return built{}, usagef("%s has more words than one index", passages)
	}
	s := b.Segment()
	if err := postings.Write(ctx, path, s, nil); err != nil {
		return built{}, err
	}
	took := time.Since(began).Seconds()
	info, err := os.Stat(path)
	if err != nil {
		return built{}, fmt.Errorf("measure the index: %w", err)
	}
	return built{"footnote", "build", s.Passages(), took, float64(info.Size()) / 1e6}, nil
}

// benchStored searches a stored index and prints how long it took, as JSON.
func benchStored(con *console, v values, queries string) error {
	lines, err := linesOf(queries, v.number("questions", 1000))
	if err != nil {
		return err
	}
	began := time.Now()
	f, err := postings.Open(v["stored"])
	if err != nil {
		return err
	}
	defer f.Close()
	load := milliseconds(time.Since(began))
	s := &bm25Search{segment: f.Segment, search: postings.NewSearch()}
	out, err := timed(lines, func(q string) error { s.best(q); return nil })
	if err != nil {
		return err // unreachable: best has none
	}
	out.Sys, out.Op, out.N, out.LoadMS, out.RSS = "footnote", "query", f.Passages(), load, resident()
	return json.NewEncoder(con.out).Encode(out)
}

// bm25Search searches for the ten best passages.
type bm25Search struct {
	segment *postings.Segment
	search  *postings.Search
	wants   []postings.Want
	hits    []postings.Hit
}

// best searches for a query, whose terms have spaces between.
func (s *bm25Search) best(query string) []postings.Hit {
	s.wants = s.wants[:0]
	for query != "" {
		var term string
		term, query, _ = strings.Cut(query, " ")
		t, ok := s.segment.Term(term)
		if !ok {
			continue
		}
		n, df := float64(s.segment.Passages()), float64(s.segment.Count(t))
		worth := float32((bm25.K1 + 1) * math.Log(1+(n-df+0.5)/(df+0.5)))
		if i := slices.IndexFunc(s.wants, func(w postings.Want) bool { return w.Term == t }); i >= 0 {
			s.wants[i].Worth += worth
			continue
		}
		s.wants = append(s.wants, postings.Want{Term: t, Worth: worth})
	}
	s.search.Begin(fewHits, nil)
	s.search.Segment(0, s.segment, s.wants)
	s.hits = s.search.End(s.hits[:0])
	return s.hits
}

// rounds is how often each query is searched for; its time is the median.
const rounds = 5

// timed searches for each query, once to warm up, and where there are several in rounds
// that are timed. The error is that of a search.
func timed(queries []string, search func(query string) error) (out searched, err error) {
	for _, q := range queries {
		if err := search(q); err != nil {
			return out, err
		}
	}
	if len(queries) == 1 {
		return out, nil
	}
	before := mallocs()
	times := make([]time.Duration, rounds*len(queries))
	for r := range rounds {
		for i, q := range queries {
			began := time.Now()
			if err := search(q); err != nil {
				return out, err
			}
			times[i*rounds+r] = time.Since(began)
		}
	}
	out.Allocs = float64(mallocs()-before-1) / float64(len(times)) // 1: times itself
	medians := make([]float64, len(queries))
	for i := range queries {
		slices.Sort(times[i*rounds : (i+1)*rounds])
		medians[i] = float64(times[i*rounds+rounds/2].Nanoseconds()) / 1e3
		out.Mean += medians[i] / float64(len(queries))
	}
	slices.Sort(medians)
	out.P50, out.P99 = medians[len(medians)/2], medians[len(medians)*99/100]
	return out, nil
}

// growthTable prints the rows as Markdown.
func growthTable(out io.Writer, rows []grown) error {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "| passages\t| query p50, µs\t| p99, µs\t| build, s\t| file, MB\t| load, ms\t| start to first answer, ms\t| resident, MB\t|\n")
	fmt.Fprintf(w, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|\n")
	for _, r := range rows {
		fmt.Fprintf(w, "| %d\t| %.1f\t| %.1f\t| %.2f\t| %.1f\t| %.1f\t| %.1f\t| %.0f\t|\n",
			r.built.N, r.searched.P50, r.searched.P99, r.built.Build, r.built.FileMB, r.searched.LoadMS, milliseconds(r.first), r.searched.RSS)
	}
	return w.Flush()
}

// perDecade is how many characters a bar grows by when a time grows tenfold.
const perDecade = 16

// growthPlot draws the times of a query on a logarithmic scale, from 1 µs on.
func growthPlot(out io.Writer, rows []grown) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "\n%12s      %-*s%-*s%-*s%-*s%s\n", "passages", perDecade, "1 µs", perDecade, "10 µs", perDecade, "100 µs", perDecade, "1 ms", "10 ms")
	for _, r := range rows {
		for i, t := range []float64{r.searched.P50, r.searched.P99} {
			name := []string{strconv.Itoa(r.built.N), ""}[i]
			bar := strings.Repeat("█", int(math.Round(perDecade*math.Log10(max(1, t)))))
			fmt.Fprintf(w, "%12s  %s %s %.1f µs\n", name, []string{"p50", "p99"}[i], bar, t)
		}
	}
	return w.Flush()
}
