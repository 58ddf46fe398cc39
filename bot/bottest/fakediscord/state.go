package fakediscord

import (
	"context"
	"fmt"
	"slices"
)

// State reads what Discord holds. Each method sees one consistent moment; what it returns is the caller's.
type State struct{ s *Server }

// WaitFor returns nil as soon as holds reports true; it is asked at once and after every change of state, request, event and
// connection. When ctx ends first it returns ctx's error. holds runs without locks and may call any method.
func (s *Server) WaitFor(ctx context.Context, holds func(State) bool) error {
	for {
		changed := s.changed.Wait()
		if holds(s.State) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("fakediscord: what was waited for did not come: %w", ctx.Err())
		}
	}
}

// Messages are the channel's messages, the oldest first, without deleted, ephemeral and "thinking…" ones; nil for an unknown channel.
func (st State) Messages(channel string) []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	ch := st.s.world.find(channel)
	if ch == nil {
		return nil
	}
	return live(ch.msgs)
}

// AllMessages are the messages of every channel, the oldest first, as [State.Messages] has them.
func (st State) AllMessages() []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	var all []Message
	for _, ch := range st.s.world.order {
		all = append(all, live(ch.msgs)...)
	}
	slices.SortFunc(all, func(a, b Message) int { return compareIDs(a.ID, b.ID) })
	return all
}

// Message is one message, deleted, ephemeral or "thinking…" too.
func (st State) Message(id string) (Message, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	if m := st.s.world.messages[id]; m != nil {
		return *m, true
	}
	return Message{}, false
}

// Ephemerals are the messages that only this user sees, the oldest first.
func (st State) Ephemerals(user string) []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	u := st.s.world.findUser(user)
	if u == nil {
		return nil
	}
	return live(st.s.world.ephemerals[u.ID])
}

// DMs are the direct messages between a user and the bot, of both sides.
func (st State) DMs(user string) []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	u := st.s.world.findUser(user)
	if u == nil || st.s.world.dms[u.ID] == nil {
		return nil
	}
	return live(st.s.world.dms[u.ID].msgs)
}

// Answers are the bot's messages that reply to the message with the id or come of the interaction with it, ephemeral ones too, not
// deleted and not "thinking…", the oldest first.
func (st State) Answers(id string) []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return live(st.s.world.answers[id])
}

// AnswerCounts counts [State.Answers] by the id of what they answer.
func (st State) AnswerCounts() map[string]int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	counts := map[string]int{}
	for id, list := range st.s.world.answers {
		if n := len(live(list)); n > 0 {
			counts[id] = n
		}
	}
	return counts
}

// Thinking are the deferred responses that never became a message.
func (st State) Thinking() []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	var out []Message
	for _, m := range st.s.world.messages {
		if m.Loading && !m.Deleted {
			out = append(out, *m)
		}
	}
	slices.SortFunc(out, func(a, b Message) int { return compareIDs(a.ID, b.ID) })
	return out
}

// Typing is how often the bot began to type in a channel.
func (st State) Typing(channel string) int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	ch := st.s.world.find(channel)
	if ch == nil {
		return 0
	}
	return ch.typing
}

// Channel is the channel as it stands.
func (st State) Channel(idOrName string) (Channel, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	ch := st.s.world.find(idOrName)
	if ch == nil {
		return Channel{}, false
	}
	return ch.Channel, true
}

// Guild is the guild with the id or name.
func (st State) Guild(idOrName string) (Guild, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	g := st.s.world.findGuild(idOrName)
	if g == nil {
		return Guild{}, false
	}
	return g.Guild, true
}

// Interaction is an interaction by its id.
func (st State) Interaction(id string) (*Interaction, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	in := st.s.world.interactions[id]
	return in, in != nil
}

// Unanswered is how many interactions wait for their first response.
func (st State) Unanswered() int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return st.s.world.open
}
