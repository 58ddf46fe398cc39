package ledger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestFeedback(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		answered(t, l, at(c, "k1"))
		answered(t, l, at(c, "k2"))
		start := c.now()
		rate := func(key, asker string, v Verdict, reason string, passages ...string) Feedback {
			t.Helper()
			c.pass(time.Second)
			f := Feedback{Key: key, Asker: asker, Verdict: v, Reason: reason, Passages: passages, At: c.now()}
			must(t, l.Rate(t.Context(), f))
			return f
		}
		rate("k1", "U1", Up, "")
		other := rate("k1", "U2", Down, words+"\x00", "d#p5", "d#n7")
		other.Reason = words + "\uFFFD"
		none := rate("k2", "U1", Up, "")
		none.Passages = []string{}
		last := rate("k1", "U1", Down, "wrong passage", "d#p5") // the last wins
		rate("k2", "U3", Up, "")
		rate("k2", "U3", "", "") // taken back
		for _, x := range []struct {
			since time.Time
			limit int
			want  []Feedback
		}{
			{start, 9, []Feedback{other, none, last}},
			{start, 1, []Feedback{other}},
			{last.At, 9, []Feedback{last}},
			{start, 0, nil},
		} {
			got, err := l.Feedback(t.Context(), x.since, x.limit)
			if err != nil || !reflect.DeepEqual(got, x.want) {
				t.Errorf("Feedback(%v, %d) = %+v, %v, want %+v", x.since, x.limit, got, err, x.want)
			}
		}
		if err := l.Rate(t.Context(), Feedback{Key: "x", Asker: "U1", Verdict: Up, Reason: words}); !errors.Is(err, ErrUnknown) {
			t.Errorf("Rate of an unknown question: %v, want ErrUnknown", err)
		}
		if err := l.Rate(t.Context(), Feedback{Key: "k1", Asker: "U1", Verdict: words}); err == nil || strings.Contains(err.Error(), words) {
			t.Errorf("Rate with an unknown verdict: %v, want an error without it", err)
		}
	})
}

func TestSettings(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		l := opened(t, place, Options{})
		want := func(place, name, want string) {
			t.Helper()
			if got, err := l.Setting(t.Context(), place, name); err != nil || got != want {
				t.Errorf("Setting(%s, %s) = %q, %v, want %q", place, name, got, err, want)
			}
		}
		want("C1", "visibility", "")
		must(t, l.Set(t.Context(), "C1", "visibility", "public"))
		must(t, l.Set(t.Context(), "C1", "visibility", "private"))
		must(t, l.Set(t.Context(), "C2", "visibility", "public"))
		want("C1", "visibility", "private")
		want("C1", "language", "")
		must(t, l.Set(t.Context(), "C1", "visibility", ""))
		want("C1", "visibility", "")
		want("C2", "visibility", "public")
	})
}

// Of many that have read the same, one swaps it.
func TestSwap(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		replicas := []*Ledger{opened(t, place, Options{}), opened(t, place, Options{})}
		for _, c := range []struct {
			old, value string
			ok         bool
			want       string
		}{
			{"a", "b", false, ""}, {"", "a", true, "a"}, {"", "b", false, "a"}, {"b", "c", false, "a"}, {"a", "b", true, "b"},
			{"a", "", false, "b"}, {"b", "", true, ""}, {"b", "", false, ""},
		} {
			ok, err := replicas[0].Swap(t.Context(), "C1", "session", c.old, c.value)
			if got, _ := replicas[1].Setting(t.Context(), "C1", "session"); err != nil || ok != c.ok || got != c.want {
				t.Errorf("Swap(%q, %q) = %v, %v, and then %q, want %v and %q", c.old, c.value, ok, err, got, c.ok, c.want)
			}
		}
		for _, old := range []string{"", "mine 0"} {
			var swapped atomic.Int64
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					value := fmt.Sprint("mine ", i)
					if old == "" {
						value = "mine 0"
					}
					ok, err := replicas[i%2].Swap(t.Context(), "C2", "session", old, value+" "[:min(len(old), 1)])
					if err != nil {
						t.Errorf("Swap: %v", err)
					}
					if ok {
						swapped.Add(1)
					}
				})
			}
			wg.Wait()
			if n := swapped.Load(); n != 1 {
				t.Errorf("%d of 50 swapped %q, want 1", n, old)
			}
		}
	})
}

