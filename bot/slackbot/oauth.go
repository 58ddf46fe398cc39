package slackbot

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// stateLife is how long somebody may take to install the app.
const stateLife = 10 * time.Minute

// redirect is the address that Slack sends people back to.
func (b *Bot) redirect() string { return b.conf.PublicURL + PathOAuth }

// scopeNames are the scopes that are asked for.
func (b *Bot) scopeNames() []string {
	return names(scopes, ManifestOptions{MentionsOnly: b.conf.MentionOnly})
}

// serveInstall sends a person to Slack's page for installing the app.
func (b *Bot) serveInstall(w http.ResponseWriter, r *http.Request) {
	q := url.Values{
		"client_id": {b.conf.ClientID}, "scope": {strings.Join(b.scopeNames(), ",")},
		"redirect_uri": {b.redirect()}, "state": {b.state(time.Now())},
	}
	http.Redirect(w, r, strings.TrimSuffix(b.conf.APIURL, "api/")+"oauth/v2/authorize?"+q.Encode(), http.StatusFound)
}

// state returns a proof that an installation was begun here, and when.
func (b *Bot) state(now time.Time) string {
	body := rand.Text() + "." + strconv.FormatInt(now.Unix(), 10)
	return body + "." + b.seal(body)
}

func (b *Bot) seal(body string) string {
	mac := hmac.New(sha256.New, []byte("footnote install "+b.conf.ClientSecret))
	mac.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// begun tells whether a state was made here no more than ten minutes ago.
func (b *Bot) begun(state string, now time.Time) bool {
	i := strings.LastIndexByte(state, '.')
	if i < 0 || !hmac.Equal([]byte(b.seal(state[:i])), []byte(state[i+1:])) {
		return false
	}
	_, stamp, _ := strings.Cut(state[:i], ".")
	at, err := strconv.ParseInt(stamp, 10, 64)
	age := now.Sub(time.Unix(at, 0))
	return err == nil && age >= -time.Minute && age <= stateLife
}

// serveOAuth finishes an installation.
func (b *Bot) serveOAuth(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch {
	case !b.begun(q.Get("state"), time.Now()):
		b.log.Warn("slack: an installation that was not begun here, or too long ago")
		b.page(w, http.StatusBadRequest, "This installation was not begun here, or more than ten minutes ago.", true)
		return
	case q.Get("error") != "" || q.Get("code") == "":
		b.page(w, http.StatusOK, "Nothing was installed.", true)
		return
	}
	got, err := slack.GetOAuthV2ResponseContext(r.Context(), b.caller, b.conf.ClientID, b.conf.ClientSecret, q.Get("code"), b.redirect(), slack.OAuthOptionAPIURL(b.conf.APIURL))
	if err != nil {
		b.log.Error("slack: install", "error", classify("oauth.v2.access", err))
		b.page(w, http.StatusBadGateway, "Slack did not confirm the installation.", true)
		return
	}
	if got.IsEnterpriseInstall || got.Team.ID == "" || got.AccessToken == "" {
		b.page(w, http.StatusOK, "This bot is installed workspace by workspace, not for a whole organisation.", true)
		return
	}
	if got.ExpiresIn > 0 {
		b.log.Warn("slack: the token of this workspace will expire: switch token rotation off in the app's settings", "team", got.Team.ID)
	}
	secret, err := json.Marshal(installation{Token: got.AccessToken, User: got.BotUserID, Name: got.Team.Name, Scopes: got.Scope, At: time.Now()})
	if err == nil {
		err = b.store.SaveInstallation(r.Context(), adapterName, got.Team.ID, secret)
	}
	if err != nil {
		b.log.Error("slack: keep installation", "team", got.Team.ID, "error", err)
		b.page(w, http.StatusInternalServerError, "The installation could not be kept. Whoever runs this bot can see why.", true)
		return
	}
	if _, err := b.installed(got.Team.ID, secret); err != nil {
		b.log.Error("slack: install", "team", got.Team.ID, "error", err) // unreachable unless what was just encoded is not readable
	}
	b.log.Info("slack: installed", "team", got.Team.ID, "bot", got.BotUserID)
	b.page(w, http.StatusOK, fmt.Sprintf("Installed in %s. Mention the bot in a channel, or write to it directly.", cmp.Or(got.Team.Name, got.Team.ID)), false)
}

// page writes a page with one sentence, and the way back to the start.
func (b *Bot) page(w http.ResponseWriter, code int, sentence string, again bool) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(code)
	link := ""
	if again {
		link = ` <a href="` + PathInstall + `">Install again</a>`
	}
	_, _ = fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><title>footnote</title><p>%s%s</p></html>\n", html.EscapeString(sentence), link)
}
