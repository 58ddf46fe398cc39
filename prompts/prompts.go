// Package prompts holds what is said to a model: templates with typed data.
//
// A prompt has two parts. The system's is the same, byte for byte, for every
// question over the same passages, so that a server may keep what it has read of
// it; the user's is the question. What comes from documents, threads and people
// stands between lines that it cannot contain, and is called data there.
//
// The package sends nothing and knows no server.
package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"
	"unicode"
)

// Passage is a paragraph that the model may cite.
type Passage struct {
	ID      string   // nato-360#p5: the mark that the model has to give
	Label   string   // ¶5
	Section string   // its heading, or ""
	Text    string   // what it may quote
	Notes   []string // the notes it refers to, each with its label
}

// Prompt is what a model is sent.
type Prompt struct {
	Name      string          // of the template
	Version   string          // changes with the template's words, and with nothing else
	System    string          // the same for all questions over the same passages
	User      string          // what is asked this time
	Schema    json.RawMessage // of the reply
	MaxTokens int             // that the reply may take
}

// Answer asks for the answer to a question.
type Answer struct {
	Passages []Passage
	Question string
	Earlier  string // what was said before, or ""
	Language string // to answer in, by its English name
}

// Repair asks once more for sentences that did not stand. Its System is that of
// the [Answer] over the same passages.
type Repair struct {
	Passages []Passage
	Question string
	Failing  []Failing
	Language string
}

// Failing is a sentence that did not stand, and why.
type Failing struct{ Text, Reason string }

// Rewrite asks for a question that can be understood without what was said before.
type Rewrite struct{ Question, Earlier string }

// Summary asks for the points of a direction. Its System is that of an [Answer]
// over the same passages.
type Summary struct {
	Passages  []Passage
	Direction string // by its name
	Language  string
}

// The tokens that replies may take. The three longest sentences of the article, each
// with itself as its quote, are 555 by OpenAI's tokenizer (bot/llm has the test), and
// small models' tokenizers take up to a seventh more. A weak model uses up whatever it
// may have.
const (
	answerTokens  = 640
	rewriteTokens = 160 // a question of 400 characters is about 100
	summaryTokens = 1600
)

// The bounds in the schema of a reply, for servers that hold their models to them.
const (
	answerSentences  = 3
	summarySentences = 6
	mostCited        = 2 // passages that a sentence cites
	mostQuote        = 500
	mostQuestion     = 400
)

// mostText is how many characters a sentence may have in a reply. It is more than the
// bot shows of one sentence, so that what a server cuts off here cannot pass for one
// that is whole.
const mostText = 600

//go:embed *.tmpl
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"line": line,
	"inc":  func(i int) int { return i + 1 },
}).ParseFS(files, "*.tmpl"))

// versions are the hashes of the templates by the names of their files.
var versions = hashes("answer", "repair", "rewrite", "summary", "translate")

// hashes returns a short hash of each template; those whose system part stands in
// answer.tmpl change with it.
func hashes(names ...string) map[string]string {
	out := make(map[string]string, len(names))
	for _, name := range names {
		h := sha256.New()
		for _, f := range []string{"answer", name} {
			if f == "answer" && (name == "rewrite" || name == "translate") {
				continue
			}
			text, err := files.ReadFile(f + ".tmpl")
			if err != nil {
				panic(fmt.Sprintf("prompts: %v", err)) // unreachable unless a file is missing from the build
			}
			h.Write(text)
		}
		out[name] = hex.EncodeToString(h.Sum(nil))[:8]
	}
	return out
}

// Prompt renders the question.
func (a Answer) Prompt() Prompt {
	return Prompt{
		Name: "answer", Version: versions["answer"], MaxTokens: answerTokens, Schema: schema(a.Passages, answerSentences),
		System: system(a.Passages),
		User: render("user", struct{ Fence, Question, Earlier, Language string }{
			fence(a.Question, a.Earlier), readable(a.Question), readable(a.Earlier), language(a.Language),
		}),
	}
}

