package bot

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"footnote/corpus"
)

// mostNamed is how many documents may be called by their titles, which are compared one
// by one; of more only the ids, which are looked up.
const mostNamed = 2000

// several tells whether there are documents to be told apart.
func (b *Bot) several() bool { return b.corpus.Documents.Len() > 1 }

// Label is what a passage is called: with its document's id where there are several.
// Whoever types that finds the passage.
func (b *Bot) Label(p *corpus.Passage) string {
	if b.several() {
		return p.Document.ID + " " + p.Label
	}
	return p.Label
}

// annotated returns the one document, or for nil all that have notes or directions.
func (b *Bot) annotated(one *corpus.Document) corpus.List[corpus.Document] {
	if one != nil {
		return corpus.ListOf([]*corpus.Document{one})
	}
	return b.corpus.Annotated
}

// document returns the document that text names by its id or title, nil for none, or
// where two have the title.
func (b *Bot) document(text string) *corpus.Document {
	text = strings.Trim(strings.TrimSpace(text), "\"'“”‘’「」『』`?？.。")
	if d := b.corpus.Document(text); d != nil || text == "" || b.corpus.Documents.Len() > mostNamed {
		return d
	}
	var found *corpus.Document
	for _, d := range b.corpus.Documents.All() {
		if strings.EqualFold(d.ID, text) {
			return d
		}
		if strings.EqualFold(d.Title, text) {
			if found != nil {
				return nil
			}
			found = d
		}
	}
	return found
}

// joints stand between what is asked for and the document that it is limited to.
var joints = []string{" in ", " of ", " from "}

// Within returns the text of a question for a summary or for sources that is limited to
// a document, by its id or title; "" is no limit. text may be empty.
func Within(text, document string) string {
	if document == "" {
		return text
	}
	return strings.TrimSpace(text + joints[0] + document)
}

// cutJoint cuts text at the last joint.
func cutJoint(text string) (left, right string, ok bool) {
	for i := range text {
		for _, j := range joints {
			if after, found := strings.CutPrefix(text[i:], j); found {
				left, right, ok = text[:i], after, true
			}
		}
	}
	return left, right, ok
}

// limited parts text from the document that it is limited to, nil for none: north in
// nato-360, of nato-360, nato-360の北.
func (b *Bot) limited(text string) (rest string, d *corpus.Document) {
	padded := " " + strings.TrimSpace(text)
	for i := range padded {
		for _, j := range joints {
			if after, ok := strings.CutPrefix(padded[i:], j); ok {
				if d := b.document(after); d != nil {
					return strings.TrimSpace(padded[:i]), d
				}
			}
		}
		if after, ok := strings.CutPrefix(padded[i:], "の"); ok {
			if d := b.document(padded[:i]); d != nil {
				return strings.TrimSpace(after), d
			}
		}
	}
	return strings.TrimSpace(text), nil
}

// reference reads a reference, the document of which may stand before it or after it:
// nato-360 ¶5, note 7 of nato-360, nato-360の注7.
func (b *Bot) reference(text string) (corpus.Reference, bool) {
	if r, ok := corpus.ParseReference(text); ok {
		return r, true
	}
	rest, d := b.limited(text)
	for i, c := range text {
		if d != nil {
			break
		}
		if c == ' ' || c == '　' {
			if rest = text[i:]; referenced(rest) {
				d = b.document(text[:i])
			}
		}
	}
	if d == nil {
		return corpus.Reference{}, false
	}
	r, ok := corpus.ParseReference(rest)
	r.Document = d.ID
	return r, ok
}

// locate returns what a reference names. Where it names no document and there are several
// that have such a passage, it is the one that was talked of last, if that is one; else
// which are those that have it, and nothing is found.
func (b *Bot) locate(r corpus.Reference, before []Turn) (found, among []*corpus.Passage) {
	found = b.corpus.Find(r)
	if r.Document != "" || !slices.ContainsFunc(found, func(p *corpus.Passage) bool { return p.Document != found[0].Document }) {
		return found, nil
	}
	if d := talkedOf(before); d != "" {
		r.Document = d
		if there := b.corpus.Find(r); there != nil {
			return there, nil
		}
	}
	return nil, found
}

// talkedOf returns the id of the document that the last answer that quotes anything
// quotes, "" where it quotes several.
func talkedOf(before []Turn) string {
	for _, t := range slices.Backward(before) {
		cs := t.Answer.Citations
		if len(cs) == 0 {
			continue
		}
		if slices.ContainsFunc(cs, func(c Citation) bool { return c.Document != cs[0].Document }) {
			return ""
		}
		return cs[0].Document
	}
	return ""
}

// mostListed is how many documents a sentence lists.
const mostListed = 6

// which lists what a reference may mean.
func (b *Bot) which(w *words, among []*corpus.Passage) string {
	var names []string
	seen := map[*corpus.Document]bool{}
	for _, p := range among {
		if seen[p.Document] {
			continue
		}
		seen[p.Document] = true
		if len(names) == mostListed {
			names = append(names, "…")
			break
		}
		names = append(names, b.Label(p)+" ("+p.Document.Title+")")
	}
	return strings.Join(names, w.comma)
}

// noDocument says which documents there are.
func (b *Bot) noDocument(w *words, text string) *Problem {
	var names []string
	for i, d := range b.corpus.Documents.All() {
		if i == mostListed {
			names = append(names, "…")
			break
		}
		names = append(names, d.ID)
	}
	return &Problem{fmt.Sprintf(w.noDocument, text, strings.Join(names, w.comma))}
}

// Dated tells whether citations are of documents of different dates, as far as those are
// known, so that they must be shown with them. 2024 and 2024-05 may be the same.
func Dated(cs []Citation) bool {
	for i, c := range cs {
		for _, o := range cs[:i] {
			if c.Document != o.Document && differ(c.Date, o.Date) {
				return true
			}
		}
	}
	return false
}

func differ(a, b string) bool {
	return a != "" && b != "" && !strings.HasPrefix(a, b) && !strings.HasPrefix(b, a)
}

// Link returns the address, on the reader page at an address without a slash at its end,
// at which what the citation quotes is seen; "" where that is "". It names the bytes of
// the source, so that the page can mark them.
func (c Citation) Link(reader string) string {
	if reader == "" {
		return ""
	}
	document, fragment, _ := strings.Cut(c.ID, "#")
	marked := ""
	if c.End > c.Start {
		marked = fmt.Sprintf("?q=%d-%d", c.Start, c.End)
	}
	return reader + "/" + url.PathEscape(document) + marked + "#" + url.PathEscape(fragment)
}

// Mark returns what names a citation among others of the same answer: its label, and the
// date of its document where these differ.
func (c Citation) Mark(dated bool) string {
	if dated && c.Date != "" {
		return c.Label + " (" + c.Date + ")"
	}
	return c.Label
}
