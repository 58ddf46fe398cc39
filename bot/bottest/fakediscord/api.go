package fakediscord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
)

// maxBody is the longest request: developers/resources/message.mdx, "Limitations".
const maxBody = 25 << 20

// call is one request on its way through. Its route runs with Server.mu held.
type call struct {
	s     *Server
	r     *http.Request
	route string // "POST /channels/{channel_id}/messages"
	raw   []byte
	body  obj // nil where the body is no object
}

// route is one endpoint.
type route struct {
	open    bool // needs no token: the address holds one
	unknown bool // is none; said so already
	run     func(*call) (any, error)
}

// result is an answer with a status other than 200.
type result struct {
	status int
	body   any
}

// reply is what goes back over HTTP.
type reply struct {
	status int
	header http.Header
	body   []byte
	html   bool
	cut    bool
}

// routes are all endpoints, by method and path as the OpenAPI document has them.
func routes() map[string]route {
	all := map[string]route{
		"GET /gateway":                 {open: true, run: getGateway},
		"GET /gateway/bot":             {run: getGatewayBot},
		"GET /users/@me":               {run: getMe},
		"GET /users/@me/guilds":        {run: getMyGuilds},
		"GET /users/{user_id}":         {run: getUser},
		"POST /users/@me/channels":     {run: openDM},
		"GET /applications/@me":        {run: getApplication},
		"GET /oauth2/applications/@me": {run: getApplication},

		"GET /guilds/{guild_id}":                        {run: getGuild},
		"GET /guilds/{guild_id}/channels":               {run: getGuildChannels},
		"GET /guilds/{guild_id}/roles":                  {run: getGuildRoles},
		"GET /guilds/{guild_id}/members/{user_id}":      {run: getGuildMember},
		"GET /guilds/{guild_id}/threads/active":         {run: getActiveThreads},
		"GET /channels/{channel_id}":                    {run: getChannel},
		"POST /channels/{channel_id}/typing":            {run: postTyping},
		"POST /channels/{channel_id}/threads":           {run: postThread},
		"PUT /channels/{channel_id}/thread-members/@me": {run: joinThread},

		"GET /channels/{channel_id}/messages":                       {run: getMessages},
		"POST /channels/{channel_id}/messages":                      {run: postMessage},
		"GET /channels/{channel_id}/messages/{message_id}":          {run: getMessage},
		"PATCH /channels/{channel_id}/messages/{message_id}":        {run: patchMessage},
		"DELETE /channels/{channel_id}/messages/{message_id}":       {run: deleteMessage},
		"POST /channels/{channel_id}/messages/{message_id}/threads": {run: postThreadOn},

		"POST /interactions/{interaction_id}/{interaction_token}/callback":    {open: true, run: postCallback},
		"POST /webhooks/{webhook_id}/{webhook_token}":                         {open: true, run: postFollowup},
		"GET /webhooks/{webhook_id}/{webhook_token}/messages/@original":       {open: true, run: getOriginal},
		"PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original":     {open: true, run: patchOriginal},
		"DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original":    {open: true, run: deleteOriginal},
		"GET /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}":    {open: true, run: getFollowup},
		"PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}":  {open: true, run: patchFollowup},
		"DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": {open: true, run: deleteFollowup},
	}
	for _, scope := range []string{"/applications/{application_id}/commands", "/applications/{application_id}/guilds/{guild_id}/commands"} {
		maps.Copy(all, map[string]route{
			"GET " + scope: {run: getCommands}, "POST " + scope: {run: postCommand}, "PUT " + scope: {run: putCommands},
			"GET " + scope + "/{command_id}": {run: getCommand}, "PATCH " + scope + "/{command_id}": {run: patchCommand},
			"DELETE " + scope + "/{command_id}": {run: deleteCommand},
		})
	}
	return all
}

// apiPath is where the one version is that is served.
const apiPath = "/api/v10"

func (s *Server) addRoutes(mux *http.ServeMux) {
	for name, route := range routes() {
		method, path, _ := strings.Cut(name, " ")
		mux.HandleFunc(method+" "+apiPath+path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, name, route) })
	}
}

// serveUnknown answers what is no endpoint: a mistake of the bot, which Violations tells.
func (s *Server) serveUnknown(w http.ResponseWriter, r *http.Request) {
	what := "is no endpoint"
	if !strings.HasPrefix(r.URL.Path, apiPath+"/") {
		what = "is not of version 10 of the API"
	}
	s.checking.note(r.Method+" "+maskTokens(r.URL.Path), what)
	s.serve(w, r, r.Method+" "+maskTokens(strings.TrimPrefix(r.URL.Path, apiPath)), route{open: true, unknown: true, run: func(*call) (any, error) {
		return nil, &apiError{status: http.StatusNotFound, message: "404: Not Found"}
	}})
}

