package bot

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/corpus"
)

// draft is a sentence as the model wrote it, with its marks.
type draft struct {
	Text      string `json:"text"`
	Citations []mark `json:"citations"`
}

// mark is a citation as the model gave it.
type mark struct {
	ID    string `json:"id"`
	Quote string `json:"quote"`
}

// UnmarshalJSON implements json.Unmarshaler: servers without schemas also give ids
// alone.
func (m *mark) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &m.ID) == nil {
		return nil
	}
	type plain mark
	return json.Unmarshal(data, (*plain)(m))
}

// The greatest reply that is read. Nobody needs more for three sentences; a model
// that goes on is stuck.
const (
	mostReply  = 32 << 10
	mostDrafts = 12
	mostDepth  = 16
)

// errEnough ends a reply that is not read to its own end.
var errEnough = errors.New("the reply is longer than an answer")

// replyReader reads a reply while it comes. A sentence is given out as soon as its
// object is closed, so that what was cut in its middle never is. It takes what
// models make of JSON: fences and words around it, objects without the object
// around them, and instead of it plain sentences with marks.
type replyReader struct {
	text   strings.Builder
	at     int   // where text has been read to
	open   []int // where the objects and lists begin that are open
	quoted bool  // within a string
	escape bool  // behind a backslash in it
	object bool  // an object has been seen: what is not JSON is talk
	plain  int   // where the plain text begins that was not given out
	drafts int
	broken int // objects that were none
}

// read takes the next piece and gives each sentence that it completes to each. It
// returns errEnough where the reply is too long, and errUnanswerable where it says so.
func (p *replyReader) read(delta string, each func(draft)) error {
	p.text.WriteString(delta)
	text := p.text.String()
	for ; p.at < len(text) && p.at < mostReply; p.at++ {
		if from, ok := p.step(text); ok {
			if d, ok := p.decode(text[from : p.at+1]); ok && !p.give(d, each) {
				return errEnough
			}
		}
	}
	if p.at >= mostReply {
		return errEnough
	}
	if !p.object && !p.marked(text, each) {
		return errEnough
	}
	if p.drafts == 0 && unanswerable.MatchString(text) {
		return errUnanswerable
	}
	return nil
}

// unanswerable finds the model's word that there is no answer.
var unanswerable = regexp.MustCompile(`"answerable"\s*:\s*false`)

// step reads one byte. ok tells that it closes the object that begins at from.
func (p *replyReader) step(text string) (from int, ok bool) {
	c := text[p.at]
	switch {
	case p.escape:
		p.escape = false
	case p.quoted && c == '\\':
		p.escape = true
	case c == '"' && len(p.open) > 0:
		p.quoted = !p.quoted
	case p.quoted && c == '\n': // no JSON: a quotation mark that was not escaped
		p.quoted = false
	case p.quoted:
	case c == '{':
		p.object = true
		if len(p.open) < mostDepth {
			p.open = append(p.open, p.at)
		}
	case c == '}' && len(p.open) > 0:
		from = p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
		return from, true
	}
	return 0, false
}

// decode reads an object that may be a sentence.
func (p *replyReader) decode(text string) (draft, bool) {
	var d struct {
		draft
		Sentences json.RawMessage `json:"sentences"`
		Quote     string          `json:"quote"`
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		p.broken++
		return draft{}, false
	}
	return d.draft, d.Text != "" && d.Sentences == nil
}

// give hands a sentence out, unless there have been enough.
func (p *replyReader) give(d draft, each func(draft)) bool {
	if p.drafts++; p.drafts > mostDrafts {
		return false
	}
	each(d)
	return true
}

// marked gives out the plain sentences that have a mark and are complete: behind
// them something else has begun.
func (p *replyReader) marked(text string, each func(draft)) bool {
	rest := text[p.plain:]
	if strings.HasPrefix(strings.TrimSpace(text), "<think>") {
		_, after, ok := strings.Cut(text, "</think>")
		if !ok {
			return true
		}
		p.plain = max(p.plain, len(text)-len(after))
		rest = text[p.plain:]
	}
	for {
		m := plainSentence.FindStringIndex(rest)
		if m == nil {
			return true
		}
		// What stands behind the sentence, its first letter, is not a part of it.
		_, size := utf8.DecodeLastRuneInString(rest[:m[1]])
		s := rest[:m[1]-size]
		rest = rest[len(s):]
		p.plain += len(s)
		if !p.plains(s, each) {
			return false
		}
	}
}