// Prompt renders the request.
func (r Repair) Prompt() Prompt {
	texts := []string{r.Question}
	for _, f := range r.Failing {
		texts = append(texts, f.Text, f.Reason)
	}
	return Prompt{
		Name: "repair", Version: versions["repair"], MaxTokens: answerTokens, Schema: schema(r.Passages, answerSentences),
		System: system(r.Passages),
		User: render("repair", struct {
			Fence, Question, Language string
			Failing                   []Failing
		}{fence(texts...), readable(r.Question), language(r.Language), r.Failing}),
	}
}

// Prompt renders the request.
func (r Rewrite) Prompt() Prompt {
	return Prompt{
		Name: "rewrite", Version: versions["rewrite"], MaxTokens: rewriteTokens,
		Schema: fmt.Appendf(nil, `{"type":"object","properties":{"question":{"type":"string","maxLength":%d}},"required":["question"],"additionalProperties":false}`, mostQuestion),
		System: render("rewrite system", nil),
		User: render("rewrite user", struct{ Fence, Question, Earlier string }{
			fence(r.Question, r.Earlier), readable(r.Question), readable(r.Earlier),
		}),
	}
}

// Prompt renders the request.
func (s Summary) Prompt() Prompt {
	return Prompt{
		Name: "summary", Version: versions["summary"], MaxTokens: summaryTokens, Schema: schema(s.Passages, summarySentences),
		System: system(s.Passages),
		User: render("summary", struct{ Fence, Direction, Language string }{
			fence(s.Direction), readable(s.Direction), language(s.Language),
		}),
	}
}

// system returns the rules with the passages below them.
func system(ps []Passage) string {
	var texts []string
	for _, p := range ps {
		texts = append(texts, p.ID, p.Section, p.Text)
		texts = append(texts, p.Notes...)
	}
	example := "doc#p1"
	if len(ps) > 0 {
		example = line(ps[0].ID)
	}
	return render("system", struct {
		Fence, Example string
		Passages       []Passage
	}{fence(texts...), example, ps})
}

// fence returns a line that none of the texts contains, always the same one for
// the same texts.
func fence(texts ...string) string {
	all := strings.Join(texts, "\x00")
	sum := sha256.Sum256([]byte(all))
	for {
		f := "=====" + hex.EncodeToString(sum[:4]) + "====="
		if !strings.Contains(all, f) {
			return f
		}
		sum = sha256.Sum256(sum[:])
	}
}

// schema returns the JSON schema of a reply over the passages, of at most so many
// sentences.
func schema(ps []Passage, most int) json.RawMessage {
	id := map[string]any{"type": "string"}
	if len(ps) > 0 && len(ps) <= mostNamed {
		ids := make([]string, len(ps))
		for i, p := range ps {
			ids[i] = p.ID
		}
		id["enum"] = ids
	}
	text := func(most int) any { return map[string]any{"type": "string", "maxLength": most} }
	s := object("answerable", map[string]any{"type": "boolean"}, "sentences", list(most,
		object("text", text(mostText), "citations", list(mostCited, object("id", id, "quote", text(mostQuote))))))
	data, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("prompts: schema: %v", err)) // unreachable: strings and maps
	}
	return data
}

// mostNamed is how many ids a schema lists: servers bound what they take.
const mostNamed = 100

func list(most int, of any) map[string]any {
	return map[string]any{"type": "array", "maxItems": most, "items": of}
}

// object returns the schema of an object with just these members.
func object(first string, a any, second string, b any) map[string]any {
	return map[string]any{
		"type": "object", "properties": map[string]any{first: a, second: b},
		"required": []string{first, second}, "additionalProperties": false,
	}
}

// line returns a text on one line, so that it cannot look like several passages.
func line(s string) string { return strings.Join(strings.Fields(readable(s)), " ") }

// readable returns a text without the characters that only machines see.
func readable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s))
}

// language returns a language's name; English for "".
func language(name string) string {
	if name == "" {
		return "English"
	}
	return line(name)
}

func render(name string, data any) string {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("prompts: %s: %v", name, err)) // unreachable: the tests render each template
	}
	return b.String()
}
