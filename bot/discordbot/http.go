package discordbot

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// PathInteractions is where Discord posts interactions, where they come by HTTP.
const PathInteractions = "/discord/interactions"

const (
	maxBody    = 1 << 20         // of a request
	signedFor  = 5 * time.Minute // how far from now a signed request's time may be
	headerTime = "X-Signature-Timestamp"
	headerSign = "X-Signature-Ed25519"
)

// routes returns the handlers that Discord calls; none where no public key is set.
func (b *Bot) routes() http.Handler {
	mux := http.NewServeMux()
	if b.conf.PublicKey != "" {
		mux.HandleFunc(PathInteractions, b.serveInteraction)
	}
	return mux
}

// serveInteraction answers an interaction with its reply. Only what Discord has
// signed is read.
func (b *Bot) serveInteraction(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Discord posts interactions here; there is nothing to read", http.StatusMethodNotAllowed)
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "an interaction is application/json", http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		http.Error(w, "an interaction has at most a megabyte", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "the request could not be read", http.StatusBadRequest)
		return
	}
	if err := verify(b.conf.PublicKey, r.Header, body, time.Now()); err != nil {
		b.log.Warn("discord: a request that Discord has not signed", "path", r.URL.Path, "why", err)
		http.Error(w, "not signed by Discord", http.StatusUnauthorized)
		return
	}
	replied := false
	// What has begun is finished, whether or not Discord still listens.
	b.interact(context.WithoutCancel(r.Context()), body, func(_ context.Context, reply *response) error {
		if replied {
			return errors.New("an interaction gets one reply")
		}
		replied = true
		return write(w, reply)
	})
	if !replied {
		http.Error(w, "this interaction is not understood", http.StatusBadRequest)
	}
}

// write sends the reply; when it returns, it is on its way.
func write(w http.ResponseWriter, reply *response) error {
	body, err := encode(reply)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// The reasons why a signature is refused.
var (
	errUnsigned = errors.New("no signature or no timestamp")
	errStale    = errors.New("older or newer than five minutes: is this machine's clock right?")
	errForged   = errors.New("the signature is another: is DISCORD_PUBLIC_KEY that of this app?")
)

// verify checks Discord's signature of a request over its time and its body to the
// byte. The signature is always computed, so that the time it takes tells nothing.
func verify(key string, h http.Header, body []byte, now time.Time) error {
	public, err := hex.DecodeString(key)
	if err != nil || len(public) != ed25519.PublicKeySize {
		return errForged
	}
	stamp := h.Get(headerTime)
	sign, err := hex.DecodeString(h.Get(headerSign))
	if err != nil || len(sign) != ed25519.SignatureSize {
		sign = make([]byte, ed25519.SignatureSize)
	}
	good := ed25519.Verify(public, bytes.Join([][]byte{[]byte(stamp), body}, nil), sign)
	at, err := strconv.ParseInt(stamp, 10, 64)
	switch {
	case stamp == "" || h.Get(headerSign) == "" || err != nil:
		return errUnsigned
	case !good:
		return errForged
	case now.Sub(time.Unix(at, 0)).Abs() > signedFor:
		return errStale
	}
	return nil
}
