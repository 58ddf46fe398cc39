package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Errand is an accepted question with all that must outlive a restart until it is
// answered.
type Errand struct {
	Key      string          // what recognises a repeat, unique over all adapters: "slack:T1:C1:1700000000.000100"
	Adapter  string          // the name of the adapter that delivers the answer
	Question Question        // without Before, which the ledger has
	Address  json.RawMessage // where the answer goes; only the adapter can read it
	Accepted time.Time
	Attempt  int    // 1 for the first
	Revision int    // how often the question has been edited
	State    State  // what is to be done
	Posted   string // the adapter's id of the message that holds the answer, or ""
}

// State says what is to be done about an errand.
type State string

// The states of an errand.
const (
	Open      State = "open"      // to be answered
	Withdrawn State = "withdrawn" // its question is gone: the answer must go too
	Closed    State = "closed"    // nothing is left to do
)

// Ledger keeps errands. Its methods may be called concurrently, by several
// processes on one database.
type Ledger interface {
	// Accept stores an errand, held by owner until the lease ends. fresh is false,
	// and nothing is stored, where its key is known.
	Accept(ctx context.Context, e Errand, owner string, lease time.Duration) (fresh bool, err error)
	// Claim gives owner up to n errands that have something left to do, are due and
	// are held by nobody, the oldest first, and counts their attempts up.
	Claim(ctx context.Context, owner string, n int, lease time.Duration) ([]Errand, error)
	// Extend prolongs all that owner holds.
	Extend(ctx context.Context, owner string, lease time.Duration) error
	// Release lets go of all that owner holds, for others to claim at once.
	Release(ctx context.Context, owner string) error
	// Revise replaces the text of the question of an errand accepted since a time,
	// counts its revision up and opens it again, due at once; who holds it keeps it.
	// An unknown key, an older errand, or
	// the same text changes nothing.
	Revise(ctx context.Context, key, text string, since time.Time) error
	// Withdraw opens an errand again, to have its answer taken back. An unknown key
	// changes nothing.
	Withdraw(ctx context.Context, key string) error
	// Done closes an errand with its answer and the message that holds it. ok is
	// false, and owner lets go of the errand for another attempt at once, where its
	// revision or state has changed meanwhile; and where owner does not hold it any
	// more.
	Done(ctx context.Context, e Errand, owner string, a Answer, posted string) (ok bool, err error)
	// Retry lets go of an errand until a time; Posted, if not "", is kept.
	Retry(ctx context.Context, e Errand, owner string, at time.Time, posted string) error
	// Turns returns the answered turns of a conversation, the oldest first, at most
	// limit of the latest.
	Turns(ctx context.Context, conversation string, limit int) ([]Turn, error)
}

// Adapter delivers answers to a platform.
type Adapter interface {
	Name() string
	// Deliver shows the answer where the errand's address says, and returns the id
	// of the message that holds it. It must be safe to repeat: where e.Posted is set
	// it changes that message, and from the second attempt on it looks whether an
	// earlier attempt has posted already. An error is temporary unless it is [Gone];
	// a *[Wait] says when to try again.
	Deliver(ctx context.Context, e Errand, a Answer) (posted string, err error)
	// Withdraw takes back what was posted for the errand. Nothing posted is no error.
	Withdraw(ctx context.Context, e Errand) error
}

// ErrGone is wrapped by the errors of deliveries that will never succeed: the
// channel is archived, the bot was removed, its token revoked.
var ErrGone = errors.New("delivery is not possible any more")

// Wait is the error of a delivery that may succeed after a while.
type Wait struct {
	For time.Duration
	Err error
}

func (w *Wait) Error() string { return fmt.Sprintf("wait %v: %v", w.For, w.Err) }
func (w *Wait) Unwrap() error { return w.Err }

// Asker answers questions; *[Bot] does.
type Asker interface {
	Ask(ctx context.Context, q Question) (Answer, error)
}

var _ Asker = (*Bot)(nil)

