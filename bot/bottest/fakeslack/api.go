package fakeslack

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxBody is the longest request that is read.
const maxBody = 4 << 20

// call is one request to the Web API on its way through.
type call struct {
	s     *Server
	name  string
	args  obj
	team  *team // nil for methods without a bot token
	later []outgoing
}

// refusal is a Web API error.
type refusal struct {
	code     string
	messages []string
	extra    obj
}

func (r *refusal) Error() string { return r.code }

func refuse(code string, messages ...string) *refusal {
	return &refusal{code: code, messages: messages}
}

// method is one method of the Web API.
type method struct {
	token  tokenKind
	scopes []string // any one of them; nil: none
	schema string   // file name without ".schema.json"; "" for none
	part   string   // the argument the schema describes; "" for all
	run    func(*call) (obj, error)
}

type tokenKind int

const (
	botToken tokenKind = iota
	appToken
	anyToken
	noToken
)

// reply is what goes back over HTTP.
type reply struct {
	status int
	header http.Header
	body   obj
	cut    bool
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client went away
	}
	args, token, bad := decodeRequest(r, body)
	entry := &Request{Method: name, At: s.clock.Now(), RealAt: time.Now(), Body: withoutSecrets(args)}
	fault := s.faults.next(name)
	s.pause(r, fault.Latency)
	var out reply
	switch {
	case fault.Cut == CutBefore:
		out = reply{cut: true}
	case fault.Status != 0 || fault.Error != "":
		out = fault.reply()
	case bad != nil:
		out = refused(bad)
	default:
		out = s.handle(name, args, token, entry)
	}
	out.cut = out.cut || fault.Cut == CutAfter
	entry.Status, entry.Error, entry.Cut = out.status, str(out.body, "error"), out.cut
	if entry.Status == 0 && !out.cut {
		entry.Status = http.StatusOK
	}
	s.log.addRequest(*entry)
	s.changed.Notify()
	write(w, out)
}

