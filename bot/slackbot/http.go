package slackbot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"footnote/bot/layout"
)

// The paths of the install pages.
const (
	PathInstall = "/slack/install"
	PathOAuth   = "/slack/oauth"
)

const (
	maxBody    = 1 << 20                 // of a request
	ackTime    = 2500 * time.Millisecond // Slack waits three seconds
	signedFor  = 5 * time.Minute         // how old a signed request may be
	headerTime = "X-Slack-Request-Timestamp"
	headerSign = "X-Slack-Signature"
)

func (b *Bot) routes() http.Handler {
	mux := http.NewServeMux()
	if b.conf.SigningSecret != "" {
		mux.HandleFunc("POST "+PathEvents, b.signed(b.serveEvents))
		mux.HandleFunc("POST "+PathCommands, b.signed(b.serveCommand))
		mux.HandleFunc("POST "+PathInteractivity, b.signed(b.serveInteraction))
	}
	if b.conf.ClientID != "" {
		mux.HandleFunc("GET "+PathInstall, b.serveInstall)
		mux.HandleFunc("GET "+PathOAuth, b.serveOAuth)
	}
	return mux
}

// signed lets a request through to f only if it comes from Slack, with its whole
// body, and within the time in which it must be acknowledged.
func (b *Bot) signed(f func(ctx context.Context, w http.ResponseWriter, body []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			code := http.StatusBadRequest
			if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
				code = http.StatusRequestEntityTooLarge
			}
			http.Error(w, "the request could not be read", code)
			return
		}
		if err := verify(b.conf.SigningSecret, r.Header, body, time.Now()); err != nil {
			b.log.Warn("slack: a request that Slack has not signed", "path", r.URL.Path, "why", err)
			http.Error(w, "not signed by Slack", http.StatusUnauthorized)
			return
		}
		if n := r.Header.Get("X-Slack-Retry-Num"); n != "" {
			b.log.Info("slack: told again", "path", r.URL.Path, "retry", layout.Clip(n, 10), "reason", layout.Clip(r.Header.Get("X-Slack-Retry-Reason"), 40))
		}
		ctx, cancel := context.WithTimeout(r.Context(), ackTime)
		defer cancel()
		f(ctx, w, body)
	}
}

// The reasons why a signature is refused.
var (
	errUnsigned = errors.New("no signature or no timestamp")
	errStale    = errors.New("older or newer than five minutes: is this machine's clock right?")
	errForged   = errors.New("the signature is another: is SLACK_SIGNING_SECRET that of this app?")
)

// verify checks Slack's signature of a request over its time and its body to the
// byte.
func verify(secret string, h http.Header, body []byte, now time.Time) error {
	stamp, sign := h.Get(headerTime), h.Get(headerSign)
	if secret == "" || stamp == "" || sign == "" {
		return errUnsigned
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errUnsigned
	}
	if now.Sub(time.Unix(at, 0)).Abs() > signedFor {
		return errStale
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	if !hmac.Equal([]byte("v0="+hex.EncodeToString(mac.Sum(nil))), []byte(sign)) {
		return errForged
	}
	return nil
}

func (b *Bot) serveEvents(ctx context.Context, w http.ResponseWriter, body []byte) {
	var o outer
	if json.Unmarshal(body, &o) == nil && o.Type == "url_verification" {
		b.answer(w, map[string]string{"challenge": o.Challenge}, nil)
		return
	}
	reply, err := b.receive(ctx, "events_api", body)
	b.answer(w, reply, err)
}

func (b *Bot) serveCommand(ctx context.Context, w http.ResponseWriter, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("ssl_check") == "1" {
		b.answer(w, nil, nil)
		return
	}
	c := slashForm(form)
	reply, err := b.handle(ctx, string(c.Team), c)
	b.answer(w, reply, err)
}

func (b *Bot) serveInteraction(ctx context.Context, w http.ResponseWriter, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		b.answer(w, nil, nil)
		return
	}
	reply, err := b.receive(ctx, "interactive", []byte(form.Get("payload")))
	b.answer(w, reply, err)
}

// answer acknowledges a request, or, where what it brought is not safe, refuses to:
// then Slack sends it again.
func (b *Bot) answer(w http.ResponseWriter, reply any, err error) {
	if err != nil {
		b.log.Error("slack: not acknowledged, Slack will tell again", "error", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	if reply == nil {
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(reply); err != nil {
		b.log.Debug("slack: reply", "error", err) // the connection is gone
	}
}
