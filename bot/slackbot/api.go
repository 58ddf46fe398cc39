package slackbot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot"
)

const (
	shortWait   = 2 * time.Second        // a wait up to this is sat out where the call is made
	inlineTries = 3                      // of one call
	hiccup      = 250 * time.Millisecond // before a call that may be repeated is, after a 5xx
	maxWaiters  = 3                      // calls that sit out a wait at once, fewer than a service has workers
)

// caller carries calls of the Web API. A refusal for too many calls is sat out where
// the wait is short; a failure is repeated once, where repeating can do no harm. It
// is safe for concurrent use.
type caller struct {
	http    *http.Client
	log     *slog.Logger
	waiters chan struct{} // holds one for each call that waits
	told    func(int)     // of the status of every call; may be nil
}

func newCaller(log *slog.Logger, t http.RoundTripper, timeout time.Duration) *caller {
	return &caller{
		http: &http.Client{Transport: t, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		log:  log, waiters: make(chan struct{}, maxWaiters),
	}
}

// Do implements the client that slack-go takes. Its errors name the method and the
// host; never the address, which for a response_url is a secret.
func (c *caller) Do(req *http.Request) (*http.Response, error) {
	method := path.Base(req.URL.Path)
	if !strings.Contains(method, ".") {
		method = "response_url"
	}
	for try := 1; ; try++ {
		start := time.Now()
		resp, err := c.http.Do(req)
		if c.told != nil {
			c.told(status(resp))
		}
		wait, again := c.judge(req, resp, err, method, try)
		c.log.Debug("slack call", "method", method, "status", status(resp), "try", try, "ms", time.Since(start).Milliseconds())
		if again && c.sit(req.Context(), wait) {
			if resp != nil {
				_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
				_ = resp.Body.Close()
			}
			if req.Body, err = req.GetBody(); err != nil {
				return nil, fmt.Errorf("%s: %w", method, err)
			}
			continue
		}
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = fmt.Errorf("%s at %s: %w", method, req.URL.Host, ue.Err)
		}
		return resp, err
	}
}

// judge says whether a call is to be made again, and after what.
func (c *caller) judge(req *http.Request, resp *http.Response, err error, method string, try int) (time.Duration, bool) {
	may := try < inlineTries && req.GetBody != nil && req.Context().Value(onceKey{}) == nil
	switch {
	case err == nil && resp.StatusCode == http.StatusTooManyRequests:
		wait := retryAfter(resp.Header)
		resp.Header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds())))) // slack-go reads whole seconds only
		return wait, may && wait <= shortWait
	case err != nil && req.Context().Err() != nil:
		return 0, false
	case err != nil, resp.StatusCode >= 500:
		return hiccup, may && try == 1 && repeatable[method]
	}
	return 0, false
}

// onceKey marks the contexts that once returns.
type onceKey struct{}

// once returns a context whose calls are made once, whatever comes of them.
func once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// sit waits, and tells whether it could: not where ctx ended, nor where so many wait
// already that no worker might be left for other channels.
func (c *caller) sit(ctx context.Context, d time.Duration) bool {
	select {
	case c.waiters <- struct{}{}:
		defer func() { <-c.waiters }()
	default:
		return false
	}
	return sleep(ctx, d) == nil
}

// repeatable are the methods that do nothing more when they are called twice.
var repeatable = map[string]bool{
	"auth.test": true, "apps.connections.open": true, "conversations.replies": true, "conversations.history": true, "users.info": true,
	"chat.update": true, "chat.delete": true, "views.publish": true, "chat.getPermalink": true,
	"assistant.threads.setStatus": true, "assistant.threads.setSuggestedPrompts": true, "assistant.threads.setTitle": true,
}

// retryAfter reads how long to wait; a second where nothing readable is said, and
// never more than an hour.
func retryAfter(h http.Header) time.Duration {
	s, err := strconv.ParseFloat(strings.TrimSpace(h.Get("Retry-After")), 64)
	if err != nil || s < 0 || math.IsNaN(s) {
		return time.Second
	}
	return time.Duration(min(s, 3600) * float64(time.Second))
}

func status(r *http.Response) int {
	if r == nil {
		return 0
	}
	return r.StatusCode
}

// sleep waits for d or the end of ctx, whose error it returns.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// api returns a client of the Web API with a workspace's token.
func (b *Bot) api(token string) *slack.Client {
	return slack.New(token, slack.OptionAPIURL(b.conf.APIURL), slack.OptionHTTPClient(b.caller), slack.OptionLog(silent{}), slack.OptionAppLevelToken(b.conf.AppToken))
}

// silent is a logger that says nothing: what slack-go would say may have words or
// tokens in it.
type silent struct{}

func (silent) Output(int, string) error { return nil }
func (silent) Printf(string, ...any)    {}
func (silent) Print(...any)             {}
func (silent) Println(...any)           {}

