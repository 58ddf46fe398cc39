package fakeslack

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// soon bounds the waits of a test: they end by events, not by time, so it is generous.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T, cfg Config) (*Server, *slack.Client) {
	s := New(t, cfg)
	s.AddChannel(Channel{ID: "C1", Name: "general"})
	s.User("U1")
	api := slack.New(s.BotToken("T1"), slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken(s.AppToken()))
	return s, api
}

func section(text string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil)
}

func TestConversation(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	asked := s.User("U1").Mentions("C1", "who & what < why?")
	if want := "<@UBOT> who &amp; what &lt; why?"; asked.Text != want {
		t.Errorf("text = %q, want %q", asked.Text, want)
	}
	meta := slack.SlackMetadata{EventType: "answer", EventPayload: map[string]any{"question": "q1"}}
	_, ts, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("here", false), slack.MsgOptionTS(asked.TS), slack.MsgOptionMetadata(meta),
		slack.MsgOptionBlocks(section("*here* ¶5 <@U1>")), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Answers("q1"); len(got) != 1 || got[0].TS != ts || got[0].ThreadTS != asked.TS {
		t.Errorf("Answers = %+v", got)
	}
	if got := s.AnswerCounts("question"); got["q1"] != 1 {
		t.Errorf("AnswerCounts = %v", got)
	}
	if pings := s.Thread("C1", asked.TS)[1].Pings(); len(pings) != 1 || pings[0] != "@U1" {
		t.Errorf("Pings = %v, want @U1", pings)
	}
	found, _, _, err := api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: "C1", Timestamp: asked.TS, IncludeAllMetadata: true})
	if err != nil || len(found) != 2 || found[1].Metadata.EventPayload["question"] != "q1" {
		t.Errorf("replies = %+v, %v", found, err)
	}
	found, _, _, _ = api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: "C1", Timestamp: asked.TS})
	if len(found) != 2 || found[1].Metadata.EventType != "" {
		t.Errorf("replies without include_all_metadata bring metadata: %+v", found)
	}
	if _, _, _, err := api.UpdateMessageContext(ctx, "C1", ts, slack.MsgOptionText("there", false), slack.MsgOptionBlocks()); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Message("C1", ts); got.AllText() != "there" || got.Edits != 1 {
		t.Errorf("after update: %+v", got)
	}
	if _, _, err := api.DeleteMessageContext(ctx, "C1", ts); err != nil {
		t.Fatal(err)
	}
	if got := s.Thread("C1", asked.TS); len(got) != 1 {
		t.Errorf("thread after delete = %d messages, want 1", len(got))
	}
	if v := s.Violations(); v != nil {
		t.Errorf("Violations = %q", v)
	}
	for _, r := range s.Requests() {
		if _, has := r.Body["token"]; has {
			t.Errorf("%s: the log shows the token", r.Method)
		}
	}
}

func TestUnfurlChangesTheMessage(t *testing.T) {
	s, api := start(t, Config{})
	_, ts, err := api.PostMessageContext(soon(t), "C1", slack.MsgOptionText("see https://example.com", false), slack.MsgOptionDisableLinkUnfurl())
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := s.Message("C1", ts); !m.Unfurled {
		t.Error("a link was not unfurled though unfurl_media was not false")
	}
	if last := s.Deliveries(); !strings.Contains(string(last[len(last)-1].Payload()), "message_changed") {
		t.Error("no message_changed for the preview")
	}
}

func TestEphemeral(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	if _, err := api.PostEphemeralContext(ctx, "C1", "U1", slack.MsgOptionText("x", false)); err == nil || err.Error() != "user_not_in_channel" {
		t.Errorf("error = %v, want user_not_in_channel", err)
	}
	s.Invite("C1", "U1")
	ts, err := api.PostEphemeralContext(ctx, "C1", "U1", slack.MsgOptionText("only you", false))
	if err != nil || len(s.Ephemerals("U1")) != 1 || len(s.Messages("C1")) != 0 {
		t.Errorf("ephemeral: %v, %+v", err, s.Ephemerals("U1"))
	}
	if _, _, _, err := api.UpdateMessageContext(ctx, "C1", ts, slack.MsgOptionText("y", false)); err == nil || err.Error() != "message_not_found" {
		t.Errorf("update of an ephemeral message: %v", err)
	}
}

