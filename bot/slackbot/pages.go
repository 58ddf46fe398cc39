package slackbot

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"

	"footnote/bot/layout"

	"github.com/slack-go/slack"
)

// page is one message.
type page struct {
	Blocks   []slack.Block
	Text     string              // for notifications and search, mrkdwn; never empty
	Metadata slack.SlackMetadata // names the errand and the page; zero where there is no errand
	Last     bool
}

// What Slack takes, and what of it is used. A character is a UTF-16 unit.
const (
	maxBlocks     = 50
	maxTextObject = 3000
	maxHeader     = 150
	maxElements   = 25
	maxButton     = 75
	maxValue      = 2000
	maxOption     = 75
	maxID         = 255
	maxModalTitle = 24
	maxHomeBlocks = 100

	// Past about 13,200 characters a message is refused (bolt-js#2509), and what
	// counts is more than its text: 11,341 characters of rich_text and sections were
	// refused too (bolt-js#2867). So the JSON is measured, in bytes.
	pageBytes = 12000

	fallback = 3900 // of the fallback text; at 4,000 chat.update refuses
)

// fits tells whether blocks are within what a message may have.
func fits(blocks []slack.Block) bool {
	if len(blocks) > maxBlocks {
		return false
	}
	return jsonBytes(blocks) <= pageBytes
}

// jsonBytes returns the length of v as JSON, with < and > counted as one byte each:
// that Go sends more for them is undone by whoever reads it.
func jsonBytes(v any) int {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return math.MaxInt // unreachable unless slack-go's blocks stop being JSON
	}
	return b.Len()
}

// fallbackText joins the units' text, and leaves whole units out at the end where
// there is no room. The first is shortened before it is left out.
func fallbackText(units []layout.Unit) string {
	var b strings.Builder
	for _, u := range units {
		marks := u.Marks
		if marks != "" {
			marks = " " + marks
		}
		e := escape(u.Text + marks)
		if b.Len() == 0 {
			for most := fallback; layout.Length(e) > fallback; most = most * 3 / 4 {
				e = escape(layout.Clip(u.Text, most) + marks)
			}
		} else if layout.Length(b.String())+layout.Length(e)+2 > fallback {
			b.WriteString("\n…")
			break
		} else {
			b.WriteByte('\n')
		}
		b.WriteString(e)
		if below := escape(u.Below); below != "" && layout.Length(b.String())+layout.Length(below)+3 <= fallback {
			b.WriteString("\n" + below)
		}
	}
	return b.String()
}
