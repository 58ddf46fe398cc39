package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bot"
)

func TestRepeats(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		replicas := []*Ledger{opened(t, place, Options{Now: c.now}), opened(t, place, Options{Now: c.now})}
		var fresh atomic.Int64
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				ok, err := replicas[i%2].Accept(t.Context(), at(c, "k"), fmt.Sprint("owner", i%2), time.Minute)
				if err != nil {
					t.Errorf("Accept: %v", err)
				}
				if ok {
					fresh.Add(1)
				}
			})
		}
		wg.Wait()
		if n := fresh.Load(); n != 1 {
			t.Errorf("%d of 1000 Accepts of one key were fresh, want 1", n)
		}
	})
}

// TestEveryField fails when a field is added that the ledger does not keep.
func TestEveryField(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		l := opened(t, place, Options{Now: newClock().now})
		var e bot.Errand
		fill(reflect.ValueOf(&e).Elem())
		e.Question.Before = nil // which the ledger has
		e.Address, e.State, e.Accepted = json.RawMessage(`{ "b":"<é>\u0000", "a" : 1e3 }`), bot.Open, newClock().now()
		accept(t, l, e, "a")
		if got, _ := errand(t, l, e.Key); !reflect.DeepEqual(got, e) {
			t.Errorf("Errand = %+v, want %+v", got, e)
		}
		var a bot.Answer
		fill(reflect.ValueOf(&a).Elem())
		a.Text = "tab\t nul\x00 <&> 日本 \U0001F600"
		done(t, l, e, "a", a, "", true)
		if _, got := errand(t, l, e.Key); !reflect.DeepEqual(got, a) {
			t.Errorf("answer = %+v, want %+v", got, a)
		}
		ts, err := l.Turns(t.Context(), e.Question.Conversation, 1)
		must(t, err)
		if want := []bot.Turn{{Question: e.Question, Answer: a}}; !reflect.DeepEqual(ts, want) {
			t.Errorf("Turns = %+v, want %+v", ts, want)
		}
	})
}

// fill sets everything to something.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("s" + fmt.Sprint(v.Addr().Pointer()))
	case reflect.Int:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 || v.Type() == reflect.TypeFor[[]bot.Turn]() {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Int64:
		v.SetInt(7)
	default:
		panic("a field of kind " + v.Kind().String())
	}
}

func TestRefusesWhatItCannotKeep(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		for name, spoil := range map[string]func(*bot.Errand){
			"no key":          func(e *bot.Errand) { e.Key = "" },
			"NUL in key":      func(e *bot.Errand) { e.Key = "a\x00" },
			"asker not UTF-8": func(e *bot.Errand) { e.Question.Asker = "\xff" },
			"address":         func(e *bot.Errand) { e.Address = []byte(`{"` + words) },
		} {
			e := at(c, "k")
			spoil(&e)
			if fresh, err := l.Accept(t.Context(), e, "a", time.Minute); err == nil || fresh || strings.Contains(err.Error(), words) {
				t.Errorf("%s: Accept = %v, %v, want an error without what people wrote", name, fresh, err)
			}
		}
		e := at(c, "k")
		e.Question.Text, e.Address = "a\x00b\xffc", nil
		accept(t, l, e, "a")
		if got, _ := errand(t, l, "k"); got.Question.Text != "a\uFFFDb\uFFFDc" || got.Address != nil {
			t.Errorf("Errand = %q, %s, want U+FFFD for NUL and no address", got.Question.Text, got.Address)
		}
	})
}

func TestClaim(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		for _, k := range []string{"k3", "k1", "k2"} { // accepted in this order
			accept(t, l, at(c, k), "a")
			c.pass(time.Second)
		}
		claims(t, l, "b", "") // all are held
		must(t, l.Release(t.Context(), "a"))
		if got := claim(t, l, "b", 0); len(got) != 0 {
			t.Errorf("Claim of none = %v", got)
		}
		if got := claim(t, l, "b", 1); len(got) != 1 || got[0].Key != "k3" {
			t.Errorf("Claim of one = %v, want the oldest, k3", got)
		}
		claims(t, l, "c", "k1/2/0/open k2/2/0/open")
		claims(t, l, "c", "")
		c.pass(time.Minute) // the leases end
		claims(t, l, "d", "k3/3/0/open k1/3/0/open k2/3/0/open")
	})
}

