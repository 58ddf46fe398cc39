package vector

import (
	"context"
	"hash/fnv"
	"strings"
	"sync"
)

// fake embeds a text as the sum of its words, each a direction of its own. Words that
// mean the same, as far as it was told, are one direction.
type fake struct {
	model      string
	dimensions int
	same       map[string]string

	mu     sync.Mutex
	asked  map[Role][]string
	fails  error // in place of an answer …
	after  int   // … once so many texts were embedded
	change func(v []float32) []float32
}

func newFake() *fake {
	return &fake{model: "fake", dimensions: 64, asked: map[Role][]string{}}
}

func (f *fake) Model() string { return f.model }

func (f *fake) Embed(ctx context.Context, role Role, texts []string) ([][]float32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f.fails != nil && len(f.asked[Passage])+len(f.asked[Query]) >= f.after {
		return nil, f.fails
	}
	f.asked[role] = append(f.asked[role], texts...)
	out := make([][]float32, len(texts))
	for i, text := range texts {
		if out[i] = f.vector(text); f.change != nil {
			out[i] = f.change(out[i])
		}
	}
	return out, nil
}

// vector has no length in particular.
func (f *fake) vector(text string) []float32 {
	v := make([]float32, f.dimensions)
	v[0] = 0.5 // all texts have something in common
	for _, w := range strings.Fields(strings.ToLower(strings.Trim(text, ".?"))) {
		if s, ok := f.same[w]; ok {
			w = s
		}
		h := fnv.New32a()
		h.Write([]byte(w))
		sum := h.Sum32()
		v[sum%uint32(f.dimensions)]++
		v[(sum>>8)%uint32(f.dimensions)] += 0.5
	}
	return v
}

func (f *fake) count(role Role) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked[role])
}
