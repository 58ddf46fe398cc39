package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"footnote/retrieval"
)

// measureProgram makes a collection of the first passages, and has this program index
// it, search it and answer from it, each in a process of its own.
func measureProgram(ctx context.Context, con *console, v values, path string, size int, passages, queries string) (row grown, err error) {
	own := maps.Clone(v)
	own["corpus"], own["index"] = path+".corpus", path+".stored"
	n, err := makeCollection(own["corpus"], size, passages)
	if err != nil {
		return row, err
	}
	self, err := os.Executable()
	if err != nil {
		return row, fmt.Errorf("find this program: %w", err)
	}
	if err := os.Remove(own["index"]); err != nil && !errors.Is(err, os.ErrNotExist) { // that of the size before
		return row, fmt.Errorf("measure the program: %w", err)
	}
	began := time.Now()
	if _, err := exec.CommandContext(ctx, self, "index", "--corpus", own["corpus"], "--index", own["index"]).Output(); err != nil {
		return row, fmt.Errorf("index the passages: %w", withWords(err))
	}
	row.built = built{"footnote", "index", n, time.Since(began).Seconds(), 0}
	info, err := os.Stat(own["index"])
	if err != nil {
		return row, fmt.Errorf("measure the program: %w", err)
	}
	row.built.FileMB = float64(info.Size()) / 1e6
	if err := con.line(v, row.built); err != nil {
		return row, err
	}
	out, err := exec.CommandContext(ctx, self, "bench", "--questions", v["questions"], "--corpus", own["corpus"], "--index", own["index"], queries).Output()
	if err != nil {
		return row, fmt.Errorf("search the passages: %w", withWords(err))
	}
	if err := json.Unmarshal(out, &row.searched); err != nil {
		return row, fmt.Errorf("search the passages: %w", err)
	}
	lines, err := linesOf(queries, 1)
	if err != nil {
		return row, err
	}
	if row.first, err = startTime(ctx, own, lines[0]); err != nil {
		return row, err
	}
	return row, con.line(v, row.searched)
}

// makeCollection writes a collection of the first passages of a file, and returns how
// many there are.
func makeCollection(folder string, size int, passages string) (n int, err error) {
	in, err := os.Open(passages)
	if err != nil {
		return 0, &usageError{err}
	}
	defer in.Close()
	path := filepath.Join(folder, "corpus.jsonl")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, fmt.Errorf("write passages: %w", err)
	}
	file, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("write passages: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriterSize(file, 1<<20)
	to := json.NewEncoder(w)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<24) // a line of a passage of any length
	for ; n < size && lines.Scan(); n++ {
		if err := to.Encode(map[string]string{"_id": strconv.Itoa(n), "text": lines.Text()}); err != nil {
			return 0, fmt.Errorf("write passages: %w", err)
		}
	}
	if err := errors.Join(lines.Err(), w.Flush()); err != nil {
		return 0, fmt.Errorf("write passages: %w", err)
	}
	before := time.Now().Add(-time.Minute) // what has only just changed is read again, since it may yet change
	return n, os.Chtimes(path, before, before)
}

// linesOf returns the first lines of a file, one at least.
func linesOf(path string, most int) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &usageError{err}
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return lines[:min(len(lines), most)], nil
}

// benchSearch searches the material for each line of a file and prints how long it took,
// as JSON.
func benchSearch(ctx context.Context, con *console, v values, queries string) error {
	lines, err := linesOf(queries, v.number("questions", 1000))
	if err != nil {
		return err
	}
	began := time.Now()
	m, err := con.open(ctx, v)
	if err != nil {
		return err
	}
	load := milliseconds(time.Since(began))
	out, err := timed(lines, func(q string) error {
		_, err := m.index.Search(ctx, retrieval.Query{Text: q, Limit: fewHits})
		return err
	})
	if err != nil {
		return err
	}
	out.Sys, out.Op, out.N, out.LoadMS, out.RSS = "footnote", "search", m.corpus.Passages.Len(), load, resident()
	return json.NewEncoder(con.out).Encode(out)
}
