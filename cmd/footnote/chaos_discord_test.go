package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot/bottest/fakediscord"
	"footnote/bot/bottest/fakellm"
)

// discordChaos is Discord with all its faults, and a model that writes while people
// look on and dies in every fourth answer. A third of the questions are mentions, the
// others commands, in the open and in private.
type discordChaos struct {
	*fakediscord.Server
	model    *fakellm.Server
	mu       sync.Mutex
	commands map[string]usage // by key of the errand
	rounds   int
	retried  int
	lost     []string    // commands without an answer that somebody must have heard
	deaths   []time.Time // of replicas
	watching sync.WaitGroup
	alone    []absence // when nothing was connected
}

// absence is from one time to another, the zero time for one that has not come yet.
type absence struct{ from, to time.Time }

// window is how long a command may go without a response.
const window = 3 * time.Second

// roundsWaited is after how many rounds people use a command again that Discord has told
// them nobody responded to: an answer on its way has come by then.
const roundsWaited = 4

// usage is a command that somebody has used.
type usage struct {
	*fakediscord.Interaction
	channel, words, visibility string
	at                         time.Time
}

func chaoticDiscord(t *testing.T) chaotic {
	const answers = 10_000 // more than are asked for
	model := fakellm.New(t, fakellm.Config{
		Behave: slices.Repeat([]fakellm.Behaviour{fakellm.Honest, fakellm.Honest, fakellm.Honest, fakellm.CutMiddle}, answers/4),
	})
	d := &discordChaos{Server: fakediscord.New(t, fakediscord.Config{LogLimit: 1000}), model: model, commands: make(map[string]usage)}
	t.Cleanup(d.watching.Wait)
	return d
}

func (d *discordChaos) env() []string {
	return []string{
		"DISCORD_BOT_TOKEN=" + d.BotToken(), "FOOTNOTE_DISCORD_API_URL=" + d.APIURL(),
		"OPENAI_BASE_URL=" + d.model.URL(), "FOOTNOTE_LLM_MODEL=" + fakellm.Model,
	}
}

// connected waits for the commands too, without which nobody can use one.
func (d *discordChaos) connected(ctx context.Context, n int) error {
	if err := d.WaitConnected(ctx, n); err != nil {
		return err
	}
	d.watching.Go(func() { d.watch(ctx) })
	return d.WaitFor(ctx, func(st fakediscord.State) bool { return len(st.Commands("")) > 0 })
}

func (d *discordChaos) begin(questions int) {
	for i := range channels(questions) {
		d.AddChannel(fakediscord.Channel{Name: d.channel(i)})
	}
	d.Chaos(fakediscord.Chaos{
		Seed: 7, RateLimited: 0.03, RetryAfter: time.Second, ServerError: 0.03, CutBefore: 0.01, CutAfter: 0.03, Slow: 0.05, MaxLatency: 200 * time.Millisecond,
		Repeat: 0.2, Reconnect: 0.002, Invalid: 0.001, InvalidResumable: 0.001, Close: 0.002, CloseCodes: []int{4000, 4007, 4009}, Drop: 0.002,
		LateCallback: 0.01, DeadToken: 0.03, Denied: 0.01,
	})
}

func (d *discordChaos) end() { d.Chaos(fakediscord.Chaos{}) }

func (*discordChaos) channel(i int) string { return fmt.Sprintf("channel-%04d", i) }

func (d *discordChaos) ask(i, questions int, words string) string {
	channel, who := d.channel(i%channels(questions)), d.User(fmt.Sprintf("person-%04d", i))
	switch i % 3 {
	case 0:
		m := who.Mentions(channel, words)
		return "discord:" + m.Channel + ":" + m.ID
	case 1:
		return d.use(who, channel, words, "public")
	}
	return d.use(who, channel, words, "private")
}

func (d *discordChaos) use(who fakediscord.Person, channel, words, visibility string) string {
	at := time.Now()
	a := usage{who.In(channel).Slash("ask", fakediscord.Options{"question": words, "visibility": visibility}), channel, words, visibility, at}
	key := "discord:" + a.ID
	d.mu.Lock()
	defer d.mu.Unlock()
	d.commands[key] = a
	return key
}

// answers counts the messages whose buttons carry a question's key, whoever sees
// them and wherever they stand. The offer of an answer, made where nobody can know
// whether it is shown, counts where it is not.
func (d *discordChaos) answers() map[string]int {
	counts := make(map[string]int)
	offers := make(map[string]int)
	count := func(ms []fakediscord.Message) {
		for _, m := range ms {
			for _, b := range m.Buttons() {
				if do, rest, ok := strings.Cut(b.CustomID, "|"); ok {
					key, _, _ := strings.Cut(rest, "|")
					if strings.HasPrefix(do, "answer.") {
						offers[key]++
					} else {
						counts[key]++
					}
					break
				}
			}
		}
	}
	count(d.AllMessages())
	d.mu.Lock()
	defer d.mu.Unlock()
	people := make(map[string]bool)
	for _, a := range d.commands {
		if a.visibility == "private" && !people[a.User] {
			people[a.User] = true
			count(d.Ephemerals(a.User))
		}
	}
	for key, n := range offers {
		counts[key] = max(counts[key], n)
	}
	return counts
}

