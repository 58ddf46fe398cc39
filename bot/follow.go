package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/corpus"
)

// sourcesAsked are the follow-ups that ask for what the last answer rests on.
var sourcesAsked = []string{
	"source", "sources", "which source", "what source", "what is the source", "what's the source", "the source", "who says so", "who says that", "says who", "who said that", "who said so",
	"where does it say that", "where does it say so", "where is that from", "where does that come from", "according to whom", "reference", "references", "citation", "which note", "which notes", "what note", "cite", "proof", "evidence",
	"出典", "出典は", "典拠", "典拠は", "誰が言った", "根拠", "根拠は", "ソース", "ソースは", "どこに書いてある", "出所", "出所は",
}

// more are the openings that carry a question on: "and the South?"
var more = []string{"and what about ", "and how about ", "what about ", "how about ", "and ", "same for ", "also ", "では", "じゃあ", "それでは"}

// moreAfter are the endings that do the same in Japanese: 南は?
var moreAfter = []string{"についてはどうですか", "についてはどう", "についてはどうか", "については", "はどうですか", "はどうか", "はどう", "は"}

// bare are question words that ask on when nothing else is said.
var bare = wordSet(`why when where who how なぜ いつ どこ 誰 どうして どうやって`)

// pointing are the words that stand for something said before.
var pointing = wordSet(`it its they them their this that these those he she his her there former latter both`)

// repliedTo returns the turns that a question goes on from: where it replies to an
// earlier answer, those up to that one. One that is not known any more cuts nothing.
func repliedTo(q Question) []Turn {
	if q.After != "" {
		for i, t := range q.Before {
			if t.Question.ID == q.After {
				return q.Before[:i+1]
			}
		}
	}
	return q.Before
}

// noteAsked finds a question for the notes of the last answer: Which note is that?
var noteAsked = regexp.MustCompile(`(?i)^(?:(?:which|what) (?:foot)?notes? (?:is|was|are|were) (?:that|this|it|those|these)|(?:show|give) (?:me )?(?:the|that|its|their) (?:foot)?notes?|what (?:does|do) (?:the|that|its) (?:foot)?notes? say|(?:それは)?(?:どの|何番の)注(?:ですか|か)?|注を(?:見せて|表示して).*)$`)

// moreAsked finds a wish to read on, which names nothing.
var moreAsked = regexp.MustCompile(`(?i)^(?:(?:please |can you |could you |and )*(?:tell me (?:some )?more|say more|more|some more|go on|continue|elaborate|(?:explain|show(?: me)?) more|(?:give me )?more details?)(?: about (?:it|this|that|them))?(?:,? please)?|(?:もっと)?詳しく(?:教えて.*|説明.*|お願いします)?|もっと(?:教えて.*)?|続き(?:は|を.*)?)$`)

// looksUp tells whether a follow-up asks for what stands somewhere: the sources or
// notes of an answer, or what comes next.
func looksUp(text string) bool {
	text = unpunctuated(text)
	return noteAsked.MatchString(text) || moreAsked.MatchString(text) || slices.Contains(sourcesAsked, strings.ToLower(text))
}

// follow resolves a question against the turns before it: what it leaves out is
// taken from the last question it can have meant.
func (b *Bot) follow(q Question) (Question, string) {
	last := q.Before[len(q.Before)-1]
	text := unpunctuated(q.Text)
	low := strings.ToLower(text)
	if note := noteAsked.MatchString(text); note || slices.Contains(sourcesAsked, low) {
		return b.followSource(q, note)
	}
	if moreAsked.MatchString(text) {
		if q, understood := b.followMore(q, last.Answer); understood != "" {
			return q, understood
		}
	}
	subject := subjectOf(q.Before)
	if rest, ok := b.carriesOn(text); ok {
		return b.followSubject(q, last, subject, rest)
	}
	if subject == "" {
		return q, ""
	}
	if bare[low] {
		q.Text = text + ": " + subject
		return q, q.Text
	}
	if b.leansOn(q.Text) {
		q.Text = strings.TrimSpace(q.Text) + " (" + strings.TrimRight(subject, "?？ ") + ")"
		return q, q.Text
	}
	return q, ""
}

// unpunctuated returns text without the punctuation at its end.
func unpunctuated(text string) string {
	return strings.TrimSpace(strings.TrimRightFunc(text, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) }))
}

