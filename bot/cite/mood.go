package cite

import "strings"

// A mood is whether a verb tells of what is, of what was done, or of what is yet to
// be.
type mood int

const (
	plainly mood = iota
	done         // has reached, was reached, reached
	open         // will reach, could reach
)

var (
	openWords = wordSet(`will would shall may might could should must won't wouldn't couldn't`)
	doneWords = wordSet(`has have had was were did hasn't haven't hadn't wasn't weren't didn't`)
)

// governing is how many words before a verb its auxiliary may stand.
const governing = 4

// moodOf tells the mood of a word as if it were a verb, and by which word.
func moodOf(words []word, i int) (mood, string) {
	m, by := plainly, ""
	if low := strings.ToLower(words[i].text); strings.HasSuffix(low, "ed") {
		m, by = done, words[i].text
	}
	for k := i - 1; k >= max(0, i-governing); k-- {
		w := &words[k]
		low := strings.ToLower(w.text)
		switch {
		case w.sentence != words[i].sentence || !w.Stop && !w.denies && !strings.HasSuffix(low, "ly"):
			return m, by
		case openWords[low]:
			return open, w.text
		case doneWords[low]:
			m, by = done, w.text
		case low == "is" || low == "are" || low == "be":
			m, by = plainly, "" // is invited, will be invited
		case conjunctions[low] || prepositions[low] && low != "to" || articleWords[low]:
			return m, by
		}
	}
	return m, by
}

// moods returns the words by which a sentence tells of what was done what the source
// tells of what is yet to be, or the other way round.
func moods(s, near []word, pairs [][2]int) []string {
	var out []string
	for _, p := range pairs {
		if w := &s[p[0]]; w.Stop || w.name || w.number {
			continue
		}
		ours, by := moodOf(s, p[0])
		theirs, _ := moodOf(near, p[1])
		if ours != plainly && theirs != plainly && ours != theirs {
			out = append(out, by)
		}
	}
	return out
}
