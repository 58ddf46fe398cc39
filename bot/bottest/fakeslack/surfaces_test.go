package fakeslack

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

// modal is a view with a select and a text input.
func modal(title string) slack.ModalViewRequest {
	choice := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "reason",
		slack.NewOptionBlockObject("passage", plain("Wrong passage"), nil), slack.NewOptionBlockObject("answer", plain("Wrong answer"), nil))
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(title), Submit: plain("Send"), NotifyOnClose: true, ExternalID: "x" + title,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("why", plain("Why?"), nil, choice),
			slack.NewInputBlock("more", plain("More"), nil, slack.NewPlainTextInputBlockElement(nil, "words")).WithOptional(true),
		}},
	}
}

func TestModals(t *testing.T) {
	s, api := start(t, Config{Frozen: true})
	ctx := soon(t)
	a := &app{}
	a.connect(t, s, api)
	u := s.User("U1")
	asked := u.Says("C1", "a claim")
	cut := u.Shortcut(asked, "check")
	if o, err := cut.Wait(ctx); err != nil || !o.Acked || cut.Type != "message_action" {
		t.Fatalf("shortcut: %+v, %v", o, err)
	}
	opened, err := api.OpenViewContext(ctx, cut.TriggerID, modal("One"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.UpdateViewContext(ctx, modal("Two"), "", "stale", opened.ID); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("update with an old hash: %v", err)
	}
	if _, err := api.UpdateViewContext(ctx, modal("Two"), "xOne", opened.Hash, ""); err != nil {
		t.Errorf("update by external_id: %v", err)
	}
	push := u.ClicksView(s.modal(t, "U1"), "reason", "answer")
	if _, err := api.PushViewContext(ctx, push.TriggerID, modal("Three")); err != nil {
		t.Fatal(err)
	}
	answer := func(v any, values map[string]any) View {
		a.mu.Lock()
		a.ack = v
		a.mu.Unlock()
		if o, err := u.Submits(s.modal(t, "U1"), values).Wait(ctx); err != nil || !o.Acked {
			t.Fatal(o, err)
		}
		return View{}
	}
	answer(slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "choose"}), map[string]any{"reason": "passage", "words": "w"})
	has := func(what string, holds func(v View, open bool) bool) {
		t.Helper()
		if err := s.WaitFor(ctx, func(st State) bool { return holds(st.Modal("U1")) }); err != nil {
			v, open := s.Modal("U1")
			t.Errorf("%s: modal = %+v, %t", what, v, open)
		}
	}
	has("errors", func(v View, _ bool) bool { return v.Errors["why"] == "choose" })
	next := modal("Four")
	answer(slack.NewUpdateViewSubmissionResponse(&next), map[string]any{"why": "answer"})
	has("update", func(v View, _ bool) bool { return v.Title == "Four" })
	u.Closes(s.modal(t, "U1"))
	has("close", func(v View, _ bool) bool { return v.Title == "Two" })
	answer(slack.NewClearViewSubmissionResponse(), map[string]any{"reason": "answer"})
	has("clear", func(_ View, open bool) bool { return !open })
	if v := s.Violations(); v != nil {
		t.Errorf("Violations = %q", v)
	}
}

// modal is the user's topmost modal.
func (s *Server) modal(t *testing.T, user string) View {
	t.Helper()
	v, ok := s.Modal(user)
	if !ok {
		t.Fatal("no modal is open")
	}
	return v
}

func TestFeedbackButtons(t *testing.T) {
	s, _ := start(t, Config{})
	body := `{"channel":"C1","text":"x","blocks":[{"type":"context_actions","elements":[{"type":"feedback_buttons","action_id":"fb",
		"positive_button":{"text":{"type":"plain_text","text":"Good"},"value":"up"},"negative_button":{"text":{"type":"plain_text","text":"Bad"},"value":"down"}}]},
		{"type":"actions","elements":[{"type":"overflow","action_id":"more","options":[{"text":{"type":"plain_text","text":"Share"},"value":"share"}]}]}]}`
	if got := call1(t, s, s.BotToken("T1"), "chat.postMessage", body); got["ok"] != true {
		t.Fatal(got)
	}
	m := s.Messages("C1")[0]
	if b := m.Buttons(); len(b) != 3 || b[1].Value != "down" || b[1].Text != "Bad" {
		t.Errorf("Buttons = %+v", b)
	}
	for action, value := range map[string]string{"fb": "down", "more": "share"} {
		if in := s.User("U1").Clicks(m, action, value); !strings.Contains(string(in.Payload()), `"value":"`+value+`"`) {
			t.Errorf("payload of %s = %s", action, in.Payload())
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a click on nothing does not panic")
		}
	}()
	s.User("U1").Clicks(m, "nothing")
}

