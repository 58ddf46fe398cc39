package fakeslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Signature is the value of X-Slack-Signature: an HMAC over version, timestamp and raw body.
func Signature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", timestamp, body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// Sign signs a request to the bot as Slack does, at the given time. Deliveries are signed at real time, whatever the server's
// clock shows, because the bot judges a signature's age by its own clock.
func (s *Server) Sign(r *http.Request, body []byte, at time.Time) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", Signature(s.cfg.SigningSecret, timestamp, body))
	r.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
}

// post is a delivery made ready for HTTP.
type post struct {
	url, kind string
	body      []byte
	retry     int
	reason    string
}

// request makes a delivery ready for HTTP. wire.mu is held.
func (w *wire) request(d *Delivery, to Endpoints) post {
	p := post{url: to.Events, kind: "application/json", body: d.payload, retry: d.attempts - 1, reason: d.reason}
	switch d.Kind {
	case kindCommand:
		p.url, p.kind, p.body = to.Commands, "application/x-www-form-urlencoded", []byte(d.form)
		if d.form == "" {
			p.body = []byte(formOf(d.payload))
		}
	case kindInteraction:
		p.url, p.kind = to.Interactivity, "application/x-www-form-urlencoded"
		p.body = []byte(url.Values{"payload": {string(d.payload)}}.Encode())
	}
	return p
}

// formOf is a JSON object of strings as a form.
func formOf(payload []byte) string {
	var fields obj
	_ = json.Unmarshal(payload, &fields)
	values := url.Values{}
	for name, value := range fields {
		if text, ok := value.(string); ok {
			values.Set(name, text)
		}
	}
	return values.Encode()
}

// push sends attempt n of a delivery to the bot.
func (w *wire) push(ctx context.Context, d *Delivery, n int, p post) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.body))
	if err != nil {
		w.failed(d, n, "connection_failed", false)
		return
	}
	r.Header.Set("Content-Type", p.kind)
	w.s.Sign(r, p.body, time.Now())
	if p.retry > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(p.retry))
		r.Header.Set("X-Slack-Retry-Reason", p.reason)
	}
	response, err := w.client.Do(r)
	if err != nil {
		if ctx.Err() == nil {
			w.failed(d, n, "connection_failed", false)
		}
		return // the window ended first and has said so
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	switch {
	case err != nil:
		w.failed(d, n, "connection_failed", false)
	case response.StatusCode < 200 || response.StatusCode > 299:
		w.failed(d, n, "http_error", response.Header.Get("X-Slack-No-Retry") == "1")
	default:
		w.acked(d, decodeAnswer(answer))
	}
}

// decodeAnswer is the body of an acknowledgement: JSON, or the text of an ephemeral message.
func decodeAnswer(raw []byte) any {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return nil
	}
	var value any
	if json.Unmarshal(raw, &value) == nil {
		return value
	}
	return obj{"text": string(raw)}
}

// VerifyURL asks an address for the challenge of a url_verification, as Slack does when it is entered. It returns nil when the
// address gives it back.
func (s *Server) VerifyURL(ctx context.Context, address string) error {
	challenge := s.wire.id("challenge-")
	body, _ := json.Marshal(obj{"token": "verification-token", "challenge": challenge, "type": "url_verification"})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	s.Sign(r, body, time.Now())
	response, err := s.wire.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return err
	}
	given := strings.TrimSpace(string(answer))
	if decoded := str(decodeAnswer(answer), "challenge"); decoded != "" {
		given = decoded
	}
	if response.StatusCode != http.StatusOK || given != challenge {
		return fmt.Errorf("fakeslack: url_verification: status %d, challenge not given back", response.StatusCode)
	}
	return nil
}

// InjectRaw delivers a payload that somebody else wrote, by Socket Mode or HTTP as everything else: an Events API body, an
// interaction, a command as JSON or form, or a Socket Mode envelope around one of them. It refuses what is none of these.
func (s *Server) InjectRaw(raw []byte) (*Delivery, error) {
	d := &Delivery{}
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] != '{' {
		values, err := url.ParseQuery(string(raw))
		if err != nil || values.Get("command") == "" {
			return nil, errors.New("fakeslack: neither JSON nor a command")
		}
		fields := obj{}
		for name := range values {
			fields[name] = values.Get(name)
		}
		d.form = string(raw)
		raw, _ = json.Marshal(fields)
	}
	var body obj
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, fmt.Errorf("fakeslack: %w", err)
	}
	if inner, ok := body["payload"].(obj); ok && body["envelope_id"] != nil {
		body = inner
		raw, _ = json.Marshal(inner)
	}
	d.payload = raw
	d.EventID, d.Team = str(body, "event_id"), str(body, "team_id")
	switch {
	case str(body, "command") != "":
		d.Kind, d.Type = kindCommand, str(body, "command")
	case str(body, "type") == "event_callback":
		d.Kind, d.Type = kindEvent, str(body["event"], "type")
	case str(body, "type") == "url_verification":
		d.Kind, d.Type = kindEvent, "url_verification"
	case str(body, "type") != "":
		d.Kind, d.Type = kindInteraction, str(body, "type")
	default:
		return nil, errors.New("fakeslack: a payload without a type")
	}
	s.wire.send(d)
	return d, nil
}
