package postings

import "math"

// key is a passage with its score, the better the greater: the bits of the score,
// which is positive, and the number inverted, since of equals the first is better.
type key uint64

func newKey(score, passage uint32) key { return key(score)<<32 | key(^passage) }

func (k key) passage() uint32 { return ^uint32(k) }
func (k key) score() float32  { return math.Float32frombits(uint32(k >> 32)) }

// heap holds the best passages, the worst of them first: h[i] is less than h[2i+1]
// and h[2i+2].
type heap []key

// least returns the score, as bits, of the last of so many best passages, 0 if there
// are fewer.
func (h heap) least(limit int) uint32 {
	if len(h) < limit {
		return 0
	}
	return uint32(h[0] >> 32)
}

// take takes a passage in if it is among so many best.
func (h heap) take(k key, limit int) heap {
	if len(h) < limit {
		h = append(h, k)
		i := len(h) - 1
		for i > 0 && h[(i-1)/2] > k {
			h[i] = h[(i-1)/2]
			i = (i - 1) / 2
		}
		h[i] = k
		return h
	}
	if k <= h[0] {
		return h
	}
	i := 0
	for {
		child := 2*i + 1
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if child >= len(h) || h[child] >= k {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = k
	return h
}
