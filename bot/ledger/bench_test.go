package ledger

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bot"
)

// BenchmarkAcceptDone measures a question's way through the ledger: accepted, its
// turns read, done. One asks alone; then eight at once.
func BenchmarkAcceptDone(b *testing.B) {
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, at := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/%d", kind, at), func(b *testing.B) {
				place := filepath.Join(b.TempDir(), "ledger.db")
				if kind == "postgres" {
					place = newSchema(b)
				}
				l := opened(b, place, Options{})
				var n atomic.Int64
				b.SetParallelism(at)
				b.ResetTimer()
				step := func() {
					i := n.Add(1)
					e := atTime(fmt.Sprintf("k%09d", i), fmt.Sprint("C", i%100))
					accept(b, l, e, "a")
					if _, err := l.Turns(context.Background(), e.Question.Conversation, 10); err != nil {
						b.Error(err)
					}
					done(b, l, e, "a", said(e), "post", true)
				}
				if at == 1 {
					for b.Loop() {
						step()
					}
				} else {
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							step()
						}
					})
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "questions/s")
			})
		}
	}
}

func atTime(key, conversation string) bot.Errand {
	e := at(&clock{t: time.Now()}, key)
	e.Question.Conversation = conversation
	return e
}