func (d *discordChaos) settled(ctx context.Context, keys []string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		counts := d.answers()
		if !slices.ContainsFunc(keys, func(k string) bool { return counts[k] == 0 }) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// watch notes when nothing is connected, until ctx ends.
func (d *discordChaos) watch(ctx context.Context) {
	for {
		if d.WaitFor(ctx, func(st fakediscord.State) bool { return st.Connections() == 0 }) != nil {
			return
		}
		d.mu.Lock()
		d.alone = append(d.alone, absence{from: time.Now()})
		d.mu.Unlock()
		if d.WaitFor(ctx, func(st fakediscord.State) bool { return st.Connections() > 0 }) != nil {
			return
		}
		d.mu.Lock()
		d.alone[len(d.alone)-1].to = time.Now()
		d.mu.Unlock()
	}
}

func (d *discordChaos) killed(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaths = append(d.deaths, at)
}

// excused tells whether a command may have gone without a response: nothing was
// connected in its three seconds, or a replica died in them; or Discord says that the
// response was late, which it was not.
func (d *discordChaos) excused(a usage, r fakediscord.Response) bool {
	return r.Error == "late callback" || d.disturbed(a.at, a.at.Add(window))
}

// unheard tells whether a command may have gone without an answer: nothing was connected
// when it was used, or a replica died before it can have been accepted.
func (d *discordChaos) unheard(a usage) bool { return d.disturbed(a.at, a.at.Add(time.Second)) }

// disturbed tells whether nothing was connected, or a replica died, between two times or
// shortly before: what was on its way then may be gone.
func (d *discordChaos) disturbed(from, to time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	from = from.Add(-time.Second)
	return slices.ContainsFunc(d.deaths, func(at time.Time) bool { return at.After(from) && at.Before(to) }) ||
		slices.ContainsFunc(d.alone, func(s absence) bool { return s.from.Before(to) && (s.to.IsZero() || s.to.After(from)) })
}

// again has those use their command again whom Discord has told that the application
// did not respond, and who got no answer in another way: what nobody hears is not
// accepted. Where somebody must have heard it, that is noted.
func (d *discordChaos) again(ctx context.Context, keys []string) []string {
	_ = d.WaitDelivered(ctx)
	if d.rounds++; d.rounds%roundsWaited != 0 {
		return keys
	}
	counts := d.answers()
	for i, k := range keys {
		d.mu.Lock()
		a, ok := d.commands[k]
		d.mu.Unlock()
		if r, err := a.heard(ctx); ok && counts[k] == 0 && err == nil && !r.Acked {
			if !d.unheard(a) {
				d.lost = append(d.lost, k)
			}
			keys[i] = d.use(d.User(a.User), a.channel, a.words, a.visibility)
			d.retried++
		}
	}
	return keys
}

// wrongs returns what was sent against Discord's rules, the answers that stand unfinished,
// the commands that were lost, and those that were not responded to in time, without an
// excuse.
func (d *discordChaos) wrongs() []string {
	out := d.Violations()
	for _, m := range d.AllMessages() {
		if unfinished(m) {
			out = append(out, fmt.Sprintf("message %s stands unfinished: a reply to %q, of the interaction %q", m.ID, m.ReplyTo, m.Interaction))
		}
	}
	for _, k := range d.lost {
		out = append(out, k+" was lost, though somebody must have heard it")
	}
	d.mu.Lock()
	all := maps.Clone(d.commands)
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), window)
	defer cancel()
	for key, a := range all {
		if r, err := a.heard(ctx); err != nil || !r.Acked && !d.excused(a, r) {
			out = append(out, fmt.Sprintf("%s was not responded to in time: %s %v", key, r.Error, err))
		}
	}
	return out
}

// heard returns how the command was responded to.
func (a usage) heard(ctx context.Context) (fakediscord.Response, error) {
	if a.Interaction == nil {
		return fakediscord.Response{}, nil
	}
	return a.Wait(ctx)
}

// faults counts the commands that were used again too, and the answers that a model
// began.
func (d *discordChaos) faults() map[string]int {
	f := d.FaultCounts()
	f["command used again"] = d.retried
	f["answers begun by the model"] = len(d.model.Exchanges())
	return f
}