// carriesOn returns what follows "and", "what about" and the like, unless that is
// a question of its own.
func (b *Bot) carriesOn(text string) (string, bool) {
	for _, m := range more {
		if len(text) > len(m) && strings.EqualFold(text[:len(m)], m) {
			return trimEndings(strings.TrimSpace(text[len(m):])), true
		}
	}
	if t := trimEndings(text); t != text && (b.direction(t) != "" || strings.IndexFunc(t, hiragana) < 0) {
		return t, true
	}
	return "", false
}

func hiragana(r rune) bool { return unicode.Is(unicode.Hiragana, r) }

// complete tells whether text is a question of its own: it has a question word and
// says what it is about.
func (b *Bot) complete(text string) bool {
	first, rest, _ := strings.Cut(strings.ToLower(text), " ")
	return bare[first] && rest != "" && !b.leansOn(text) || (first == "what" || first == "which") && rest != "" && !b.leansOn(text)
}

func trimEndings(text string) string {
	for _, m := range moreAfter {
		if t, ok := strings.CutSuffix(text, m); ok && t != "" {
			return t
		}
	}
	return text
}

// subjectOf returns the last question in words of a conversation, as it was
// understood, or "".
func subjectOf(before []Turn) string {
	for i := len(before) - 1; i >= 0; i-- {
		a := before[i].Answer
		switch {
		case a.Kind != KindAsk || slices.Contains(sourcesAsked, strings.ToLower(unpunctuated(a.Question))):
		case a.Understood != "":
			// Of "why: What is X?" only the question, so that follow-ups don't pile up.
			if opening, rest, ok := strings.Cut(a.Understood, ": "); ok && strings.Contains(a.Question, opening) {
				return rest
			}
			// And of "Where is it? (What is X?)".
			if rest, ok := strings.CutPrefix(a.Understood, strings.TrimSpace(a.Question)+" ("); ok {
				return strings.TrimSuffix(rest, ")")
			}
			return a.Understood
		default:
			return a.Question
		}
	}
	return ""
}

// followSource asks for the notes that the last answer with citations rests on; where
// its quotes have none and it is notes that are wanted, those of its passages.
func (b *Bot) followSource(q Question, notes bool) (Question, string) {
	for i := len(q.Before) - 1; i >= 0; i-- {
		if q.Before[i].Answer.Status == Abstained { // it rests on nothing
			continue
		}
		var refs []string
		for _, c := range q.Before[i].Answer.Citations {
			for _, n := range c.Notes {
				refs = appendNew(refs, n.ID)
			}
		}
		if refs == nil {
			for _, c := range q.Before[i].Answer.Citations {
				if p := b.corpus.Passage(c.ID); notes && p != nil {
					for _, n := range notesOf(p, 0, len(p.Text)) {
						refs = appendNew(refs, n.ID)
					}
				}
			}
		}
		if refs == nil {
			for _, c := range q.Before[i].Answer.Citations {
				refs = appendNew(refs, c.ID)
			}
		}
		if refs != nil {
			q.Kind, q.Text = KindCite, strings.Join(refs, ", ")
			return q, b.labels(refs)
		}
	}
	return q, ""
}

// followMore shows the whole passages that an answer quotes, or that come nearest
// where it quotes none; after whole passages, what stands after the last of them.
func (b *Bot) followMore(q Question, last Answer) (Question, string) {
	var refs []string
	for _, c := range last.Citations {
		refs = appendNew(refs, c.ID)
	}
	if last.Status == Abstained || refs == nil {
		for _, c := range last.Nearest[:min(1, len(last.Nearest))] {
			refs = []string{c.ID}
		}
	} else if last.Status == Found {
		p := b.corpus.Passage(refs[len(refs)-1])
		if refs = nil; p != nil {
			if next := after(p); next != nil {
				refs = []string{next.ID}
			}
		}
	}
	if refs == nil {
		return q, ""
	}
	q.Kind, q.Text = KindCite, strings.Join(refs, ", ")
	return q, b.labels(refs)
}

// after returns what stands after a passage or note, or nil.
func after(p *corpus.Passage) *corpus.Passage {
	list := p.Document.Passages
	if p.Kind == corpus.Note {
		list = p.Document.Notes
	}
	if i := slices.Index(list, p); i >= 0 && i+1 < len(list) {
		return list[i+1]
	}
	return nil
}

