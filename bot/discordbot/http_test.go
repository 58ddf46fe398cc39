package discordbot

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"footnote/bot"
	"footnote/bot/bottest"
)

// signer is a key as Discord has one for an application.
type signer ed25519.PrivateKey

func newSigner() signer {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	return signer(ed25519.NewKeyFromSeed(seed))
}

func (s signer) public() string {
	return hex.EncodeToString(ed25519.PrivateKey(s).Public().(ed25519.PublicKey))
}

func (s signer) headers(at time.Time, body string) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return http.Header{headerTime: {stamp}, headerSign: {hex.EncodeToString(ed25519.Sign(ed25519.PrivateKey(s), []byte(stamp+body)))}}
}

func TestVerify(t *testing.T) {
	key, now := newSigner(), time.Unix(1_700_000_000, 0)
	const body = `{"type":1}`
	other := func(h http.Header, name, value string) http.Header {
		h = h.Clone()
		h.Set(name, value)
		return h
	}
	good := key.headers(now, body)
	cases := []struct {
		name string
		h    http.Header
		body string
		want error
	}{
		{"signed", good, body, nil},
		{"signed, empty", key.headers(now, ""), "", nil},
		{"almost five minutes old", key.headers(now.Add(-5*time.Minute), body), body, nil},
		{"too old", key.headers(now.Add(-5*time.Minute-time.Second), body), body, errStale},
		{"from the future", key.headers(now.Add(5*time.Minute+time.Second), body), body, errStale},
		{"another body", good, body + " ", errForged},
		{"another time", other(good, headerTime, "1700000001"), body, errForged},
		{"a time that is none", other(good, headerTime, "now"), body, errUnsigned},
		{"no time", other(good, headerTime, ""), body, errUnsigned},
		{"no signature", other(good, headerSign, ""), body, errUnsigned},
		{"no headers", http.Header{}, body, errUnsigned},
		{"a signature that is none", other(good, headerSign, "zz"), body, errForged},
		{"a short signature", other(good, headerSign, good.Get(headerSign)[:126]), body, errForged},
		{"a long signature", other(good, headerSign, good.Get(headerSign)+"00"), body, errForged},
	}
	for _, c := range cases {
		if got := verify(key.public(), c.h, []byte(c.body), now); got != c.want {
			t.Errorf("%s: verify = %v, want %v", c.name, got, c.want)
		}
	}
	for _, public := range []string{"", "zz", "00", strings.Repeat("00", ed25519.PublicKeySize)} {
		if got := verify(public, good, []byte(body), now); got != errForged {
			t.Errorf("with the key %q: verify = %v, want %v", public, got, errForged)
		}
	}
}

