package fakeslack

import (
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
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

// Fault is something that goes wrong with the next calls of a method.
type Fault struct {
	Method     string // a method's name, a pattern such as "chat.*", "response_url", or "" for every request
	Times      int    // how many calls; zero: one
	Skip       int    // calls let through first
	Status     int    // HTTP status; 429 brings RetryAfter, 5xx has no JSON
	Error      string // Slack error in an answer with status 200
	RetryAfter time.Duration
	Cut        Cut
	Latency    time.Duration // real time before anything else; alone, the call then succeeds
}

// Chaos is what goes wrong at random, each as a share of calls between 0 and 1.
type Chaos struct {
	Seed          uint64
	Methods       []string // patterns; nil: every request
	RateLimited   float64
	RetryAfter    time.Duration // for RateLimited; zero: one second, negative: none
	ServerError   float64
	CutBefore     float64
	CutAfter      float64
	Slow          float64
	MaxLatency    time.Duration // for Slow
	SocketDrop    float64       // of envelopes: the connection that carries it is dropped after it was written
	Repeat        float64       // of events: delivered twice
	RepeatFreshID float64       // of events: delivered twice with different event ids
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
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.planned = append(s.faults.planned, &f)
}

// Chaos turns random faults on; the zero Chaos turns them off. The same seed and the same order of calls give the same faults.
func (s *Server) Chaos(c Chaos) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.chaos = c
	s.faults.random = nil
	if c.RateLimited+c.ServerError+c.CutBefore+c.CutAfter+c.Slow+c.SocketDrop+c.Repeat+c.RepeatFreshID > 0 {
		s.faults.random = rand.New(rand.NewPCG(c.Seed, 4))
	}
}

// FaultCounts counts the faults that happened: "429", "5xx", "cut before", "cut after", "slow", "socket drop", "repeat".
func (s *Server) FaultCounts() map[string]int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	out := map[string]int{}
	for k, v := range s.faults.counts {
		out[k] = v
	}
	return out
}

// next takes the fault of a call; the zero Fault when all goes well.
func (f *faults) next(method string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, p := range f.planned {
		if !matches(p.Method, method) {
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
	hit := f.rollLocked(method)
	f.tally(hit)
	return hit
}

func matches(pattern, method string) bool {
	ok, _ := path.Match(pattern, method)
	return ok || pattern == ""
}

func (f *faults) rollLocked(method string) Fault {
	c := f.chaos
	if f.random == nil || c.Methods != nil && !slices.ContainsFunc(c.Methods, func(p string) bool { return matches(p, method) }) {
		return Fault{}
	}
	var hit Fault
	if f.random.Float64() < c.Slow {
		hit.Latency = time.Duration(f.random.Int64N(int64(max(c.MaxLatency, 1))))
	}
	switch roll := f.random.Float64(); {
	case roll < c.RateLimited:
		hit.Status, hit.RetryAfter = http.StatusTooManyRequests, c.RetryAfter
		if c.RetryAfter == 0 {
			hit.RetryAfter = time.Second
		}
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
	f.count(name)
	return true
}

func (f *faults) tally(hit Fault) {
	switch {
	case hit.Status == http.StatusTooManyRequests:
		f.count("429")
	case hit.Status >= 500:
		f.count("5xx")
	case hit.Cut == CutBefore:
		f.count("cut before")
	case hit.Cut == CutAfter:
		f.count("cut after")
	}
	if hit.Latency > 0 {
		f.count("slow")
	}
}

func (f *faults) count(name string) {
	if f.counts == nil {
		f.counts = map[string]int{}
	}
	f.counts[name]++
}

func (f Fault) reply() reply {
	if f.Status == http.StatusTooManyRequests {
		return rateLimited(f.RetryAfter)
	}
	code := f.Error
	if code == "" {
		code = "internal_error"
	}
	out := refused(refuse(code))
	out.status = f.Status
	return out
}
