package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// writeJSON writes a value as one line of JSON, without the escapes that only a
// page of HTML needs.
func writeJSON(w io.Writer, value any) error {
	line, err := lineJSON(value)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// lineJSON returns a value as one line of JSON with its line end. The control
// characters that JSON lets stand (U+007F to U+009F) are escaped: a terminal may
// obey them.
func lineJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	line := b.Bytes()
	if !bytes.ContainsFunc(line, control) {
		return line, nil
	}
	var safe bytes.Buffer
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		if control(r) {
			fmt.Fprintf(&safe, `\u%04x`, r)
		} else {
			safe.Write(line[:n])
		}
		line = line[n:]
	}
	return safe.Bytes(), nil
}

func control(r rune) bool { return 0x7f <= r && r <= 0x9f }
