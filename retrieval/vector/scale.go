package vector

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// unrelated are sentences that have nothing to do with each other. How near they are
// to each other all the same says what a cosine of a model means: of one model 0.78
// is nothing, of another everything.
var unrelated = strings.Split(`Bread rises because yeast turns sugar into gas.
The night train leaves from platform four.
A glacier carries stones down into the valley.
The court put the hearing off until spring.
Her first novel tells of two sisters who run a hotel.
Copper conducts heat better than iron does.
The choir sang without an organ.
Vaccination of cattle began in the south of the country.
Prices of houses fell for the third year.
The goalkeeper saved a penalty in the last minute.
Most owls hunt by night and sleep by day.
The tax is due when goods cross the border.
Monks copied the book by hand for centuries.
A parser reads the program one word at a time.
The bridge was closed because its cables had rusted.
Tides are highest when sun and moon pull together.
The king had the city's walls taken down.
Plant the bulbs in autumn, a hand deep.
Nurses work in shifts of twelve hours.
The painting shows a market in the rain.`, "\n")

// Scale is what cosines of unrelated texts are: their mean, and their standard
// deviation.
type Scale struct{ Mean, Spread float64 }

// scale returns the scale of a store's model, the zero scale where the store has not
// been filled.
func (s *Store) scale() (Scale, error) {
	var all [][]float32
	for _, text := range unrelated {
		v, ok, err := s.vector(nil, text)
		if !ok || err != nil {
			return Scale{}, err
		}
		all = append(all, v)
	}
	sum, square, n := 0.0, 0.0, 0.0
	for i, a := range all {
		for _, b := range all[:i] {
			c := float64(dot(a, b))
			sum, square, n = sum+c, square+c*c, n+1
		}
	}
	mean := sum / n
	return Scale{mean, math.Sqrt(max(0, square/n-mean*mean))}, nil
}

// of returns how much a cosine is above the mean, in standard deviations.
func (s Scale) of(cosine float64) float64 {
	if s.Spread == 0 {
		return 0
	}
	return (cosine - s.Mean) / s.Spread
}

// sameCosine is how near two vectors of one text are at least. Servers that compute in
// parallel do not give the same bits twice; two models have nothing in common.
const sameCosine = 0.99

// atOnce is how long a server may take for one sentence; one that takes longer is down,
// or could embed nothing in reasonable time.
const atOnce = 5 * time.Second

// Check embeds one of the unrelated texts, and compares it with what the store has:
// what other model has the same name gives it another vector.
func (s *Store) Check(ctx context.Context, e Embedder) error {
	before, ok, err := s.vector(nil, unrelated[0])
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, atOnce)
	defer cancel()
	now, err := e.Embed(limited, Passage, unrelated[:1])
	switch {
	case err != nil:
		return fmt.Errorf("embed passages: %w", err)
	case !ok:
		return s.Put(unrelated[:1], now)
	case len(now[0]) != len(before):
		return s.changed(fmt.Sprintf("vectors of %d numbers, which had %d", len(now[0]), len(before)))
	case dot(unit(now[0]), before) < sameCosine:
		return s.changed("the same text has another vector than before")
	}
	return nil
}
