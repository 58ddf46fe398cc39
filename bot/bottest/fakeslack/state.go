package fakeslack

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// State reads what Slack holds. Each method sees one consistent moment; what it returns is the caller's.
type State struct{ s *Server }

// WaitFor returns nil as soon as holds reports true; it is asked at once and after every change of state, request, delivery
// and connection. When ctx ends first it returns ctx's error. holds runs without locks and may call any method.
func (s *Server) WaitFor(ctx context.Context, holds func(State) bool) error {
	for {
		changed := s.changed.Wait()
		if holds(s.State) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("fakeslack: what was waited for did not come: %w", ctx.Err())
		}
	}
}

// Messages are the channel's messages that are not deleted, replies too, oldest first; nil for an unknown channel.
func (st State) Messages(channelID string) []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	ch := st.s.world.channels[channelID]
	if ch == nil {
		return nil
	}
	return copies(ch.msgs)
}

// AllMessages are the messages of every channel that are not deleted, by channel and time.
func (st State) AllMessages() []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	var all []Message
	for _, ch := range st.s.world.channels {
		all = append(all, copies(ch.msgs)...)
	}
	slices.SortStableFunc(all, func(a, b Message) int { return strings.Compare(a.Channel+a.TS, b.Channel+b.TS) })
	return all
}

// Message is one message, deleted or not.
func (st State) Message(channelID, ts string) (Message, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	if ch := st.s.world.channels[channelID]; ch != nil && ch.byTS[ts] != nil {
		return *ch.byTS[ts], true
	}
	return Message{}, false
}

// Thread is the message at ts with the replies to it, oldest first, without deleted ones. ts may be a reply's.
func (st State) Thread(channelID, ts string) []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	ch := st.s.world.channels[channelID]
	if ch == nil {
		return nil
	}
	if m := ch.byTS[ts]; m != nil && m.ThreadTS != "" {
		ts = m.ThreadTS
	}
	var thread []Message
	if m := ch.find(ts); m != nil {
		thread = append(thread, *m)
	}
	return append(thread, copies(ch.replies[ts])...)
}

// Replies are the app's messages in the thread of ts: [State.Thread] without the people.
func (st State) Replies(channelID, ts string) []Message {
	return slices.DeleteFunc(st.Thread(channelID, ts), func(m Message) bool { return m.Via == "" })
}

// Ephemerals are the messages that only this user sees, oldest first.
func (st State) Ephemerals(userID string) []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return copies(st.s.world.ephemerals[userID])
}

// Answers are the messages, not deleted, whose metadata payload holds key as one of its string values.
func (st State) Answers(key string) []Message {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return copies(st.s.world.byKey[key])
}

// AnswerCounts counts the messages that are not deleted by the given field of their metadata payload, over all channels.
func (st State) AnswerCounts(field string) map[string]int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	counts := map[string]int{}
	for _, ch := range st.s.world.channels {
		for _, m := range ch.msgs {
			if m.Deleted || m.Metadata == nil {
				continue
			}
			if key, ok := m.Metadata.EventPayload[field].(string); ok {
				counts[key]++
			}
		}
	}
	return counts
}

// Home is the home tab that the app published for the user.
func (st State) Home(userID string) (View, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	if v := st.s.world.homes[userID]; v != nil {
		return *v, true
	}
	return View{}, false
}

// Modal is the topmost modal open at the user's screen.
func (st State) Modal(userID string) (View, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	stack := st.s.world.modals[userID]
	if len(stack) == 0 {
		return View{}, false
	}
	return *stack[len(stack)-1], true
}

// AssistantThread is what was set on the thread; ts "" asks for what was set on the conversation as a whole.
func (st State) AssistantThread(channelID, ts string) AssistantThread {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	t := st.s.world.threads[channelID+"/"+ts]
	if t == nil {
		return AssistantThread{}
	}
	out := *t
	if !st.s.clock.Now().Before(t.until) {
		out.Status, out.LoadingMessages = "", nil
	}
	return out
}

