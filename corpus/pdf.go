package corpus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// The limits of reading PDFs, beside those of a document.
const (
	// pdfMemory is how much memory one may take while it is read, in pages of 64 KiB:
	// 512 MiB, eight times the largest file.
	pdfMemory = 8192
	// pdfsAtOnce is how many are read at once.
	pdfsAtOnce = 2
	// maxPages is how many pages a PDF may have: what maxTime is enough for, if few
	// words stand on each.
	maxPages = 20000
)

// pdfEngine returns PDFium, compiled to WebAssembly: it runs in a sandbox that sees no
// file and no more memory than it is given, so that a hostile PDF can at worst be
// slow, and is then stopped. To compile it for this machine takes seconds, so that
// the result is kept in the user's cache folder, where there is one.
var pdfEngine = sync.OnceValues(func() (pdfium.Pool, error) {
	config := wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithCloseOnContextDone(true).WithMemoryLimitPages(pdfMemory)
	if folder, err := os.UserCacheDir(); err == nil {
		if cache, err := wazero.NewCompilationCacheWithDir(filepath.Join(folder, "footnote", "pdfium")); err == nil {
			config = config.WithCompilationCache(cache)
		}
	}
	return webassembly.Init(webassembly.Config{
		MaxIdle: pdfsAtOnce, MaxTotal: pdfsAtOnce, RuntimeConfig: config, FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard,
	})
})

// readPDF reads the text layer of a PDF. A PDF knows no paragraphs: they are found by
// where its lines stand; see [pdfText].
func readPDF(ctx context.Context, data []byte) (source string, p page, err error) {
	if len(data) == 0 {
		return "", page{}, nil
	}
	pool, err := pdfEngine()
	if err != nil {
		return "", page{}, fmt.Errorf(": start the reader of PDFs: %w", err)
	}
	engine, err := pool.GetInstanceWithContext(ctx)
	if err != nil {
		return "", page{}, fmt.Errorf(": start the reader of PDFs: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, maxTime)
	killed := make(chan struct{})
	stop := context.AfterFunc(limited, func() {
		defer close(killed)
		_ = engine.Kill() // what is wrong with it is said below
	})
	defer func() {
		if stop() {
			_ = engine.Close() // its memory goes with it
		} else {
			<-killed
		}
		if limited.Err() != nil && ctx.Err() == nil && err != nil {
			err = fmt.Errorf(": it takes longer than %v to read, which is the limit", maxTime)
		}
		cancel()
	}()
	r := pdfReader{engine: engine}
	if err := r.read(limited, data); err != nil {
		return "", page{}, err
	}
	source, p = r.text.page()
	if source == "" {
		return "", page{}, errors.New(": no text layer: its pages are pictures; give it one by OCR, such as ocrmypdf")
	}
	p.card, p.faults = r.card.over(p.card), r.faults
	return source, p, nil
}

// pdfReader reads the lines of a PDF.
type pdfReader struct {
	engine  pdfium.Pdfium
	text    pdfText
	card    card
	faults  []string
	letters int // that were read
	unknown int // glyphs of which the fonts do not say what they are
}

// read reads a whole file.
func (r *pdfReader) read(ctx context.Context, data []byte) error {
	// ISO 32000-1, 7.5.5 and note 15 of annex H: the end is marked in the last kilobyte.
	// PDFium would make the best of what is left.
	if end := data[max(0, len(data)-1024):]; bytes.HasPrefix(data, []byte("%PDF-")) && !bytes.Contains(end, []byte("%%EOF")) {
		return errors.New(": damaged: its end is missing, as that of a file that is being copied")
	}
	doc, err := r.engine.OpenDocument(&requests.OpenDocument{File: &data})
	switch {
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return errors.New(": encrypted: save it without a password")
	case err != nil:
		return fmt.Errorf(": damaged, or no PDF: %w", err)
	}
	count, err := r.engine.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	if err != nil {
		return fmt.Errorf(": damaged: %w", err)
	}
	if count.PageCount > maxPages {
		return fmt.Errorf(": %d pages: the limit is %d", count.PageCount, maxPages)
	}
	r.metadata(doc.Document)
	var bare []string
	for number := 1; number <= count.PageCount; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		before := len(r.text.lines)
		if err := r.page(doc.Document, number); err != nil {
			r.faults = append(r.faults, fmt.Sprintf("page %d cannot be read: %v", number, err))
			continue
		}
		if r.text.size > maxText {
			return fmt.Errorf(": more than %d MB of text, which is the limit", maxText>>20)
		}
		if len(r.text.lines) == before && r.drawn(doc.Document, number) {
			bare = append(bare, fmt.Sprint(number))
		}
	}
	const most = 10 // that a warning names
	if n := len(bare); n > 0 && n < count.PageCount {
		if n > most {
			bare = append(bare[:most], "…")
		}
		r.faults = append(r.faults, fmt.Sprintf("pages without a text layer (%d): %s", n, strings.Join(bare, ", ")))
	}
	if r.unknown > r.letters {
		return errors.New(": its fonts do not say which letters they show: give it a text layer by OCR, such as ocrmypdf --force-ocr")
	}
	return nil
}

// metadata reads what the file says about itself.
func (r *pdfReader) metadata(doc references.FPDF_DOCUMENT) {
	get := func(tag string) string {
		m, err := r.engine.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: doc, Tag: tag})
		if err != nil {
			return ""
		}
		return strings.Join(strings.Fields(strings.ToValidUTF8(m.Value, "")), " ")
	}
	if title := get("Title"); !fileTitle(title) {
		r.card.Title = title
	}
	r.card.Author = list(get("Author"))
	for _, tag := range []string{"ModDate", "CreationDate"} {
		if date := strings.TrimPrefix(get(tag), "D:"); len(date) >= 8 && allDigits(date[:8]) && r.card.Date == "" {
			r.card.Date = date[:4] + "-" + date[4:6] + "-" + date[6:8]
		}
	}
}

