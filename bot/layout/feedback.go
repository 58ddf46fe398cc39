package layout

import "footnote/bot"

// Reason is what somebody found wrong with an answer.
type Reason string

// The reasons, as they are kept.
const (
	WrongPassage  Reason = "wrong_passage"
	WrongAnswer   Reason = "wrong_answer"
	ShouldNotHave Reason = "should_not_have_answered"
	ShouldHave    Reason = "should_have_answered"
	Other         Reason = "other"
)

var reasons = []Reason{WrongPassage, WrongAnswer, ShouldNotHave, ShouldHave, Other}

// MostWords is the greatest length of what is said about an answer.
const MostWords = 1000

// Reasons returns what can be wrong with an answer: one that was given cannot be
// blamed for an abstention.
func Reasons(a bot.Answer) []Reason {
	var out []Reason
	for _, r := range reasons {
		if r.fits(a) {
			out = append(out, r)
		}
	}
	return out
}

func (r Reason) fits(a bot.Answer) bool {
	switch r {
	case WrongPassage:
		return a.Status != bot.Abstained || a.Nearest != nil
	case WrongAnswer, ShouldNotHave:
		return a.Status != bot.Abstained
	case ShouldHave:
		return a.Status != bot.Answered || a.Kind == bot.KindCheck
	}
	return true
}

// Passages returns the passages that an answer shows, each once, for feedback to be
// about. What they do is nothing.
func (l *Layout) Passages() []Choice {
	cs := l.a.Citations
	if l.a.Status == bot.Abstained || l.a.Status == bot.NotFound {
		cs = l.a.Nearest
	}
	var out []Choice
	seen := map[string]bool{}
	for i := range cs {
		if c := &cs[i]; !seen[c.ID] {
			seen[c.ID] = true
			out = append(out, Choice{Text: dotted(l.Mark(c), l.where(c)), Ref: c.ID})
		}
	}
	return out
}
