package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bot/bottest/fakellm"
	"footnote/bot/bottest/fakeslack"
)

// slackChaos is Slack with all its faults.
type slackChaos struct {
	*fakeslack.Server
	model *fakellm.Server // who writes the answers, slowly; nil: nobody
	parts *atomic.Int64   // answers that were being written when a replica was killed
}

func chaoticSlack(t *testing.T) chaotic {
	return slackChaos{fakeslack.New(t, fakeslack.Config{LogLimit: 1000}), nil, new(atomic.Int64)}
}

// chaoticSlackWritten is Slack where answers are shown while a model writes them, so
// that replicas are killed between the parts of one.
func chaoticSlackWritten(t *testing.T) chaotic {
	if os.Getenv("FOOTNOTE_CHAOS") == "" {
		t.Skip("without a kill there is nothing to see; FOOTNOTE_CHAOS=150 asks for ten")
	}
	model := fakellm.New(t, fakellm.Config{Behave: []fakellm.Behaviour{fakellm.SlowDrip}, Drip: 100 * time.Microsecond})
	return slackChaos{fakeslack.New(t, fakeslack.Config{LogLimit: 1000}), model, new(atomic.Int64)}
}

func (s slackChaos) env() []string {
	env := []string{"SLACK_BOT_TOKEN=" + s.BotToken("T1"), "SLACK_APP_TOKEN=" + s.AppToken(), "FOOTNOTE_SLACK_API_URL=" + s.APIURL()}
	if s.model != nil {
		env = append(env, "OPENAI_BASE_URL="+s.model.URL(), "FOOTNOTE_LLM_MODEL="+fakellm.Model)
	}
	return env
}

func (s slackChaos) connected(ctx context.Context, n int) error { return s.WaitConnected(ctx, n) }

func (s slackChaos) begin(questions int) {
	for i := range channels(questions) {
		s.AddChannel(fakeslack.Channel{ID: s.channel(i)})
	}
	s.Chaos(fakeslack.Chaos{
		Seed: 7, RateLimited: 0.03, ServerError: 0.03, CutBefore: 0.01, CutAfter: 0.01, Slow: 0.05, MaxLatency: 200 * time.Millisecond,
		SocketDrop: 0.005, Repeat: 0.2, RepeatFreshID: 0.2,
	})
}

func (s slackChaos) end() { s.Chaos(fakeslack.Chaos{}) }

func (slackChaos) channel(i int) string { return fmt.Sprintf("C%04d", i) }

func (s slackChaos) ask(i, questions int, words string) string {
	ch := s.channel(i % channels(questions))
	m := s.User(fmt.Sprintf("U%04d", i%500)).Mentions(ch, words)
	return "slack:T1:" + ch + ":" + m.TS
}

func (s slackChaos) answers() map[string]int { return s.AnswerCounts("key") }

func (s slackChaos) settled(ctx context.Context, keys []string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return s.WaitFor(ctx, func(st fakeslack.State) bool {
		counts := st.AnswerCounts("key")
		return !slices.ContainsFunc(keys, func(k string) bool { return counts[k] == 0 }) && !slices.ContainsFunc(st.AllMessages(), writing)
	}) == nil
}

// writing tells whether a message is a part of an answer that is still being written.
func writing(m fakeslack.Message) bool {
	return m.Metadata != nil && m.Metadata.EventPayload["pages"] == float64(0)
}

// again lets the minutes pass after which Slack delivers what was not acknowledged.
func (s slackChaos) again(ctx context.Context, keys []string) []string {
	for s.AdvanceToRetry() {
		if s.WaitDelivered(ctx) != nil {
			break
		}
	}
	return keys
}

func (s slackChaos) killed(time.Time) {
	for _, m := range s.AllMessages() {
		if writing(m) {
			s.parts.Add(1)
		}
	}
}

// wrongs returns what was sent against Slack's rules.
func (s slackChaos) wrongs() []string { return s.Violations() }

func (s slackChaos) faults() map[string]int {
	f := s.FaultCounts()
	if n := int(s.parts.Load()); n > 0 {
		f["parts when killed"] = n
	}
	return f
}
