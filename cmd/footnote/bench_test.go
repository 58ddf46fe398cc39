package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestBench(t *testing.T) {
	t.Setenv(asProgram, "1")
	got := try(t, "", nil, "bench", "--questions", "20", "--starts", "1")
	for _, want := range []string{"start to first answer", "questions a second", "99 of 100"} {
		if got.code != exitDone || !strings.Contains(got.out, want) {
			t.Errorf("bench = %d, %q, %q; want %q", got.code, got.out, got.err, want)
		}
	}
}

// BenchmarkAsk answers questions about the article, as ask --json - does.
func BenchmarkAsk(b *testing.B) {
	con := &console{err: io.Discard, getenv: environment(nil)}
	m, err := con.open(b.Context(), values{})
	if err != nil {
		b.Fatal(err)
	}
	questions := strings.Join(madeQuestions(m.corpus, 1000), "\n")
	for b.Loop() {
		if err := batch(b.Context(), m.bot, strings.NewReader(questions), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(1000*b.N), "µs/question")
}

// BenchmarkStart starts the program for one answer.
func BenchmarkStart(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), self, "ask", "What is the NSDS-Hub?")
		cmd.Env = append(os.Environ(), asProgram+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
}

// analysed are ten passages and three queries as an analyzer left them.
const analysed = "lamp burn oil\ncabl bring current\ngun town hall\nlamp keeper\nferri boat eleven\nharbour dug\noil price\ngull noon\n\nboat ferri\n"

func TestBenchGrowth(t *testing.T) {
	t.Setenv(asProgram, "1")
	passages, queries := write(t, "passages.tok", analysed), write(t, "queries.tok", "lamp oil\nboat\nzyzzyva\n")
	got := try(t, "", nil, "bench", "--sizes", "4,100", "--starts", "1", passages, queries)
	for _, want := range []string{"| passages |", "| 4 ", "| 10 ", "p99"} {
		if got.code != exitDone || !strings.Contains(got.out, want) {
			t.Errorf("bench = %d, %q, %q; want %q", got.code, got.out, got.err, want)
		}
	}
	got = try(t, "", nil, "bench", "--json", "--starts", "1", passages, queries)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != exitDone || len(lines) != 2 {
		t.Fatalf("bench --json = %d, %q, %q; want two lines", got.code, got.out, got.err)
	}
	var b built
	var s searched
	if err := errors.Join(json.Unmarshal([]byte(lines[0]), &b), json.Unmarshal([]byte(lines[1]), &s)); err != nil {
		t.Fatal(err)
	}
	if b.N != 10 || b.Op != "build" || !(b.Build > 0) || s.N != 10 || s.Op != "query" || !(s.P50 > 0) || s.P99 < s.P50 {
		t.Errorf("bench --json = %+v, %+v; want what was measured over 10 passages", b, s)
	}
}

// The whole program is measured over a collection that is made of the passages.
func TestBenchProgram(t *testing.T) {
	t.Setenv(asProgram, "1")
	passages, queries := write(t, "passages.tok", analysed), write(t, "queries.tok", "lamp oil\nboat\nzyzzyva\n")
	got := try(t, "", nil, "bench", "--program", "--json", "--sizes", "4,100", "--starts", "1", passages, queries)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != exitDone || len(lines) != 4 {
		t.Fatalf("bench --program = %d, %q, %q; want four lines", got.code, got.out, got.err)
	}
	for i, size := range []int{4, 10} {
		var b built
		var s searched
		if err := errors.Join(json.Unmarshal([]byte(lines[2*i]), &b), json.Unmarshal([]byte(lines[2*i+1]), &s)); err != nil {
			t.Fatal(err)
		}
		if b.N != size || b.Op != "index" || !(b.Build > 0) || !(b.FileMB > 0) || s.N != size-i || s.Op != "search" || !(s.P50 > 0) || s.P99 < s.P50 {
			t.Errorf("bench --program = %+v, %+v; want what was measured over %d records, one of the ten without text", b, s, size)
		}
	}
}

func TestBenchRefuses(t *testing.T) {
	passages := write(t, "passages.tok", analysed)
	for _, arguments := range [][]string{
		{"words"}, {"--program", passages + "x", passages}, {"--sizes", "many", passages, passages}, {"--sizes", "0", passages, passages}, {passages + "x", passages},
		{"--stored", passages}, {"--stored", passages, passages + "x"},
	} {
		if got := try(t, "", nil, append([]string{"bench"}, arguments...)...); got.code != exitUsage {
			t.Errorf("bench %q = %d, %q, want %d", arguments, got.code, got.err, exitUsage)
		}
	}
	got := try(t, "", nil, "bench", "--stored", passages, passages)
	if got.code != exitOther || !strings.Contains(got.err, "no index of footnote") {
		t.Errorf("bench --stored of a text = %d, %q, want why it is no index", got.code, got.err)
	}
}
