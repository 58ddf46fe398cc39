package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"footnote/bot/bottest/fakeslack"
)

// slackChaos is Slack with all its faults.
type slackChaos struct{ *fakeslack.Server }

func chaoticSlack(t *testing.T) chaotic {
	return slackChaos{fakeslack.New(t, fakeslack.Config{LogLimit: 1000})}
}

func (s slackChaos) env() []string {
	return []string{"SLACK_BOT_TOKEN=" + s.BotToken("T1"), "SLACK_APP_TOKEN=" + s.AppToken(), "FOOTNOTE_SLACK_API_URL=" + s.APIURL()}
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
		return !slices.ContainsFunc(keys, func(k string) bool { return counts[k] == 0 })
	}) == nil
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

func (slackChaos) killed(time.Time) {}

// wrongs returns what was sent against Slack's rules.
func (s slackChaos) wrongs() []string { return s.Violations() }

func (s slackChaos) faults() map[string]int { return s.FaultCounts() }
