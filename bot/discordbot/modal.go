package discordbot

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/layout"
)

// modal is the data of the response that opens one.
type modal struct {
	CustomID   string  `json:"custom_id"`
	Title      string  `json:"title"`
	Components []label `json:"components"`
}

// label is a question of a modal above what takes the answer. discordgo knows no
// component of its type, and none that Discord allows in it: its own TextInput insists
// on a label beside this one.
type label struct {
	Type        int    `json:"type"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
	Component   any    `json:"component"`
}

const labelType = 18

// modalSelect and modalInput are what stands in a label.
type modalSelect struct {
	Type     discordgo.ComponentType      `json:"type"`
	CustomID string                       `json:"custom_id"`
	Min      int                          `json:"min_values"`
	Max      int                          `json:"max_values"`
	Required bool                         `json:"required"`
	Options  []discordgo.SelectMenuOption `json:"options"`
}

type modalInput struct {
	Type     discordgo.ComponentType  `json:"type"`
	CustomID string                   `json:"custom_id"`
	Style    discordgo.TextInputStyle `json:"style"`
	Required bool                     `json:"required"`
	Longest  int                      `json:"max_length"`
}

// The custom_ids of the modal's inputs, and what its own begins with.
const (
	inputReason   = "reason"
	inputPassages = "passages"
	inputWords    = "words"
	modalWhy      = "why"
)

// What Discord takes of modals.
const (
	maxModalText   = 45  // of titles and labels
	maxDescription = 100 // of labels
)

// feedbackModal asks what was wrong with the answer to an errand.
func feedbackModal(key string, a bot.Answer, language string) modal {
	l := layout.New(a, renderOptions{Language: language})
	w := l.Phrases()
	why := modalSelect{Type: discordgo.SelectMenuComponent, CustomID: inputReason, Min: 1, Max: 1, Required: true}
	for _, r := range layout.Reasons(a) {
		why.Options = append(why.Options, discordgo.SelectMenuOption{Label: layout.Clip(w.Reasons[r], maxOption), Value: string(r)})
	}
	which := modalSelect{Type: discordgo.SelectMenuComponent, CustomID: inputPassages}
	for _, c := range l.Passages() {
		if len(c.Ref) <= maxOption && c.Ref != "" && len(which.Options) < maxOptions {
			which.Options = append(which.Options, discordgo.SelectMenuOption{Label: layout.Clip(layout.Line(c.Text), maxOption), Value: c.Ref})
		}
	}
	m := modal{fmt.Sprintf("%s.0|%s|", modalWhy, key), layout.Clip(w.FeedbackTitle, maxModalText), []label{labelled(w.FeedbackReason, "", why)}}
	if which.Max = len(which.Options); which.Max > 0 {
		m.Components = append(m.Components, labelled(w.FeedbackWhich, "", which))
	}
	words := modalInput{discordgo.TextInputComponent, inputWords, discordgo.TextInputParagraph, false, layout.MostWords}
	m.Components = append(m.Components, labelled(w.FeedbackWords, w.FeedbackHint, words))
	return m
}

func labelled(text, hint string, in any) label {
	return label{labelType, layout.Clip(text, maxModalText), layout.Clip(hint, maxDescription), in}
}

// submitted is what comes of a modal. An input stands in a label, or in a row as it
// did before there were any.
type submitted struct {
	CustomID   string `json:"custom_id"`
	Components []struct {
		Component  input   `json:"component"`
		Components []input `json:"components"`
	} `json:"components"`
}

type input struct {
	CustomID string   `json:"custom_id"`
	Value    string   `json:"value"`
	Values   []string `json:"values"`
}

// readFeedback reads the data of a submitted feedbackModal: the errand's key, one of
// layout's reasons with the person's own words behind it, and the ids of the passages
// it is about. ok is false where it is not one.
func readFeedback(data json.RawMessage) (key, reason string, passages []string, ok bool) {
	var m submitted
	if json.Unmarshal(data, &m) != nil {
		return "", "", nil, false
	}
	id := strings.SplitN(m.CustomID, "|", 3)
	if do, _, _ := strings.Cut(id[0], "."); do != modalWhy || len(id) != 3 {
		return "", "", nil, false
	}
	words := ""
	for _, c := range m.Components {
		for _, in := range append(c.Components, c.Component) {
			switch in.CustomID {
			case inputReason:
				reason = strings.Join(append(in.Values, in.Value), "")
			case inputPassages:
				passages = append(passages, in.Values...) // nil where none was chosen
			case inputWords:
				words = strings.TrimSpace(in.Value)
			}
		}
	}
	if words != "" {
		reason = strings.TrimPrefix(reason+": "+words, ": ")
	}
	return id[1], reason, passages, true
}
