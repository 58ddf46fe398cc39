package vector

import (
	"container/list"
	"context"
	"sync"
)

// Remember returns e with the vectors of the last n questions kept, so that a question
// that is asked again costs nothing.
func Remember(e Embedder, n int) Embedder {
	return &remembering{Embedder: e, most: n, kept: map[string]*list.Element{}}
}

type remembering struct {
	Embedder
	most int

	mu    sync.Mutex
	order list.List // of *memory, the last asked first
	kept  map[string]*list.Element
}

type memory struct {
	text   string
	vector []float32
}

// Embed implements [Embedder]. A single question is remembered.
func (r *remembering) Embed(ctx context.Context, role Role, texts []string) ([][]float32, error) {
	if role != Query || len(texts) != 1 {
		return r.Embedder.Embed(ctx, role, texts)
	}
	if v := r.recall(texts[0]); v != nil {
		return [][]float32{v}, nil
	}
	vectors, err := r.Embedder.Embed(ctx, role, texts)
	if err == nil {
		r.keep(texts[0], vectors[0])
	}
	return vectors, err
}

func (r *remembering) recall(text string) []float32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.kept[text]
	if !ok {
		return nil
	}
	r.order.MoveToFront(at)
	return at.Value.(*memory).vector
}

func (r *remembering) keep(text string, vector []float32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.kept[text]; ok {
		return // two have asked it at once
	}
	r.kept[text] = r.order.PushFront(&memory{text, vector})
	if r.order.Len() > r.most {
		last := r.order.Back()
		r.order.Remove(last)
		delete(r.kept, last.Value.(*memory).text)
	}
}
