package fakediscord

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Sign signs a request to the bot as Discord does, at the given time. Interactions are signed at real time, whatever the server's
// clock shows, because the bot judges the age of a signature by its own clock.
func (s *Server) Sign(r *http.Request, body []byte, at time.Time) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("X-Signature-Timestamp", stamp)
	r.Header.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(s.key, append([]byte(stamp), body...))))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Discord-Interactions/1.0 (+https://discord.com)")
}

// push sends an interaction to the bot by HTTP. Server.mu is held.
func (s *Server) push(d *Delivery) {
	in := s.world.interactions[d.ID]
	url := s.wire.url
	for range max(d.times, 1) {
		ctx, cancel := context.WithCancel(s.ctx)
		if in != nil {
			s.clock.After(responseWindow, "", cancel) // Discord waits no longer
		}
		s.wire.wg.Go(func() {
			defer cancel()
			status, body, err := s.ask(ctx, url, d.full)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.pushed(in, status, body, err)
		})
	}
}

// pushed takes the response to an interaction by HTTP. Server.mu is held.
func (s *Server) pushed(in *Interaction, status int, body []byte, err error) {
	switch {
	case in == nil:
	case err != nil:
		s.fail(in, "connection failed")
	case status == http.StatusAccepted && len(bytes.TrimSpace(body)) == 0:
		// The response comes by the API.
	case status != http.StatusOK:
		s.fail(in, fmt.Sprint("http status ", status))
	default:
		const route = "POST /interactions/{interaction_id}/{interaction_token}/callback"
		if bad := s.checking.body(http.MethodPost, "/interactions/"+in.ID+"/token/callback", "HTTP response, as "+route, body); bad != nil {
			s.fail(in, "invalid body")
			return
		}
		if err := s.callback(in, asObject(body), true); err != nil && !in.answered {
			s.fail(in, err.Error())
		}
	}
}

func asObject(body []byte) obj {
	o, _ := decode(body).(obj)
	return o
}

// InjectHTTP signs a body that somebody else wrote, posts it to the bot and returns what it answers.
func (s *Server) InjectHTTP(ctx context.Context, body []byte) (status int, answer []byte, err error) {
	s.mu.Lock()
	url := s.wire.url
	s.mu.Unlock()
	if url == "" {
		return 0, nil, errors.New("fakediscord: no address for interactions is set")
	}
	return s.ask(ctx, url, body)
}

// ask signs a body and posts it.
func (s *Server) ask(ctx context.Context, url string, body []byte) (int, []byte, error) {
	return s.send(ctx, url, body, func(r *http.Request) { s.Sign(r, body, time.Now()) })
}

func (s *Server) send(ctx context.Context, url string, body []byte, sign func(*http.Request)) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("fakediscord: %w", err)
	}
	sign(r)
	response, err := s.client.Do(r)
	if err != nil {
		return 0, nil, fmt.Errorf("fakediscord: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return 0, nil, fmt.Errorf("fakediscord: read response: %w", err)
	}
	return response.StatusCode, answer, nil
}

// SetInteractionsURL makes interactions go to an address by HTTP instead of the Gateway, once it has shown, as Discord's portal asks
// for, that it answers a PING and refuses a bad signature. With "" they go over the Gateway again.
func (s *Server) SetInteractionsURL(ctx context.Context, url string) error {
	if url != "" {
		statuses, err := s.probe(ctx, url)
		if err != nil {
			return err
		}
		if statuses["good"] != http.StatusOK || statuses["bad signature"] != http.StatusUnauthorized {
			return fmt.Errorf("fakediscord: the specified interactions endpoint url could not be verified: %v", statuses)
		}
		_, answer, err := s.ask(ctx, url, s.ping())
		if err != nil {
			return err
		}
		var pong struct{ Type int }
		if json.Unmarshal(answer, &pong) != nil || pong.Type != callbackPong {
			return errors.New("fakediscord: the endpoint does not answer a PING with type 1")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wire.url = url
	return nil
}

// ping is an interaction of type PING.
func (s *Server) ping() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return raw(obj{"id": s.world.id(), "application_id": s.world.app, "type": interactionPing, "token": "ping-" + s.world.id(), "version": 1,
		"user": s.userJSON(s.world.bot), "entitlements": []any{}, "app_permissions": "0", "authorizing_integration_owners": obj{},
		"attachment_size_limit": 0})
}

// ProbeSignatures sends PINGs to the bot's address, one signed well and others not, and returns the HTTP statuses by "good", "bad
// signature", "other key", "changed body", "changed timestamp", "no signature", "no timestamp", "malformed signature", "old
// timestamp" (six minutes) and "future timestamp" (six minutes). The last two are well signed.
func (s *Server) ProbeSignatures(ctx context.Context) (map[string]int, error) {
	s.mu.Lock()
	url := s.wire.url
	s.mu.Unlock()
	if url == "" {
		return nil, errors.New("fakediscord: no address for interactions is set")
	}
	return s.probe(ctx, url)
}

func (s *Server) probe(ctx context.Context, url string) (map[string]int, error) {
	body := s.ping()
	now := time.Now()
	other := ed25519.NewKeyFromSeed([]byte("somebody else signs with this..."))
	header := func(name string, change func(string) string) func(*http.Request) {
		return func(r *http.Request) {
			s.Sign(r, body, now)
			if v := change(r.Header.Get(name)); v != "" {
				r.Header.Set(name, v)
			} else {
				r.Header.Del(name)
			}
		}
	}
	const signature, timestamp = "X-Signature-Ed25519", "X-Signature-Timestamp"
	kinds := map[string]func(*http.Request){
		"good":                func(r *http.Request) { s.Sign(r, body, now) },
		"bad signature":       header(signature, flip),
		"other key":           header(signature, func(string) string { return signedBy(other, body, now) }),
		"changed body":        func(r *http.Request) { s.Sign(r, append([]byte(" "), body...), now) },
		"changed timestamp":   header(timestamp, func(string) string { return strconv.FormatInt(now.Unix()+1, 10) }),
		"no signature":        header(signature, func(string) string { return "" }),
		"no timestamp":        header(timestamp, func(string) string { return "" }),
		"malformed signature": header(signature, func(string) string { return "zz" }),
		"old timestamp":       func(r *http.Request) { s.Sign(r, body, now.Add(-6*time.Minute)) },
		"future timestamp":    func(r *http.Request) { s.Sign(r, body, now.Add(6*time.Minute)) },
	}
	statuses := map[string]int{}
	for kind, sign := range kinds {
		status, _, err := s.send(ctx, url, body, sign)
		if err != nil {
			return nil, err
		}
		statuses[kind] = status
	}
	return statuses, nil
}

func signedBy(key ed25519.PrivateKey, body []byte, at time.Time) string {
	return hex.EncodeToString(ed25519.Sign(key, append([]byte(strconv.FormatInt(at.Unix(), 10)), body...)))
}

// flip changes the last digit of a signature.
func flip(signature string) string {
	last := "0"
	if signature[len(signature)-1] == '0' {
		last = "1"
	}
	return signature[:len(signature)-1] + last
}