// respond posts to a response_url. It is good for five messages in half an hour, in
// any channel, whether the bot is in it or not.
func (b *Bot) respond(ctx context.Context, address string, m response) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode response: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("response_url is not an address") // the error would hold it
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := b.caller.Do(req)
	if err != nil {
		return fmt.Errorf("respond: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<12))
	if resp.StatusCode == http.StatusTooManyRequests {
		return &slack.RateLimitedError{RetryAfter: retryAfter(resp.Header)}
	}
	var r slack.SlackResponse
	if json.Unmarshal(said, &r) == nil && r.Error != "" {
		return slack.SlackErrorResponse{Err: r.Error}
	}
	if resp.StatusCode != http.StatusOK {
		if code := strings.TrimSpace(string(said)); resp.StatusCode < 500 && isCode(code) {
			return slack.SlackErrorResponse{Err: code}
		}
		return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	return nil
}

// isCode tells whether what Slack said is one of its error codes, and not a page of
// somebody else's.
func isCode(s string) bool {
	for _, r := range s {
		if r != '_' && (r < 'a' || r > 'z') {
			return false
		}
	}
	return s != "" && len(s) < 64
}

// response is what a response_url takes.
type response struct {
	Text            string        `json:"text"`
	Blocks          []slack.Block `json:"blocks,omitempty"`
	ResponseType    string        `json:"response_type"`
	ReplaceOriginal bool          `json:"replace_original"`
	ThreadTS        string        `json:"thread_ts,omitempty"`
	UnfurlLinks     bool          `json:"unfurl_links"`
	UnfurlMedia     bool          `json:"unfurl_media"`
}

// codeOf returns Slack's word for what went wrong, or "".
func codeOf(err error) string {
	if e := (slack.SlackErrorResponse{}); errors.As(err, &e) {
		return e.Err
	}
	return ""
}

// gone are the refusals that no repetition mends, with what the operator can do.
var gone = map[string]string{
	"channel_not_found":                        "the channel does not exist, or the bot was never in it: invite it with /invite",
	"not_in_channel":                           "the bot is not in the channel: invite it with /invite",
	"user_not_in_channel":                      "the asker is not in the channel any more",
	"is_inactive":                              "the channel is archived: unarchive it, or ask elsewhere",
	"is_archived":                              "the channel is archived: unarchive it, or ask elsewhere",
	"account_inactive":                         "the bot's account is switched off in this workspace: install the app again",
	"token_revoked":                            "the bot token was revoked: install the app again and set the new SLACK_BOT_TOKEN",
	"token_expired":                            "the bot token has expired: switch token rotation off in the app's settings, or install the app again",
	"invalid_auth":                             "Slack does not accept the bot token: compare SLACK_BOT_TOKEN with “OAuth & Permissions” of the app",
	"not_authed":                               "no bot token was sent: set SLACK_BOT_TOKEN, or install the app in this workspace",
	"missing_scope":                            "the bot token lacks a scope: run footnote doctor, add it, and install the app again",
	"no_permission":                            "the workspace does not allow the bot to do this",
	"restricted_action":                        "the workspace's settings do not let the bot post here",
	"restricted_action_read_only_channel":      "only some people may post in this channel",
	"restricted_action_thread_only_channel":    "only threads are allowed in this channel",
	"restricted_action_non_threadable_channel": "threads are not allowed in this channel",
	"restricted_action_thread_locked":          "the thread is locked",
	"ekm_access_denied":                        "the workspace's administrators have suspended posting",
	"team_access_not_granted":                  "the app is not allowed in this workspace of the organisation",
	"access_denied":                            "the app may not use this method in this workspace",
	"cannot_reply_to_message":                  "this kind of message cannot be replied to",
	"messages_tab_disabled":                    "direct messages to the app are off: switch the Messages tab on under “App Home”",
	"user_is_restricted":                       "the asker is a guest whom the bot may not write to",
	"org_login_required":                       "the workspace is being moved to an organisation",
	"team_not_found":                           "the workspace does not exist any more",
	"not_allowed_token_type":                   "SLACK_BOT_TOKEN is not a bot token (xoxb-)",
	"expired_url":                              "the command's half hour for replies is over",
	"used_url":                                 "the command's five replies are used up",
}

// malformed are the refusals of what was sent: a fault of ours.
var malformed = map[string]bool{
	"msg_too_long": true, "invalid_blocks": true, "invalid_blocks_format": true, "msg_blocks_too_long": true, "msg_blocks_too_many": true,
	"no_text": true, "invalid_arguments": true, "too_many_attachments": true, "metadata_too_large": true, "invalid_metadata_format": true,
	"invalid_metadata_schema": true, "invalid_attachments": true, "invalid_payload": true,
}

// classify makes of an error what a delivery returns: a *[bot.Wait], an error that
// wraps [bot.ErrGone], or a temporary one. what says what was tried.
func classify(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, bot.ErrGone) {
		return err
	}
	if w := (*bot.Wait)(nil); errors.As(err, &w) {
		return err
	}
	if rl := (*slack.RateLimitedError)(nil); errors.As(err, &rl) {
		return &bot.Wait{For: max(rl.RetryAfter, time.Second), Err: fmt.Errorf("%s: %w", what, err)}
	}
	c := codeOf(err)
	switch {
	case c == "ratelimited" || c == "rate_limited" || c == "message_limit_exceeded":
		return &bot.Wait{For: 5 * time.Second, Err: fmt.Errorf("%s: %w", what, err)}
	case gone[c] != "":
		return fmt.Errorf("%s: %w: %s (%w%s)", what, bot.ErrGone, gone[c], err, neededScope(err))
	case malformed[c]:
		return fmt.Errorf("%s: Slack refuses what was sent: %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// neededScope names the scope that Slack misses, if it says so.
func neededScope(err error) string {
	if e := (slack.SlackErrorResponse{}); errors.As(err, &e) && e.Needed != "" {
		return ": " + e.Needed
	}
	return ""
}
