package bot

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata/conversations")

// article is the embedded article and a bot over it, made once: both are
// immutable.
var article = sync.OnceValues(func() (*corpus.Corpus, *Bot) {
	c, err := corpus.Article()
	if err != nil {
		panic(err)
	}
	return c, New(c, keyword.New(c, keyword.Default()), Shipped())
})

// over returns a bot over the files, which are given by name.
func over(t *testing.T, files map[string]string) *Bot {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := corpus.Load(t.Context(), folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	return New(c, keyword.New(c, keyword.Default()), Shipped())
}

// ask asks what must have an answer.
func ask(t *testing.T, b *Bot, q Question) Answer {
	t.Helper()
	a, err := b.Ask(t.Context(), q)
	if err != nil {
		t.Fatalf("Ask(%q) = %v, want an answer", q.Text, err)
	}
	return a
}

func TestAskProblem(t *testing.T) {
	_, b := article()
	long := strings.Repeat("a ", MaxQuestion/2) + "b"
	tests := []struct {
		name string
		q    Question
		want string
	}{
		{"empty", Question{}, "There is no question."},
		{"blank", Question{Text: " \t\r\n　 "}, "There is no question."},
		{"blank, ja", Question{Text: "  ", Language: "ja"}, "質問がありません。"},
		{"empty check", Question{Kind: KindCheck}, "There is no question."},
		{"empty cite, ja-JP", Question{Kind: KindCite, Language: "ja-JP"}, "質問がありません。"},
		{"not UTF-8", Question{Text: "What is \xff\xfe?"}, "not readable text"},
		{"not UTF-8, ja", Question{Text: "\xe6\x97", Language: "ja"}, "UTF-8"},
		{"not UTF-8, help", Question{Kind: KindHelp, Text: "\xff"}, "not readable text"},
		{"one too long", Question{Text: long}, "has 4001 characters; at most 4000"},
		{"10,000", Question{Text: strings.Repeat("x", 10000)}, "has 10000 characters"},
		{"10,000, ja", Question{Text: strings.Repeat("北", 10000)}, "10000文字"},
		{"NUL", Question{Text: "What is\x00 NATO?"}, "control character (U+0000)"},
		{"escape", Question{Text: "What is \x1b[31mNATO?"}, "control character (U+001B)"},
		{"delete, ja", Question{Text: "NATOとは\x7f何ですか"}, "制御文字(U+007F)"},
		{"C1", Question{Text: "What is \u0085\u009b NATO?"}, "control character (U+009B)"},
		{"wrong direction", Question{Kind: KindSummary, Text: "centre"}, "There is no direction “centre”. There are: North, South, East, West, New domains, Japan."},
		{"wrong direction by kind", Question{Kind: KindSummary, Text: "up"}, "There is no direction “up”. There are: North,"},
		{"wrong direction, ja", Question{Kind: KindSummary, Text: "中央", Language: "ja"}, "「中央」という方角はありません。選べるのは: 北、南、東、西、新領域、日本。"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := b.Ask(t.Context(), test.q)
			var p *Problem
			if !errors.As(err, &p) || !strings.Contains(p.Sentence, test.want) {
				t.Fatalf("Ask(%.40q) = %v, %v, want a problem with %q", test.q.Text, a.Status, err, test.want)
			}
			if !strings.HasSuffix(p.Sentence, ".") && !strings.HasSuffix(p.Sentence, "?") && !strings.HasSuffix(p.Sentence, "。") {
				t.Errorf("Ask(%.40q) = %q, want a whole sentence", test.q.Text, p.Sentence)
			}
			if a.Status != "" || a.Sentences != nil {
				t.Errorf("Ask(%.40q) = %v beside the problem, want the zero answer", test.q.Text, a)
			}
		})
	}
}

func TestAskLongest(t *testing.T) {
	_, b := article()
	for _, text := range []string{
		strings.Repeat("a ", MaxQuestion/2-1) + "b",
		strings.Repeat("北", MaxQuestion),
		strings.Repeat("NATO ", MaxQuestion/5),
		strings.Repeat("👍", MaxQuestion),
		"What is the\tNSDS-Hub\n?",
	} {
		if a, err := b.Ask(t.Context(), Question{Text: text}); err != nil {
			t.Errorf("Ask(%.20q) = %v, %v, want an answer", text, a.Status, err)
		}
	}
}

