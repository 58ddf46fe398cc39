package main

import (
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
