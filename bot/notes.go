package bot

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"footnote/corpus"
	"footnote/retrieval"
)

// noteWords are the terms by which a question shows that it is about the notes;
// noteTalk those that go with them and name no subject, and refWords those that
// stand before the number of another reference.
var (
	noteWords = stems(`note footnote endnote source reference cite citation bibliography author writer write wrote written publish publisher piece paper`)
	refWords  = stems(`paragraph passage chart`)
	noteTalk  = stems(`back support claim statement behind paper piece report essay study speech work write document official statement title list show stand sentence point`)
)

// noteCues do the same in Japanese, where the words are not told apart by spaces.
var noteCues = []string{"注", "出典", "典拠", "著者", "執筆", "書いた", "書きました", "発行", "公表", "文献", "引用"}

// inText finds references within a question: What does note 7 say? Show me notes 3
// and 4.
var inText = regexp.MustCompile(`(?i)(¶\s*|\b(?:foot)?notes?\s+|\bparagraphs?\s+|\bpassages?\s+|\bcharts?\s+|\[|注\s*|第)(\d{1,4}(?:\.\d+)?(?:(?:\s*,\s*|\s+and\s+|\s*&\s*|と|、)\d{1,4}\b)*)(\]|段落)?`)

var number = regexp.MustCompile(`\d+(?:\.\d+)?`)

// noteCover is the least share of a question's subject that a note must name to
// answer a question about notes, and claimCover that of a sentence whose source is
// asked for.
const (
	noteCover  = 0.75
	claimCover = 0.6
)

// askNotes answers a question about the notes themselves: what is note 7, who wrote
// about this, which source backs that. ok is false where it is not such a question,
// or no note fits it.
func (b *Bot) askNotes(ctx context.Context, q Question, r *reader, read asked) (ans Answer, ok bool, err error) {
	if refs := b.namedIn(r, q, read); refs != "" {
		ans, err = b.cite(ctx, Question{Text: refs, Language: q.Language, Before: q.Before})
		return ans, true, err
	}
	if !aboutNotes(read, q.Text) {
		return Answer{}, false, nil
	}
	subject := read
	subject.terms = nil
	for _, t := range read.terms {
		if !noteWords[t.Term] && !noteTalk[t.Term] && (!light[t.Term] || t.name) {
			subject.terms = append(subject.terms, t)
		}
	}
	if len(subject.terms) == 0 {
		return Answer{}, false, nil
	}
	subject.pairs = nil
	notes, err := b.notesNaming(ctx, r, subject)
	if err != nil || len(notes) == 0 {
		return Answer{}, false, err
	}
	for _, n := range notes {
		b.addWhole(&ans, n)
	}
	ans.Status, ans.Text = Found, ans.joined("\n", false)
	return ans, true, nil
}

// namedIn returns the references that a question names, with their document if it names
// that too.
func (b *Bot) namedIn(r *reader, q Question, read asked) string {
	if !b.several() {
		return namedIn(read, q.Text)
	}
	text, d := b.documentIn(q.Text)
	if d == nil {
		return namedIn(read, q.Text)
	}
	q.Text = text
	refs := namedIn(b.read(r, q), text)
	if refs == "" {
		return ""
	}
	return d.ID + "#" + strings.ReplaceAll(refs, ", ", ", "+d.ID+"#")
}

// documentIn takes the name of a document out of a question: What does note 7 of nato-360
// say? It is nil where none is named.
func (b *Bot) documentIn(text string) (string, *corpus.Document) {
	fields := strings.Fields(text)
	for i, f := range fields {
		if d := b.document(strings.Trim(f, ",;:()")); d != nil {
			before := fields[:i]
			if i > 0 && slices.Contains(joints, " "+strings.ToLower(fields[i-1])+" ") {
				before = fields[:i-1]
			}
			return strings.Join(slices.Concat(before, fields[i+1:]), " "), d
		}
	}
	return text, nil
}

// namedIn returns the references that a question names, if it asks for nothing
// else, as a list that [references] reads.
func namedIn(read asked, text string) string {
	var refs []string
	for _, m := range inText.FindAllStringSubmatch(text, -1) {
		before := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(m[1])), "s")
		for _, n := range number.FindAllString(m[2], -1) {
			if ref := before + " " + n + m[3]; referenced(ref) {
				refs = append(refs, ref)
			} else if ref = before + n + m[3]; referenced(ref) {
				refs = append(refs, ref)
			}
		}
	}
	if refs == nil {
		return ""
	}
	for _, t := range read.terms {
		if !noteWords[t.Term] && !noteTalk[t.Term] && !light[t.Term] && !t.number && t.Term[0] < 0x80 && !refWords[t.Term] {
			return ""
		}
	}
	return strings.Join(refs, ", ")
}

func referenced(ref string) bool {
	_, ok := corpus.ParseReference(ref)
	return ok
}

func aboutNotes(read asked, text string) bool {
	for _, t := range read.terms {
		if noteWords[t.Term] {
			return true
		}
	}
	for _, c := range noteCues {
		if strings.Contains(text, c) {
			return true
		}
	}
	return false
}

// maxNotes bounds a list of notes.
const maxNotes = 12

// notesNaming returns the notes that name the subject best, in order; where none
// names it, those of the sentence that does.
func (b *Bot) notesNaming(ctx context.Context, r *reader, subject asked) ([]*corpus.Passage, error) {
	s := r.scorer(subject)
	hits, err := b.search.Search(ctx, retrieval.Query{Text: subject.text, Limit: maxNotes, Kinds: []corpus.Kind{corpus.Note}})
	if err != nil {
		return nil, fmt.Errorf("search notes: %w", err)
	}
	best := noteCover
	var notes []*corpus.Passage
	for _, h := range hits {
		s.words = s.sentence(s.words[:0], h.Passage.Text)
		switch share := s.share(s.match(s.words)); {
		case share > best:
			best, notes = share, []*corpus.Passage{h.Passage}
		case share == best:
			notes = append(notes, h.Passage)
		}
	}
	if notes != nil {
		slices.SortStableFunc(notes, inOrder)
		return notes, nil
	}
	return b.notesBehind(ctx, s)
}

// notesBehind returns the notes of the sentence that has most of the subject.
func (b *Bot) notesBehind(ctx context.Context, s *scorer) ([]*corpus.Passage, error) {
	hits, _, err := b.paragraphs(ctx, s.q.text, "")
	if err != nil {
		return nil, err
	}
	best := claimCover
	var numbers []int
	var in *corpus.Document
	for _, h := range hits {
		for k, sentence := range h.Passage.Sentences {
			s.words = s.sentence(s.words[:0], h.Passage.SentenceText(k))
			if share := s.share(s.match(s.words)); share > best && len(sentence.Notes) > 0 {
				best, numbers, in = share, sentence.Notes, h.Passage.Document
			}
		}
	}
	var notes []*corpus.Passage
	for _, n := range numbers {
		if p := in.Note(n); p != nil {
			notes = append(notes, p)
		}
	}
	return notes, nil
}
