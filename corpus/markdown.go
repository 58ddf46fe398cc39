package corpus

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	footnote "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"go.abhg.dev/goldmark/frontmatter"
	"go.yaml.in/yaml/v3"
)

// frontMatter is YAML between two lines of hyphens.
var frontMatter = []frontmatter.Format{{Name: "YAML", Delim: '-', Unmarshal: yaml.Unmarshal}}

// readMarkdown reads Markdown with front matter, tables and footnotes.
func readMarkdown(source string) (page, error) {
	// A byte order mark would hide the front matter, so the parser sees spaces.
	seen := []byte(source)
	if strings.HasPrefix(source, "\ufeff") {
		seen = seen[len("\ufeff"):]
	}
	if work(source) > maxWork {
		return page{}, errors.New(": a paragraph has too many marks such as * or [ to be read: part it by blank lines")
	}
	md := goldmark.New(goldmark.WithExtensions(extension.Footnote, extension.Table, &frontmatter.Extender{Formats: frontMatter}),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(keepFootnotes{}, 0))))
	ctx := parser.NewContext()
	root := md.Parser().Parse(text.NewReader(seen), parser.WithContext(ctx))
	m := markdown{htmlReader: htmlReader{source: source, base: len(source) - len(seen)}, seen: seen, labels: map[int]int{}}
	if data := frontmatter.Get(ctx); data != nil {
		if err := data.Decode(&m.page.card); err != nil {
			return page{}, yamlError("", err, 1)
		}
		m.page.card.shift(1)
		var all map[string]any
		if err := data.Decode(&all); err != nil {
			return page{}, yamlError("", err, 1)
		}
		if err := meantAccess(all); err != nil {
			return page{}, err
		}
	}
	m.number(root)
	m.block(root, 0)
	m.finish()
	return m.page, nil
}

// maxWork bounds what a Markdown file may cost. The parser takes time by the square of
// the marks of a paragraph: 13 s for 44,000 of the worst kind, and so 6 s for 30,000.
const maxWork = 30_000 * 30_000

// work returns the squares of the marks of each paragraph, added up.
func work(source string) int {
	total, marks, blank := 0, 0, true
	for i := range len(source) {
		switch c := source[i]; {
		case c == '\n':
			if blank {
				total += marks * marks
				marks = 0
			}
			blank = true
		case strings.IndexByte("*_[]>^~", c) >= 0:
			marks++
			blank = false
		case c > ' ':
			blank = false
		}
	}
	return total + marks*marks
}

// keepFootnotes numbers the footnotes that nothing refers to, which would be
// dropped otherwise.
type keepFootnotes struct{}

// Transform implements [parser.ASTTransformer].
func (keepFootnotes) Transform(root *ast.Document, _ text.Reader, _ parser.Context) {
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		list, ok := n.(*footnote.FootnoteList)
		for f := n.FirstChild(); ok && f != nil; f = f.NextSibling() {
			if note := f.(*footnote.Footnote); note.Index < 0 {
				list.Count++
				note.Index = list.Count
			}
		}
	}
}

// markdown reads a tree of Markdown; HTML inside it goes to the reader of HTML.
type markdown struct {
	htmlReader
	seen   []byte
	labels map[int]int // the number of a footnote by its index
}

// number gives the footnotes their labels as numbers where all labels are
// numbers, else the order in which they are referred to.
func (m *markdown) number(root ast.Node) {
	taken := map[int]bool{}
	byLabel := true
	each(root, func(n ast.Node) {
		if f, ok := n.(*footnote.Footnote); ok {
			number, err := strconv.Atoi(string(f.Ref))
			byLabel = byLabel && err == nil && number > 0 && number <= maxNote && !taken[number]
			taken[number] = true
			m.labels[f.Index] = number
		}
	})
	for index := range m.labels {
		if !byLabel {
			m.labels[index] = index
		}
	}
}

// each calls visit for every node below root.
func each(root ast.Node, visit func(ast.Node)) {
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		visit(n)
		each(n, visit)
	}
}

// block reads the blocks below n; item is the number of the list item they are in.
func (m *markdown) block(n ast.Node, item int) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		m.skipped = 0 // no raw element reaches from one block to the next
		switch c := child.(type) {
		case *ast.Heading:
			m.open(block{kind: headingBlock, level: c.Level, start: m.base + c.Pos()})
			m.inlines(c)
			if lines := c.Lines(); lines.Len() > 0 && m.now != nil {
				m.now.end = m.base + lines.At(lines.Len()-1).Stop
			}
			m.flush()
		case *ast.Paragraph, *ast.TextBlock:
			m.open(block{item: item})
			m.inlines(c)
			m.flush()
			item = 0
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			m.open(block{item: item})
			for i := range c.Lines().Len() {
				line := c.Lines().At(i)
				m.text().add(m.base+line.Start, m.base+line.Stop)
			}
			m.flush()
		case *ast.HTMLBlock:
			m.rawBlock(c)
			m.flush()
		case *footnote.Table:
			m.open(block{item: item})
			m.table(c)
			m.flush()
		case *ast.List:
			m.list(c, item)
			item = 0
		case *footnote.Footnote:
			m.footnote = true
			m.block(c, m.labels[c.Index])
			m.flush()
			m.footnote = false
		default:
			m.block(c, item)
		}
	}
}

// list reads a list, with the numbers of its items where it has some; inside a
// footnote only the note's own number counts, and outer is that.
func (m *markdown) list(l *ast.List, outer int) {
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		if l.IsOrdered() && !m.footnote {
			m.block(item, number)
			number++
		} else {
			m.block(item, outer)
			outer = 0
		}
	}
}

// rawBlock reads a block of HTML.
func (m *markdown) rawBlock(b *ast.HTMLBlock) {
	lines := b.Lines()
	if lines.Len() == 0 {
		return
	}
	end := lines.At(lines.Len() - 1).Stop
	if b.HasClosure() {
		end = b.ClosureLine.Stop
	}
	m.read(m.base+lines.At(0).Start, m.base+end)
}

// table reads a table as one text: its cells with commas, its rows with
// semicolons between.
func (m *markdown) table(t *footnote.Table) {
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			m.separate(cell.PreviousSibling() == nil)
			m.inlines(cell)
		}
	}
}

// inlines reads the text below n.
func (m *markdown) inlines(n ast.Node) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch c := child.(type) {
		case *ast.Text:
			if c.IsRaw() {
				m.text().add(m.base+c.Segment.Start, m.base+c.Segment.Stop)
			} else {
				m.text().addMarkup(m.base+c.Segment.Start, m.base+c.Segment.Stop, true)
			}
			if c.SoftLineBreak() || c.HardLineBreak() {
				m.text().gap(m.base+c.Segment.Stop, true)
			}
		case *ast.AutoLink:
			from := m.base + c.Pos() + 1 // after the <
			m.text().add(from, from+len(c.Label(m.seen)))
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				s := c.Segments.At(i)
				m.read(m.base+s.Start, m.base+s.Stop)
			}
		case *footnote.FootnoteLink:
			from := m.base + c.Pos()
			end := from + strings.IndexByte(m.source[from:], ']') + 1
			m.text().mark(fmt.Sprintf("[%d]", m.labels[c.Index]), from, end, m.labels[c.Index])
		case *footnote.FootnoteBacklink:
		default:
			m.inlines(c)
		}
	}
}