// Limits bound what a Service does. The zero value of a field takes the default
// named beside it.
type Limits struct {
	Workers  int           // questions answered at once; 8
	Deadline time.Duration // for answering one question; 30 s
	Lease    time.Duration // how long a dead process's work is left alone; 10 s
	Poll     time.Duration // how often others' work is looked for; 1 s
	Attempts int           // deliveries that fail before an errand is given up; 12
	Patience time.Duration // how long after it was accepted an errand may wait on and on; 1 h
	Turns    int           // earlier turns of the conversation that an answer sees; 10
	User     Rate          // questions of one asker; 20 a minute
	Place    Rate          // questions in one place, or without one in one conversation; 60 a minute
}

// Rate is so many in a span of time.
type Rate struct {
	N  int
	In time.Duration
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&l.Workers, 8)
	def(&l.Attempts, 12)
	def(&l.Turns, 10)
	for _, d := range []struct {
		v *time.Duration
		d time.Duration
	}{{&l.Deadline, 30 * time.Second}, {&l.Lease, 10 * time.Second}, {&l.Poll, time.Second}, {&l.Patience, time.Hour}} {
		if *d.v == 0 {
			*d.v = d.d
		}
	}
	if l.User.N == 0 {
		l.User = Rate{20, time.Minute}
	}
	if l.Place.N == 0 {
		l.Place = Rate{60, time.Minute}
	}
	return l
}

// Service takes questions in, has them answered, and sees to it that each answer is
// delivered once, whatever dies in between. It is safe for concurrent use.
type Service struct {
	log      *slog.Logger
	asker    Asker
	ledger   Ledger
	limits   Limits
	owner    string // names this process among those on the same ledger
	adapters map[string]Adapter
	queue    *queue
	faults   *faults
	users    *meter
	places   *meter
	observer Observer      // nil where nobody is told
	wake     chan struct{} // asks for a look into the ledger before the next poll is due
}

// NewService returns a Service that has a answer and l remember. owner must differ
// between all processes that use the same ledger, and between two lives of one.
func NewService(log *slog.Logger, a Asker, l Ledger, owner string, limits Limits) *Service {
	limits = limits.withDefaults()
	return &Service{
		log: log, asker: a, ledger: l, limits: limits, owner: owner,
		adapters: make(map[string]Adapter), queue: newQueue(), faults: newFaults(),
		users: newMeter(limits.User), places: newMeter(limits.Place), wake: make(chan struct{}, 1),
	}
}

// Attach adds an adapter. It must be called before Run.
func (s *Service) Attach(a Adapter) { s.adapters[a.Name()] = a }

// Observe has o told of what is done. It must be called before Run.
func (s *Service) Observe(o Observer) { s.observer = o }

// Limit changes how many questions one asker and one place get answered from now on.
func (s *Service) Limit(user, place Rate) {
	s.users.limit(user)
	s.places.limit(place)
}

// Waiting returns how many questions wait for an answer in this process, or are being
// answered.
func (s *Service) Waiting() int { return s.queue.len() }

// Accept takes a question in. When it returns without an error the question is
// durable and will be answered, unless it is a repeat: then fresh is false and
// nothing is done. A question over the limits is accepted too; its answer says when
// to ask again.
func (s *Service) Accept(ctx context.Context, e Errand) (fresh bool, err error) {
	e.Accepted, e.Attempt, e.State = time.Now(), 1, Open
	e.Question.Before = nil
	fresh, err = s.ledger.Accept(ctx, e, s.owner, s.limits.Lease)
	if err != nil {
		return false, fmt.Errorf("accept %s: %w", e.Key, err)
	}
	if fresh {
		s.queue.push(e)
	}
	return fresh, nil
}

// Edit replaces the text of a question that was accepted no longer than within ago;
// its answer is then written anew in place. Nothing happens where the key is
// unknown, the question is older, or its text is the same.
func (s *Service) Edit(ctx context.Context, key, text string, within time.Duration) error {
	if err := s.ledger.Revise(ctx, key, text, time.Now().Add(-within)); err != nil {
		return fmt.Errorf("edit %s: %w", key, err)
	}
	s.look()
	return nil
}

// Withdraw takes a question back, with its answer. An unknown key is no error.
func (s *Service) Withdraw(ctx context.Context, key string) error {
	if err := s.ledger.Withdraw(ctx, key); err != nil {
		return fmt.Errorf("withdraw %s: %w", key, err)
	}
	s.look()
	return nil
}

