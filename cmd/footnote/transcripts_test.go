package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTranscripts runs the commands in testdata/transcripts and compares what they
// print. A line that begins with "$ footnote" is a command, the lines after it that
// begin with "> " are its standard input; what follows is standard output, then
// standard error with "! " before each line, then the exit code where it is not 0.
// To add a case, write its command and run go test ./cmd/footnote -update.
func TestTranscripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no transcripts (%v)", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, path, replay(t, string(data)))
		})
	}
}

// replay runs the commands of a transcript again and returns the new transcript.
func replay(t *testing.T, transcript string) string {
	t.Helper()
	var b strings.Builder
	lines := strings.Split(transcript, "\n")
	for i, line := range lines {
		command, ok := strings.CutPrefix(line, "$ footnote")
		switch {
		case ok:
		case i == 0 || strings.HasPrefix(line, "# "):
			t.Fatalf("line %d: %q is no command", i+1, line)
			continue
		default:
			continue
		}
		stdin := ""
		for _, next := range lines[i+1:] {
			typed, ok := strings.CutPrefix(next, "> ")
			if !ok {
				break
			}
			stdin += typed + "\n"
		}
		b.WriteString(line + "\n" + prefixed("> ", stdin))
		got := try(t, stdin, nil, arguments(t, command)...)
		b.WriteString(got.out + prefixed("! ", got.err))
		if got.code != exitDone {
			fmt.Fprintf(&b, "exit code %d\n", got.code)
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// prefixed returns text with a prefix before each line.
func prefixed(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(prefix + line)
	}
	return b.String()
}

// arguments splits a command line at white space, but for what stands between
// double quotes.
func arguments(t *testing.T, line string) []string {
	t.Helper()
	var args []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			args = append(args, part)
		} else {
			args = append(args, strings.Fields(part)...)
		}
	}
	if strings.Count(line, `"`)%2 == 1 {
		t.Fatalf("%q: a quote is open", line)
	}
	return args
}