func TestClaimsAreNeverShared(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		const errands, owners = 300, 6
		c := newClock()
		var replicas []*Ledger
		for range 2 {
			replicas = append(replicas, opened(t, place, Options{Now: c.now}))
		}
		for i := range errands {
			accept(t, replicas[0], at(c, fmt.Sprintf("k%03d", i)), "gone")
		}
		must(t, replicas[1].Release(t.Context(), "gone"))
		var mu sync.Mutex
		seen := make(map[string]string)
		var wg sync.WaitGroup
		for o := range owners {
			wg.Go(func() {
				owner := fmt.Sprint("owner", o)
				for {
					es, err := replicas[o%2].Claim(t.Context(), owner, 7, time.Minute)
					if err != nil {
						t.Errorf("Claim: %v", err)
						return
					}
					mu.Lock()
					for _, e := range es {
						if other, ok := seen[e.Key]; ok {
							t.Errorf("%s was given to %s and to %s", e.Key, other, owner)
						}
						seen[e.Key] = owner
					}
					all := len(seen) >= errands
					mu.Unlock()
					if all { // none to claim is no end: PostgreSQL skips what others are claiming
						return
					}
				}
			})
		}
		wg.Wait()
		if len(seen) != errands {
			t.Errorf("%d errands were claimed, want %d", len(seen), errands)
		}
	})
}

func TestLeaseEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		a, b := opened(t, place, Options{Now: c.now}), opened(t, place, Options{Now: c.now})
		e := at(c, "k")
		accept(t, a, e, "a")
		c.pass(50 * time.Second)
		must(t, a.Extend(t.Context(), "a", time.Minute))
		c.pass(50 * time.Second)
		claims(t, b, "b", "")
		c.pass(10 * time.Second)
		e2 := claims(t, b, "b", "k/2/0/open")[0]
		// a wakes up.
		must(t, a.Extend(t.Context(), "a", time.Hour))
		must(t, a.Retry(t.Context(), e, "a", c.now(), "stale"))
		must(t, a.Release(t.Context(), "a"))
		done(t, a, e, "a", said(e), "stale", false)
		if got, _ := errand(t, b, "k"); got.Posted != "" || got.State != bot.Open {
			t.Errorf("after a stale Done the errand is %+v", got)
		}
		done(t, b, e2, "b", said(e), "post", true)
		done(t, b, e2, "b", said(e), "post", false)
		if got, ans := errand(t, a, "k"); got.Posted != "post" || got.State != bot.Closed || !reflect.DeepEqual(ans, said(e)) {
			t.Errorf("closed errand = %+v, %+v", got, ans)
		}
		c.pass(time.Hour)
		claims(t, b, "b", "")
	})
}

// An owner whose lease has ended and whom nobody has replaced may still finish.
func TestLateButAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		accept(t, l, at(c, "k"), "a")
		c.pass(time.Hour)
		done(t, l, at(c, "k"), "a", said(at(c, "k")), "post", true)
	})
}

// What was handed out in a reply that got lost, or is done with, is not kept by Extend.
func TestExtendKeepsOnlyWhatIsWorkedOn(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for _, k := range []string{"done", "retry", "work"} {
			accept(t, l, at(c, k), "a")
		}
		accept(t, opened(t, place, Options{Now: c.now}), at(c, "lost"), "a") // as if this Ledger had seen an error
		if _, err := l.Done(gone, at(c, "done"), "a", bot.Answer{}, ""); err == nil {
			t.Error("Done without time succeeded")
		}
		if err := l.Retry(gone, at(c, "retry"), "a", c.now(), ""); err == nil {
			t.Error("Retry without time succeeded")
		}
		must(t, l.Extend(t.Context(), "a", time.Hour))
		c.pass(time.Minute)
		claims(t, l, "b", "done/2/0/open lost/2/0/open retry/2/0/open")
	})
}

func TestRevise(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		e := at(c, "k")
		revise := func(text string, since time.Time) {
			t.Helper()
			must(t, l.Revise(t.Context(), "k", text, since))
		}
		revise("nobody asked", c.now()) // the key is unknown
		accept(t, l, e, "a")
		revise(e.Question.Text, e.Accepted)                         // the same text
		revise(words+" too late", e.Accepted.Add(time.Microsecond)) // too old
		revise(words+" new", e.Accepted)
		claims(t, l, "b", "") // a keeps it
		done(t, l, e, "a", said(e), "post", false)
		e = claims(t, l, "b", "k/2/1/open")[0]
		if e.Question.Text != words+" new" || e.Posted != "post" {
			t.Errorf("revised errand = %+v, want the new text and the message that was posted", e)
		}
		if got := turns(t, l, "C1", 9); got != "" {
			t.Errorf("Turns while it is answered = %q, want none", got)
		}
		done(t, l, e, "b", said(e), "post", true)
		revise(words+" newer", e.Accepted) // it is closed, with a posted answer
		claims(t, l, "b", "k/2/2/open")
	})
}

