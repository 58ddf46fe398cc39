package slackbot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"context"
	"footnote/bot"

	"github.com/slack-go/slack"
)

func TestReadFeedback(t *testing.T) {
	v := slack.View{CallbackID: viewFeedback, PrivateMetadata: "slack:k", State: &slack.ViewState{Values: map[string]map[string]slack.BlockAction{
		inputReason:   {inputReason: {SelectedOption: slack.OptionBlockObject{Value: string(reasonPassage)}}},
		inputPassages: {inputPassages: {SelectedOptions: []slack.OptionBlockObject{{Value: "d#p1"}, {Value: "d#p2"}}}},
		inputWords:    {inputWords: {Value: " it is ¶3 \n"}},
	}}}
	got, err := readFeedback(v)
	if err != nil || got.Key != "slack:k" || got.Reason != reasonPassage || got.Words != "it is ¶3" || !slices.Equal(got.Passages, []string{"d#p1", "d#p2"}) {
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

func TestFeedbackFits(t *testing.T) {
	for _, c := range []struct {
		status bot.Status
		want   []reason
	}{
		{bot.Answered, []reason{reasonPassage, reasonAnswer, reasonShouldNot, reasonOther}},
		{bot.Abstained, []reason{reasonShould, reasonOther}},
		{bot.NotFound, reasons},
	} {
		var got []reason
		for _, r := range reasons {
			if r.fits(bot.Answer{Status: c.status}) {
				got = append(got, r)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("reasons for %s = %v, want %v", c.status, got, c.want)
		}
	}
}

// asked answers every question whose text it has.
type asked map[string]bot.Status

func (a asked) Ask(_ context.Context, q bot.Question) (bot.Answer, error) {
	if s, ok := a[q.Text]; ok {
		return bot.Answer{Status: s}, nil
	}
	return bot.Answer{}, errors.New("no such question")
}

func TestSuggest(t *testing.T) {
	ds := []bot.Coverage{{ID: "north", Name: "North"}, {ID: "x", Name: "X"}}
	q := func(about string) string { return fmt.Sprintf("What does the article say about %s?", about) }
	a := asked{q("the North"): bot.Abstained, q("North"): bot.Answered, q("X"): bot.Abstained}
	got, err := suggest(t.Context(), a, ds, "en", 4)
	want := []prompt{{q("North"), q("North")}, {"Summary: North", "summary north"}, {"Summary: X", "summary x"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("suggest = %v, %v, want %v", got, err, want)
	}
	if got, err := suggest(t.Context(), a, ds, "en", 1); err != nil || len(got) != 1 {
		t.Errorf("suggest of one = %v, %v", got, err)
	}
	if _, err := suggest(t.Context(), asked{}, ds, "en", 4); err == nil || !strings.Contains(err.Error(), "no such question") {
		t.Errorf("suggest with a broken asker: %v", err)
	}
	if got, err := suggest(t.Context(), asked{}, nil, "en", 4); err != nil || len(got) != 0 {
		t.Errorf("suggest without directions = %v, %v", got, err)
	}
}

func TestHomeLimits(t *testing.T) {
	var ds []bot.Coverage
	var prompts []prompt
	for i := range 200 {
		ds = append(ds, bot.Coverage{ID: strings.Repeat("d", i) + "x", Name: strings.Repeat("方角", i+1), Passages: i})
		prompts = append(prompts, prompt{strings.Repeat("何", i+1), strings.Repeat("何", i+1)})
	}
	for _, h := range []homeContent{{}, {Language: "ja", About: strings.Repeat("資料。", 3000), Prompts: prompts, Directions: ds}} {
		v := homeView(h)
		withinLimits(t, v.Blocks.BlockSet, "none", maxHomeBlocks)
		valid(t, "AnyView.schema.json", v)
	}
}
