package bot

import (
	"context"
	"time"
)

// Outcome says what an attempt at an errand came to.
type Outcome string

// The outcomes of attempts. After all but the first two, another attempt follows.
const (
	Delivered  Outcome = "delivered"  // the answer stands, or is taken back, as was asked
	Lost       Outcome = "lost"       // it never will: the place is gone, or too many attempts have failed
	Waits      Outcome = "waits"      // the platform wants to be left alone for a while
	Retried    Outcome = "retried"    // the platform failed
	Unanswered Outcome = "unanswered" // the search, the model or the ledger failed before there was an answer
)

// Final reports whether no attempt follows.
func (o Outcome) Final() bool { return o == Delivered || o == Lost }

// Served is one attempt at an errand, with what came of it. It holds people's words,
// which an [Observer] must not keep.
type Served struct {
	Errand  Errand
	Answer  Answer // the zero Answer where none was written
	Outcome Outcome
	Begun   time.Time // when a worker took it up
	Written time.Time // when the answer was whole
	Over    time.Time // when the platform had taken it, or refused
}

// Observer is told of every attempt that a [Service] has made, for figures and traces.
// It is called by several workers at once, and must return without waiting for anything.
type Observer interface {
	Served(ctx context.Context, s Served)
}

func (s *Service) tell(ctx context.Context, a Served) {
	if s.observer != nil {
		s.observer.Served(ctx, a)
	}
}

// Link is how an adapter is connected to its platform.
type Link struct {
	Up     bool  // it receives what the platform sends
	Opened int64 // connections that there have been since the start, this one among them; 0 where the platform calls
}