// Channel is the channel as it stands.
func (st State) Channel(id string) (Channel, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	ch := st.s.world.channels[id]
	if ch == nil {
		return Channel{}, false
	}
	c := ch.Channel
	c.Members = nil
	for m := range ch.members {
		c.Members = append(c.Members, m)
	}
	slices.Sort(c.Members)
	return c, true
}

func copies(kept []*Message) []Message {
	var out []Message
	for _, m := range kept {
		if !m.Deleted {
			out = append(out, *m)
		}
	}
	return out
}

// AllText is all that a reader of the message sees: its blocks' text where it has blocks, its text otherwise.
func (m Message) AllText() string {
	if len(m.Blocks) == 0 {
		return m.Text
	}
	return blocksText(m.Blocks)
}

// Buttons are the message's elements that can be clicked, in order; both halves of feedback buttons count.
func (m Message) Buttons() []Button { return buttonsOf(m.Blocks) }

// Buttons are the view's elements that can be clicked, in order.
func (v View) Buttons() []Button { return buttonsOf(v.Blocks) }

// AllText is all that a reader of the view sees.
func (v View) AllText() string { return strings.TrimSpace(v.Title + "\n" + blocksText(v.Blocks)) }

var pinging = regexp.MustCompile(`<(@[UW][A-Z0-9]+|!(?:channel|here|everyone|subteam\^[A-Z0-9]+))[|>]`)

// Pings are the people and groups that the message calls, such as "@U1" or "!channel": those named in its text and in mrkdwn and
// markdown of its blocks. Plain text calls nobody.
func (m Message) Pings() []string {
	found := map[string]bool{}
	note := func(text string) {
		for _, hit := range pinging.FindAllStringSubmatch(text, -1) {
			found[hit[1]] = true
		}
	}
	note(m.Text)
	walk(m.Blocks, func(o obj) {
		switch o["type"] {
		case "mrkdwn", "markdown":
			note(str(o, "text"))
		case "user":
			found["@"+str(o, "user_id")] = true
		case "broadcast":
			found["!"+str(o, "range")] = true
		}
	})
	var pings []string
	for p := range found {
		pings = append(pings, p)
	}
	slices.Sort(pings)
	return pings
}

// blocksText joins every text of the blocks with line ends.
func blocksText(blocks []any) string {
	var parts []string
	walk(blocks, func(o obj) {
		if text, ok := o["text"].(string); ok && o["type"] != nil {
			parts = append(parts, text)
		}
	})
	return strings.Join(parts, "\n")
}

// walk calls visit with every object below x, parents first, lists in order, fields by name.
func walk(x any, visit func(obj)) {
	switch x := x.(type) {
	case []any:
		for _, e := range x {
			walk(e, visit)
		}
	case obj:
		visit(x)
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			walk(x[k], visit)
		}
	}
}

func buttonsOf(blocks []any) []Button {
	var found []Button
	for _, b := range blocks {
		blockID := str(b, "block_id")
		walk(b, func(o obj) {
			action := str(o, "action_id")
			if action == "" {
				return
			}
			base := Button{Type: str(o, "type"), BlockID: blockID, ActionID: action, URL: str(o, "url"), Value: str(o, "value"), Text: textOf(o["text"])}
			if base.Type != "feedback_buttons" {
				found = append(found, base)
				return
			}
			for _, half := range []string{"positive_button", "negative_button"} {
				b := base
				b.Value, b.Text = str(o[half], "value"), textOf(field(o[half], "text"))
				found = append(found, b)
			}
		})
	}
	return found
}

// field is x[name] where x is an object, else nil.
func field(x any, name string) any {
	o, _ := x.(obj)
	return o[name]
}

// str is x[name] where that is a string, else "".
func str(x any, name string) string {
	v, _ := field(x, name).(string)
	return v
}

// textOf is the text of a text object.
func textOf(x any) string { return str(x, "text") }