// handle runs a request that no fault kept away.
func (s *Server) handle(name string, args obj, token string, entry *Request) reply {
	m, known := methods()[name]
	if !known {
		return refused(refuse("unknown_method"))
	}
	s.mu.Lock()
	team, scopes, err := s.authorise(m, token)
	s.mu.Unlock()
	if err != nil {
		return refused(err)
	}
	header := http.Header{}
	if team != nil {
		entry.Team = team.ID
		header.Set("X-OAuth-Scopes", strings.Join(scopes, ","))
		header.Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
	if wait := s.rates.take(name, entry.Team, str(args, "channel"), s.clock.Now()); wait > 0 {
		out := rateLimited(wait)
		maps.Copy(out.header, header)
		return out
	}
	out := s.run(name, m, args, team, scopes)
	out.header = header
	return out
}

// run checks scope and shape and does what the method does.
func (s *Server) run(name string, m method, args obj, team *team, scopes []string) reply {
	if team != nil && len(m.scopes) > 0 && !slices.ContainsFunc(m.scopes, func(need string) bool { return slices.Contains(scopes, need) }) {
		return refused(missingScope(m.scopes, scopes))
	}
	if err := s.checking.check(name, m, args); err != nil {
		return refused(err)
	}
	c := &call{s: s, name: name, args: args, team: team}
	s.mu.Lock()
	body, err := m.run(c)
	s.mu.Unlock()
	s.wire.sendAll(c.later)
	if err != nil {
		return refused(err)
	}
	if body == nil {
		body = obj{}
	}
	body["ok"] = true
	return reply{body: body}
}

// authorise finds the team of a token. Server.mu is held.
func (s *Server) authorise(m method, token string) (*team, []string, error) {
	if m.token == noToken {
		return nil, nil, nil
	}
	if token == "" {
		return nil, nil, refuse("not_authed")
	}
	if token == s.cfg.AppToken {
		if m.token == botToken {
			return nil, nil, refuse("not_allowed_token_type")
		}
		return nil, nil, nil
	}
	for _, t := range s.world.teams {
		if why, dead := t.revoked[token]; dead {
			return nil, nil, refuse(why)
		}
		if t.BotToken == token && t.installed {
			if m.token == appToken {
				return nil, nil, refuse("not_allowed_token_type")
			}
			return t, slices.Clone(t.scopes), nil
		}
	}
	return nil, nil, refuse("invalid_auth")
}

func missingScope(need, have []string) *refusal {
	return &refusal{code: "missing_scope", extra: obj{"needed": strings.Join(need, ","), "provided": strings.Join(have, ",")}}
}

func refused(err error) reply {
	r, ok := err.(*refusal)
	if !ok {
		r = refuse("internal_error", err.Error())
	}
	body := obj{"ok": false, "error": r.code}
	if len(r.messages) > 0 {
		body["response_metadata"] = obj{"messages": r.messages}
	}
	maps.Copy(body, r.extra)
	return reply{body: body}
}

func rateLimited(wait time.Duration) reply {
	seconds := max(int64((wait+time.Second-1)/time.Second), 0)
	return reply{
		status: http.StatusTooManyRequests,
		header: http.Header{"Retry-After": {fmt.Sprint(seconds)}},
		body:   obj{"ok": false, "error": "ratelimited"},
	}
}

// write sends the reply, or cuts the connection instead.
func write(w http.ResponseWriter, out reply) {
	if out.cut {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
		return
	}
	maps.Copy(w.Header(), out.header)
	if out.status >= 500 {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(out.status)
		_, _ = io.WriteString(w, "<html>server error</html>") // as Slack does: no JSON
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if out.status != 0 {
		w.WriteHeader(out.status)
	}
	_ = json.NewEncoder(w).Encode(out.body)
}

// pause waits as a slow network does, in real time, and not longer than the client.
func (s *Server) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	alarm := time.NewTimer(d)
	defer alarm.Stop()
	select {
	case <-alarm.C:
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
}

// Fields that come as text in a form and are something else.
var (
	jsonFields = []string{"blocks", "attachments", "metadata", "view", "chunks", "prompts", "file_ids", "unfurls", "loading_messages", "manifest"}
	boolFields = []string{"unfurl_links", "unfurl_media", "mrkdwn", "link_names", "reply_broadcast", "as_user", "include_all_metadata", "inclusive",
		"return_im", "include_num_members", "prevent_creation"}
)

// decodeRequest reads the arguments and the token of a request, by form, JSON or query.
func decodeRequest(r *http.Request, body []byte) (obj, string, *refusal) {
	args := obj{}
	values := r.URL.Query()
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case kind == "application/json":
		if len(body) > 0 && string(body) != "null" {
			if err := json.Unmarshal(body, &args); err != nil {
				return args, token, refuse("invalid_json")
			}
		}
		delete(args, "token") // Slack takes the token of a JSON request from the header only
	case strings.HasPrefix(kind, "multipart/"):
		form, err := readMultipart(body, params["boundary"])
		if err != nil {
			return args, token, refuse("invalid_form_data")
		}
		maps.Copy(values, form)
	default:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return args, token, refuse("invalid_form_data")
		}
		maps.Copy(values, form)
	}
	for name, list := range values {
		args[name] = list[0]
	}
	if t := str(args, "token"); t != "" {
		token = t
	}
	delete(args, "token")
	return args, token, typed(args)
}

// typed turns form text into what it stands for.
func typed(args obj) *refusal {
	for _, name := range boolFields {
		switch args[name] {
		case "true", "1":
			args[name] = true
		case "false", "0":
			args[name] = false
		}
	}
	for _, name := range jsonFields {
		text, ok := args[name].(string)
		if !ok {
			continue
		}
		var value any
		if err := json.Unmarshal([]byte(text), &value); err == nil {
			args[name] = value
			continue
		}
		switch name {
		case "loading_messages", "file_ids":
			list := []any{}
			for _, part := range strings.Split(text, ",") {
				list = append(list, part)
			}
			args[name] = list
		case "blocks":
			return refuse("invalid_blocks_format")
		case "metadata":
			return refuse("invalid_metadata_format")
		case "chunks":
			return refuse("invalid_chunks")
		case "manifest":
			return refuse("invalid_manifest")
		default:
			return refuse("invalid_arguments", "[ERROR] not JSON [json-pointer:/"+name+"]")
		}
	}
	return nil
}

// withoutSecrets is what a request's log entry shows.
func withoutSecrets(args obj) obj {
	out := maps.Clone(args)
	for _, secret := range []string{"token", "client_secret", "code", "refresh_token"} {
		delete(out, secret)
	}
	return out
}