func TestAskUnknownKind(t *testing.T) {
	_, b := article()
	_, err := b.Ask(t.Context(), Question{Kind: "dance", Text: "What is NATO?"})
	var p *Problem
	if err == nil || errors.As(err, &p) {
		t.Errorf("Ask(kind dance) = %v, want an error that is not the asker's", err)
	}
}

func TestAskCancelled(t *testing.T) {
	_, b := article()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range []Kind{KindAsk, KindCheck, KindCite} {
		if a, err := b.Ask(ctx, Question{Kind: kind, Text: "What is the NSDS-Hub?"}); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Ask(%s, cancelled) = %v, %v, want an answer or that it was cancelled", kind, a.Status, err)
		}
	}
}

// broken is a Searcher whose index is gone.
type broken struct{ Searcher }

var errBroken = errors.New("index is gone")

func (broken) Search(context.Context, retrieval.Query) ([]retrieval.Hit, error) {
	return nil, errBroken
}

// TestAskBroken wants the operator's error from a search that fails, and look-ups
// that need none to go on.
func TestAskBroken(t *testing.T) {
	c, b := article()
	b = New(c, broken{b.search}, Shipped())
	for _, q := range []Question{
		{Text: "What is the NSDS-Hub?"}, {Text: "Who wrote about Taiwan?"}, {Text: "check Finland has joined."}, {Text: "cite Finland"},
	} {
		a, err := b.Ask(t.Context(), q)
		var p *Problem
		if !errors.Is(err, errBroken) || errors.As(err, &p) || a.Status != "" {
			t.Errorf("Ask(%q) = %v, %v, want the zero answer and %v", q.Text, a.Status, err, errBroken)
		}
	}
	for _, text := range []string{"¶5", "What is note 7?", "summary north", "sources", "help"} {
		if a, err := b.Ask(t.Context(), Question{Text: text}); err != nil {
			t.Errorf("Ask(%q) = %v, %v, want an answer without a search", text, a.Status, err)
		}
	}
	if _, err := b.Fit(t.Context(), townExamples, 0); !errors.Is(err, errBroken) {
		t.Errorf("Fit() = %v, want %v", err, errBroken)
	}
}

func TestUnknownReference(t *testing.T) {
	_, b := article()
	tests := []struct{ language, text, want string }{
		{"en", "note 99", "There is no “note 99”. There are ¶1–¶13, chart 1–3, note 1–19."},
		{"en", "¶14", "There is no “¶14”. There are ¶1–¶13, chart 1–3, note 1–19."},
		{"en", "chart 4, [20]", "There is no “chart 4”, “[20]”. There are ¶1–¶13, chart 1–3, note 1–19."},
		{"en", "elsewhere#p1", "There is no “elsewhere#p1”. There are ¶1–¶13, chart 1–3, note 1–19."},
		{"ja", "注99", "「注99」はありません。あるのは¶1–¶13, chart 1–3, note 1–19です。"},
		{"ja", "note 99", "「note 99」はありません。あるのは¶1–¶13, chart 1–3, note 1–19です。"},
	}
	for _, test := range tests {
		a := ask(t, b, Question{Text: test.text, Language: test.language})
		if a.Status != NotFound || a.Text != test.want || len(a.Citations) != 0 {
			t.Errorf("Ask(%q) = %s %q, want not_found %q", test.text, a.Status, a.Text, test.want)
		}
	}
}

// TestLookUpTwice names the same thing in several ways.
func TestLookUpTwice(t *testing.T) {
	_, b := article()
	a := ask(t, b, Question{Text: "note 7, [7], nato-360#n7, ¶5, p5"})
	if a.Status != Found || len(a.Citations) != 2 || a.Citations[0].ID != "nato-360#n7" || a.Citations[1].ID != "nato-360#p5" {
		t.Errorf("Ask(%q) = %s %d citations, want note 7 and ¶5, once each", a.Question, a.Status, len(a.Citations))
	}
	many := strings.TrimSuffix(strings.Repeat("¶5,", MaxQuestion/3), ",")
	if a := ask(t, b, Question{Text: many}); len(a.Citations) != 1 {
		t.Errorf("Ask(%.12q…) has %d citations, want one", many, len(a.Citations))
	}
}

