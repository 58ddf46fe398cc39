package bot

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Teller is an [Asker] that tells the answer so far while it is being written;
// *[Bot] is one.
type Teller interface {
	Asker
	AskTelling(ctx context.Context, q Question, tell func(Answer)) (Answer, error)
}

var _ Teller = (*Bot)(nil)

// Shower is an [Adapter] that can show an answer while it is being written.
type Shower interface {
	Adapter
	// Show shows the answer so far, or that it is being written where it has no
	// sentences yet, and returns the id of the message that holds it, as Deliver does.
	// It is called for one errand at a time and never beside Deliver, which is called
	// in the end with that id in e.Posted and puts the whole answer in its place. After
	// an error nothing more is shown; where the message may stand though Show has
	// failed, Deliver must look for it. Where an answer can't be shown before it is
	// whole, Show does nothing and returns "".
	Show(ctx context.Context, e Errand, sofar Answer) (posted string, err error)
}

// signAfter is how long nothing is shown of an answer: after a second people wonder
// whether they were heard (Nielsen, Usability Engineering, 1993, chapter 5).
const signAfter = time.Second

// show is an answer on its way to people's eyes while it is being written. What is
// told faster than it can be shown is shown together.
type show struct {
	mu    sync.Mutex
	sofar Answer
	news  chan struct{} // there is more to show
	over  chan struct{} // closed when there will be no more
}

// tell takes the answer so far. It does not wait.
func (s *show) tell(a Answer) {
	s.mu.Lock()
	s.sofar = a
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// run shows what is told until there is no more or it can't be shown, and returns the
// errand with the message that holds it.
func (s *show) run(ctx context.Context, to Shower, e Errand) (Errand, error) {
	sign := time.NewTimer(signAfter)
	defer sign.Stop()
	for {
		select {
		case <-s.over:
			return e, nil
		case <-s.news:
			sign.Stop() // what is shown is sign enough
		case <-sign.C:
		}
		s.mu.Lock()
		sofar := s.sofar
		s.mu.Unlock()
		posted, err := to.Show(ctx, e, sofar)
		if posted != "" {
			e.Posted = posted
		}
		if err != nil {
			return e, fmt.Errorf("show the answer so far: %w", err)
		}
	}
}