func (s *Service) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run answers questions until ctx ends; then it finishes those that are being
// answered, hands over the others, and returns.
func (s *Service) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for range s.limits.Workers {
		wg.Go(func() {
			for {
				e, ok := s.queue.pop(ctx)
				if !ok {
					return
				}
				// What has begun is finished, within its own deadline.
				s.serve(context.WithoutCancel(ctx), e)
				s.queue.done(e)
			}
		})
	}
	// Leases are kept until the last worker is done.
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	var keeper sync.WaitGroup
	keeper.Go(func() { s.keep(keep) })
	s.poll(ctx)
	wg.Wait()
	stop()
	keeper.Wait()
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.ledger.Release(release, s.owner); err != nil {
		return fmt.Errorf("hand over questions: %w", err)
	}
	return nil
}

// poll claims what nobody works on: after a restart, from a dead replica, or due
// for another try.
func (s *Service) poll(ctx context.Context) {
	t := time.NewTicker(s.limits.Poll)
	defer t.Stop()
	for {
		if free := 4*s.limits.Workers - s.queue.len(); free > 0 {
			es, err := s.ledger.Claim(ctx, s.owner, free, s.limits.Lease)
			if err != nil && ctx.Err() == nil {
				s.log.Error("claim questions", "error", err)
			}
			for _, e := range es {
				s.queue.push(e)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-s.wake:
		}
	}
}

// keep prolongs the leases of what this process holds.
func (s *Service) keep(ctx context.Context) {
	t := time.NewTicker(s.limits.Lease / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := s.ledger.Extend(ctx, s.owner, s.limits.Lease); err != nil && ctx.Err() == nil {
				s.log.Error("extend leases", "error", err)
			}
		}
	}
}

// serve does what is to be done about an errand.
func (s *Service) serve(ctx context.Context, e Errand) {
	start := time.Now()
	log := s.log.With("key", e.Key, "adapter", e.Adapter, "attempt", e.Attempt)
	a, ok := s.adapters[e.Adapter]
	if !ok {
		log.Warn("no such adapter runs here; the question waits for one")
		s.again(ctx, log, e, time.Minute, "")
		return
	}
	if e.State == Withdrawn {
		end := s.finish(ctx, log, e, Answer{}, "", a.Withdraw(ctx, e))
		s.tell(ctx, Served{Errand: e, Outcome: end, Begun: start, Written: start, Over: time.Now()})
		return
	}
	e, ans, err := s.answer(ctx, log, e, a)
	if err != nil {
		log.Error("answer question", "error", err)
		if n := s.faults.add(e); n < 3 { // a passing fault of the search or the ledger
			s.again(ctx, log, e, time.Second<<n, e.Posted)
			s.tell(ctx, Served{Errand: e, Outcome: Unanswered, Begun: start, Written: time.Now(), Over: time.Now()})
			return
		}
		ans = Answer{Question: e.Question.Text, Kind: e.Question.Kind, Status: Failed, Text: wordsFor(e.Question.Language).failed}
	}
	written := time.Now()
	posted, err := a.Deliver(ctx, e, ans)
	end := s.finish(ctx, log, e, ans, posted, err)
	s.tell(ctx, Served{Errand: e, Answer: ans, Outcome: end, Begun: start, Written: written, Over: time.Now()})
	log.Info("question", append([]any{"kind", ans.Kind, "mode", ans.Mode, "status", ans.Status, "confidence", ans.Confidence,
		"passages", len(ans.Citations), "ms", time.Since(start).Milliseconds()}, modelled(ans)...)...)
}

// modelled returns what the log says of a model's part in an answer, without its words.
func modelled(a Answer) []any {
	var out []any
	if u := a.Usage; u != nil {
		out = append(out, "model", u.Model, "prompt_tokens", u.Prompt, "cached_tokens", u.Cached, "completion_tokens", u.Completion)
	}
	if n := len(a.Rejected); n > 0 {
		out = append(out, "rejected", n)
	}
	return out
}

