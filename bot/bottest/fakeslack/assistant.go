package fakeslack

import "time"

// statusLife is how long a status stands that nothing clears: docs.slack.dev/reference/methods/assistant.threads.setStatus.
const statusLife = 2 * time.Minute

// assistantThread finds what is set on the thread of the call.
func (c *call) assistantThread(threadNeeded bool) (*AssistantThread, error) {
	if c.str("channel_id") == "" {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: channel_id")
	}
	ch, err := c.writable("channel_id")
	if err != nil {
		return nil, err
	}
	ts := c.str("thread_ts")
	if ts == "" && threadNeeded {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: thread_ts")
	}
	if ts != "" && ch.threadFor(ts) == "" {
		return nil, refuse("thread_not_found")
	}
	return c.s.thread(ch.ID, ts), nil
}

func (s *Server) thread(channelID, ts string) *AssistantThread {
	key := statusKey(channelID, ts)
	t := s.world.threads[key]
	if t == nil {
		t = &AssistantThread{}
		s.world.threads[key] = t
	}
	return t
}

// clearStatus takes the status of a thread away, as a message of the app does.
func (s *Server) clearStatus(channelID, ts string) {
	if t := s.world.threads[statusKey(channelID, ts)]; t != nil {
		t.Status, t.LoadingMessages = "", nil
	}
}

func setStatus(c *call) (obj, error) {
	loading := c.list("loading_messages")
	if len(loading) > 10 {
		return nil, refuse("invalid_arguments", "[ERROR] no more than 10 items allowed [json-pointer:/loading_messages]")
	}
	t, err := c.assistantThread(true)
	if err != nil {
		return nil, err
	}
	t.Status, t.LoadingMessages = c.str("status"), nil
	for _, l := range loading {
		text, _ := l.(string)
		t.LoadingMessages = append(t.LoadingMessages, text)
	}
	t.until = c.s.clock.Now().Add(statusLife)
	c.s.changed.Notify()
	return nil, nil
}

func setTitle(c *call) (obj, error) {
	t, err := c.assistantThread(true)
	if err != nil {
		return nil, err
	}
	t.Title = c.str("title")
	c.s.changed.Notify()
	return nil, nil
}

func setPrompts(c *call) (obj, error) {
	prompts := c.list("prompts")
	if len(prompts) > 4 || len(prompts) == 0 {
		return nil, refuse("invalid_arguments", "[ERROR] between 1 and 4 items allowed [json-pointer:/prompts]")
	}
	t, err := c.assistantThread(false)
	if err != nil {
		return nil, err
	}
	t.PromptsTitle, t.Prompts = c.str("title"), nil
	for _, p := range prompts {
		t.Prompts = append(t.Prompts, Prompt{Title: str(p, "title"), Message: str(p, "message")})
	}
	c.s.changed.Notify()
	return nil, nil
}
