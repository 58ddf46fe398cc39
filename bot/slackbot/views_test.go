package slackbot

import (
	"slices"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/layout"

	"github.com/slack-go/slack"
)

func TestReadFeedback(t *testing.T) {
	v := slack.View{CallbackID: viewFeedback, PrivateMetadata: "slack:k", State: &slack.ViewState{Values: map[string]map[string]slack.BlockAction{
		inputReason:   {inputReason: {SelectedOption: slack.OptionBlockObject{Value: string(layout.WrongPassage)}}},
		inputPassages: {inputPassages: {SelectedOptions: []slack.OptionBlockObject{{Value: "d#p1"}, {Value: "d#p2"}}}},
		inputWords:    {inputWords: {Value: " it is ¶3 \n"}},
	}}}
	got, err := readFeedback(v)
	if err != nil || got.Key != "slack:k" || got.Reason != layout.WrongPassage || got.Words != "it is ¶3" || !slices.Equal(got.Passages, []string{"d#p1", "d#p2"}) {
		t.Errorf("readFeedback = %+v, %v", got, err)
	}
	for _, v := range []slack.View{{}, {CallbackID: viewPassage, State: &slack.ViewState{}}, {CallbackID: viewFeedback}} {
		if got, err := readFeedback(v); err == nil {
			t.Errorf("readFeedback(%+v) = %+v, want an error", v, got)
		}
	}
	if got, err := readFeedback(slack.View{CallbackID: viewFeedback, State: &slack.ViewState{}}); err != nil || got.Reason != "" {
		t.Errorf("readFeedback of nothing chosen = %+v, %v", got, err)
	}
}

func TestHomeLimits(t *testing.T) {
	var ds []bot.Coverage
	var prompts []layout.Prompt
	for i := range 200 {
		ds = append(ds, bot.Coverage{ID: strings.Repeat("d", i) + "x", Name: strings.Repeat("方角", i+1), Passages: i})
		prompts = append(prompts, layout.Prompt{Title: strings.Repeat("何", i+1), Message: strings.Repeat("何", i+1)})
	}
	for _, h := range []homeContent{{}, {Language: "ja", About: strings.Repeat("資料。", 3000), Prompts: prompts, Directions: ds}} {
		v := homeView(h)
		withinLimits(t, v.Blocks.BlockSet, "none", maxHomeBlocks)
		valid(t, "AnyView.schema.json", v)
	}
}
