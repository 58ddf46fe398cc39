package vector

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// matrix holds unit vectors row by row, and finds those nearest to another.
//
// Up to exactRows rows it looks at all of them. Beyond, it looks at a code of one bit
// a dimension first, on which side of the mean a vector lies, and then at the vectors
// of the codes that differ least. The mean matters: the vectors of some models all
// point about the same way.
type matrix struct {
	rows, dimensions int
	data             []float32
	mean             []float32
	words            int      // of a code
	codes            []uint64 // row by row; nil where all rows are looked at
}

// exactRows is up to how many rows all are looked at. On one core those of 384
// dimensions take 1.3 ms, and 5 where the core is busy; of 200,000 rows all take 32 ms,
// and their codes 2 (BenchmarkNearest).
const exactRows = 20_000

// shortlist is how many rows with the nearest codes are looked at, and a row of that
// many for every one that is wanted if that is more.
const (
	shortlist    = 2000
	shortlistFor = 20
)

// near is a row with its cosine.
type near struct {
	row    uint32
	cosine float32
}

// newMatrix takes the data over. Rows are looked at exactly up to exact of them.
func newMatrix(data []float32, dimensions, exact int) *matrix {
	m := &matrix{dimensions: dimensions, data: data}
	if dimensions == 0 {
		return m
	}
	m.rows = len(data) / dimensions
	var mean average
	for i := range m.rows {
		mean.add(m.row(i))
	}
	m.mean = mean.vector(dimensions)
	if m.rows > exact {
		m.words = (dimensions + 63) / 64
		m.codes = make([]uint64, m.rows*m.words)
		for i := range m.rows {
			m.code(m.codes[i*m.words:(i+1)*m.words], m.row(i))
		}
	}
	return m
}

// average is the mean of vectors; the zero one is of none.
type average struct {
	sum []float64
	of  int
}

func (a *average) add(v []float32) {
	if a.sum == nil {
		a.sum = make([]float64, len(v))
	}
	for i, x := range v {
		a.sum[i] += float64(x)
	}
	a.of++
}

// vector returns the mean in so many dimensions, that of none as zeros.
func (a *average) vector(dimensions int) []float32 {
	out := make([]float32, dimensions)
	for i, x := range a.sum {
		out[i] = float32(x / float64(a.of))
	}
	return out
}

func (m *matrix) row(i int) []float32 { return m.data[i*m.dimensions : (i+1)*m.dimensions] }

// code writes on which side of the mean v lies in each dimension.
func (m *matrix) code(to []uint64, v []float32) {
	clear(to)
	for i, x := range v {
		if x > m.mean[i] {
			to[i/64] |= 1 << (i % 64)
		}
	}
}

// cosines returns the cosines of q, a unit vector, with all rows.
func (m *matrix) cosines(q []float32) []float32 {
	out := make([]float32, m.rows)
	if m.rows > 0 {
		blas32.Gemv(blas.NoTrans, 1,
			blas32.General{Rows: m.rows, Cols: m.dimensions, Stride: m.dimensions, Data: m.data},
			blas32.Vector{N: m.dimensions, Data: q, Inc: 1}, 0, blas32.Vector{N: m.rows, Data: out, Inc: 1})
	}
	return out
}

func dot(a, b []float32) float32 {
	return blas32.Dot(blas32.Vector{N: len(a), Data: a, Inc: 1}, blas32.Vector{N: len(b), Data: b, Inc: 1})
}

// nearest returns the rows nearest to q, a unit vector, at most n and the nearest
// first, equals in order; of those that keep picks, where it is not nil.
func (m *matrix) nearest(q []float32, n int, keep func(row uint32) bool) []near {
	top := farthest{most: n}
	if m.codes == nil {
		for i, c := range m.cosines(q) {
			if keep == nil || keep(uint32(i)) {
				top.offer(near{uint32(i), c})
			}
		}
	} else {
		for _, row := range m.likely(q, max(shortlist, shortlistFor*n), keep) {
			top.offer(near{row, dot(q, m.row(int(row)))})
		}
	}
	slices.SortFunc(top.heap, nearer)
	return top.heap
}

// likely returns at least n rows, if there are as many: those whose codes differ least
// from q's.
func (m *matrix) likely(q []float32, n int, keep func(row uint32) bool) []uint32 {
	code := make([]uint64, m.words)
	m.code(code, q)
	distances := make([]uint16, m.rows)
	count := make([]int, 64*m.words+1)
	for i := range m.rows {
		if keep != nil && !keep(uint32(i)) {
			distances[i] = math.MaxUint16
			continue
		}
		d := 0
		for k, w := range m.codes[i*m.words : (i+1)*m.words] {
			d += bits.OnesCount64(w ^ code[k])
		}
		distances[i] = uint16(d)
		count[d]++
	}
	far, sum := 0, 0
	for far = range count {
		if sum += count[far]; sum >= n {
			break
		}
	}
	out := make([]uint32, 0, sum)
	for i, d := range distances {
		if int(d) <= far {
			out = append(out, uint32(i))
		}
	}
	return out
}

func nearer(a, b near) int {
	return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.row, b.row))
}

// farthest keeps the most nearest rows it is offered, in a heap whose top is the
// farthest of them.
type farthest struct {
	most int
	heap []near
}

func (f *farthest) offer(x near) {
	h := f.heap
	switch {
	case len(h) < f.most:
		h = append(h, x)
		for i := len(h) - 1; i > 0 && nearer(h[(i-1)/2], h[i]) < 0; i = (i - 1) / 2 {
			h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		}
		f.heap = h
	case f.most > 0 && nearer(x, h[0]) < 0:
		h[0] = x
		f.sink()
	}
}

// sink moves the top down to its place.
func (f *farthest) sink() {
	for i := 0; ; {
		far := i
		for _, k := range []int{2*i + 1, 2*i + 2} {
			if k < len(f.heap) && nearer(f.heap[far], f.heap[k]) < 0 {
				far = k
			}
		}
		if far == i {
			return
		}
		f.heap[i], f.heap[far] = f.heap[far], f.heap[i]
		i = far
	}
}