// fileTitle reports whether a title was made up by a program from a file's name.
func fileTitle(title string) bool {
	low := strings.ToLower(title)
	if low == "" || strings.HasPrefix(low, "untitled") || strings.HasPrefix(low, "microsoft ") {
		return true
	}
	for _, end := range []string{".doc", ".docx", ".dvi", ".tex", ".indd", ".qxd", ".pdf", ".ps", ".odt", ".rtf"} {
		if strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}

// drawn reports whether a page shows anything.
func (r *pdfReader) drawn(doc references.FPDF_DOCUMENT, number int) bool {
	n, err := r.engine.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: pdfPage(doc, number)})
	return err == nil && n.Count > 0
}

func pdfPage(doc references.FPDF_DOCUMENT, number int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: number - 1}}
}

// page reads the lines of a page.
func (r *pdfReader) page(doc references.FPDF_DOCUMENT, number int) error {
	open, err := r.engine.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: pdfPage(doc, number)})
	if err != nil {
		return err
	}
	defer func() { _, _ = r.engine.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: open.TextPage}) }()
	count, err := r.engine.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: open.TextPage})
	if err != nil {
		return err
	}
	line := pdfGlyphs{reader: r, page: open.TextPage}
	for i := range count.Count {
		c, err := r.engine.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: open.TextPage, Index: i})
		if err != nil {
			return err
		}
		switch char := rune(c.Unicode); {
		case char == '\n' || char == '\r':
			line.end(number, false)
		case char == 2, char == 0xFFFE: // PDFium's sign of a word that goes on in the next line
			line.end(number, true)
		default:
			line.add(char, i)
		}
	}
	line.end(number, false)
	return nil
}

// pdfGlyphs is a line that is being read.
type pdfGlyphs struct {
	reader *pdfReader
	page   references.FPDF_TEXTPAGE
	text   []rune
	index  []int // of each rune on the page
	half   rune  // the first half of a surrogate pair
}

// add appends a character.
func (g *pdfGlyphs) add(char rune, index int) {
	switch {
	case utf16.IsSurrogate(char) && char < 0xDC00:
		g.half = char
		return
	case utf16.IsSurrogate(char):
		char = utf16.DecodeRune(g.half, char)
	case char == 0, char == unicode.ReplacementChar, unicode.Is(unicode.Co, char):
		g.reader.unknown++
		return
	case unicode.IsSpace(char):
		char = ' '
	case !unicode.IsPrint(char): // among them the marks of noteOpen and noteClose
		return
	default:
		g.reader.letters++
	}
	g.text, g.index = append(g.text, char), append(g.index, index)
}