// answer has an errand's question answered. Where that can be shown while it is
// being written it is, and the errand is returned with the message that holds it.
func (s *Service) answer(ctx context.Context, log *slog.Logger, e Errand, a Adapter) (Errand, Answer, error) {
	to, shows := a.(Shower)
	teller, tells := s.asker.(Teller)
	if !shows || !tells || e.Posted != "" { // an answer that stands is changed when the new one is whole
		ans, err := s.write(ctx, e, s.asker.Ask)
		return e, ans, err
	}
	sh := &show{news: make(chan struct{}, 1), over: make(chan struct{})}
	shown := e
	var showing sync.WaitGroup
	showing.Go(func() {
		var err error
		if shown, err = sh.run(ctx, to, e); err != nil {
			log.Warn("nothing more is shown before the answer is whole", "error", err)
		}
	})
	ans, err := s.write(ctx, e, func(ctx context.Context, q Question) (Answer, error) {
		return teller.AskTelling(ctx, q, sh.tell)
	})
	close(sh.over)
	showing.Wait()
	return shown, ans, err
}

// write has ask answer an errand's question, or says why it isn't answered.
func (s *Service) write(ctx context.Context, e Errand, ask func(context.Context, Question) (Answer, error)) (Answer, error) {
	q := e.Question
	refused := func(text string) Answer {
		return Answer{ID: q.ID, Question: q.Text, Kind: q.Kind, Language: q.Language, Status: Refused, Text: text}
	}
	if e.Attempt == 1 && e.Revision == 0 {
		wait := max(s.users.wait(q.Asker, e.Accepted), s.places.wait(cmp.Or(q.Place, q.Conversation), e.Accepted))
		if wait > 0 {
			return refused(fmt.Sprintf(wordsFor(languageOr(q)).tooMany, int(wait.Seconds())+1)), nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.limits.Deadline)
	defer cancel()
	turns, err := s.ledger.Turns(ctx, q.Conversation, s.limits.Turns)
	if err != nil {
		return Answer{}, fmt.Errorf("read conversation: %w", err)
	}
	q.Before = turns
	ans, err := ask(ctx, q)
	if p := (*Problem)(nil); errors.As(err, &p) {
		return refused(p.Sentence), nil
	}
	return ans, err
}

// finish records how a delivery ended, and returns it. To wait is not to fail: where a platform takes
// so many messages a second, the last of many waits as often as others go first.
func (s *Service) finish(ctx context.Context, log *slog.Logger, e Errand, ans Answer, posted string, err error) Outcome {
	var wait *Wait
	end := Delivered
	switch {
	case err == nil:
	case errors.Is(err, ErrGone):
		log.Error("the answer cannot be delivered", "error", err)
		end = Lost
	case errors.As(err, &wait):
		if e.Attempt >= s.limits.Attempts && time.Since(e.Accepted) > s.limits.Patience {
			log.Error("the answer is given up, it has waited for too long", "error", err)
			end = Lost
			break
		}
		log.Warn("delivery waits", "for", wait.For, "error", err)
		s.again(ctx, log, e, wait.For, posted)
		return Waits
	default:
		n := s.faults.add(e)
		if n >= s.limits.Attempts {
			log.Error("the answer is given up", "error", err)
			end = Lost
			break
		}
		d := min(time.Second<<min(n-1, 8), 5*time.Minute)
		log.Warn("deliver again", "in", d, "error", err)
		s.again(ctx, log, e, d, posted)
		return Retried
	}
	s.faults.forget(e)
	ok, err := s.ledger.Done(ctx, e, s.owner, ans, posted)
	if err != nil {
		log.Error("record answer", "error", err) // the lease ends and the next attempt finds the message
		return Retried
	}
	if !ok {
		s.look() // edited or withdrawn meanwhile
	}
	return end
}

func (s *Service) again(ctx context.Context, log *slog.Logger, e Errand, in time.Duration, posted string) {
	if posted == "" {
		posted = e.Posted
	}
	if err := s.ledger.Retry(ctx, e, s.owner, time.Now().Add(in), posted); err != nil {
		log.Error("put question back", "error", err)
	}
	time.AfterFunc(in, s.look)
}

func languageOr(q Question) string {
	if q.Language != "" {
		return q.Language
	}
	return languageOf(q.Text)
}
