package web

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// leastSecret is how long a secret must be: 12 random characters of 64 are 72 bits, which
// at triesPerMinute nobody guesses.
const leastSecret = 12

const (
	sessionCookie = "footnote"
	loginCookie   = "footnote-login"
	sessionTime   = 14 * 24 * time.Hour
	loginTime     = 10 * time.Minute // from here to the provider and back
)

// door knows who may come in. Cookies are sealed by a key that is made from the secret,
// so that they hold in every process and after a restart, and end with the secret.
type door struct {
	key      []byte
	secret   [sha256.Size]byte
	path     string
	secure   bool
	provider *provider
	now      func() time.Time
}

func newDoor(conf Config, base string, secure bool) *door {
	d := &door{secret: sha256.Sum256([]byte(conf.Secret)), path: base + "/", secure: secure, now: time.Now}
	if conf.Guarded() {
		key, err := hkdf.Key(sha256.New, []byte(conf.Secret+"\x00"+conf.Provider.ClientSecret), nil, "footnote web session", sha256.Size)
		if err != nil {
			panic(err) // unreachable unless the length is beyond what HKDF gives
		}
		d.key = key
	}
	if conf.Provider.Issuer != "" {
		d.provider = &provider{Provider: conf.Provider, redirect: strings.TrimRight(conf.PublicURL, "/") + "/-/callback"}
	}
	return d
}

// seal makes the value of a cookie that holds text until a time.
func (d *door) seal(name, text string, until time.Time) string {
	body := strconv.FormatInt(until.Unix(), 10) + "." + base64.RawURLEncoding.EncodeToString([]byte(text))
	return body + "." + d.sum(name, body)
}

func (d *door) sum(name, body string) string {
	m := hmac.New(sha256.New, d.key)
	fmt.Fprintf(m, "%s\x00%s", name, body)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// unseal returns what a cookie of ours holds.
func (d *door) unseal(r *http.Request, name string) (string, bool) {
	c, err := r.Cookie(name)
	if err != nil || d.key == nil {
		return "", false
	}
	i := strings.LastIndexByte(c.Value, '.')
	if i < 0 || !hmac.Equal([]byte(d.sum(name, c.Value[:i])), []byte(c.Value[i+1:])) {
		return "", false
	}
	at, text, _ := strings.Cut(c.Value[:i], ".")
	until, err1 := strconv.ParseInt(at, 10, 64)
	held, err2 := base64.RawURLEncoding.DecodeString(text)
	return string(held), err1 == nil && err2 == nil && d.now().Before(time.Unix(until, 0))
}

// who returns who a request comes from, of those that have come in.
func (d *door) who(r *http.Request) (string, bool) { return d.unseal(r, sessionCookie) }

// set gives a browser a cookie; without a time it takes it back. Links from chats must
// find it, so that it is sent when somebody comes from elsewhere, though not with forms.
func (d *door) set(rw http.ResponseWriter, name, text string, keep time.Duration) {
	c := &http.Cookie{Name: name, Path: d.path, HttpOnly: true, Secure: d.secure, SameSite: http.SameSiteLaxMode, MaxAge: -1}
	if keep > 0 {
		c.Value, c.MaxAge = d.seal(name, text, d.now().Add(keep)), int(keep/time.Second)
	}
	http.SetCookie(rw, c)
}

// opens tells whether somebody knows the secret, in the same time whatever they say.
func (d *door) opens(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(sum[:], d.secret[:]) == 1
}

// loginPage is what is shown to whoever has not said who they are.
type loginPage struct {
	Next             string
	Secret, Provider bool // the ways in
	Wrong            bool
}

// refuse leads to where somebody says who they are, and back.
func (w *Web) refuse(rw http.ResponseWriter, r *http.Request, v *visit) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.entrance(rw, v, http.StatusUnauthorized, "/", false)
		return
	}
	http.Redirect(rw, r, w.at("/-/login?next="+url.QueryEscape(local(r.URL.RequestURI()))), http.StatusSeeOther)
}

// local returns an address of ours without what stands before all, "/" where it is none:
// nobody is led elsewhere by a link to our login.
func local(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(u.Path, "\\") {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment}).String()
}

func (w *Web) entrance(rw http.ResponseWriter, v *visit, status int, next string, wrong bool) {
	w.show(rw, status, "login", w.frame(v, v.w.Login, loginPage{next, w.conf.Secret != "", w.door.provider != nil, wrong}))
}

// login asks for the secret, or offers the provider.
func (w *Web) login(rw http.ResponseWriter, r *http.Request) {
	if !w.conf.Guarded() {
		w.lost(rw, r)
		return
	}
	w.entrance(rw, of(r), http.StatusOK, local(r.URL.Query().Get("next")), false)
}

// enter lets in who knows the secret.
func (w *Web) enter(rw http.ResponseWriter, r *http.Request) {
	if !w.form(rw, r) {
		return
	}
	v, next := of(r), local(r.PostForm.Get("next"))
	switch {
	case w.conf.Secret == "":
		w.lost(rw, r)
	case !w.tries.take(v.client):
		rw.Header().Set("Retry-After", "10")
		w.fail(rw, v, http.StatusTooManyRequests)
	case !w.door.opens(r.PostForm.Get("secret")):
		w.entrance(rw, v, http.StatusUnauthorized, next, true)
	default:
		w.door.set(rw, sessionCookie, fresh(), sessionTime)
		http.Redirect(rw, r, w.at(next), http.StatusSeeOther)
	}
}

// leave takes back that somebody came in.
func (w *Web) leave(rw http.ResponseWriter, r *http.Request) {
	w.door.set(rw, sessionCookie, "", 0)
	http.Redirect(rw, r, w.at("/"), http.StatusSeeOther)
}