// box returns the place of a character; ok is false where it has none.
func (g *pdfGlyphs) box(i int) (b pdfBox, ok bool) {
	c, err := g.reader.engine.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: g.page, Index: g.index[i]})
	if err != nil {
		return pdfBox{}, false
	}
	return pdfBox{float64(c.Rect.Left), float64(c.Rect.Right), float64(c.Rect.Top), float64(c.Rect.Bottom)}, true
}

// end takes the line in, if it has text, and begins the next.
func (g *pdfGlyphs) end(number int, hyphen bool) {
	defer func() { g.text, g.index = g.text[:0], g.index[:0] }()
	from, to := 0, len(g.text)
	for from < to && g.text[from] == ' ' {
		from++
	}
	for from < to && g.text[to-1] == ' ' {
		to--
	}
	if from == to {
		return
	}
	g.text, g.index = g.text[from:to], g.index[from:to]
	first, ok := g.box(0)
	last, ok2 := g.box(len(g.text) - 1)
	if !ok || !ok2 {
		return // what has no place is not on the page
	}
	l := pdfLine{page: number, box: pdfBox{first.left, max(first.right, last.right), 0, 0}, hyphen: hyphen}
	// The ends may be raised, and a word of another size stand anywhere.
	n := len(g.text)
	sizes := []float64{g.size(n / 4), g.size(n / 2), g.size(n * 3 / 4)}
	slices.Sort(sizes)
	l.size, l.box.bottom = sizes[1], g.base(n/2)
	l.box.top = l.box.bottom + l.size
	l.bold = g.bold(0) && g.bold(len(g.text)-1)
	l.text = g.raised(l)
	g.reader.text.add(l)
}

// size returns the size of a character, in points.
func (g *pdfGlyphs) size(i int) float64 {
	engine := g.reader.engine
	s, err := engine.FPDFText_GetFontSize(&requests.FPDFText_GetFontSize{TextPage: g.page, Index: g.index[i]})
	if err != nil {
		return 0
	}
	m, err := engine.FPDFText_GetMatrix(&requests.FPDFText_GetMatrix{TextPage: g.page, Index: g.index[i]})
	if err != nil {
		return s.FontSize
	}
	return s.FontSize * math.Hypot(float64(m.Matrix.C), float64(m.Matrix.D))
}

// base returns the height of the line that a character stands on.
func (g *pdfGlyphs) base(i int) float64 {
	o, err := g.reader.engine.FPDFText_GetCharOrigin(&requests.FPDFText_GetCharOrigin{TextPage: g.page, Index: g.index[i]})
	if err != nil {
		return 0
	}
	return o.Y
}

// bold reports whether a character is: by its font's name where that says so, since
// many fonts leave their weight open, or by a weight from 600 up.
func (g *pdfGlyphs) bold(i int) bool {
	engine := g.reader.engine
	f, err := engine.FPDFText_GetFontInfo(&requests.FPDFText_GetFontInfo{TextPage: g.page, Index: g.index[i]})
	if err == nil && boldName.MatchString(f.FontName) {
		return true
	}
	w, err := engine.FPDFText_GetFontWeight(&requests.FPDFText_GetFontWeight{TextPage: g.page, Index: g.index[i]})
	return err == nil && w.FontWeight >= 600
}

// boldName finds the names of bold fonts, also Computer Modern's.
var boldName = regexp.MustCompile(`(?i)bold|black|heavy|^cmbx|\+cmbx`)

// raised returns the text of a line with noteOpen and noteClose around each raised
// number.
func (g *pdfGlyphs) raised(l pdfLine) string {
	var b strings.Builder
	for i := 0; i < len(g.text); {
		end := i
		for end < len(g.text) && '0' <= g.text[end] && g.text[end] <= '9' {
			end++
		}
		if end == i {
			b.WriteRune(g.text[i])
			i++
			continue
		}
		// Superscripts have two thirds of the size, and never more than five sixths.
		small := end-i <= 3 && g.size(i) < l.size*5/6 && g.base(i) > l.box.bottom+l.size/10
		if small {
			b.WriteRune(noteOpen)
		}
		b.WriteString(string(g.text[i:end]))
		if small {
			b.WriteRune(noteClose)
		}
		i = end
	}
	return b.String()
}
