package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"
)

// Query is a line of a file of queries.
type Query struct {
	ID       string   `json:"_id"`
	Text     string   `json:"text"`
	Answers  []string `json:"answers"` // any of which is right, where the set has them
	Language string   `json:"lang"`    // in sets of several languages
}

// Queries reads a file of queries, one object a line. Each must have an id of its
// own and a text.
func Queries(path string) ([]Query, error) {
	queries, err := lines[Query](path)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(queries))
	for i, q := range queries {
		if q.ID == "" || strings.TrimSpace(q.Text) == "" || seen[q.ID] {
			return nil, fmt.Errorf("%s: query %d: give it an _id that no other has, and a text", path, i+1)
		}
		seen[q.ID] = true
	}
	return queries, nil
}

// lines reads a file of JSON objects, one a line; blank lines are passed over.
func lines[T any](path string) ([]T, error) {
	var out []T
	for line, err := range fileLines(path) {
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(line.text)) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(line.text, &v); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line.number, err)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no lines", path)
	}
	return out, nil
}

// fileLine is a line of a file, valid until the next is read.
type fileLine struct {
	number int
	text   []byte
}

// fileLines yields the lines of a file, or the error that ends it.
func fileLines(path string) iter.Seq2[fileLine, error] {
	return func(yield func(fileLine, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(fileLine{}, err)
			return
		}
		defer f.Close()
		r := bufio.NewReader(f)
		for number := 1; ; number++ {
			text, err := r.ReadBytes('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				yield(fileLine{}, fmt.Errorf("%s:%d: %w", path, number, err))
				return
			}
			if len(text) > 0 && !yield(fileLine{number, text}, nil) || err != nil {
				return
			}
		}
	}
}

// judgements reads relevance judgements: query, document and grade, with tabs
// between. What has no positive grade is not relevant and left out.
func judgements(path string) (map[string]map[string]int, error) {
	out := map[string]map[string]int{}
	for line, err := range fileLines(path) {
		if err != nil {
			return nil, err
		}
		fields := strings.Fields(string(line.text))
		if len(fields) == 0 || line.number == 1 && fields[0] == "query-id" {
			continue
		}
		if len(fields) < 3 {
			return nil, fmt.Errorf("%s:%d: not a query, a document and a grade", path, line.number)
		}
		grade, err := strconv.Atoi(fields[2])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: grade %q is no whole number", path, line.number, fields[2])
		}
		if grade <= 0 {
			continue
		}
		if out[fields[0]] == nil {
			out[fields[0]] = map[string]int{}
		}
		out[fields[0]][fields[1]] = grade
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no judgements", path)
	}
	return out, nil
}
