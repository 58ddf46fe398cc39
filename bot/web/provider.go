package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Provider is where people say who they are, by OpenID Connect; the zero value is none.
type Provider struct {
	Issuer, ClientID, ClientSecret string
	Client                         *http.Client // nil is the usual one
}

func (p Provider) validate(public string) error {
	switch {
	case p.Issuer == "" && p.ClientID == "" && p.ClientSecret == "":
		return nil
	case p.Issuer == "", p.ClientID == "", p.ClientSecret == "":
		return errors.New("OpenID Connect needs the issuer's address, the client's ID and its secret")
	case public == "":
		return errors.New("OpenID Connect needs the public address, which people come back to")
	}
	return nil
}

// providerTime bounds what a login waits for the provider.
const providerTime = 10 * time.Second

// provider is a Provider that has been spoken to. It is safe for concurrent use.
type provider struct {
	Provider
	redirect string
	mu       sync.Mutex
	found    *oidc.Provider
}

// ready returns what is needed to speak with the provider. It is asked what it is when
// somebody first wants to come in: the pages start without it.
func (p *provider) ready(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		found, err := oidc.NewProvider(ctx, p.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("ask %s what it is: %w", p.Issuer, err)
		}
		p.found = found
	}
	return p.found, &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.found.Endpoint(), RedirectURL: p.redirect, Scopes: []string{oidc.ScopeOpenID},
	}, nil
}

func (p *provider) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.Client != nil {
		ctx = oidc.ClientContext(ctx, p.Client)
	}
	return context.WithTimeout(ctx, providerTime)
}

// toProvider leads to the provider. What it must bring back stands in a cookie: that the
// one who comes back is the one who went (RFC 6749, 10.12), the token's nonce, and the
// verifier of RFC 7636.
func (w *Web) toProvider(rw http.ResponseWriter, r *http.Request) {
	p, v := w.door.provider, of(r)
	if p == nil {
		w.lost(rw, r)
		return
	}
	ctx, cancel := p.context(r.Context())
	defer cancel()
	_, conf, err := p.ready(ctx)
	if err != nil {
		w.log.Error("web: sign in", "error", err)
		w.fail(rw, v, http.StatusBadGateway)
		return
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	w.door.set(rw, loginCookie, strings.Join([]string{state, nonce, verifier, local(r.URL.Query().Get("next"))}, " "), loginTime)
	http.Redirect(rw, r, conf.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
}

// fromProvider lets in who comes back from the provider.
func (w *Web) fromProvider(rw http.ResponseWriter, r *http.Request) {
	p, v := w.door.provider, of(r)
	if p == nil {
		w.lost(rw, r)
		return
	}
	held, ok := w.door.unseal(r, loginCookie)
	parts := strings.SplitN(held, " ", 4)
	q := r.URL.Query()
	if !ok || len(parts) != 4 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(q.Get("state"))) != 1 {
		w.fail(rw, v, http.StatusBadRequest)
		return
	}
	w.door.set(rw, loginCookie, "", 0)
	ctx, cancel := p.context(r.Context())
	defer cancel()
	subject, err := p.subject(ctx, q.Get("code"), parts[1], parts[2])
	if err != nil {
		w.log.Warn("web: sign in", "error", err)
		w.fail(rw, v, http.StatusBadGateway)
		return
	}
	w.door.set(rw, sessionCookie, subject, sessionTime)
	http.Redirect(rw, r, w.at(parts[3]), http.StatusSeeOther)
}

// subject returns whom a code is for, as the provider calls them. Its errors hold no
// code and no token.
func (p *provider) subject(ctx context.Context, code, nonce, verifier string) (string, error) {
	if code == "" {
		return "", errors.New("the provider let nobody in")
	}
	found, conf, err := p.ready(ctx)
	if err != nil {
		return "", err
	}
	token, err := conf.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		if e := (*oauth2.RetrieveError)(nil); errors.As(err, &e) {
			return "", fmt.Errorf("the provider refuses the code: status %d", e.Response.StatusCode)
		}
		return "", errors.New("the provider could not be asked for a token")
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", errors.New("the provider's token does not hold")
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 || id.Subject == "" {
		return "", errors.New("the provider's token is for another sign-in")
	}
	return id.Subject, nil
}
