package corpus

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// bomb returns an archive whose part unpacks to n bytes, and says that it is small.
func bomb(t testing.TB, name string, n int) string {
	t.Helper()
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestSpeed)
	sum := crc32.NewIEEE()
	zeros := bytes.Repeat([]byte("<w:p/>"), 1<<16)
	size := uint64(0)
	for range n / len(zeros) {
		_, _ = w.Write(zeros)
		_, _ = sum.Write(zeros)
		size += uint64(len(zeros))
	}
	_ = w.Close()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	out, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: sum.Sum32(), CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
	if err == nil {
		_, err = out.Write(packed.Bytes())
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// broken are files that cannot be read, with what is said about them.
func broken(t testing.TB) map[string]struct{ content, why string } {
	whole := aPDF("", lines(72, 700, 11, "A sentence that nobody will ever see, since the rest is cut off."))
	entities := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`
	encryption := `<encryption><EncryptedData><CipherData><CipherReference URI="OPS/one.xhtml"/></CipherData></EncryptedData></encryption>`
	return map[string]struct{ content, why string }{
		"encrypted.pdf":    {aPDF("secret", lines(72, 700, 11, "Nobody reads this.")), "encrypted.pdf: encrypted: save it without a password"},
		"scanned.pdf":      {pdfOf("", []string{"q 500 0 0 700 40 40 cm /Im Do Q"}, "/XObject << >>"), "scanned.pdf: no text layer"},
		"cut.pdf":          {whole[:len(whole)/2], "cut.pdf: damaged: its end is missing"},
		"no.pdf":           {"no PDF at all", "no.pdf: damaged, or no PDF"},
		"empty.pdf":        {"", "empty.pdf: the file is empty"},
		"latin1.txt":       {"one\ncaf\xe9\n", "latin1.txt:2: not UTF-8"},
		"utf16.txt":        {"\xff\xfeA\x00", "utf16.txt:1: not UTF-8"},
		"sjis.html":        {"<p>\x93\xfa\x96\x7b", "sjis.html:1: not UTF-8"},
		"marks.md":         {strings.Repeat("*a_", 1<<16), "marks.md: a paragraph has too many marks"},
		"no.docx":          {"no archive", "no.docx: damaged, or no document of this kind"},
		"encrypted.docx":   {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted.docx: encrypted, or of an older kind"},
		"other.docx":       {zipped(t, "xl/workbook.xml", "<x/>"), `other.docx: damaged: "word/document.xml" is missing`},
		"cut.docx":         {zipped(t, "word/document.xml", "<w:document><w:p>"), `cut.docx: damaged: "word/document.xml", line 1: `},
		"bare.docx":        {zipped(t, "word/document.xml", "<w:document/>"), "bare.docx: it has no text"},
		"entities.docx":    {zipped(t, "word/document.xml", entities+"<w:document><w:p><w:r><w:t>&c;</w:t></w:r></w:p></w:document>"), "entities.docx: damaged: "},
		"bomb.docx":        {bomb(t, "word/document.xml", 64<<20), "bomb.docx: it unpacks to more than 16 MB"},
		"no.epub":          {zipped(t, "a", "b"), `no.epub: damaged: "META-INF/container.xml" is missing`},
		"away.epub":        {zipped(t, "META-INF/container.xml", `<c><rootfile full-path="../../../etc/passwd"/></c>`), `away.epub: damaged: "../../../etc/passwd" is missing`},
		"bought.epub":      {epub(t, []string{"one.xhtml", "<p>x</p>"}, "META-INF/encryption.xml", encryption), "only the program it was bought for"},
		"latin1.epub":      {epub(t, []string{"one.xhtml", "<p>caf\xe9</p>"}), `latin1.epub: damaged: "OPS/one.xhtml", line 1: not UTF-8`},
		"pageless.epub":    {epub(t, nil), "pageless.epub: damaged: its package names no pages"},
		"bomb.epub":        {bomb(t, "META-INF/container.xml", 32<<20), "bomb.epub: it unpacks to more than 16 MB"},
		"report.doc":       {"\xd0\xcf", "report.doc: this kind of file is not read: save it as .docx"},
		"card.txt":         {"One.", "card.yaml:1: "},
		"card.yaml":        {"colour: red\n", ""},
		"away.urls":        {"https://example.org/x\t../../etc/passwd\n", `away.urls:1: "../../etc/passwd" does not lie below`},
		"addressless.urls": {"# list\n/x\ty.html\n", `addressless.urls:2: "/x" is no address`},
	}
}

// TestBrokenFolder reads a folder with every format and much that is broken.
func TestBrokenFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"good/a.txt": "Text.", "good/b.md": "Mark.", "good/c.html": "<p>Page.", "good/d.pdf": aPDF("", lines(72, 700, 11, "A page.")),
		"good/e.docx": word(t, "<w:p><w:r><w:t>Word.</w:t></w:r></w:p>"), "good/f.epub": epub(t, []string{"one.xhtml", "<p>Book.</p>"}),
	})
	want := map[string]string{}
	for name, b := range broken(t) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if b.why != "" {
			want[name] = b.why
		}
	}
	want["card.yaml"] = ""                                                  // its document is skipped for it
	for _, name := range []string{"large.txt", "large.pdf", "large.docx"} { // 100 MB, sparse
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, name), 100<<20); err != nil {
			t.Fatal(err)
		}
		want[name] = name + ": 100 MB: the limit is 64"
	}
	for link, to := range map[string]string{"loop": "..", "good/loop.txt": "loop.txt", "gone.txt": "nowhere", "good/folder.txt": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	want["loop"], want["good/folder.txt"] = "a link to a folder is not followed", "a link to a folder is not followed"
	want["good/loop.txt"], want["gone.txt"] = "too many levels of symbolic links", "no such file"
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	want["pipe.txt"] = "no regular file"
	delete(want, "card.yaml")

	c, err := Load(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Documents.Len() != 6 {
		t.Errorf("%d documents, want the 6 good ones", c.Documents.Len())
	}
	for _, d := range c.Documents.All() {
		if err := checkDocument(d); err != nil {
			t.Error(err)
		}
	}
	for _, s := range c.Skipped {
		name, _ := filepath.Rel(dir, s.Path)
		why, ok := want[filepath.ToSlash(name)]
		if !ok || !strings.Contains(s.String(), why) || !strings.Contains(s.String(), filepath.Base(s.Path[:len(s.Path)-len(filepath.Ext(s.Path))])) {
			t.Errorf("%s is skipped with %q, want %q", name, s, why)
		}
		delete(want, filepath.ToSlash(name))
	}
	for name := range want {
		t.Errorf("%s is not skipped", name)
	}
	for name, b := range broken(t) { // each alone is an error
		if b.why == "" || strings.HasSuffix(name, ".doc") {
			continue
		}
		if _, err := Load(t.Context(), filepath.Join(dir, name), nil); err == nil || !strings.Contains(err.Error(), b.why) {
			t.Errorf("Load(%s) = %v, want %q", name, err, b.why)
		}
	}
}

// A folder in which nothing can be read is an error that says why.
func TestNothingLeft(t *testing.T) {
	files := map[string]string{}
	for i := range 5 {
		files[fmt.Sprintf("%d.txt", i)] = "\xff"
	}
	_, err := Load(t.Context(), write(t, files), nil)
	if err == nil || !strings.Contains(err.Error(), "0.txt:1: not UTF-8") || !strings.Contains(err.Error(), "and 2 more") {
		t.Errorf("error %v, want the first reasons and how many more there are", err)
	}
}

// Ten thousand files are read, by the order of their names, in bounded memory.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	const files = 10000
	for i := range files {
		text := fmt.Sprintf("File %d has a sentence.", i)
		if i%10 == 9 {
			text = "\xff"
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%05d.txt", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c, err := Load(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if c.Documents.Len() != files*9/10 || len(c.Skipped) != files/10 {
		t.Errorf("%d documents, %d skipped, want %d and %d", c.Documents.Len(), len(c.Skipped), files*9/10, files/10)
	}
	last := ""
	for _, d := range c.Documents.All() {
		if d.ID <= last {
			t.Fatalf("document %s comes after %s", d.ID, last)
		}
	}
	if kept := (after.HeapAlloc - before.HeapAlloc) / files; kept > 4<<10 { // 1.4 KB a file, measured
		t.Errorf("%d bytes are kept for each file of 25", kept)
	}
	runtime.KeepAlive(c)
}

// A reader that fails costs its own file, and no other.
func TestReaderFails(t *testing.T) {
	r := reading{fsys: os.DirFS(write(t, map[string]string{"a.boom": "x"})), folder: "memory"}
	readers[".boom"] = &reader{text: func(string) (page, error) { panic("index out of range") }}
	defer delete(readers, ".boom")
	if f := r.read(t.Context(), "a.boom"); f.err == nil || !strings.Contains(f.err.Error(), "a.boom: its reader has failed: index out of range") {
		t.Errorf("error %v, want one that names the file", f.err)
	}
}

func FuzzParseWord(f *testing.F) {
	for _, body := range []string{"<w:p><w:r><w:t>a</w:t></w:r></w:p>", "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t><w:footnoteReference w:id='5'/></w:r></w:p></w:tc></w:tr></w:tbl>",
		"<w:p><w:pPr><w:pStyle w:val='Kapitel'/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p><w:p><w:del><w:p/></w:del></w:p>", "</w:p>", "<w:tbl></w:tbl></w:tbl><w:p>&x;"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) { fuzzPacked(t, "a.docx", word(t, body)) })
}

func FuzzParseEpub(f *testing.F) {
	f.Add("<p>a<a epub:type='noteref' href='two.xhtml#n'>1</a>", "<aside id='n'><p>b</p></aside>")
	f.Add("<p id='n'>a<sup><a href='#m'>1</a></sup><p><a id='m' href='#n'>1</a>", "<title/><ol><li id='n'>x<li>")
	f.Add("<a id=x href=#x>1<sup>2</a></sup>", "</ol></li><h1>x")
	f.Fuzz(func(t *testing.T, one, two string) {
		fuzzPacked(t, "a.epub", epub(t, []string{"one.xhtml", one, "two.xhtml", two}))
	})
}

func FuzzParsePDF(f *testing.F) {
	f.Add(aPDF("", lines(72, 700, 11, "One line", "and another-", "wise.")))
	f.Add(aPDF("x", lines(72, 700, 11, "One line.")))
	f.Add(pdfOf("", []string{"q 500 0 0 700 40 40 cm /Im Do Q"}, ""))
	f.Add("%PDF-1.4\n%%EOF")
	f.Fuzz(func(t *testing.T, source string) { fuzzPacked(t, "a.pdf", source) })
}

// FuzzArchive is about archives that are none.
func FuzzArchive(f *testing.F) {
	f.Add(word(f, "<w:p><w:r><w:t>a</w:t></w:r></w:p>"))
	f.Add(epub(f, []string{"one.xhtml", "<p>a"}))
	f.Fuzz(func(t *testing.T, source string) {
		fuzzPacked(t, "a.docx", source)
		fuzzPacked(t, "a.epub", source)
	})
}

// FuzzPDFText is about where lines stand: each is given a page, a place, a size and a
// text.
func FuzzPDFText(f *testing.F) {
	f.Add([]byte("\x01\x10\x80\x0bA line of text\n\x01\x10\x70\x0band its end.\n\x02\x20\x80\x10Head\n\x02\x10\x05\x08\xef\xb7\x901\xef\xb7\x91 a note"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var text pdfText
		for l := range bytes.SplitSeq(data, []byte("\n")) {
			said := strings.TrimSpace(strings.ToValidUTF8(string(l[min(4, len(l)):]), ""))
			if len(l) < 5 || said == "" {
				continue
			}
			text.add(pdfLine{page: int(l[0]), text: said, size: float64(l[3]), hyphen: l[3]&1 == 0, bold: l[3]&2 == 0,
				box: pdfBox{left: float64(l[1]) * 2, right: float64(l[1])*2 + float64(len(l))*5, bottom: float64(l[2]) * 3}})
		}
		source, p := text.page()
		d := &Document{ID: "a", Source: source, pages: p.pages}
		compose(d, p, "a")
		if err := checkDocument(d); err != nil {
			t.Error(err)
		}
	})
}

// fuzzPacked checks that a packed file is refused with a message that names it, or
// becomes passages that keep their promises, and does not make its reader fail.
func fuzzPacked(t *testing.T, name, content string) {
	c, err := parse(name, content)
	if err != nil {
		if !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "its reader has failed") {
			t.Errorf("error %q, want one that names %s and its fault", err, name)
		}
		return
	}
	if err := checkDocument(c.Documents.At(0)); err != nil {
		t.Error(err)
	}
}

// Faults beyond number cost neither time nor memory, and the first are told.
func TestManyFaults(t *testing.T) {
	c, err := parse("a.html", "<p>x</p><ol class=notes>"+strings.Repeat("<li value=1>y", 100_000)+"</ol>"+strings.Repeat("<p>z<sup>2</sup>[3]", 100_000))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Warnings); n != maxWarnings+1 || c.Warnings[maxWarnings].What != "and more of the kind" {
		t.Errorf("%d warnings, want %d and that there are more", n, maxWarnings)
	}
}
