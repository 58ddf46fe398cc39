package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/bot"
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

// smallPDF is a PDF of one sentence on its second page. It has no table of its
// objects: a reader finds them.
const smallPDF = `%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 595 842] /Resources << /Font << /F 6 0 R >> >> >> endobj
3 0 obj << /Type /Page /Parent 2 0 R >> endobj
4 0 obj << /Type /Page /Parent 2 0 R /Contents 5 0 R >> endobj
5 0 obj << /Length 71 >>
stream
BT /F 12 Tf 72 700 Td (The lamp of the lighthouse is lit at six.) Tj ET
endstream endobj
6 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj
trailer << /Root 1 0 R >>
%%EOF
`

// TestFolder asks a folder of which one file is bad: the page of a PDF stands in the
// answer, the reason for what is skipped beside it.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"lamp.pdf": smallPDF, "bad.txt": "\xff", "half.pdf": smallPDF[:300]} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const question = "When is the lamp of the lighthouse lit?"
	got := try(t, "", nil, "ask", "--corpus", dir, question)
	if got.code != exitDone || !strings.Contains(got.out, "p. 2") {
		t.Errorf("ask = %d, %q, want the page in it", got.code, got.out)
	}
	for _, want := range []string{"bad.txt:1: not UTF-8", "half.pdf: damaged: its end is missing"} {
		if strings.Count(got.err, want) != 1 {
			t.Errorf("ask says %q on standard error, want %q once", got.err, want)
		}
		for _, command := range []string{"index", "doctor"} {
			if said := try(t, "", []string{"HOME=" + dir}, command, "--corpus", dir); strings.Count(said.out+said.err, want) != 1 {
				t.Errorf("%s says %q %q, want %q once", command, said.out, said.err, want)
			}
		}
	}
	var a bot.Answer
	if got = try(t, "", nil, "ask", "--json", "--corpus", dir, question); json.Unmarshal([]byte(got.out), &a) != nil || len(a.Citations) != 1 || a.Citations[0].Page != 2 {
		t.Errorf("ask --json = %s, want a citation of page 2", got.out)
	}
	if got = try(t, "", nil, "search", "--json", "--corpus", dir, "lamp"); !strings.Contains(got.out, `"page":2`) {
		t.Errorf("search --json = %s, want a hit on page 2", got.out)
	}
	for _, path := range []string{filepath.Join(dir, "bad.txt"), filepath.Join(dir, "half.pdf")} { // named alone
		if got := try(t, "", nil, "ask", "--corpus", path, question); got.code != exitUsage || !strings.Contains(got.err, filepath.Base(path)) {
			t.Errorf("ask of %s alone = %d, %q, want %d", path, got.code, got.err, exitUsage)
		}
	}
}