// conformed returns a file of the platform's own words, or skips the test.
func conformed(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("FOOTNOTE_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "discord", name))
	if err != nil {
		t.Skipf("without the conformance files: %v", err)
	}
	return raw
}

func TestVerifyVector(t *testing.T) {
	var v struct {
		Public    string `json:"public_key"`
		Timestamp string `json:"timestamp"`
		Body      string `json:"body"`
		Signature string `json:"signature"`
		Bad       string `json:"bad_signature"`
	}
	if err := json.Unmarshal(conformed(t, "ed25519_vector.json"), &v); err != nil {
		t.Fatal(err)
	}
	at, err := strconv.ParseInt(v.Timestamp, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for sign, want := range map[string]error{v.Signature: nil, v.Bad: errForged} {
		h := http.Header{headerTime: {v.Timestamp}, headerSign: {sign}}
		if got := verify(v.Public, h, []byte(v.Body), time.Unix(at, 0)); got != want {
			t.Errorf("verify = %v, want %v", got, want)
		}
	}
}

// deaf is a bot that nobody tells anything but by HTTP.
func deaf(t *testing.T, key signer, in Intake, log io.Writer) *Bot {
	t.Helper()
	b, err := New(slog.New(slog.NewTextHandler(log, nil)), in, &bottest.Answerer{}, newStore(), nil, Config{BotToken: "a.b.c", PublicKey: key.public(), NoGateway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.stopTyping)
	return b
}

func TestHTTPStatus(t *testing.T) {
	key, log := newSigner(), &strings.Builder{}
	h := deaf(t, key, nil, log).routes()
	const ping = `{"type":1,"id":"1","token":"` + canary + `"}`
	for _, c := range []struct {
		name, method, path, kind, body string
		at                             time.Time // zero: not signed
		status                         int
		reply                          string
	}{
		{"ping", "POST", PathInteractions, "application/json", ping, time.Now(), 200, `{"type":1}`},
		{"ping of a proxy", "POST", PathInteractions, "application/json; charset=utf-8", ping, time.Now(), 200, `{"type":1}`},
		{"unsigned", "POST", PathInteractions, "application/json", ping, time.Time{}, 401, "not signed by Discord\n"},
		{"old", "POST", PathInteractions, "application/json", ping, time.Now().Add(-6 * time.Minute), 401, "not signed by Discord\n"},
		{"read", "GET", PathInteractions, "", "", time.Time{}, 405, "Discord posts interactions here; there is nothing to read\n"},
		{"a form", "POST", PathInteractions, "application/x-www-form-urlencoded", ping, time.Now(), 415, "an interaction is application/json\n"},
		{"without a type", "POST", PathInteractions, "", ping, time.Now(), 415, "an interaction is application/json\n"},
		{"large", "POST", PathInteractions, "application/json", strings.Repeat(" ", maxBody+1), time.Now(), 413, "an interaction has at most a megabyte\n"},
		{"no JSON", "POST", PathInteractions, "application/json", `{"type":`, time.Now(), 400, "this interaction is not understood\n"},
		{"a list", "POST", PathInteractions, "application/json", `[]`, time.Now(), 400, "this interaction is not understood\n"},
		{"an unknown type", "POST", PathInteractions, "application/json", `{"type":99,"id":"1","token":"t","data":{}}`, time.Now(), 400, "this interaction is not understood\n"},
		{"elsewhere", "POST", "/discord/else", "application/json", ping, time.Now(), 404, "404 page not found\n"},
	} {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		if !c.at.IsZero() {
			r.Header = key.headers(c.at, c.body)
		}
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || w.Body.String() != c.reply {
			t.Errorf("%s: %d %q, want %d %q", c.name, w.Code, w.Body, c.status, c.reply)
		}
	}
	if strings.Contains(log.String(), canary) {
		t.Errorf("the log holds a token:\n%s", log)
	}
}

// A body that breaks off is refused before anything is believed.
func TestHTTPBroken(t *testing.T) {
	r := httptest.NewRequest("POST", PathInteractions, iotest.ErrReader(errors.New("broken")))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	deaf(t, newSigner(), nil, io.Discard).routes().ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest {
		t.Errorf("status %d, want 400", w.Code)
	}
}

// Without a public key nothing is served.
func TestHTTPOff(t *testing.T) {
	w := httptest.NewRecorder()
	(&Bot{}).routes().ServeHTTP(w, httptest.NewRequest("POST", PathInteractions, strings.NewReader("{}")))
	if w.Code != http.StatusNotFound {
		t.Errorf("status %d, want 404", w.Code)
	}
}

// accepting takes questions in, and remembers their keys.
type accepting struct {
	keys []string
	err  error
}

func (a *accepting) Accept(_ context.Context, e bot.Errand) (bool, error) {
	a.keys = append(a.keys, e.Key)
	return len(a.keys) == 1, a.err
}
func (a *accepting) Edit(context.Context, string, string, time.Duration) error { return nil }
func (a *accepting) Withdraw(context.Context, string) error                    { return nil }

// watched is a connection whose writing is looked at.
type watched struct {
	*httptest.ResponseRecorder
	writing func()
}

func (w watched) Write(p []byte) (int, error) {
	w.writing()
	return w.ResponseRecorder.Write(p)
}

func (w watched) Flush() {
	w.writing()
	w.ResponseRecorder.Flush()
}

// A question is durable before its reply is sent, and its answer waits until the
// reply is on its way. A repeat is answered like the first.
func TestHTTPOrder(t *testing.T) {
	key, in := newSigner(), &accepting{}
	b := deaf(t, key, in, io.Discard)
	id := since(time.Now())
	body := `{"type":2,"id":"` + id + `","token":"t","application_id":"9","channel_id":"5","context":1,"user":{"id":"7"},` +
		`"data":{"type":1,"name":"help","options":[]}}`
	for n := 1; n <= 2; n++ {
		looks := 0
		w := watched{httptest.NewRecorder(), func() {
			looks++
			b.mu.Lock()
			defer b.mu.Unlock()
			if len(in.keys) != n || b.acks["discord:"+id] == nil {
				t.Errorf("delivery %d: the reply is sent with %d questions kept and the answer let go: %t", n, len(in.keys), b.acks["discord:"+id] == nil)
			}
		}}
		r := httptest.NewRequest("POST", PathInteractions, strings.NewReader(body))
		r.Header = key.headers(time.Now(), body)
		r.Header.Set("Content-Type", "application/json")
		b.routes().ServeHTTP(w, r)
		if got := w.Body.String(); got != `{"type":5}` || w.Code != 200 || w.Header().Get("Content-Length") != fmt.Sprint(len(got)) || !w.Flushed {
			t.Errorf("delivery %d: reply %d %q, flushed %t, want {\"type\":5} flushed", n, w.Code, got, w.Flushed)
		}
		if looks < 2 || len(b.acks) != 0 {
			t.Errorf("delivery %d: %d looks, %d answers held, want none", n, looks, len(b.acks))
		}
	}
}
