package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var errs bytes.Buffer
	con := &console{err: &errs}
	none := con.progress("reading") // a buffer is no terminal
	none.set(1, 2)
	none.close()
	early := &progress{con: con, what: "reading", start: time.Now()}
	early.set(1, 2)
	early.close()
	if errs.Len() > 0 {
		t.Errorf("progress of what is soon done shows %q, want nothing", errs.String())
	}
	late := &progress{con: con, what: "reading", start: time.Now().Add(-2 * patience)}
	late.set(1, 2)
	late.set(2, 2)
	late.close()
	if !strings.Contains(errs.String(), "reading") {
		t.Errorf("progress of what takes long shows %q, want a bar", errs.String())
	}
}