func TestWithdraw(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		must(t, l.Withdraw(t.Context(), "unknown"))
		e := at(c, "k")
		accept(t, l, e, "a")
		must(t, l.Withdraw(t.Context(), "k"))
		done(t, l, e, "a", said(e), "post", false)
		e = claims(t, l, "b", "k/2/0/withdrawn")[0]
		if e.Posted != "post" {
			t.Errorf("withdrawn errand has message %q, want post", e.Posted)
		}
		done(t, l, e, "b", said(e), "", true)
		must(t, l.Withdraw(t.Context(), "k")) // again
		must(t, l.Revise(t.Context(), "k", words+" anew", e.Accepted))
		claims(t, l, "b", "")
		got, ans := errand(t, l, "k")
		if got.Question.Text != "" || got.State != bot.Closed || !reflect.DeepEqual(ans, bot.Answer{}) {
			t.Errorf("withdrawn and closed = %+v, %+v, want neither text nor answer", got, ans)
		}
		if _, _, ok, err := l.ByPost(t.Context(), "chat", "post"); ok || err != nil {
			t.Errorf("ByPost of what was taken back = %v, %v", ok, err)
		}
		if got := turns(t, l, "C1", 9); got != "" {
			t.Errorf("Turns = %q, want none", got)
		}
		answered(t, l, at(c, "k2"))
		must(t, l.Withdraw(t.Context(), "k2"))
		if got := turns(t, l, "C1", 9); got != "" {
			t.Errorf("Turns with an answer to take back = %q, want none", got)
		}
		claims(t, l, "b", "k2/2/0/withdrawn")
	})
}

func TestRetry(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		e := at(c, "k")
		accept(t, l, e, "a")
		must(t, l.Retry(t.Context(), e, "a", c.now().Add(10*time.Second), "post"))
		claims(t, l, "b", "")
		c.pass(10*time.Second - time.Microsecond)
		claims(t, l, "b", "")
		c.pass(time.Microsecond)
		e = claims(t, l, "b", "k/2/0/open")[0]
		if e.Posted != "post" {
			t.Errorf("Posted = %q, want post", e.Posted)
		}
		must(t, l.Retry(t.Context(), e, "b", c.now().Add(time.Hour), ""))
		must(t, l.Revise(t.Context(), "k", words+" sooner", e.Accepted)) // due at once
		if e = claims(t, l, "b", "k/2/1/open")[0]; e.Posted != "post" {
			t.Errorf("Posted = %q, want post", e.Posted)
		}
		done(t, l, e, "b", said(e), "", true)
		if got, _ := errand(t, l, "k"); got.Posted != "post" {
			t.Errorf("Posted of a closed errand = %q, want post", got.Posted)
		}
	})
}

func TestTurns(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		var es []bot.Errand
		for i := range 5 {
			e := at(c, fmt.Sprint("k", i))
			accept(t, l, e, "a")
			es = append(es, e)
			c.pass(time.Second)
		}
		other := at(c, "other")
		other.Question.Conversation = "C2"
		answered(t, l, other)
		nowhere := at(c, "nowhere")
		nowhere.Question.Conversation = ""
		answered(t, l, nowhere)
		for _, i := range []int{4, 0, 2} {
			done(t, l, es[i], "a", said(es[i]), "", true)
		}
		done(t, l, es[1], "a", bot.Answer{}, "", true) // closed without an answer; 3 is open
		for limit, want := range map[int]string{0: "", 2: "q-k2 q-k4", 9: "q-k0 q-k2 q-k4"} {
			if got := turns(t, l, "C1", limit); got != want {
				t.Errorf("Turns(C1, %d) = %q, want %q", limit, got, want)
			}
		}
		if got := turns(t, l, "", 9); got != "" {
			t.Errorf("Turns of no conversation = %q, want none", got)
		}
	})
}

