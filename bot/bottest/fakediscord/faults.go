package fakediscord

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Cut says when a connection is cut instead of answered.
type Cut int

// The moments of a cut.
const (
	CutNever  Cut = iota
	CutBefore     // nothing was done
	CutAfter      // it was done, and the bot does not hear of it
)

// Fault is something that goes wrong with the next requests.
type Fault struct {
	Method     string // "" for any
	Route      string // a pattern of the path below the version, "/channels/*/messages", or the path of the OpenAPI document; "" for any
	Times      int    // how many requests; zero: one
	Skip       int    // requests let through first
	Status     int    // HTTP status; 5xx has no JSON, 429 brings RetryAfter
	Code       int    // Discord's code; its status, where none is given, is 400
	Message    string
	RetryAfter time.Duration
	Scope      string // of 429: "user", "global" or "shared"; "": user
	Cut        Cut
	Latency    time.Duration // real time before anything else; alone, the request then succeeds
}

// Chaos is what goes wrong at random, each as a share between 0 and 1: of requests, of events written to a connection, or of what
// is named.
type Chaos struct {
	Seed             uint64
	Routes           []string // patterns as Fault has them; nil: every request
	RateLimited      float64
	RetryAfter       time.Duration // for RateLimited; zero: one second, negative: none
	ServerError      float64
	CutBefore        float64
	CutAfter         float64
	Slow             float64
	MaxLatency       time.Duration // for Slow
	Repeat           float64       // of events: delivered twice
	Drop             float64       // of events: the connection is cut after it
	Reconnect        float64       // of events: op 7 follows
	Invalid          float64       // of events: op 9 follows, and the session is over
	InvalidResumable float64       // of events: op 9 follows, and the session may be resumed
	Close            float64       // of events: a close code follows
	CloseCodes       []int         // nil: 4000, 4008 and 4009
	LateCallback     float64       // of first responses: 10062 though in time, and the token is dead, as discord-api-docs#5558 saw it
	DeadToken        float64       // of calls with an interaction's token: 50027, and the token stays dead
	Denied           float64       // of messages posted in guilds: 50013
}

// faults decides what goes wrong.
type faults struct {
	mu      sync.Mutex
	planned []*Fault
	chaos   Chaos
	random  *rand.Rand // nil: no chaos
	counts  map[string]int
}

// Fail plans a fault; faults planned earlier come first.
func (s *Server) Fail(f Fault) {
	setDefault(&f.Times, 1)
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.planned = append(s.faults.planned, &f)
}

// Chaos turns random faults on; the zero Chaos turns them off. The same seed and the same order of requests give the same faults.
func (s *Server) Chaos(c Chaos) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.chaos = c
	s.faults.random = nil
	sum := c.RateLimited + c.ServerError + c.CutBefore + c.CutAfter + c.Slow + c.Repeat + c.Drop + c.Reconnect + c.Invalid + c.InvalidResumable +
		c.Close + c.LateCallback + c.DeadToken + c.Denied
	if sum > 0 {
		s.faults.random = rand.New(rand.NewPCG(c.Seed, 5))
	}
}

// FaultCounts counts the faults that happened: "429", "5xx", "code 50035", "cut before", "cut after", "slow", "repeat", "drop",
// "op 7", "op 9", "close 4000", "late callback", "dead token", "denied".
func (s *Server) FaultCounts() map[string]int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return maps.Clone(s.faults.counts)
}

// next takes the fault of a request; the zero Fault when all goes well.
func (f *faults) next(method, route, at string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, p := range f.planned {
		if p.Method != "" && p.Method != method || !matches(p.Route, route, at) {
			continue
		}
		if p.Skip > 0 {
			p.Skip--
			continue
		}
		p.Times--
		if p.Times == 0 {
			f.planned = slices.Delete(f.planned, i, i+1)
		}
		f.tally(*p)
		return *p
	}
	hit := f.rollLocked(route, at)
	f.tally(hit)
	return hit
}

// matches holds a pattern against a route ("GET /users/@me") and a path.
func matches(pattern, route, at string) bool {
	_, template, _ := strings.Cut(route, " ")
	ok, _ := path.Match(pattern, at)
	return ok || pattern == "" || pattern == template
}

func (f *faults) rollLocked(route, at string) Fault {
	c := f.chaos
	if f.random == nil || c.Routes != nil && !slices.ContainsFunc(c.Routes, func(p string) bool { return matches(p, route, at) }) {
		return Fault{}
	}
	var hit Fault
	if f.random.Float64() < c.Slow {
		hit.Latency = time.Duration(f.random.Int64N(int64(max(c.MaxLatency, 1))))
	}
	switch roll := f.random.Float64(); {
	case roll < c.RateLimited:
		hit.Status, hit.RetryAfter = http.StatusTooManyRequests, cmp.Or(c.RetryAfter, time.Second)
	case roll < c.RateLimited+c.ServerError:
		hit.Status = []int{500, 502, 503}[f.random.IntN(3)]
	case roll < c.RateLimited+c.ServerError+c.CutBefore:
		hit.Cut = CutBefore
	case roll < c.RateLimited+c.ServerError+c.CutBefore+c.CutAfter:
		hit.Cut = CutAfter
	}
	return hit
}

// roll decides one of the shares of chaos and counts a hit under name.
func (f *faults) roll(share func(Chaos) float64, name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random == nil || share(f.chaos) == 0 || f.random.Float64() >= share(f.chaos) {
		return false
	}
	f.counts[name]++
	return true
}

// rollClose is a close code, 0 for none.
func (f *faults) rollClose() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random == nil || f.chaos.Close == 0 || f.random.Float64() >= f.chaos.Close {
		return 0
	}
	codes := f.chaos.CloseCodes
	if codes == nil {
		codes = []int{4000, 4008, 4009}
	}
	code := codes[f.random.IntN(len(codes))]
	f.counts[fmt.Sprint("close ", code)]++
	return code
}

func (f *faults) tally(hit Fault) {
	switch {
	case hit.Status == http.StatusTooManyRequests:
		f.counts["429"]++
	case hit.Status >= 500:
		f.counts["5xx"]++
	case hit.Code != 0:
		f.counts[fmt.Sprint("code ", hit.Code)]++
	case hit.Cut == CutBefore:
		f.counts["cut before"]++
	case hit.Cut == CutAfter:
		f.counts["cut after"]++
	}
	if hit.Latency > 0 {
		f.counts["slow"]++
	}
}

func (f Fault) reply() reply {
	switch {
	case f.Status == http.StatusTooManyRequests:
		return tooMany(f.RetryAfter, cmp.Or(f.Scope, "user"))
	case f.Status >= 500:
		return reply{status: f.Status, html: true}
	}
	return refused(&apiError{status: cmp.Or(f.Status, http.StatusBadRequest), code: f.Code, message: cmp.Or(f.Message, "Planned by the test")})
}