func TestThreadsOfDeletedMessages(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	u := s.User("U1")
	alone, parent := u.Says("C1", "alone"), u.Says("C1", "parent")
	u.InThread(parent.TS).Says("C1", "reply")
	u.Deletes(alone)
	u.Deletes(parent)
	post := func(ts string) Message {
		_, at, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("x", false), slack.MsgOptionTS(ts))
		if err != nil {
			t.Fatal(err)
		}
		m, _ := s.Message("C1", at)
		return m
	}
	if m := post(alone.TS); m.ThreadTS != "" {
		t.Error("a reply to a message that is gone is in a thread")
	}
	if m := post(parent.TS); m.ThreadTS != parent.TS {
		t.Error("a reply in the thread of a tombstone left it")
	}
	if _, _, _, err := api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: "C1", Timestamp: alone.TS}); err == nil || err.Error() != "thread_not_found" {
		t.Errorf("error = %v, want thread_not_found", err)
	}
}

func TestStream(t *testing.T) {
	s, api := start(t, Config{Frozen: true})
	ctx := soon(t)
	asked := s.User("U1").Mentions("C1", "q")
	if _, _, err := api.StartStreamContext(ctx, "C1", slack.MsgOptionTS(asked.TS)); err == nil || err.Error() != "missing_recipient_user_id" {
		t.Errorf("error = %v, want missing_recipient_user_id", err)
	}
	begin := func() string {
		_, ts, err := api.StartStreamContext(ctx, "C1", slack.MsgOptionTS(asked.TS), slack.MsgOptionRecipientUserID("U1"), slack.MsgOptionRecipientTeamID("T1"),
			slack.MsgOptionMarkdownText("one "))
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	ts := begin()
	if _, _, _, err := api.UpdateMessageContext(ctx, "C1", ts, slack.MsgOptionText("x", false)); err == nil || err.Error() != "streaming_state_conflict" {
		t.Errorf("error = %v, want streaming_state_conflict", err)
	}
	if _, _, err := api.AppendStreamContext(ctx, "C1", ts, slack.MsgOptionChunks(slack.NewMarkdownTextChunk("x"))); err == nil || err.Error() != "streaming_mode_mismatch" {
		t.Errorf("error = %v, want streaming_mode_mismatch", err)
	}
	if _, _, err := api.AppendStreamContext(ctx, "C1", ts, slack.MsgOptionMarkdownText("two")); err != nil {
		t.Error(err)
	}
	if _, _, err := api.StopStreamContext(ctx, "C1", ts, slack.MsgOptionBlocks(section("sources"))); err != nil {
		t.Error(err)
	}
	if m, _ := s.Message("C1", ts); m.Text != "one two" || m.Stream != StreamStopped || len(m.Blocks) != 1 {
		t.Errorf("stopped stream: %+v", m)
	}
	ts = begin()
	s.Advance(5 * time.Minute)
	if _, _, err := api.AppendStreamContext(ctx, "C1", ts, slack.MsgOptionMarkdownText("two")); err == nil || err.Error() != "message_not_in_streaming_state" {
		t.Errorf("error = %v, want message_not_in_streaming_state", err)
	}
	if _, _, _, err := api.UpdateMessageContext(ctx, "C1", ts, slack.MsgOptionText("whole", false)); err != nil {
		t.Errorf("update of a stream that died: %v", err)
	}
	if v := s.Violations(); v != nil {
		t.Errorf("Violations = %q", v)
	}
}

// refusals that need no more than one request.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("é", 3001)
	many := func(n int, text string) string {
		blocks := []any{}
		for range n {
			blocks = append(blocks, obj{"type": "section", "text": obj{"type": "mrkdwn", "text": text}})
		}
		raw, _ := json.Marshal(blocks)
		return string(raw)
	}
	cases := []struct{ name, method, body, want string }{
		{"unknown method", "chat.sing", `{}`, "unknown_method"},
		{"unknown channel", "chat.postMessage", `{"channel":"C404","text":"x"}`, "channel_not_found"},
		{"private channel without the bot", "chat.postMessage", `{"channel":"G1","text":"x"}`, "channel_not_found"},
		{"public channel without the bot", "chat.postMessage", `{"channel":"C2","text":"x"}`, "not_in_channel"},
		{"archived", "chat.postMessage", `{"channel":"C3","text":"x"}`, "is_archived"},
		{"nothing to say", "chat.postMessage", `{"channel":"C1","text":""}`, "no_text"},
		{"update of nothing", "chat.update", `{"channel":"C1","ts":"1.1","text":"x"}`, "message_not_found"},
		{"long update", "chat.update", `{"channel":"C1","ts":"1.1","text":"` + long + long + `"}`, "msg_too_long"},
		{"long markdown", "chat.postMessage", `{"channel":"C1","markdown_text":"` + strings.Repeat("a", 12001) + `"}`, "msg_too_long"},
		{"long section", "chat.postMessage", `{"channel":"C1","blocks":` + many(1, long) + `}`, "invalid_blocks"},
		{"empty text object", "chat.postMessage", `{"channel":"C1","blocks":` + many(1, "") + `}`, "invalid_blocks"},
		{"51 blocks", "chat.postMessage", `{"channel":"C1","blocks":` + many(51, "x") + `}`, "invalid_blocks"},
		{"13,201 characters", "chat.postMessage", `{"channel":"C1","blocks":` + many(5, long[:2*2641]) + `}`, "msg_blocks_too_long"},
		{"block_id twice", "chat.postMessage", `{"channel":"C1","blocks":[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]}`, "invalid_blocks"},
		{"block that is none", "chat.postMessage", `{"channel":"C1","blocks":[{"type":"section","txt":"x"}]}`, "invalid_arguments"},
		{"unknown argument", "chat.update", `{"channel":"C1","ts":"1.1","text":"x","unfurl_links":false}`, "invalid_arguments"},
		{"ephemeral to nobody", "chat.postEphemeral", `{"channel":"C1","user":"U404","text":"x"}`, "user_not_found"},
		{"unknown user", "users.info", `{"user":"U404"}`, "user_not_found"},
		{"unknown trigger", "views.open", `{"trigger_id":"x","view":{"type":"modal","title":{"type":"plain_text","text":"T"},"blocks":[]}}`, "invalid_trigger_id"},
		{"long modal title", "views.open", `{"trigger_id":"x","view":{"type":"modal","title":{"type":"plain_text","text":"` + long + `"},"blocks":[]}}`, "invalid_arguments"},
		{"unknown thread", "conversations.replies", `{"channel":"C1","ts":"1.1"}`, "thread_not_found"},
		{"five prompts", "assistant.threads.setSuggestedPrompts", `{"channel_id":"C1","prompts":[` + strings.Repeat(`{"title":"a","message":"b"},`, 4) + `{"title":"a","message":"b"}]}`, "invalid_arguments"},
	}
	s, _ := start(t, Config{})
	s.AddChannel(Channel{ID: "G1", Private: true, WithoutBot: true})
	s.AddChannel(Channel{ID: "C2", WithoutBot: true})
	s.AddChannel(Channel{ID: "C3", Archived: true})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.want == "invalid_arguments" && s.Conformance() == "" {
				t.Skip("needs the schemas")
			}
			if got := call1(t, s, s.BotToken("T1"), c.method, c.body); got["error"] != c.want {
				t.Errorf("%s = %v, want %s", c.method, got, c.want)
			}
		})
	}
}

