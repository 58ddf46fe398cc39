package fakellm

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
	"strings"
	"unicode"
)

// Embeds is how the server meets requests for embeddings.
type Embeds string

// The ways to meet them. The empty one embeds.
const (
	EmbedsNothing Embeds = "nothing"       // 500
	EmbedsLater   Embeds = "later"         // 429
	EmbedsNever   Embeds = "never"         // says nothing until the client has gone
	EmbedsShorter Embeds = "shorter"       // as another model does: with half as many dimensions
	EmbedsFewer   Embeds = "fewer"         // one vector too few
	EmbedsOther   Embeds = "other-vectors" // as another model of as many dimensions does
)

// dimensions is how many numbers an embedding has.
const dimensions = 96

// Embed replaces how the next requests for embeddings are met.
func (s *Server) Embed(how Embeds) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.embeds = how
}

// Embedded returns the texts of all requests for embeddings so far, by the model's
// name, in the order of their arrival.
func (s *Server) Embedded() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]string{}
	for model, texts := range s.embedded {
		out[model] = append([]string(nil), texts...)
	}
	return out
}

func (s *Server) embeddings(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Model string   `json:"model"`
		Input []string `json:"input"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&req); err != nil || len(req.Input) == 0 {
		fail(w, http.StatusBadRequest, "invalid_request_error", "the body asks for no embeddings")
		return
	}
	s.mu.Lock()
	how := s.embeds
	if s.embedded == nil {
		s.embedded = map[string][]string{}
	}
	s.embedded[req.Model] = append(s.embedded[req.Model], req.Input...)
	s.mu.Unlock()
	switch how {
	case EmbedsNothing:
		fail(w, http.StatusInternalServerError, "server_error", "out of order")
		return
	case EmbedsLater:
		fail(w, http.StatusTooManyRequests, "rate_limit_exceeded", "too many requests")
		return
	case EmbedsNever:
		(&turn{s: s, r: r}).hang()
		return
	}
	var data []object
	for i, text := range req.Input {
		v := s.embed(text)
		switch {
		case how == EmbedsFewer && i > 0:
			continue
		case how == EmbedsShorter:
			v = v[:len(v)/2]
		case how == EmbedsOther:
			v[0], v[1] = 1, 9
		}
		data = append(data, object{"object": "embedding", "index": i, "embedding": v})
	}
	if how == EmbedsFewer {
		data = data[1:]
	}
	writeJSON(w, http.StatusOK, object{"object": "list", "model": req.Model, "data": data, "usage": object{"prompt_tokens": 1, "total_tokens": 1}})
}

// embed returns the sum of the directions of a text's words, each in a direction of
// its own, rare as it is long. Words that mean the same to the server have one.
func (s *Server) embed(text string) []float64 {
	v := make([]float64, dimensions)
	v[0] = 1 // all texts have something in common
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range words {
		if same, ok := s.cfg.Same[word]; ok {
			word = same
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(word)) // a hash takes everything
		sum, weight := h.Sum64(), math.Log1p(float64(len(word)))
		for range 3 {
			v[1+sum%(dimensions-1)] += weight
			sum /= dimensions
		}
	}
	return v
}