func key(t *testing.T, n byte) Key {
	t.Helper()
	k, err := ParseKey(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 32)))
	must(t, err)
	return k
}

func TestInstallations(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		old, young := key(t, 1), key(t, 2)
		secret := []byte("xoxb-" + words)
		ctx := t.Context()
		l := opened(t, place, Options{Keys: []Key{old}})
		for _, team := range []string{"T2", "T1"} {
			must(t, l.SaveInstallation(ctx, "slack", team, []byte("before")))
			must(t, l.SaveInstallation(ctx, "slack", team, secret))
		}
		get := func(l *Ledger, team string, wantOK bool, want error) {
			t.Helper()
			got, ok, err := l.Installation(ctx, "slack", team)
			if ok != wantOK || !errors.Is(err, want) || ok && !bytes.Equal(got, secret) {
				t.Errorf("Installation(%s) = %q, %v, %v, want %v, %v", team, got, ok, err, wantOK, want)
			}
			if err != nil && strings.Contains(err.Error(), words) {
				t.Errorf("the error holds the secret: %v", err)
			}
		}
		get(l, "T1", true, nil)
		get(l, "T3", false, nil)
		if teams, err := l.Installations(ctx, "slack"); err != nil || !slices.Equal(teams, []string{"T1", "T2"}) {
			t.Errorf("Installations = %q, %v, want T1 and T2", teams, err)
		}
		get(opened(t, place, Options{Keys: []Key{young}}), "T1", false, ErrWrongKey)
		none := opened(t, place, Options{})
		get(none, "T1", false, ErrNoKey)
		if err := none.SaveInstallation(ctx, "slack", "T1", secret); !errors.Is(err, ErrNoKey) {
			t.Errorf("SaveInstallation without a key: %v, want ErrNoKey", err)
		}
		both := opened(t, place, Options{Keys: []Key{young, old}})
		get(both, "T1", true, nil)
		for _, want := range []int{2, 0} {
			if n, err := both.Reseal(ctx); err != nil || n != want {
				t.Errorf("Reseal = %d, %v, want %d", n, err, want)
			}
		}
		if n, err := l.Reseal(ctx); n != 0 || !errors.Is(err, ErrWrongKey) {
			t.Errorf("Reseal with the old key only = %d, %v, want ErrWrongKey", n, err)
		}
		get(opened(t, place, Options{Keys: []Key{young}}), "T1", true, nil)
		// A secret opens for nobody else.
		_, err := l.db.exec(ctx, l.db.safe, `UPDATE installations SET secret = (SELECT secret FROM installations WHERE team = 'T1') WHERE team = 'T2'`)
		must(t, err)
		get(both, "T2", false, ErrWrongKey)
		must(t, l.Uninstall(ctx, "slack", "T1"))
		must(t, l.Uninstall(ctx, "slack", "T1"))
		get(both, "T1", false, nil)
	})
}

func TestParseKey(t *testing.T) {
	b := bytes.Repeat([]byte{0xfb, 0xff}, 16)
	for _, s := range []string{base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b), " " + base64.URLEncoding.EncodeToString(b) + "\n"} {
		k, err := ParseKey(s)
		if err != nil || !bytes.Equal(k.bytes[:], b) {
			t.Errorf("ParseKey(%q): %v", s, err)
		}
		log := new(buffer)
		slog.New(slog.NewJSONHandler(log, nil)).Info("start", "key", k, "options", Options{Keys: []Key{k}})
		for _, out := range []string{fmt.Sprintf("%v %+v %#v %x %d %q %s", k, k, k, k, k, k, k), fmt.Sprintf("%+v %#v", Options{Keys: []Key{k}}, &k), log.String()} {
			if strings.Contains(out, "251") || strings.Contains(strings.ToLower(out), "fbff") || strings.Contains(out, "0xfb") {
				t.Errorf("the key is printed: %s", out)
			}
		}
	}
	for _, s := range []string{"", words, base64.StdEncoding.EncodeToString(b[1:]), base64.StdEncoding.EncodeToString(append(b, 1)), "!" + base64.StdEncoding.EncodeToString(b)} {
		if _, err := ParseKey(s); err == nil || s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("ParseKey(%q): %v, want an error without it", s, err)
		}
	}
}
