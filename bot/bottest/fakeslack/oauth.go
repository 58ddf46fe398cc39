package fakeslack

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// serveAuthorize is the page on which somebody installs the app: it agrees at once and sends the browser back with a code. The
// query's team chooses the workspace; without it the first one is taken.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	target, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != s.cfg.ClientID || target.Host == "" {
		http.Error(w, "invalid client_id or redirect_uri", http.StatusBadRequest)
		return
	}
	teamID := q.Get("team")
	if teamID == "" {
		teamID = s.cfg.Teams[0].ID
	}
	back := target.Query()
	back.Set("code", s.InstallCode(teamID))
	back.Set("state", q.Get("state"))
	target.RawQuery = back.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}

// InstallCode is a code for oauth.v2.access, good once, as the redirect after an installation in the team brings it.
func (s *Server) InstallCode(teamID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := s.world.id("code.")
	s.world.codes[code] = teamID
	return code
}

func oauthAccess(c *call) (obj, error) {
	cfg := c.s.cfg
	if c.str("client_id") != cfg.ClientID {
		return nil, refuse("invalid_client_id")
	}
	if c.str("client_secret") != cfg.ClientSecret {
		return nil, refuse("bad_client_secret")
	}
	code := c.str("code")
	teamID, known := c.s.world.codes[code]
	switch {
	case !known:
		return nil, refuse("invalid_code")
	case teamID == "":
		return nil, refuse("code_already_used")
	}
	c.s.world.codes[code] = ""
	t := c.s.world.teams[teamID]
	if t == nil {
		return nil, refuse("team_not_found")
	}
	if !t.installed {
		t.BotToken = c.s.world.id("xoxb-fake-")
		t.installed = true
	}
	c.s.changed.Notify()
	return obj{
		"access_token": t.BotToken, "token_type": "bot", "scope": strings.Join(t.scopes, ","), "bot_user_id": t.BotUser, "app_id": cfg.AppID,
		"team": obj{"id": t.ID, "name": t.Name}, "enterprise": nil, "is_enterprise_install": false, "authed_user": obj{"id": "UINSTALLER"},
	}, nil
}

// manifestValidate holds a manifest against Slack's published schema, where the folder is there.
func manifestValidate(c *call) (obj, error) {
	manifest, ok := c.args["manifest"].(obj)
	if !ok {
		return nil, refuse("invalid_manifest")
	}
	dir := c.s.checking.dir
	if dir == "" {
		return obj{"warning": "not_checked"}, nil
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(compilePattern)
	schema, err := compiler.Compile(filepath.Join(dir, "manifest.schema.2.0.0.json"))
	if err != nil {
		return nil, err
	}
	if bad, isBad := schema.Validate(manifest).(*jsonschema.ValidationError); isBad {
		place, why := blame(bad)
		return nil, &refusal{code: "invalid_manifest", extra: obj{"errors": []any{obj{"message": why, "pointer": place}}}}
	}
	return nil, nil
}
