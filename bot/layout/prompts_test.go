package layout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"footnote/bot"
)

// asked answers every question whose text it has.
type asked map[string]bot.Status

func (a asked) Ask(_ context.Context, q bot.Question) (bot.Answer, error) {
	if s, ok := a[q.Text]; ok {
		return bot.Answer{Status: s}, nil
	}
	return bot.Answer{}, errors.New("no such question")
}

func TestPrompts(t *testing.T) {
	ds := []bot.Coverage{{ID: "north", Name: "North"}, {ID: "x", Name: "X"}}
	q := func(about string) string { return fmt.Sprintf("What does the article say about %s?", about) }
	a := asked{q("the North"): bot.Abstained, q("North"): bot.Answered, q("X"): bot.Abstained}
	got, err := Prompts(t.Context(), a, ds, "en", 4)
	want := []Prompt{{q("North"), q("North")}, {"Summary: North", "summary north"}, {"Summary: X", "summary x"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Prompts = %v, %v, want %v", got, err, want)
	}
	if got, err := Prompts(t.Context(), a, ds, "en", 1); err != nil || len(got) != 1 {
		t.Errorf("Prompts of one = %v, %v", got, err)
	}
	if _, err := Prompts(t.Context(), asked{}, ds, "en", 4); err == nil || !strings.Contains(err.Error(), "no such question") {
		t.Errorf("Prompts with a broken asker: %v", err)
	}
	if got, err := Prompts(t.Context(), asked{}, nil, "en", 4); err != nil || len(got) != 0 {
		t.Errorf("Prompts without directions = %v, %v", got, err)
	}
}