func (b *Bot) labels(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if p := b.corpus.Passage(id); p != nil {
			out[i] = b.Label(p)
		}
	}
	return strings.Join(out, ", ")
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// followSubject asks the last question of something else. A summary is taken of
// the other direction; a direction in the question is exchanged for the other; and
// anything else is put before the question.
func (b *Bot) followSubject(q Question, last Turn, subject, rest string) (Question, string) {
	to := b.direction(rest)
	if last.Answer.Kind == KindSummary && to != "" {
		q.Kind, q.Text = KindSummary, to
		return q, "summary " + to
	}
	if _, ok := corpus.ParseReference(rest); ok {
		q.Kind, q.Text = KindCite, rest
		return q, ""
	}
	if subject == "" || b.complete(rest) {
		q.Text = rest
		return q, rest
	}
	if bare[strings.ToLower(rest)] {
		q.Text = rest + ": " + subject
		return q, q.Text
	}
	if to != "" {
		if changed, ok := b.exchange(subject, rest); ok {
			q.Text = changed
			return q, changed
		}
	} else if changed, ok := b.rename(subject, rest); ok {
		q.Text = changed
		return q, changed
	}
	q.Text = rest + ": " + subject
	return q, q.Text
}

// exchange replaces the direction that the question names with another one.
func (b *Bot) exchange(question, to string) (string, bool) {
	to = strings.TrimPrefix(strings.TrimPrefix(to, "the "), "The ")
	longest := ""
	for _, name := range b.directionNames() {
		if i := indexWord(question, name); i >= 0 && len(name) > len(longest) {
			longest = question[i : i+len(name)]
		}
	}
	if longest == "" {
		return "", false
	}
	i := indexWord(question, longest)
	return question[:i] + to + question[i+len(longest):], true
}

// rename replaces the name in a question that has just one by another: When was the
// NSDS-Hub established? And the NRF?
func (b *Bot) rename(question, to string) (string, bool) {
	r := b.reader()
	defer b.release(r)
	q := r.question(question)
	from, end := -1, -1
	for _, t := range q.terms {
		switch {
		case !t.name:
		case from < 0:
			from, end = t.Start, t.End
		case t.Start-end > 1:
			return "", false
		default:
			end = t.End
		}
	}
	if from < 0 {
		return "", false
	}
	return question[:from] + strings.TrimPrefix(to, "the ") + question[end:], true
}

// directionNames returns every name and alias of every direction.
func (b *Bot) directionNames() []string {
	var out []string
	for _, d := range b.corpus.Annotated.All() {
		for _, dir := range d.Directions {
			out = append(out, dir.Aliases...)
			for _, n := range dir.Names {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out
}

// indexWord returns where name stands in text, as a word of its own where it is
// written in Latin letters, whatever the case; or -1.
func indexWord(text, name string) int {
	for i := 0; i+len(name) <= len(text); i++ {
		if !strings.EqualFold(text[i:i+len(name)], name) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(name):])
		first, size := utf8.DecodeRuneInString(name)
		switch {
		case unicode.Is(unicode.Han, first) && len(name) == size: // 北 is not in 北朝鮮
			if !unicode.Is(unicode.Han, after) && !unicode.Is(unicode.Han, before) {
				return i
			}
		case first > unicode.MaxLatin1:
			return i
		case !unicode.IsLetter(before) && !unicode.IsLetter(after) && !named(text[i+len(name):]):
			return i
		}
	}
	return -1
}

// named tells whether what follows a word makes a name of it: North Korea.
func named(after string) bool {
	after, ok := strings.CutPrefix(after, " ")
	r, _ := utf8.DecodeRuneInString(after)
	return ok && unicode.IsUpper(r)
}

// leansOn tells whether a question cannot be understood alone: it points to
// something, or has too few informative words.
func (b *Bot) leansOn(text string) bool {
	r := b.reader()
	defer b.release(r)
	q := r.question(text)
	informative := 0
	for _, t := range q.terms {
		if !light[t.Term] {
			informative++
		}
	}
	if informative == 0 {
		return true
	}
	for f := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if pointing[f] && informative <= 3 {
			return true
		}
	}
	return strings.HasPrefix(text, "それ") || strings.HasPrefix(text, "その") || strings.HasPrefix(text, "これ")
}
