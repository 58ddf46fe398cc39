package slackbot

import (
	"fmt"
	"strings"

	"footnote/bot"

	"github.com/slack-go/slack"
)

// The callback ids of what is opened by a click.
const (
	viewFeedback = "feedback" // submitted: readFeedback reads it
	viewPassage  = "passage"  // nothing to submit; its buttons are actions
	viewHome     = "home"
)

// reason is what somebody found wrong with an answer.
type reason string

const (
	reasonPassage   reason = "wrong_passage"
	reasonAnswer    reason = "wrong_answer"
	reasonShouldNot reason = "should_not_have_answered"
	reasonShould    reason = "should_have_answered"
	reasonOther     reason = "other"
)

var reasons = []reason{reasonPassage, reasonAnswer, reasonShouldNot, reasonShould, reasonOther}

// fits tells whether an answer can have the fault: what was answered cannot be
// blamed for an abstention.
func (r reason) fits(a bot.Answer) bool {
	switch r {
	case reasonPassage:
		return a.Status != bot.Abstained || a.Nearest != nil
	case reasonAnswer, reasonShouldNot:
		return a.Status != bot.Abstained
	case reasonShould:
		return a.Status != bot.Answered || a.Kind == bot.KindCheck
	}
	return true
}

// feedback is what came of a feedbackModal.
type feedback struct {
	Key      string   // of the errand
	Reason   reason   // one of the reasons, or "" where none was chosen
	Passages []string // ids of the passages it is about
	Words    string   // the person's own
}

// The ids of the modal's inputs, of block and action alike.
const (
	inputReason   = "reason"
	inputPassages = "passages"
	inputWords    = "words"
)

// mostWords is the greatest length of what is said about an answer.
const mostWords = 1000

// feedbackModal asks what was wrong with the answer to an errand.
func feedbackModal(key string, a bot.Answer, language string) slack.ModalViewRequest {
	r := newRenderer(a, renderOptions{Language: language})
	w := r.w
	var options []*slack.OptionBlockObject
	for _, x := range reasons {
		if x.fits(a) {
			options = append(options, slack.NewOptionBlockObject(string(x), plainText(w.reasons[x], maxOption), nil))
		}
	}
	blocks := []slack.Block{slack.NewInputBlock(inputReason, plainText(w.feedbackReason, maxHeader), nil,
		slack.NewRadioButtonsBlockElement(inputReason, options...))}
	if which := r.whichPassages(); which != nil {
		b := slack.NewInputBlock(inputPassages, plainText(w.feedbackWhich, maxHeader), nil,
			slack.NewCheckboxGroupsBlockElement(inputPassages, which...))
		b.Optional = true
		blocks = append(blocks, b)
	}
	words := slack.NewPlainTextInputBlockElement(nil, inputWords)
	words.Multiline, words.MaxLength = true, mostWords
	b := slack.NewInputBlock(inputWords, plainText(w.feedbackWords, maxHeader), plainText(w.feedbackHint, maxHeader), words)
	b.Optional = true
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewFeedback, PrivateMetadata: key,
		Title: plainText(w.feedbackTitle, maxModalTitle), Submit: plainText(w.send, maxModalTitle), Close: plainText(w.cancel, maxModalTitle),
		Blocks: slack.Blocks{BlockSet: append(blocks, b)},
	}
}

// whichPassages returns the passages that an answer shows, at most ten.
func (r *renderer) whichPassages() []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	seen := map[string]bool{}
	cs := r.a.Citations
	if r.a.Status == bot.Abstained || r.a.Status == bot.NotFound {
		cs = r.a.Nearest
	}
	for i := range cs {
		c := &cs[i]
		if seen[c.ID] || len(c.ID) > maxOption || len(out) == 10 {
			continue
		}
		seen[c.ID] = true
		text := r.mark(c)
		if at := r.where(c); at != "" {
			text += " · " + at
		}
		out = append(out, slack.NewOptionBlockObject(c.ID, plainText(text, maxOption), nil))
	}
	return out
}

// readFeedback reads a submitted feedbackModal.
func readFeedback(v slack.View) (feedback, error) {
	if v.CallbackID != viewFeedback || v.State == nil {
		return feedback{}, fmt.Errorf("read feedback: view %q with state %t", v.CallbackID, v.State != nil)
	}
	f := feedback{Key: v.PrivateMetadata}
	in := v.State.Values
	f.Reason = reason(in[inputReason][inputReason].SelectedOption.Value)
	for _, o := range in[inputPassages][inputPassages].SelectedOptions {
		f.Passages = append(f.Passages, o.Value)
	}
	f.Words = strings.TrimSpace(in[inputWords][inputWords].Value)
	return f, nil
}

// answerModal shows an answer in a modal: a passage in its surroundings, without a
// message. Sharing and feedback belong to messages and are left out; what is longer
// than one message is cut, and says so.
func answerModal(a bot.Answer, o renderOptions) slack.ModalViewRequest {
	key := o.Key
	o.Key, o.Share, o.Echo = "", false, false
	r := newRenderer(a, o)
	title := "footnote"
	if len(a.Citations) > 0 {
		title = r.mark(&a.Citations[0])
	}
	pages := render(a, o)
	blocks := pages[0].Blocks
	if len(pages) > 1 {
		blocks = append(blocks, small([]string{r.w.moreElsewhere})...)
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewPassage, PrivateMetadata: key,
		Title: plainText(title, maxModalTitle), Close: plainText(r.w.done, maxModalTitle),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}