// maskTokens takes what is secret out of a path that no route knows.
func maskTokens(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if i > 1 && (parts[i-2] == "webhooks" || parts[i-2] == "interactions") && p != "" {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, name string, at route) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client went away
	}
	path := strings.TrimPrefix(r.URL.Path, apiPath)
	c := &call{s: s, r: r, route: name, raw: jsonOf(r, body)}
	c.body, _ = decode(c.raw).(obj) // what is no object is judged by who reads it
	entry := Request{Route: name, Path: maskPath(name, path), Body: c.raw, At: s.clock.Now(), RealAt: time.Now()}
	fault := s.faults.next(r.Method, name, path)
	s.pause(r, fault.Latency)
	var out reply
	switch {
	case fault.Cut == CutBefore:
		out = reply{cut: true}
	case fault.Status != 0 || fault.Code != 0:
		out = fault.reply()
	default:
		out = s.handle(c, at)
	}
	out.cut = out.cut || fault.Cut == CutAfter
	s.countInvalid(out)
	entry.Status, entry.Cut = out.status, out.cut
	if out.status >= 400 {
		entry.Code = codeIn(out.body)
	}
	s.log.add(entry)
	s.changed.Notify()
	out.write(w)
}

// maskPath is the path for the log: a token in it is not shown.
func maskPath(name, path string) string {
	if strings.Contains(name, "token}") {
		return maskTokens(path)
	}
	return path
}

// jsonOf is the JSON of a body: of multipart, its payload_json.
func jsonOf(r *http.Request, body []byte) []byte {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if !strings.HasPrefix(kind, "multipart/") {
		return body
	}
	form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(maxBody)
	if err != nil || len(form.Value["payload_json"]) == 0 {
		return nil
	}
	return []byte(form.Value["payload_json"][0])
}

// decode reads JSON and keeps its numbers as they are; nil where it is none.
func decode(text []byte) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// handle runs a request that no fault kept away.
func (s *Server) handle(c *call, at route) reply {
	if wait, banned := s.banned(); banned {
		return reply{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {fmt.Sprint(int(wait.Seconds()) + 1)}}, html: true}
	}
	header, limited := s.rates.take(c, at, s.clock.Now())
	if limited != nil {
		limited.header = header
		return *limited
	}
	out := s.run(c, at)
	if out.header == nil {
		out.header = http.Header{}
	}
	maps.Copy(out.header, header)
	return out
}

func (s *Server) run(c *call, at route) reply {
	if !at.open && !s.authorised(c.r) {
		return refused(&apiError{status: http.StatusUnauthorized, message: "401: Unauthorized"})
	}
	if len(c.raw) > 0 && !json.Valid(c.raw) {
		s.checking.note(c.route, "the body is no JSON")
		return refused(&apiError{status: http.StatusBadRequest, code: 50109, message: "The request body contains invalid JSON."})
	}
	if !at.unknown {
		if err := s.checking.check(c); err != nil {
			return refused(err)
		}
	}
	s.mu.Lock()
	body, err := at.run(c)
	s.mu.Unlock()
	s.changed.Notify()
	if err != nil {
		return refused(err)
	}
	return answer(body)
}

// answer encodes what a route returns: nothing is 204.
func answer(body any) reply {
	status := http.StatusOK
	if r, ok := body.(result); ok {
		status, body = r.status, r.body
	}
	if body == nil {
		return reply{status: http.StatusNoContent}
	}
	return reply{status: status, body: raw(body)}
}

// authorised reports whether the request has the bot's token.
func (s *Server) authorised(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return kind == "Bot" && !strings.HasPrefix(token, "Bot ") && s.goodToken(token)
}

// goodToken takes a token as the Gateway and the API do, with "Bot " or without. Server.mu is held.
func (s *Server) goodToken(token string) bool {
	return !s.world.tokenRevoked && strings.TrimPrefix(token, "Bot ") == s.cfg.BotToken
}

// write sends the reply, or cuts the connection instead.
func (out reply) write(w http.ResponseWriter) {
	if out.cut {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
		return
	}
	maps.Copy(w.Header(), out.header)
	switch {
	case out.html:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(out.status)
		_, _ = io.WriteString(w, "<html>error</html>") // as what stands before Discord does: no JSON
	case out.status == http.StatusNoContent:
		w.WriteHeader(out.status)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(out.status)
		_, _ = w.Write(out.body)
	}
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
