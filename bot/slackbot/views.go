package slackbot

import (
	"fmt"
	"strings"

	"footnote/bot"
	"footnote/bot/layout"

	"github.com/slack-go/slack"
)

// The callback ids of what is opened by a click.
const (
	viewFeedback = "feedback" // submitted: readFeedback reads it
	viewPassage  = "passage"  // nothing to submit; its buttons are actions
	viewHome     = "home"
)

// feedback is what came of a feedbackModal.
type feedback struct {
	Key      string        // of the errand
	Reason   layout.Reason // one of the reasons, or "" where none was chosen
	Passages []string      // ids of the passages it is about
	Words    string        // the person's own
}

// The ids of the modal's inputs, of block and action alike.
const (
	inputReason   = "reason"
	inputPassages = "passages"
	inputWords    = "words"
)

// feedbackModal asks what was wrong with the answer to an errand.
func feedbackModal(key string, a bot.Answer, language string) slack.ModalViewRequest {
	r := newRenderer(a, renderOptions{Language: language})
	w := r.layout.Phrases()
	var options []*slack.OptionBlockObject
	for _, x := range layout.Reasons(a) {
		options = append(options, slack.NewOptionBlockObject(string(x), plainText(w.Reasons[x], maxOption), nil))
	}
	blocks := []slack.Block{slack.NewInputBlock(inputReason, plainText(w.FeedbackReason, maxHeader), nil,
		slack.NewRadioButtonsBlockElement(inputReason, options...))}
	if which := r.whichPassages(); which != nil {
		b := slack.NewInputBlock(inputPassages, plainText(w.FeedbackWhich, maxHeader), nil,
			slack.NewCheckboxGroupsBlockElement(inputPassages, which...))
		b.Optional = true
		blocks = append(blocks, b)
	}
	words := slack.NewPlainTextInputBlockElement(nil, inputWords)
	words.Multiline, words.MaxLength = true, layout.MostWords
	b := slack.NewInputBlock(inputWords, plainText(w.FeedbackWords, maxHeader), plainText(w.FeedbackHint, maxHeader), words)
	b.Optional = true
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewFeedback, PrivateMetadata: key,
		Title: plainText(w.FeedbackTitle, maxModalTitle), Submit: plainText(w.Send, maxModalTitle), Close: plainText(w.Cancel, maxModalTitle),
		Blocks: slack.Blocks{BlockSet: append(blocks, b)},
	}
}

// mostWhich is how many passages feedback can be about: what checkboxes take.
const mostWhich = 10

// whichPassages returns the passages that an answer shows, at most mostWhich.
func (r *renderer) whichPassages() []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	for _, c := range r.layout.Passages() {
		if len(c.Ref) <= maxOption && len(out) < mostWhich {
			out = append(out, slack.NewOptionBlockObject(c.Ref, plainText(c.Text, maxOption), nil))
		}
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
	f.Reason = layout.Reason(in[inputReason][inputReason].SelectedOption.Value)
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
		title = r.layout.Mark(&a.Citations[0])
	}
	pages := render(a, o)
	blocks := pages[0].Blocks
	if len(pages) > 1 {
		blocks = append(blocks, small([]string{r.layout.Phrases().MoreElsewhere})...)
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewPassage, PrivateMetadata: key,
		Title: plainText(title, maxModalTitle), Close: plainText(r.layout.Phrases().Done, maxModalTitle),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}