// call1 posts JSON and returns the answer.
func call1(t *testing.T, s *Server, token, method, body string) obj {
	t.Helper()
	r, err := http.NewRequestWithContext(soon(t), http.MethodPost, s.APIURL()+method, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var out obj
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTokensAndScopes(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	who, err := api.AuthTestContext(ctx)
	if err != nil || who.UserID != "UBOT" || !strings.Contains(who.Header.Get("X-OAuth-Scopes"), "chat:write") {
		t.Errorf("auth.test = %+v, %v", who, err)
	}
	if _, err := slack.New("xoxb-nonsense", slack.OptionAPIURL(s.APIURL())).AuthTestContext(ctx); err == nil || err.Error() != "invalid_auth" {
		t.Errorf("error = %v, want invalid_auth", err)
	}
	s.SetScopes("T1", "chat:write")
	_, err = api.GetUserInfoContext(ctx, "U1")
	var refusal slack.SlackErrorResponse
	if !errors.As(err, &refusal) || refusal.Err != "missing_scope" || refusal.Needed != "users:read" || refusal.Provided != "chat:write" {
		t.Errorf("error = %#v, want missing_scope with needed and provided", err)
	}
	s.RevokeToken("T1")
	if _, err := api.AuthTestContext(ctx); err == nil || err.Error() != "token_revoked" {
		t.Errorf("error = %v, want token_revoked", err)
	}
	id, secret := s.Client()
	granted, err := slack.GetOAuthV2ResponseContext(ctx, http.DefaultClient, id, secret, s.InstallCode("T1"), "", slack.OAuthOptionAPIURL(s.APIURL()))
	if err != nil || granted.AccessToken == "" || granted.AccessToken == "xoxb-fake-T1" || granted.Team.ID != "T1" {
		t.Fatalf("oauth.v2.access = %+v, %v", granted, err)
	}
	s.Uninstall("T1")
	if _, err := slack.New(granted.AccessToken, slack.OptionAPIURL(s.APIURL())).AuthTestContext(ctx); err == nil || err.Error() != "account_inactive" {
		t.Errorf("error = %v, want account_inactive", err)
	}
}

func TestFaults(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	post := func() error {
		_, _, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("x", false))
		return err
	}
	s.Fail(Fault{Method: "chat.postMessage", Status: 429, RetryAfter: 7 * time.Second})
	s.Fail(Fault{Method: "chat.*", Status: 503})
	s.Fail(Fault{Method: "chat.postMessage", Error: "fatal_error"})
	s.Fail(Fault{Method: "chat.postMessage", Cut: CutBefore})
	s.Fail(Fault{Method: "chat.postMessage", Cut: CutAfter})
	var limited *slack.RateLimitedError
	if err := post(); !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Errorf("error = %v, want a rate limit of 7s", err)
	}
	var status slack.StatusCodeError
	if err := post(); !errors.As(err, &status) || status.Code != 503 {
		t.Errorf("error = %v, want 503", err)
	}
	if err := post(); err == nil || err.Error() != "fatal_error" {
		t.Errorf("error = %v, want fatal_error", err)
	}
	for i, want := range []int{0, 1} {
		if err := post(); err == nil {
			t.Error("a cut connection is no error")
		}
		if got := len(s.Messages("C1")); got != want {
			t.Errorf("cut %d: %d messages, want %d", i, got, want)
		}
	}
	if err := post(); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}

