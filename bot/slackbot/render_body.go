package slackbot

import (
	"footnote/bot/layout"

	"github.com/slack-go/slack"
)

// rich returns the blocks that show units: one for each, and one for joined ones
// that follow on each other as long as it does not get longer than one alone may be.
func rich(units []layout.Unit) []slack.Block {
	var out []slack.Block
	var open *slack.RichTextBlock
	n := 0
	for _, u := range units {
		if n += layout.Length(u.Text); open == nil || !u.Joined || n > layout.Usual.Units {
			open, n = slack.NewRichTextBlock(""), layout.Length(u.Text)
			out = append(out, open)
		}
		for _, b := range u.Blocks {
			open.Elements = append(open.Elements, element(b))
		}
		if !u.Joined {
			open = nil
		}
	}
	return out
}

// element shows a block of the layout.
func element(b layout.Block) slack.RichTextElement {
	switch b.Kind {
	case layout.Bullet:
		return list{slack.RTEList, slack.RTEListBullet, []slack.RichTextElement{section(b.Runs...)}}
	case layout.Quote:
		return &slack.RichTextQuote{Type: slack.RTEQuote, Elements: elements(b.Runs)}
	case layout.Code:
		return &slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: elements(b.Runs)}
	}
	return section(b.Runs...)
}

// list is a bullet. slack-go's own sends an offset that Slack's schema does not have.
type list struct {
	Type     slack.RichTextElementType     `json:"type"`
	Style    slack.RichTextListElementType `json:"style"`
	Elements []slack.RichTextElement       `json:"elements"`
}

// RichTextElementType makes list a slack.RichTextElement.
func (l list) RichTextElementType() slack.RichTextElementType { return l.Type }

func section(runs ...layout.Run) *slack.RichTextSection {
	return slack.NewRichTextSection(elements(runs)...)
}

// elements shows runs, each in its style.
func elements(runs []layout.Run) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for _, r := range runs {
		var style *slack.RichTextSectionTextStyle
		if r.Bold || r.Italic {
			style = &slack.RichTextSectionTextStyle{Bold: r.Bold, Italic: r.Italic}
		}
		if r.Link != "" {
			out = append(out, slack.NewRichTextSectionLinkElement(r.Link, r.Text, style))
		} else {
			out = append(out, slack.NewRichTextSectionTextElement(r.Text, style))
		}
	}
	return out
}
