package bot

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// Openings of what is asked or demanded, in small letters.
var opensRequest = regexp.MustCompile(`^(?:(?:and|but|so|or|also|ok|okay|then|well|please|could you|can you|would you)[, ]+)*` +
	`(?:who|whom|whose|what|when|where|which|why|how|is|are|was|were|do|does|did|can|could|should|would|will|has|have|had|` +
	`and|what's|who's|where's|source|sources|cite|check|ask|summary|summari[sz]e|explain|tell|show|give|list|compare|describe|define|elaborate|more|quote|help|same for|says who|according|proof|evidence|reference)\b`)

// A reference alone, in any of its forms.
var opensReference = regexp.MustCompile(`^[\s"“'(]*(?:¶|§|\[|[pn]\d|note |paragraph |passage |chart |注|第|[a-z0-9-]+#)`)

// Words that ask in Japanese wherever they stand.
var asksJapanese = regexp.MustCompile(`[?\x{FF1F}]|か[。.]?$|は[。.]?$|教えて|説明|要約|出典|根拠|確認|なぜ|どう|何|誰|どこ|いつ|について`)

// Asks tells whether a message is meant for the bot though nobody named it: it asks
// or demands something, in the words that people do so with. It is for messages in a
// conversation that the bot is part of; people who talk to each other there are left
// alone.
func Asks(text string) bool {
	low := strings.ToLower(strings.TrimPrefix(text, "/"))
	return opensRequest.MatchString(low) || opensReference.MatchString(low) || asksJapanese.MatchString(low)
}

// Refers tells whether a text begins with a reference, such as ¶5 or note 7.
func Refers(text string) bool { return opensReference.MatchString(strings.ToLower(text)) }

// Reference names a passage or note. The zero Reference names none.
type Reference struct{ ID, Label string }

// Neighbours returns what stands before and after a passage or note: those of the
// numbers beside its own that exist.
func Neighbours(ctx context.Context, a Asker, id string) (before, after Reference) {
	find := func(id string) Reference {
		found, err := a.Ask(ctx, Question{Kind: KindCite, Text: id})
		if err != nil || found.Status != Found || len(found.Citations) == 0 || found.Citations[0].ID != id {
			return Reference{}
		}
		return Reference{ID: id, Label: found.Citations[0].Label}
	}
	at := strings.TrimRightFunc(id, func(r rune) bool { return r >= '0' && r <= '9' })
	n := 0
	if _, err := fmt.Sscanf(id[len(at):], "%d", &n); err != nil || n < 1 {
		return before, after
	}
	if n > 1 {
		before = find(fmt.Sprintf("%s%d", at, n-1))
	}
	return before, find(fmt.Sprintf("%s%d", at, n+1))
}
