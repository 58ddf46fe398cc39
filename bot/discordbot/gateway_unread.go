package discordbot

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// servers takes note of a server that comes or goes: what was missed there is read up
// on, or not any more.
func (s *shard) servers(e event) {
	var server struct {
		ID   string `json:"id"`
		Away bool   `json:"unavailable"` // for now; it comes again
	}
	if e.kind != "GUILD_CREATE" && e.kind != "GUILD_DELETE" || json.Unmarshal(e.data, &server) != nil || server.Away {
		return
	}
	if e.kind == "GUILD_CREATE" {
		s.readUp(server.ID)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.session.Missed, server.ID)
	s.unsaved = true
}

// readOn goes on with what the process before this one has not read. Discord does not
// tell of the servers again in a session that goes on.
func (s *shard) readOn() {
	s.mu.Lock()
	servers := slices.Collect(maps.Keys(s.session.Missed))
	s.mu.Unlock()
	for _, id := range servers {
		s.readUp(id)
	}
}

// readUp has it read, once, what was missed in a server, beside all that happens. The
// shard waits for it at its end.
func (s *shard) readUp(server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session.Missed[server].IsZero() || s.busy[server] || s.g.missed == nil {
		return
	}
	s.busy[server] = true
	s.reads.Go(func() {
		defer guard(s.log, "what was missed") // the next process tries again
		for s.unread(server) {
		}
	})
}

// unread reads once what was missed in a server, and tells whether something was missed
// again meanwhile. Where it was not, the server is not busy any more.
func (s *shard) unread(server string) (more bool) {
	select {
	case s.readers <- struct{}{}:
		defer func() { <-s.readers }()
	case <-s.reading.Done():
		return false
	}
	s.mu.Lock()
	from, start := s.session.Missed[server], time.Now()
	delete(s.anew, server)
	s.mu.Unlock()
	read := from.IsZero() || s.g.missed(s.reading, from, server)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !read: // the end has come
		return false
	case s.anew[server]:
		s.session.Missed[server] = later(from, start) // up to then it has been read
		return true
	}
	delete(s.session.Missed, server)
	delete(s.busy, server)
	s.unsaved = true
	return false
}
