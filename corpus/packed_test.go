package corpus

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rc4"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// zipped returns an archive of parts, name and content in turn.
func zipped(t testing.TB, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = io.WriteString(w, parts[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wordStyles are the styles of a program that speaks German.
const wordStyles = `<w:styles xmlns:w="w"><w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="Kapitel"><w:name w:val="Kapitel"/><w:basedOn w:val="berschrift1"/></w:style>
<w:style w:styleId="Verzeichnis1"><w:name w:val="toc 1"/></w:style></w:styles>`

// word returns a Word document with the body, and two footnotes and an endnote.
func word(t testing.TB, body string, more ...string) string {
	return zipped(t, append([]string{
		"word/document.xml", `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="w" xmlns:mc="mc"><w:body>` + body + `</w:body></w:document>`,
		"word/styles.xml", wordStyles,
		"word/footnotes.xml", `<w:footnotes xmlns:w="w"><w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>line</w:t></w:r></w:p></w:footnote>
<w:footnote w:id="5"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> The log, 1921.</w:t></w:r></w:p></w:footnote>
<w:footnote w:id="2"><w:p><w:r><w:t>Second </w:t></w:r></w:p><w:p><w:r><w:t>paragraph.</w:t></w:r></w:p></w:footnote></w:footnotes>`,
		"word/endnotes.xml", `<w:endnotes xmlns:w="w"><w:endnote w:id="5"><w:p><w:r><w:t>At the end.</w:t></w:r></w:p></w:endnote></w:endnotes>`,
		"docProps/core.xml", `<p xmlns:dc="dc" xmlns:dcterms="t"><dc:title>Draft 3</dc:title><dc:creator>A. Keeper</dc:creator><dcterms:created>2020-01-01T00:00:00Z</dcterms:created><dcterms:modified>2021-02-03T04:05:06Z</dcterms:modified></p>`,
	}, more...)...)
}

// told returns what a document is, a line for each piece.
func told(d *Document) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s | %s | %s | %s | %s\n", d.ID, d.Title, d.Author, d.Date, d.Language)
	for _, p := range slices.Concat(d.Passages, d.Notes) {
		from, _ := p.Span(0, len(p.Text))
		fmt.Fprintf(&b, "%s", p.Label)
		if n := d.Page(from); n > 0 {
			fmt.Fprintf(&b, " p%d", n)
		}
		fmt.Fprintf(&b, " [%s] %s", p.Heading(), p.Text)
		for _, r := range p.Refs {
			fmt.Fprintf(&b, " ^%d@%d", r.Number, r.At)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// isTold compares a document with what it should be.
func isTold(t *testing.T, c *Corpus, err error, want string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings %v", c.Warnings)
	}
	if err := checkDocument(c.Documents.At(0)); err != nil {
		t.Error(err)
	}
	if got := told(c.Documents.At(0)); got != strings.TrimLeft(want, "\n") {
		t.Errorf("got\n%s\nwant%s", got, want)
	}
}

func TestWord(t *testing.T) {
	para := func(style, text string) string {
		return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/><w:tabs><w:tab/></w:tabs></w:pPr>` + text + `</w:p>`
	}
	run := func(text string) string { return `<w:r><w:t xml:space="preserve">` + text + `</w:t></w:r>` }
	c, err := parse("Lights.docx", word(t, para("Titel", run("The Lights"))+para("Verzeichnis1", run("1 North 7"))+
		para("Kapitel", run("North"))+
		para("", run("A light &amp; a b")+run("ell")+`<w:r><w:footnoteReference w:id="5"/></w:r>`+run(". It r")+`<w:del><w:r><w:delText>u</w:delText><w:t>gone</w:t></w:r></w:del><w:ins>`+run("ang.")+`</w:ins>`+
			`<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:br/><w:t>Twice</w:t><w:tab/><w:t>a day</w:t><w:endnoteReference w:id="5"/><w:t>.</w:t></w:r>`)+
		`<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p>`+run("In a box.")+`</w:p></w:txbxContent></mc:Choice><mc:Fallback><w:p>`+run("In a box.")+`</w:p></mc:Fallback></mc:AlternateContent></w:r>`+run("Around it.")+`</w:p>`+
		`<w:tbl><w:tr><w:tc>`+para("", run("Year"))+`</w:tc><w:tc>`+para("", run("Height"))+`</w:tc></w:tr><w:tr><w:tc>`+para("", run("1921"))+`</w:tc><w:tc>`+para("", run("40 m"))+para("", run("or so"))+`</w:tc></w:tr></w:tbl>`+
		`<w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr>`+run("Keepers")+`</w:p>`+para("", run("Ten")+`<w:r><w:footnoteReference w:id="2"/></w:r>`+run("."))))
	isTold(t, c, err, `
lights | The Lights | A. Keeper | 2021-02-03 | 
¶1 [North] A light & a bell. It rang. Twice a day. ^1@16 ^2@38
¶2 [North] In a box.
¶3 [North] Around it.
¶4 [North] Year, Height; 1921, 40 m or so
¶5 [Keepers] Ten. ^3@3
note 1 [] The log, 1921.
note 2 [] At the end.
note 3 [] Second paragraph.
`)
}

// epub returns a book of pages, name and content in turn.
func epub(t testing.TB, pages []string, more ...string) string {
	items, spine := "", ""
	parts := []string{"mimetype", "application/epub+zip", "META-INF/container.xml",
		`<container xmlns="c"><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>`}
	for i := 0; i < len(pages); i += 2 {
		items += fmt.Sprintf(`<item id="i%d" href="%s" media-type="application/xhtml+xml"/>`, i, pages[i])
		spine += fmt.Sprintf(`<itemref idref="i%d"/>`, i)
		parts = append(parts, "OPS/"+pages[i], pages[i+1])
	}
	parts = append(parts, "OPS/book.opf", `<?xml version="1.0"?><package xmlns:dc="dc"><metadata><dc:title>A Book</dc:title><dc:creator>Ann</dc:creator><dc:creator>Bo</dc:creator>
<dc:language>en</dc:language><dc:date>2019-05-06</dc:date></metadata><manifest><item id="nav" href="toc%20list.xhtml" properties="nav" media-type="application/xhtml+xml"/>`+items+`</manifest><spine>`+spine+`</spine></package>`,
		"OPS/toc list.xhtml", `<nav epub:type="toc"><a href="one.xhtml">The <b>First</b></a><a href="one.xhtml#x">Part</a><a href="two.xhtml">The Second</a></nav>`)
	return zipped(t, append(parts, more...)...)
}

func TestEpub(t *testing.T) {
	const typed = ` xmlns:epub="e"><head><title/><script src="x"/></head><body>`
	c, err := parse("book.epub", epub(t, []string{
		"one.xhtml", `<?xml version="1.0"?><html` + typed + `<p>One &amp; two<a epub:type="noteref" href="#n1">1</a>. More<a epub:type="noteref" href="notes.xhtml#a">*</a>.</p><p>10<sup>2</sup> and a way back<sup>9</sup>.</p>
<aside epub:type="footnote" id="n1"><p>1. In the page.</p><p>Its second.</p></aside><p>After.</p></body></html>`,
		"two.xhtml", `<html` + typed + `<h1>Two</h1><p>Again<a role="doc-noteref" href="notes.xhtml#b"><sup>1</sup></a>.</p><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table></body></html>`,
		"notes.xhtml", `<html` + typed + `<section epub:type="endnotes" role="doc-endnotes"><h2>Notes</h2><ol><li id="a"><p>Star. <a href="one.xhtml#r">↩</a></p></li><li id="b">Second.</li></ol></section></body></html>`,
	}, "../../evil", "x"))
	isTold(t, c, err, `
book | A Book | Ann, Bo | 2019-05-06 | en
¶1 [The First] One & two. More. ^1@9 ^2@15
¶2 [The First] 10² and a way back⁹.
¶3 [The First] After.
¶4 [Two] Again. ^3@5
¶5 [Two] a, b; c
note 1 [] In the page. Its second.
note 2 [] Star.
note 3 [] Second.
`)
}

// A book whose links say nothing of notes has them all the same.
func TestEpubOlderNotes(t *testing.T) {
	c, err := parse("book.epub", epub(t, []string{
		"one.xhtml", `<html><body><p><a href="two.xhtml">2</a></p><p>One<sup><a href="notes.xhtml#n1">1</a></sup> and[<a href="#x">y</a>].</p></body></html>`,
		"two.xhtml", `<html><body><p id="x">Two<a href="notes.xhtml#n2"><sup>[1]</sup></a>.</p></body></html>`,
		"notes.xhtml", `<html><body><p><a id="n1" href="one.xhtml#r1">1</a> First.</p><p><a id="n2" href="two.xhtml#r2">1</a> Second.</p></body></html>`,
	}))
	isTold(t, c, err, `
book | A Book | Ann, Bo | 2019-05-06 | en
¶1 [The First] 2
¶2 [The First] One and[y]. ^1@3
¶3 [The Second] Two. ^2@3
note 1 [] First.
note 2 [] Second.
`)
}

// pdfString is a string of a PDF at a place.
type pdfString struct {
	x, y, size float64
	font       string // F1, or F2 for bold
	text       string
}

// aPDF returns a PDF with the pages, in Helvetica. With a password it is encrypted by
// the first revision of the standard (ISO 32000-1, 7.6.3).
func aPDF(password string, pages ...[]pdfString) string {
	var contents []string
	for _, page := range pages {
		var b strings.Builder
		for _, s := range page {
			text := strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s.text)
			fmt.Fprintf(&b, "BT /%s %g Tf %g %g Td (%s) Tj ET\n", s.font, s.size, s.x, s.y, text)
		}
		contents = append(contents, b.String())
	}
	return pdfOf(password, contents, "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> /F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >>")
}

// pdfOf returns a PDF with the contents of its pages.
func pdfOf(password string, contents []string, resources string) string {
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", ""}
	kids := ""
	key, encrypt := pdfKey(password)
	for _, content := range contents {
		n := len(objects) + 1
		kids += fmt.Sprintf("%d 0 R ", n)
		if password != "" {
			sum := md5.Sum(append(slices.Clone(key), byte(n+1), 0, 0, 0, 0))
			c, _ := rc4.NewCipher(sum[:10])
			data := []byte(content)
			c.XORKeyStream(data, data)
			content = string(data)
		}
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << %s >> >>", n+1, resources),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids, len(contents))
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	xref := fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for i, o := range objects {
		xref += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", xref, len(objects)+1, encrypt, start)
	return b.String()
}

// pdfKey returns the key that a password gives, and what the trailer says of it.
func pdfKey(password string) (key []byte, trailer string) {
	if password == "" {
		return nil, ""
	}
	pad := []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")
	padded := append([]byte(password), pad...)[:32]
	owner := md5.Sum(padded)
	c, _ := rc4.NewCipher(owner[:5])
	o := make([]byte, 32)
	c.XORKeyStream(o, padded)
	id := "0123456789abcdef"
	sum := md5.Sum(slices.Concat(padded, o, []byte{0xFC, 0xFF, 0xFF, 0xFF}, []byte(id)))
	key = sum[:5]
	c, _ = rc4.NewCipher(key)
	u := make([]byte, 32)
	c.XORKeyStream(u, pad)
	return key, fmt.Sprintf("/Encrypt << /Filter /Standard /V 1 /R 2 /O <%x> /U <%x> /P -4 >> /ID [<%x> <%x>]", o, u, id, id)
}

// lines returns strings one below the other.
func lines(x, y, size float64, texts ...string) []pdfString {
	var out []pdfString
	for i, text := range texts {
		out = append(out, pdfString{x, y - float64(i)*size*1.2, size, "F1", text})
	}
	return out
}

func TestPDF(t *testing.T) {
	var pages [][]pdfString
	for n := 1; n <= 3; n++ {
		pages = append(pages, append(lines(72, 800, 9, fmt.Sprintf("Lights of the North, part %d", n)), lines(290, 30, 9, fmt.Sprint(n))...))
	}
	pages[0] = append(pages[0], pdfString{72, 740, 20, "F1", "Lights of the North"}, pdfString{72, 700, 14, "F1", "1 Keepers"})
	pages[0] = append(pages[0], lines(72, 670, 11, "The keeper of the light was paid once a year by the har-", "bour, and lived on the rock with two others and a dog for", "eleven months of it. He was well-", "known there.")...)
	pages[0] = append(pages[0], lines(90, 604, 11, "A second paragraph begins with its first line moved to the")...)
	pages[0] = append(pages[0], lines(72, 590.8, 11, "right, as printers do. The lamp burned oil")...)
	pages[0] = append(pages[0], pdfString{283, 595, 7, "F1", "1"}, pdfString{288, 590.8, 11, "F1", " and it was lit"})
	pages[0] = append(pages[0], pdfString{72, 83, 5, "F1", "1"}, pdfString{76, 80, 8, "F1", "The log of the harbour, 1921, says whale oil, which was"}, pdfString{72, 70, 8, "F1", "dear in those years."})
	pages[1] = append(pages[1], lines(72, 760, 11, "every evening at six, in winter at four o'clock or earlier.")...)
	pages[1] = append(pages[1], pdfString{72, 720, 11, "F2", "Wages"})
	pages[1] = append(pages[1], lines(72, 700, 11, "They rose to 10 pounds. The well-known harbour paid late.")...)
	pages[2] = append(pages[2], lines(72, 760, 11, "The end of it.")...)
	c, err := parse("lights.pdf", aPDF("", pages...))
	isTold(t, c, err, `
lights | Lights of the North |  |  | 
¶1 p1 [1 Keepers] The keeper of the light was paid once a year by the harbour, and lived on the rock with two others and a dog for eleven months of it. He was well-known there.
¶2 p1 [1 Keepers] A second paragraph begins with its first line moved to the right, as printers do. The lamp burned oil and it was lit every evening at six, in winter at four o’clock or earlier. ^1@101
¶3 p2 [Wages] They rose to 10 pounds. The well-known harbour paid late.
¶4 p3 [Wages] The end of it.
note 1 p1 [] The log of the harbour, 1921, says whale oil, which was dear in those years.
`)
	d := c.Documents.At(0)
	p := d.Passages[1]
	if from, _ := p.Span(strings.Index(p.Text, "every"), len(p.Text)); d.Page(from) != 2 {
		t.Errorf("Page(%d) = %d, want 2: the sentence goes on there", from, d.Page(from))
	}
}

// A PDF that is being read ends with its context, and the next is read as well.
func TestPDFCancelled(t *testing.T) {
	var pages [][]pdfString
	for n := range 150 {
		pages = append(pages, lines(72, 800, 11, slices.Repeat([]string{fmt.Sprintf("Line after line of page %d, as long as lines of a book are.", n)}, 40)...))
	}
	long := []byte(aPDF("", pages...))
	if _, err := pdfEngine(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // the whole takes more than a second
	defer cancel()
	if _, _, err := readPDF(ctx, long); err == nil {
		t.Error("it is read whole, though its context has ended")
	}
	if _, p, err := readPDF(t.Context(), long); err != nil || len(p.pages) != 150 {
		t.Errorf("read after a cancelled one: %d pages, %v", len(p.pages), err)
	}
}

func BenchmarkPDF(b *testing.B) {
	var pages [][]pdfString
	for range 20 {
		pages = append(pages, lines(72, 800, 11, slices.Repeat([]string{"Line after line of a page, as long as the lines of a book are, more or less."}, 45)...))
	}
	data := []byte(aPDF("", pages...))
	if _, err := pdfEngine(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := readPDF(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}