// TestReferenceInQuestion asks about references in words.
func TestReferenceInQuestion(t *testing.T) {
	_, b := article()
	for text, want := range map[string]string{
		"What does note 7 say?":                "nato-360#n7",
		"What does paragraph 8 say?":           "nato-360#p8",
		"Which sources does paragraph 8 have?": "nato-360#p8",
		"What is in chart 2?":                  "nato-360#c2",
		"Who wrote note 16?":                   "nato-360#n16",
		"注16の著者は誰ですか?":                         "nato-360#n16",
		"第3段落には何が書いてありますか?":                    "nato-360#p3",
		"Show me passage 4.":                   "nato-360#p4",
		"What is the title of footnote 8?":     "nato-360#n8",
	} {
		a := ask(t, b, Question{Text: text})
		if a.Status != Found || len(a.Citations) != 1 || a.Citations[0].ID != want {
			t.Errorf("Ask(%q) = %s %q, want %s found", text, a.Status, a.Text, want)
		}
	}
}

// TestSourceAfterAbstention asks what an abstention rests on: nothing, whatever it
// came near.
func TestSourceAfterAbstention(t *testing.T) {
	_, b := article()
	var before []Turn
	say := func(text string) Answer {
		a := ask(t, b, Question{Text: text, Before: before})
		before = append(before, Turn{Question{Text: text}, a})
		return a
	}
	say("Who won the 2022 FIFA World Cup?")
	if a := say("source?"); a.Status != Abstained {
		t.Errorf("Ask(%q) after an abstention = %s %q, want it to abstain", "source?", a.Status, a.Text)
	}
	if a := say("why?"); a.Understood != "why: Who won the 2022 FIFA World Cup?" {
		t.Errorf("Ask(%q) was understood as %q, want the question before “source?”", "why?", a.Understood)
	}
	say("How many troops does the NATO Response Force comprise?")
	if a := say("source?"); a.Status != Found || len(a.Citations) != 1 || a.Citations[0].ID != "nato-360#n2" {
		t.Errorf("Ask(%q) = %s %q, want note 2", "source?", a.Status, a.Text)
	}
}

// TestCheckPasted checks what was copied from the article, several sentences at
// once and note marks among them.
func TestCheckPasted(t *testing.T) {
	c, b := article()
	for _, p := range c.Documents.At(0).Passages {
		for i := range p.Sentences {
			for n := 2; n <= maxSentences && i+n <= len(p.Sentences); n++ {
				text := p.Quote(p.Sentences[i].Start, p.Sentences[i+n-1].End)
				a := ask(t, b, Question{Kind: KindCheck, Text: text})
				if a.Verdict != Quoted || a.Citations[0].ID != p.ID {
					t.Errorf("Ask(check %q) = %s, want quoted from %s", text, a.Verdict, p.ID)
				}
			}
		}
	}
}

// TestCheckChanged changes one thing of what the article says: it is not supported
// any more.
func TestCheckChanged(t *testing.T) {
	_, b := article()
	for _, claim := range []string{
		"China is the world's largest military power.",
		"Japan is deploying its own missile defence systems to defend the North American region.",
		"The NATO Response Force has up to 50,000 troops.",
		"The NATO Response Force has up to 40 troops.",
		"Seven of the nine Arctic countries have become NATO members.",
		"Finland and Sweden have not become NATO members.",
		"Finland and Norway are new NATO members.",
		"The enhanced Forward Presence is in place on the southern flank of NATO.",
		"NATO established Joint Force Command - Norfolk in 2018.",
	} {
		if a := ask(t, b, Question{Kind: KindCheck, Text: claim}); a.Verdict == Quoted || a.Verdict == Supported || len(a.Reasons) == 0 {
			t.Errorf("Ask(check %q) = %s, %q, want less than supported, with the reason", claim, a.Verdict, a.Reasons)
		}
	}
}