func TestStreamOfChunks(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	asked := s.User("U1").DMs("q")
	task := slack.NewTaskUpdateChunk("t1", "Reading")
	task.Status = slack.TaskCardStatusInProgress
	_, ts, err := api.StartStreamContext(ctx, asked.Channel, slack.MsgOptionTS(asked.TS), slack.MsgOptionChunks(task))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := api.AppendStreamContext(ctx, asked.Channel, ts, slack.MsgOptionMarkdownText("x")); err == nil || err.Error() != "streaming_mode_mismatch" {
		t.Errorf("text into a stream of chunks: %v", err)
	}
	more := slack.MsgOptionChunks(slack.NewMarkdownTextChunk("text"), slack.NewBlocksChunk(section("block")))
	if _, _, err := api.AppendStreamContext(ctx, asked.Channel, ts, more); err != nil {
		t.Fatal(err)
	}
	if m, _ := s.Message(asked.Channel, ts); m.Text != "text" || len(m.Chunks) != 3 || len(m.Blocks) != 1 {
		t.Errorf("stream = %+v", m)
	}
	if !s.EndStream(asked.Channel, ts, StreamRefused) || s.EndStream(asked.Channel, ts, StreamRefused) {
		t.Error("EndStream ends a live stream once")
	}
	if _, _, err := api.StopStreamContext(ctx, asked.Channel, ts); err == nil || err.Error() != "stopped_by_user" {
		t.Errorf("stop after the reader's stop: %v", err)
	}
}

func TestSocketDrops(t *testing.T) {
	s, api := start(t, Config{Frozen: true, Events: []string{"message.im"}})
	a := &app{silent: true}
	a.connect(t, s, api)
	ctx := soon(t)
	s.Chaos(Chaos{SocketDrop: 1})
	s.User("U1").DMs("q")
	again := func(st State) bool { return st.RequestCount("apps.connections.open") == 2 && st.Connections() == 1 }
	if err := s.WaitFor(ctx, again); err != nil || s.FaultCounts()["socket drop"] != 1 {
		t.Fatal(err, s.FaultCounts())
	}
	s.Chaos(Chaos{})
	a.mu.Lock()
	a.silent = false
	a.mu.Unlock()
	s.Advance(ackWindow)
	if err := s.WaitDelivered(ctx); err != nil {
		t.Fatal(err)
	}
	if o, _ := s.Deliveries()[0].Wait(ctx); !o.Acked || o.Attempts != 2 {
		t.Errorf("outcome = %+v, want acknowledged at the second attempt", o)
	}
}

func TestMultipartAndShuffle(t *testing.T) {
	s, _ := start(t, Config{Events: []string{"message.channels"}})
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"token": s.BotToken("T1"), "channel": "C1", "text": "x", "reply_broadcast": "false"} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	_ = form.Close()
	r, _ := http.NewRequestWithContext(soon(t), http.MethodPost, s.APIURL()+"chat.postMessage", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var out obj
	if _ = json.NewDecoder(response.Body).Decode(&out); out["ok"] != true {
		t.Error(out)
	}
	root := s.Messages("C1")[0]
	u := s.User("U1").InThread(root.TS).Broadcasting()
	s.Hold()
	s.Repeats(Repeat{Times: 2})
	for range 4 {
		u.Says("C1", u.ID())
	}
	s.Release(Shuffled(1))
	if got := len(s.Deliveries()); got != 9 {
		t.Errorf("%d deliveries, want 1 and 4 twice", got)
	}
	if got := s.Replies("C1", root.TS); len(got) != 1 {
		t.Errorf("Replies = %+v, want the bot's own only", got)
	}
}
