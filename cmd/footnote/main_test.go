package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

// update rewrites the golden files and the README instead of comparing them.
var update = flag.Bool("update", false, "rewrite the golden files and the README's blocks")

// asProgram, in the environment, turns the test's executable into the program, for
// the tests and benchmarks that need to start it.
const asProgram = "FOOTNOTE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(program())
	}
	os.Exit(m.Run())
}

// outcome is what a run printed and returned.
type outcome struct {
	out, err string
	code     int
}

// try runs the program with stdin and an environment of "NAME=value" entries.
func try(t *testing.T, stdin string, env []string, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &errs, environment(env))
	return outcome{out.String(), errs.String(), code}
}

// environment returns a getenv over "NAME=value" entries.
func environment(env []string) func(string) string {
	return func(name string) string {
		for _, e := range env {
			if value, ok := strings.CutPrefix(e, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// compare compares text with a golden file, or rewrites the file.
func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference(string(want), got); diff != "" {
		t.Errorf("%s: %s; go test ./cmd/footnote -update rewrites it", path, diff)
	}
}
