package cite

import (
	"regexp"
	"strings"
)

// noClaim are the forms of sentences in which the writer speaks of itself or to the
// reader.
var noClaim = regexp.MustCompile(`(?i)^(?:(?:unfortunately|sorry|yes|no|okay|ok|sure|well|but|however|and|so|then)[,;!.]?\s+)*(?:` +
	`i(?:['’]m| am)? (?:\w+ )?(?:sorry|apologi[sz]e|afraid|do not|don['’]t|does not|did not|didn['’]t|cannot|can['’]t|could not|couldn['’]t|can|could|hope|see|understand|am unable|not sure|unable|happy|glad|have no|lack|would|will|['’]ll)\b` +
	`|i['’](?:m|ll|d) ` +
	`|(?:my )?(?:sincere )?apolog(?:y|ies)\b|sorry\b|thank(?:s| you)\b|you(?:['’]re| are) welcome\b|(?:please )?let me know\b|feel free\b|please (?:clarify|provide|specify|tell|rephrase|ask|share|let|give)\b` +
	`|(?:here|below|the following) (?:is|are|was|were) (?:a|an|the|some|my|your|several|few)?\b[^.]*:$` +
	`|(?:is|are|do|would|did|could|can) (?:you|there|that|this|it)\b[^.]*\?$` +
	`|(?:hello|hi|welcome|great|good|yes|no|okay|ok|sure|certainly|absolutely|correct|of course|right|hope (?:this|that))[^.!?,]{0,12}[.!]?$)`)

// Claims tells whether a sentence says anything of the material: an apology, a
// question, a greeting, or what the writer could not find says nothing.
func Claims(sentence string) bool {
	s := strings.TrimSpace(itemless(sentence))
	if s == "" || strings.HasSuffix(s, "?") {
		return false
	}
	return !noClaim.MatchString(s)
}
