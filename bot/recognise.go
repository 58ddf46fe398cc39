package bot

import (
	"regexp"
	"strings"
	"unicode"
)

// commands are the words that open a command in a conversation, by language.
var commands = []struct {
	word string
	kind Kind
}{
	{"summary", KindSummary}, {"summarise", KindSummary}, {"summarize", KindSummary}, {"要約", KindSummary},
	{"cite", KindCite}, {"引用", KindCite},
	{"sources", KindSources}, {"bibliography", KindSources}, {"出典一覧", KindSources},
	{"check", KindCheck}, {"確認", KindCheck},
	{"ask", KindAsk}, {"質問", KindAsk},
}

// courtesies are what people say to a bot without asking anything; they are told
// what it can do.
var courtesies = map[string]bool{
	"help": true, "hello": true, "hi": true, "hey": true, "hi there": true, "hello there": true, "good morning": true, "thanks": true,
	"thank you": true, "thx": true, "what can you do": true, "who are you": true,
	"ヘルプ": true, "使い方": true, "こんにちは": true, "こんばんは": true, "おはよう": true, "ありがとう": true, "ありがとうございます": true, "はじめまして": true,
}

// courtesy tells whether a text asks nothing, and is only kind: ok, got it.
func courtesy(text string) bool {
	text = strings.ToLower(strings.Trim(text, "/!?.。！？ "))
	if courtesies[text] {
		return true
	}
	kind := false
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !courteous[w] && !polite[w] {
			return false
		}
		kind = kind || courteous[w]
	}
	return kind
}

// aboutAll finds a question about the material as a whole, which no sentence of it
// answers.
var aboutAll = regexp.MustCompile(`(?i)^(what('s| is| are)|tell me what) (this|the|these) (article|text|document|paper|material|report|texts|documents)( is| are)?( all)? about\b|^この(記事|資料|文書|論文|本文)は?(何|どんな)`)

// recognise finds out what a question of KindAny is, and resolves a follow-up
// against the turns before it. understood is the question as it was resolved, or
// "" where it stands for itself.
func (b *Bot) recognise(q Question) (_ Question, understood string) {
	if q.Kind != KindAny && q.Kind != KindAsk {
		return q, ""
	}
	if q.Kind == KindAny {
		if courtesy(q.Text) || aboutAll.MatchString(q.Text) {
			q.Kind = KindHelp
			return q, ""
		}
		if kind, rest, ok := b.command(q.Text); ok {
			q.Kind, q.Text = kind, rest
			return q, ""
		}
		if id := b.summaryAsked(q.Text); id != "" {
			q.Kind, q.Text = KindSummary, id
			return q, ""
		}
		if _, ok := b.references(q.Text); ok {
			q.Kind = KindCite
			return q, ""
		}
		q.Kind = KindAsk
	}
	if len(q.Before) > 0 {
		return b.follow(q)
	}
	return q, ""
}

// command splits "summary north" into its command and the rest. A word that also
// opens an ordinary sentence ("check" in "check points in the Arctic?") is a
// command wherever it stands first; a question begins with a question word.
func (b *Bot) command(text string) (Kind, string, bool) {
	text = strings.TrimPrefix(text, "/")
	word, rest := text, ""
	if i := strings.IndexFunc(text, separates); i >= 0 {
		word, rest = text[:i], strings.TrimLeftFunc(text[i:], separates)
	}
	word = strings.ToLower(word)
	for _, c := range commands {
		if word != c.word {
			continue
		}
		switch c.kind {
		case KindSummary: // "summary of the north"
			for _, p := range []string{"of ", "for ", "the "} {
				rest = strings.TrimPrefix(rest, p)
			}
			if rest != "" && !b.summarises(rest) && (word != "summary" && word != "要約" || len(strings.Fields(rest)) > 1) {
				return "", "", false
			}
		case KindSources:
			if _, d := b.limited(rest); rest != "" && d == nil && (!b.several() || b.document(rest) == nil) {
				return "", "", false
			}
		default:
			if rest == "" { // "check" alone: what is there to check?
				return KindHelp, "", true
			}
		}
		return c.kind, rest, true
	}
	return "", "", false
}

// asksSummary finds a summary asked for in a sentence: Give me a summary of the
// South. Japanese has the direction first.
var asksSummary = regexp.MustCompile(`(?i)^(?:please |can you |could you |would you |give me |show me |i need |i want )*(?:a |the )?(?:short |brief )?(?:summary|summari[sz]e|overview)(?: of| for| on)? (.+?)(?:,? please)?[.?! ]*$|^what (?:does|do) (?:the|this) \w+ (?:say|write|report|tell us) (?:about|on) (.+?)[.?! ]*$|^(.+?)(?:の|を)(?:要約|まとめ).*$|^この?(?:資料|記事|文書)は(.+?)について.*$`)

// summaryAsked returns the id of the direction whose summary a sentence asks for, with the
// document that it is limited to, or "".
func (b *Bot) summaryAsked(text string) string {
	m := asksSummary.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return ""
	}
	text = strings.Join(m[1:], "")
	if id := b.direction(text); id != "" {
		return id
	}
	rest, d := b.limited(strings.TrimRight(text, "?!.。？ "))
	if id := b.direction(rest); d != nil && id != "" {
		return Within(id, d.ID)
	}
	return ""
}

// summarises tells whether text names what can be summarised: a direction, a document, or
// the one in the other.
func (b *Bot) summarises(text string) bool {
	if b.direction(text) != "" {
		return true
	}
	rest, d := b.limited(text)
	return d != nil && (rest == "" || b.direction(rest) != "") || b.several() && b.document(text) != nil
}

// separates tells what may stand between a command and the rest, wide forms too.
func separates(r rune) bool { return unicode.IsSpace(r) || r == ':' || r == '：' }

// direction returns the id of the direction that text names, or "".
func (b *Bot) direction(text string) string {
	text = strings.ToLower(strings.TrimSpace(strings.TrimRight(text, "?!.。？ ")))
	text = strings.TrimPrefix(strings.TrimPrefix(text, "the "), "approach to the ")
	text = strings.Trim(text, "'\"‘’“”「」")
	for _, d := range b.corpus.Annotated.All() {
		for _, dir := range d.Directions {
			if text == strings.ToLower(dir.ID) || text == strings.ReplaceAll(dir.ID, "-", " ") {
				return dir.ID
			}
			for _, n := range dir.Names {
				if text == strings.ToLower(n) {
					return dir.ID
				}
			}
			for _, n := range dir.Aliases {
				if text == strings.ToLower(n) {
					return dir.ID
				}
			}
		}
	}
	return ""
}
