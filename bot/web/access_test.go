package web

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// TestLimited: what may be quoted in some places only is not here, by whatever way.
func TestLimited(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"open.md":     "# The harbour\n\nThe harbour holds eleven boats and a ferry.\n",
		"closed.md":   "# The smugglers\n\nThe smugglers landed brandy at the customs house.\n",
		"closed.yaml": "id: closed\nquoted_in: [\"slack:T1:C1\"]\ndirections:\n  - {id: north, names: {en: Northern cache}, passages: [p1]}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := corpus.Load(t.Context(), folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.In("slack:T1:C1").Document("closed") == nil || c.In(place).Document("closed") != nil {
		t.Fatalf("the material of the test limits nothing: %v", c.Warnings)
	}
	open := func(c *corpus.Corpus) bot.Searcher { return keyword.New(c, keyword.Default()) }
	s := serve(t, bot.New(c, open(c), bot.Shipped()).Views(nil, open), Config{})
	for _, path := range []string{"/closed", "/compass/north"} {
		got, none := s.get(path), s.get("/nothing")
		if got.status != http.StatusNotFound || got.body != none.body {
			t.Errorf("GET %s (%d) differs from a page that there is not:\n%s", path, got.status, got.body)
		}
	}
	bodies := s.get("/").body + s.post("/ask", url.Values{"q": {"Where did they land brandy?"}}).body + s.post("/ask", url.Values{"q": {"closed#p1"}}).body
	for _, word := range []string{"smugglers", "customs", "Northern cache"} {
		if strings.Contains(bodies, word) {
			t.Errorf("a page says %q:\n%s", word, bodies)
		}
	}
}

// aProvider is an OpenID Connect provider that lets everybody in as "ann".
func aProvider(t *testing.T) *httptest.Server {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	nonces := map[string]string{} // by code
	mux := http.NewServeMux()
	p := httptest.NewServer(mux)
	t.Cleanup(p.Close)
	tell := func(rw http.ResponseWriter, v any) {
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(rw http.ResponseWriter, _ *http.Request) {
		tell(rw, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(rw http.ResponseWriter, _ *http.Request) {
		tell(rw, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/authorize", func(rw http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("code_challenge") == "" || q.Get("client_id") != "footnote" {
			http.Error(rw, "bad request", http.StatusBadRequest)
			return
		}
		nonces["code-1"] = q.Get("nonce")
		http.Redirect(rw, r, q.Get("redirect_uri")+"?"+url.Values{"code": {"code-1"}, "state": {q.Get("state")}}.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("/token", func(rw http.ResponseWriter, r *http.Request) {
		nonce, ok := nonces[r.FormValue("code")]
		if !ok || r.FormValue("code_verifier") == "" {
			http.Error(rw, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		claims, _ := json.Marshal(map[string]any{"iss": p.URL, "aud": "footnote", "sub": "ann", "nonce": nonce, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()})
		signed, err := signer.Sign(claims)
		if err != nil {
			http.Error(rw, "no token", http.StatusInternalServerError)
			return
		}
		token, _ := signed.CompactSerialize()
		tell(rw, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token})
	})
	return p
}

// TestProvider: who comes back from the provider is let in, and nobody else.
func TestProvider(t *testing.T) {
	p := aProvider(t)
	conf := Config{PublicURL: "http://127.0.0.1", Provider: Provider{Issuer: p.URL, ClientID: "footnote", ClientSecret: "hunter2hunter2"}}
	s := serve(t, article(), conf)
	s.web.door.provider.redirect = s.server.URL + "/-/callback" // the port is known only now
	s.get("/nato-360").has(t, "Sign in with your organisation")
	for _, q := range []string{"", "?code=code-1&state=x", "?error=access_denied"} {
		if got := s.get("/-/callback" + q); got.status != http.StatusBadRequest {
			t.Errorf("/-/callback%s: %d, want 400", q, got.status)
		}
	}
	got := s.get("/-/provider?next=/nato-360")
	if got.status != http.StatusOK || got.at.Path != "/nato-360" {
		t.Fatalf("signing in leads to %s (%d)", got.at, got.status)
	}
	at := s.post("/ask", url.Values{"q": {troops}}).at.Path
	e, _, ok, err := s.ledger.Errand(t.Context(), keyOf(strings.TrimPrefix(at, "/c/"), 0))
	if err != nil || !ok || e.Question.Asker != "web:ann" {
		t.Errorf("the asker is %q (%v, %v), want web:ann", e.Question.Asker, ok, err)
	}
}