func TestRateLimits(t *testing.T) {
	s, api := start(t, Config{Frozen: true})
	ctx := soon(t)
	s.RateLimits(RateLimits{On: true})
	post := func() error {
		_, _, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("x", false))
		return err
	}
	if err := post(); err != nil {
		t.Fatal(err)
	}
	var limited *slack.RateLimitedError
	if err := post(); !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Errorf("second post: %v, want a limit of 1s", err)
	}
	s.Advance(time.Second)
	if err := post(); err != nil {
		t.Errorf("a second later: %v", err)
	}
}

func TestTiersAreThePlatforms(t *testing.T) {
	s := New(t, Config{})
	if s.Conformance() == "" {
		t.Skip("needs rate_limit_tiers.json")
	}
	raw, err := os.ReadFile(filepath.Join(s.Conformance(), "rate_limit_tiers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var theirs map[string]string
	if err := json.Unmarshal(raw, &theirs); err != nil {
		t.Fatal(err)
	}
	for method, tier := range tiers {
		if theirs[method] != tier {
			t.Errorf("%s is %s, want %s", method, tier, theirs[method])
		}
	}
}

func TestAssistant(t *testing.T) {
	s, api := start(t, Config{Frozen: true})
	ctx := soon(t)
	asked := s.User("U1").DMs("q")
	status := slack.AssistantThreadsSetStatusParameters{ChannelID: asked.Channel, ThreadTS: asked.TS, Status: "is reading", LoadingMessages: []string{"a", "b, c"}}
	if err := api.SetAssistantThreadsStatusContext(ctx, status); err != nil {
		t.Fatal(err)
	}
	got := s.AssistantThread(asked.Channel, asked.TS)
	if got.Status != "is reading" || len(got.LoadingMessages) != 3 { // slack-go joins by commas, and a comma in a message splits it
		t.Errorf("thread = %+v", got)
	}
	s.Advance(2 * time.Minute)
	if got := s.AssistantThread(asked.Channel, asked.TS); got.Status != "" {
		t.Errorf("status after two minutes = %q", got.Status)
	}
	prompts := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: asked.Channel, Prompts: []slack.AssistantThreadsPrompt{{Title: "t", Message: "m"}}}
	if err := api.SetAssistantThreadsSuggestedPromptsContext(ctx, prompts); err != nil {
		t.Error(err)
	}
	if got := s.AssistantThread(asked.Channel, ""); len(got.Prompts) != 1 {
		t.Errorf("prompts = %+v", got)
	}
	if v := s.Violations(); v != nil {
		t.Errorf("Violations = %q", v)
	}
}