// TestBareMaterial asks of material that has no notes, no charts, no directions
// and no date.
func TestBareMaterial(t *testing.T) {
	b := over(t, map[string]string{"mill.txt": "The mill was built in 1802 by Ann Reed.\n\nIt grinds oats and barley."})
	tests := []struct {
		q      Question
		status Status
		text   string
	}{
		{Question{Text: "When was the mill built?"}, Answered, "The mill was built in 1802 by Ann Reed. [¶1]"},
		{Question{Text: "sources"}, NotFound, "The material has no notes."},
		{Question{Text: "出典一覧"}, NotFound, "この資料には注がありません。"},
		{Question{Kind: KindSummary}, NotFound, "The material has no directions to summarise by. A data file beside a document can name them."},
		{Question{Kind: KindSummary, Text: "north"}, NotFound, "The material has no directions to summarise by. A data file beside a document can name them."},
		{Question{Text: "note 1"}, NotFound, "There is no “note 1”. There are ¶1–¶2."},
		{Question{Kind: KindCite, Text: "barley"}, Found, "It grinds oats and barley. [¶2]"},
	}
	for _, test := range tests {
		a := ask(t, b, test.q)
		if a.Status != test.status || a.Text != test.text {
			t.Errorf("Ask(%s %q) = %s %q, want %s %q", test.q.Kind, test.q.Text, a.Status, a.Text, test.status, test.text)
		}
	}
	if a := ask(t, b, Question{Text: "help"}); strings.Contains(a.Text, "summarised") {
		t.Errorf("Ask(%q) = %q, want no word of summaries", "help", a.Text)
	}
}

// TestManyDocuments asks of more documents than a sentence can name.
func TestManyDocuments(t *testing.T) {
	files := map[string]string{}
	for i := range 8 {
		files[fmt.Sprintf("town-%d.txt", i)] = fmt.Sprintf("Town %d has %d bridges.\n\nIts mayor is elected.", i, 10+i)
	}
	b := over(t, files)
	a := ask(t, b, Question{Text: "¶1"})
	if want := "Several documents have ¶1. Say which: town-0 ¶1 (town-0), town-1 ¶1 (town-1),"; a.Status != NotFound || !strings.HasPrefix(a.Text, want) || !strings.HasSuffix(a.Text, ", ….") {
		t.Errorf("Ask(%q) = %s %q, want %q and an ellipsis", "¶1", a.Status, a.Text, want)
	}
	a = ask(t, b, Question{Text: "¶3"})
	if want := "There is no “¶3”. There are town-0#: ¶1–¶2; town-1#: ¶1–¶2;"; !strings.HasPrefix(a.Text, want) || !strings.HasSuffix(a.Text, "; ….") {
		t.Errorf("Ask(%q) = %q, want %q and an ellipsis", "¶3", a.Text, want)
	}
	a = ask(t, b, Question{Text: "town-3#p1"})
	if a.Status != Found || len(a.Citations) != 1 || a.Citations[0].ID != "town-3#p1" {
		t.Errorf("Ask(%q) = %s %v, want town-3#p1", "town-3#p1", a.Status, a.Citations)
	}
	if a := ask(t, b, Question{Text: "help"}); !strings.Contains(a.Text, "8 documents") {
		t.Errorf("Ask(%q) = %q, want it to say 8 documents", "help", a.Text)
	}
}

// TestQuiet holds the core to writing nothing: no log, nothing on the terminal.
func TestQuiet(t *testing.T) {
	for _, folder := range []string{".", "cite"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("Glob(%q) = %v, %v, want Go files", folder, files, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				if i.Path.Value == `"log/slog"` && name == "service.go" {
					continue // it tells the operator, by ids only; its own tests read the log
				}
				switch i.Path.Value {
				case `"log"`, `"log/slog"`, `"os"`, `"net"`, `"net/http"`, `"flag"`:
					t.Errorf("%s imports %s, want it not to: the core logs nothing and knows no terminal, file or network", name, i.Path.Value)
				}
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "fmt" && strings.HasPrefix(n.Sel.Name, "Print") {
						t.Errorf("%s calls fmt.%s, want nothing written to stdout", name, n.Sel.Name)
					}
				case *ast.CallExpr:
					if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
						t.Errorf("%s calls %s, want nothing written to stderr", name, f.Name)
					}
				}
				return true
			})
		}
	}
}
