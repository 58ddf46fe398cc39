package answers

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"footnote/bot"
)

// folder holds what is read of each answer, one file each. Its files belong to no
// platform: whoever renders must be read as they say.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "layout", "testdata", "parity")
}

// Reading is what people read of an answer's body, line by line, without small print
// and what can be pressed. A mark stands in « »; a quotation begins with “| ”, an
// entry of a list with “• ”, a line of code with “` ”.
type Reading []string

// Compare holds what one platform shows against what all must show. With update, it
// is written down as that.
func Compare(tb testing.TB, name string, r Reading, update bool) {
	tb.Helper()
	path := filepath.Join(folder(), name+".golden")
	got := r.normal()
	if update {
		if err := os.MkdirAll(folder(), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		tb.Fatalf("%v (write it with -update)", err)
	}
	if got != string(want) {
		tb.Errorf("%s is read as\n%s\nwant, as elsewhere\n%s", name, got, want)
	}
}

// normal writes a reading down: spaces that look the same are the same, and of long
// lines the ends, the length and a hash.
func (r Reading) normal() string {
	var b strings.Builder
	for _, line := range r {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		if all := []rune(line); len(all) > 600 {
			sum := sha256.Sum256([]byte(line))
			line = fmt.Sprintf("%s […] %s (%d characters, %x)", string(all[:60]), string(all[len(all)-40:]), len(all), sum[:4])
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// Limit is where an answer is just short enough: with one character more in its last
// sentence, that is cut, or takes another message.
type Limit struct {
	Name            string // of whose limit it is, and of what
	Language        string
	Sentences, Each int
	Most            int // by how much the last sentence may be longer
}

// Limits are the limits of every renderer; each must be read alike at those of all.
// Their tests check that they still are where this says.
var Limits = []Limit{
	{"sentence-en", "en", 1, 2700, 88},
	{"sentence-ja", "ja", 1, 1800, 60},
	{"slack-message-en", "en", 9, 1050, 4},
	{"slack-message-ja", "ja", 4, 870, 11},
	{"discord-message-en", "en", 5, 730, 30},
	{"discord-message-ja", "ja", 4, 750, 24},
}

// At returns the answer that is over the limit by so many characters; under it with
// less than 0.
func (l Limit) At(over int) bot.Answer { return Long(l.Language, l.Sentences, l.Each, l.Most+over) }

// Find returns by how much the last sentence may be longer for fits to hold.
func (l Limit) Find(fits func(bot.Answer) bool) int {
	low, high := -l.Each/2, 2*l.Each // fits holds at low, and not at high
	for low+1 < high {
		if mid := (low + high) / 2; fits(Long(l.Language, l.Sentences, l.Each, mid)) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