func TestByPost(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		answered(t, l, at(c, "k"))
		e, a, ok, err := l.ByPost(t.Context(), "chat", "post-k")
		if err != nil || !ok || e.Key != "k" || a.Text != said(at(c, "k")).Text {
			t.Errorf("ByPost = %v, %v, %v, %v, want k with its answer", e, a, ok, err)
		}
		for _, p := range [][2]string{{"chat", ""}, {"chat", "post-x"}, {"other", "post-k"}} {
			if _, _, ok, err := l.ByPost(t.Context(), p[0], p[1]); ok || err != nil {
				t.Errorf("ByPost%q = %v, %v, want false, nil", p, ok, err)
			}
		}
		if _, _, ok, err := l.Errand(t.Context(), "x"); ok || err != nil {
			t.Errorf("Errand of an unknown key = %v, %v, want false, nil", ok, err)
		}
	})
}

// TestOwnClock runs without a clock of the test.
func TestOwnClock(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		l := opened(t, place, Options{})
		e := at(&clock{t: time.Now()}, "k")
		accept(t, l, e, "a")
		claims(t, l, "b", "")
		must(t, l.Extend(t.Context(), "a", -time.Hour))
		e = claims(t, l, "b", "k/2/0/open")[0]
		must(t, l.Retry(t.Context(), e, "b", time.Now().Add(time.Hour), ""))
		claims(t, l, "c", "")
		must(t, l.Revise(t.Context(), "k", words+" soon", e.Accepted))
		e = claims(t, l, "c", "k/2/1/open")[0]
		must(t, l.Retry(t.Context(), e, "c", time.Now().Add(-time.Second), ""))
		claims(t, l, "d", "k/3/1/open")
		must(t, l.Withdraw(t.Context(), "k"))
	})
}

// TestAllAtOnce runs everything beside everything else, in two processes' ledgers:
// nothing may fail or deadlock, and what was accepted is closed once.
func TestAllAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		const workers, each = 6, 25
		opts := Options{Keys: []Key{key(t, 1)}}
		replicas := []*Ledger{opened(t, place, opts), opened(t, place, opts)}
		var closed atomic.Int64
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				l, owner := replicas[w%2], fmt.Sprint("owner", w)
				for i := range each {
					e := at(&clock{t: time.Now()}, fmt.Sprintf("%d-%d", w, i))
					e.Question.Asker = fmt.Sprint("U", i%3)
					work(t, l, e, owner, i, &closed)
				}
			})
		}
		wg.Wait()
		for o := range workers {
			must(t, replicas[0].Release(t.Context(), fmt.Sprint("owner", o)))
		}
		for es := claim(t, replicas[0], "heir", 1000); len(es) > 0; es = claim(t, replicas[0], "heir", 1000) {
			for _, e := range es {
				done(t, replicas[0], e, "heir", said(e), "post", true)
				closed.Add(1)
			}
		}
		if n := closed.Load(); n != workers*each {
			t.Errorf("%d errands were closed, want %d", n, workers*each)
		}
	})
}

// work takes one errand in, disturbs others, and closes what it is given.
func work(t *testing.T, l *Ledger, e bot.Errand, owner string, i int, closed *atomic.Int64) {
	ctx := t.Context()
	try := func(name string, err error) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := l.Accept(ctx, e, owner, time.Minute)
	try("Accept", err)
	switch i % 5 {
	case 0:
		_, err = l.Forget(ctx, e.Question.Asker)
	case 1:
		err = l.Revise(ctx, e.Key, "again", e.Accepted)
	case 2:
		err = l.Rate(ctx, Feedback{Key: e.Key, Asker: owner, Verdict: Up, At: e.Accepted})
	case 3:
		err = l.Extend(ctx, owner, time.Minute)
	case 4:
		_, err = l.Expire(ctx, e.Accepted.Add(-time.Hour))
	}
	try("disturb", err)
	ok, err := l.Done(ctx, e, owner, said(e), "post")
	try("Done", err)
	if ok {
		closed.Add(1)
	}
	es, err := l.Claim(ctx, owner, 2, time.Minute)
	try("Claim", err)
	for _, e := range es {
		ok, err := l.Done(ctx, e, owner, said(e), "post")
		try("Done", err)
		if ok {
			closed.Add(1)
		}
	}
	_, err = l.Turns(ctx, "C1", 10)
	try("Turns", err)
}
