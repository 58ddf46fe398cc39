package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const secret = "correct horse battery"

// TestSecret: without the secret nothing is shown; with it everything is, until the
// browser signs out.
func TestSecret(t *testing.T) {
	s := serve(t, article(), Config{Secret: secret})
	for _, path := range []string{"/", "/nato-360", "/compass/north", "/c/" + strings.Repeat("a", 26)} {
		if p := s.get(path); p.at.Path != "/-/login" || strings.Contains(p.body, "NATO") {
			t.Errorf("GET %s without the secret leads to %s:\n%s", path, p.at, p.body)
		}
	}
	if p := s.post("/ask", url.Values{"q": {troops}}); p.status != http.StatusUnauthorized {
		t.Errorf("asking without the secret: %d, want 401", p.status)
	}
	if p := s.post("/-/login", url.Values{"secret": {"wrong"}}); p.status != http.StatusUnauthorized {
		t.Errorf("a wrong secret: %d, want 401", p.status)
	}
	if p := s.post("/-/login", url.Values{"secret": {secret}, "next": {"/nato-360?q=1-2"}}); p.at.RequestURI() != "/nato-360?q=1-2" || p.status != http.StatusOK {
		t.Errorf("the secret leads to %s (%d)", p.at, p.status)
	}
	s.post("/ask", url.Values{"q": {troops}}).has(t, "40,000 troops", "Sign out")
	s.post("/-/logout", nil)
	if p := s.get("/nato-360"); p.at.Path != "/-/login" {
		t.Errorf("after signing out /nato-360 leads to %s", p.at)
	}
}

// TestForged: a cookie that is not ours, or of another kind, or altered, opens nothing.
func TestForged(t *testing.T) {
	s := serve(t, article(), Config{Secret: secret})
	d := s.web.door
	good := d.seal(sessionCookie, "x", d.now().Add(sessionTime))
	other := newDoor(Config{Secret: "another secret"}, "", false)
	for value, want := range map[string]bool{
		good: true, "": false, "1.a.b": false, "..": false, good[:len(good)-1]: false, "9" + good: false,
		other.seal(sessionCookie, "x", d.now().Add(sessionTime)): false,
		d.seal(loginCookie, "x", d.now().Add(sessionTime)):       false,
		d.seal(sessionCookie, "x", d.now().Add(-1)):              false,
	} {
		r, _ := http.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", sessionCookie+"="+value)
		if _, ok := d.who(r); ok != want {
			t.Errorf("the cookie %q opens: %v, want %v", value, ok, want)
		}
	}
}

// TestTries: the secret cannot be guessed by trying.
func TestTries(t *testing.T) {
	s := serve(t, article(), Config{Secret: secret})
	last := 0
	for range triesPerMinute {
		last = s.post("/-/login", url.Values{"secret": {"guess"}}).status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the %dth guess: %d, want 429", triesPerMinute, last)
	}
}

// TestLocal: nobody is led elsewhere.
func TestLocal(t *testing.T) {
	for address, want := range map[string]string{
		"/nato-360?q=1-2": "/nato-360?q=1-2", "/": "/", "": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/",
		"javascript:alert(1)": "/", "evil": "/", "/%2f%2fevil": "/", "/%5cevil": "/",
	} {
		if got := local(address); got != want {
			t.Errorf("local(%q) = %q, want %q", address, got, want)
		}
	}
}

// TestValidate: settings that cannot be used are refused in words.
func TestValidate(t *testing.T) {
	full := Provider{Issuer: "https://id.example", ClientID: "x", ClientSecret: "y"}
	for _, c := range []struct {
		conf Config
		ok   bool
	}{
		{Config{}, true},
		{Config{Secret: "short"}, false},
		{Config{PublicURL: "reader"}, false},
		{Config{Provider: full}, false},
		{Config{Provider: full, PublicURL: "https://reader.example"}, true},
		{Config{Provider: Provider{Issuer: "https://id.example"}, PublicURL: "https://reader.example"}, false},
	} {
		if err := c.conf.Validate(); (err == nil) != c.ok {
			t.Errorf("Validate(%+v) = %v, want an error: %v", c.conf, err, !c.ok)
		}
	}
}
