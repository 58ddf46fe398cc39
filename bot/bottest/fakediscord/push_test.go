package fakediscord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// endpoint is a bot's address for interactions that answers with body, or not at all.
func endpoint(t *testing.T, s *Server, lax bool, answer func(w http.ResponseWriter, body map[string]any)) string {
	key, err := hex.DecodeString(s.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sig, err := hex.DecodeString(r.Header.Get("X-Signature-Ed25519"))
		at := r.Header.Get("X-Signature-Timestamp")
		if !lax && (err != nil || len(sig) != ed25519.SignatureSize || !ed25519.Verify(key, append([]byte(at), body...), sig)) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		in, _ := decode(body).(obj)
		if integer(in, "type") == interactionPing {
			_, _ = io.WriteString(w, `{"type":1}`)
			return
		}
		answer(w, in)
	}))
	t.Cleanup(web.Close)
	return web.URL
}

func TestInteractionsByHTTP(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	if err := s.SetInteractionsURL(soon(t), endpoint(t, s, true, nil)); err == nil {
		t.Error("an endpoint that takes bad signatures is let through")
	}
	good := endpoint(t, s, false, func(w http.ResponseWriter, _ map[string]any) {
		_, _ = io.WriteString(w, `{"type":4,"data":{"content":"by HTTP","flags":64}}`)
	})
	if err := s.SetInteractionsURL(soon(t), good); err != nil {
		t.Fatal(err)
	}
	statuses, err := s.ProbeSignatures(soon(t))
	if err != nil || statuses["good"] != 200 || statuses["other key"] != 401 || statuses["changed body"] != 401 || statuses["no signature"] != 401 {
		t.Errorf("ProbeSignatures = %v, %v", statuses, err)
	}
	in := s.User("ada").In("general").Slash("ask", Options{"question": "x"})
	if r, err := in.Wait(soon(t)); err != nil || !r.Acked || !r.ByHTTP || !r.Ephemeral {
		t.Errorf("Wait = %+v, %v", r, err)
	}
	if got, err := in.Message(soon(t)); err != nil || got.Content != "by HTTP" {
		t.Errorf("Message = %+v, %v", got, err)
	}
	if status, body, err := s.InjectHTTP(soon(t), []byte(`{"type":1}`)); status != 200 || err != nil {
		t.Errorf("InjectHTTP = %d %s %v", status, body, err)
	}
}

func TestNoAnswerByHTTP(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	ctx, release := context.WithCancel(t.Context())
	entered := make(chan bool, 10)
	url := endpoint(t, s, false, func(http.ResponseWriter, map[string]any) {
		entered <- true
		<-ctx.Done()
	})
	if err := s.SetInteractionsURL(soon(t), url); err != nil {
		t.Fatal(err)
	}
	in := s.User("ada").In("general").Slash("ask", Options{"question": "x"})
	<-entered
	s.Advance(3 * time.Second)
	if r, err := in.Wait(soon(t)); err != nil || r.Acked || r.Error != "timeout" {
		t.Errorf("Wait = %+v, %v, want a timeout", r, err)
	}
	release()
}

// TestAccepted: a response of 202 leaves the answer to the API.
func TestAccepted(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	url := endpoint(t, s, false, func(w http.ResponseWriter, _ map[string]any) { w.WriteHeader(http.StatusAccepted) })
	if err := s.SetInteractionsURL(soon(t), url); err != nil {
		t.Fatal(err)
	}
	in := s.User("ada").In("general").Slash("ask", Options{"question": "x"})
	respond(t, s, in, `{"type":5}`)
	if r, err := in.Wait(soon(t)); err != nil || !r.Acked || r.ByHTTP {
		t.Errorf("Wait = %+v, %v", r, err)
	}
}
