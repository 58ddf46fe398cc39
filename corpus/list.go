package corpus

import "iter"

// List is what a corpus has of one sort, in its order. The zero List is empty. A list
// is immutable and safe for concurrent use.
//
// What a stored corpus has is read from its file when it is asked for: while somebody
// holds it, and for a while after, it is the same whenever it is asked for.
type List[T any] struct {
	n  int
	at func(i int) *T
}

// ListOf returns a list of items, which must not be changed afterwards.
func ListOf[T any](items []*T) List[T] {
	return List[T]{len(items), func(i int) *T { return items[i] }}
}

// Len returns how many there are.
func (l List[T]) Len() int { return l.n }

// At returns the i-th, from 0. It is nil where a stored corpus is damaged there.
func (l List[T]) At(i int) *T { return l.at(i) }

// All yields all but those that are damaged, with their places.
func (l List[T]) All() iter.Seq2[int, *T] {
	return func(yield func(int, *T) bool) {
		for i := range l.n {
			if item := l.at(i); item != nil && !yield(i, item) {
				return
			}
		}
	}
}
