package vector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// clouds returns n unit vectors in clouds, as texts about a few hundred subjects give,
// all of them pointing about the same way.
func clouds(r *rand.Rand, n, dimensions int) []float32 {
	centres := make([][]float32, 300)
	for i := range centres {
		centres[i] = make([]float32, dimensions)
		for k := range centres[i] {
			centres[i][k] = float32(r.NormFloat64())
		}
	}
	out := make([]float32, 0, n*dimensions)
	v := make([]float32, dimensions)
	for range n {
		c := centres[r.IntN(len(centres))]
		for k := range v {
			v[k] = 2 + c[k] + float32(r.NormFloat64())
		}
		out = append(out, unit(v)...)
	}
	return out
}

// brute finds what nearest should.
func brute(m *matrix, q []float32, n int, keep func(uint32) bool) []uint32 {
	type pair struct {
		row    uint32
		cosine float32
	}
	var all []pair
	for i := range m.rows {
		if keep == nil || keep(uint32(i)) {
			sum := 0.0
			for k, x := range m.row(i) {
				sum += float64(x) * float64(q[k])
			}
			all = append(all, pair{uint32(i), float32(sum)})
		}
	}
	slices.SortStableFunc(all, func(a, b pair) int {
		if a.cosine != b.cosine {
			if a.cosine > b.cosine {
				return -1
			}
			return 1
		}
		return 0
	})
	var out []uint32
	for _, p := range all[:min(n, len(all))] {
		out = append(out, p.row)
	}
	return out
}

func rowsOf(found []near) []uint32 {
	var out []uint32
	for _, f := range found {
		out = append(out, f.row)
	}
	return out
}

func TestNearestIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	odd := func(row uint32) bool { return row%2 == 1 }
	for _, n := range []int{0, 1, 2, 7, 100, 1000} {
		m := newMatrix(clouds(r, n, 40), 40, 1000)
		for range 20 {
			q := clouds(r, 1, 40)
			for _, k := range []int{1, 3, 10, 2000} {
				for _, keep := range []func(uint32) bool{nil, odd} {
					got, want := rowsOf(m.nearest(q, k, keep)), brute(m, q, k, keep)
					if len(got) != len(want) || len(want) > 0 && overlap(got, want) < 1 {
						t.Fatalf("nearest(%d of %d rows) = %v, want %v", k, n, got, want)
					}
				}
			}
		}
	}
}

// overlap is the share of want that got has.
func overlap(got, want []uint32) float64 {
	n := 0
	for _, w := range want {
		if slices.Contains(got, w) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(want)))
}

// TestCodesFindTheNearest compares the search by codes with one through all.
func TestCodesFindTheNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m := newMatrix(clouds(r, 20_000, 384), 384, 1000)
	if m.codes == nil {
		t.Fatal("newMatrix made no codes of 20,000 rows, want them beyond 1,000")
	}
	odd := func(row uint32) bool { return row%2 == 1 }
	sum := 0.0
	const queries = 40
	for i := range queries {
		q, keep := clouds(r, 1, 384), odd
		if i%2 == 0 {
			q, keep = unit(m.row(i)), nil
		}
		got := rowsOf(m.nearest(q, 10, keep))
		if keep != nil && slices.ContainsFunc(got, func(row uint32) bool { return !keep(row) }) {
			t.Errorf("nearest = %v, want only rows that were asked for", got)
		}
		sum += overlap(got, brute(m, q, 10, keep))
	}
	if sum /= queries; sum < 0.95 {
		t.Errorf("nearest by codes finds %.3f of the ten nearest, want 0.95 at least", sum)
	} else {
		t.Logf("nearest by codes finds %.3f of the ten nearest", sum)
	}
}

// BenchmarkNearest searches for the hundred nearest of 384 dimensions.
func BenchmarkNearest(b *testing.B) {
	for _, size := range []int{2_000, 20_000, 100_000, 200_000} {
		r := rand.New(rand.NewPCG(5, 6))
		data, q := clouds(r, size, 384), clouds(r, 1, 384)
		for _, way := range []struct {
			name  string
			exact int
		}{{"exact", size}, {"codes", 0}} {
			m := newMatrix(data, 384, way.exact)
			b.Run(fmt.Sprintf("%s/%d", way.name, size), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if len(m.nearest(q, 100, nil)) != 100 {
						b.Fatal("nearest found too few")
					}
				}
			})
		}
	}
}
