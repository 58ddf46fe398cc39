package fakeslack

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"time"
)

// A response URL takes five posts within half an hour: docs.slack.dev/interactivity/handling-user-interaction.
const (
	responseUses = 5
	responseLife = 30 * time.Minute
)

// responseURL is one address to answer an interaction at.
type responseURL struct {
	team     *team
	channel  *channel
	user     string
	original *Message // what was clicked; nil for commands
	at       time.Time
	uses     int
}

// newResponseURL makes an address. Server.mu is held.
func (s *Server) newResponseURL(u responseURL) string {
	id := s.world.id("r")
	u.at = s.clock.Now()
	s.world.urls[id] = &u
	return s.base + "/respond/" + id
}

func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return
	}
	const name = "response_url"
	body := obj{}
	badJSON := json.Unmarshal(raw, &body) != nil
	entry := Request{Method: name, At: s.clock.Now(), RealAt: time.Now(), Body: maps.Clone(body)}
	fault := s.faults.next(name)
	s.pause(r, fault.Latency)
	out := reply{cut: true}
	switch {
	case fault.Cut == CutBefore:
	case fault.Status != 0 || fault.Error != "":
		out = fault.reply()
	case badJSON:
		out = refused(refuse("invalid_payload"))
		out.status = http.StatusBadRequest
	default:
		out = s.respond(r.PathValue("id"), body)
	}
	out.cut = out.cut || fault.Cut == CutAfter
	entry.Status, entry.Error, entry.Cut = max(out.status, http.StatusOK), str(out.body, "error"), out.cut
	s.log.addRequest(entry)
	s.changed.Notify()
	if out.status == 0 && !out.cut {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "ok")
		return
	}
	write(w, out)
}

// respond does what was posted to a response URL.
func (s *Server) respond(id string, body obj) reply {
	if err := s.checking.check("response_url", method{schema: "Blocks", part: "blocks"}, body); err != nil {
		out := refused(err)
		out.status = http.StatusBadRequest
		return out
	}
	s.mu.Lock()
	u := s.world.urls[id]
	var why string
	switch {
	case u == nil:
		why = "invalid_url"
	case s.clock.Now().Sub(u.at) > responseLife:
		why = "expired_url"
	case u.uses >= responseUses:
		why = "used_url"
	}
	var later []outgoing
	if why == "" {
		u.uses++
		later = s.answer(u, body, "response_url")
	}
	s.mu.Unlock()
	s.wire.sendAll(later)
	if why != "" {
		out := refused(refuse(why))
		out.status = http.StatusNotFound
		return out
	}
	return reply{}
}

// answer shows the app's answer to an interaction, given at its response URL or with the acknowledgement. Server.mu is held.
func (s *Server) answer(u *responseURL, body obj, via string) []outgoing {
	c := &call{s: s, name: via, args: body, team: u.team}
	if u.original != nil && (body["delete_original"] == true || body["replace_original"] == true) {
		if body["delete_original"] == true {
			u.original.Deleted = true
		} else {
			s.replace(c, u)
		}
		s.changed.Notify()
		return c.later
	}
	m, err := c.content()
	if err != nil {
		return nil // an empty acknowledgement
	}
	m.Via = via
	m.ThreadTS = u.channel.threadFor(c.str("thread_ts"))
	if str(body, "response_type") != "in_channel" {
		m.EphemeralTo = u.user
	}
	kept := s.world.add(u.channel, m, s.clock.Now())
	if m.EphemeralTo == "" {
		c.emit(s.messageEvents(u.channel, kept)...)
		if c.unfurls(m) {
			c.unfurl(kept)
		}
	}
	s.changed.Notify()
	return c.later
}

// replace changes the message that was clicked, ephemeral or not.
func (s *Server) replace(c *call, u *responseURL) {
	change := func() {
		u.original.Text = c.str("text")
		u.original.Blocks = withBlockIDs(s.world, c.list("blocks"))
		u.original.Attachments = c.list("attachments")
	}
	if u.original.EphemeralTo != "" {
		change()
		u.original.Edits++
		return
	}
	s.edit(c, u.channel, u.original, change)
}