// plainSentence finds text up to a mark and a stop, in either order, and the
// beginning of what follows.
var plainSentence = regexp.MustCompile(`(?s)^.*?(?:[.!?。！？]["”’]?\s*(?:` + plainMark + `\s*)+|` + plainMark + `\s*[.!?。！？])[\s]*[^\s\[(.]`)

const plainMark = `[\[(（](?:¶|[\w.-]+#[pcn])\s*\d[\d.]*(?:\s*[,;、]\s*(?:¶|[\w.-]+#[pcn])\s*\d[\d.]*)*[\])）]`

var (
	plainMarks = regexp.MustCompile(plainMark)
	oneMark    = regexp.MustCompile(`(?:¶|[\w.-]+#[pcn])\s*\d+(?:\.\d+)?`)
	fenced     = regexp.MustCompile("(?m)^\\s*```\\w*\\s*$")
)

// plains gives out the sentences of a stretch of plain text, of which the last one
// has the marks that stand behind it.
func (p *replyReader) plains(text string, each func(draft)) bool {
	text = fenced.ReplaceAllString(text, "")
	for _, line := range strings.Split(text, "\n") {
		var ds []draft
		for _, s := range corpus.Sentences(strings.TrimSpace(line)) {
			var d draft
			for _, group := range plainMarks.FindAllString(s, -1) {
				for _, id := range oneMark.FindAllString(group, -1) {
					d.Citations = append(d.Citations, mark{ID: strings.ReplaceAll(id, " ", "")})
				}
			}
			d.Text = strings.TrimSpace(plainMarks.ReplaceAllString(s, ""))
			if wordless(d.Text) { // marks that stand behind the stop
				if len(ds) > 0 {
					ds[len(ds)-1].Citations = append(ds[len(ds)-1].Citations, d.Citations...)
				}
				continue
			}
			ds = append(ds, d)
		}
		for _, d := range ds {
			if !p.give(d, each) {
				return false
			}
		}
	}
	return true
}

// end gives out what a plain reply ends with. Where there was an object, what was
// not closed is lost.
func (p *replyReader) end(each func(draft)) {
	text := p.text.String()
	if p.object || p.plain >= len(text) {
		return
	}
	rest := text[p.plain:]
	if i := strings.LastIndexFunc(rest, func(r rune) bool { return strings.ContainsRune(".!?。！？])）", r) }); i >= 0 {
		_, size := utf8.DecodeRuneInString(rest[i:])
		p.plains(rest[:i+size], each)
	}
	p.plain = len(text)
}

// What a model leaves behind in a sentence that is no part of it.
var (
	leftovers = regexp.MustCompile(`(?i)【[^】]*】|\bturn\d+(?:search|view|news|file)\d+\b|\bcite(?:turn\d+\w*)+|<\|[^|>]*\|>|</?(?:s|b|i|u|em|strong|p|br|sup|sub|code|span|a)(?:\s[^<>]*)?/?>|\[\^?\d+(?:\s*[,–-]\s*\d+)*\]|\[(?:source|citation)[^\]]*\]`)
	emphasis  = regexp.MustCompile("\\*\\*|__|`+|~~")
	bulleted  = regexp.MustCompile(`^(?:[-*•–]\s+|#{1,6}\s+|\d{1,2}[.)]\s+|>\s+)+`)
	spaced    = regexp.MustCompile(`\s+([.,;:!?])(\s|$)`)
)

// tidied returns a sentence of a model as text on one line, without the marks and
// the markup that it may have.
func tidied(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u200b':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == unicode.ReplacementChar, unicode.Is(unicode.Variation_Selector, r), '\U000e0000' <= r && r <= '\U000e007f':
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = leftovers.ReplaceAllString(text, " ")
	text = plainMarks.ReplaceAllString(text, "")
	text = marksInBrackets.ReplaceAllString(text, "")
	text = marksBeforeStop.ReplaceAllString(marksAfterStop.ReplaceAllString(text, "$1"), "$1")
	text = emphasis.ReplaceAllString(text, "")
	text = strings.Join(strings.Fields(text), " ")
	text = bulleted.ReplaceAllString(text, "")
	return strings.TrimSpace(spaced.ReplaceAllString(text, "$1$2"))
}
