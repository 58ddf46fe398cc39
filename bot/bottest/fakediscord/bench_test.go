package fakediscord

import (
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
)

// BenchmarkInteractions has discordgo answer commands in the same process, deferred and then edited in, as fast as it can. The fake
// must carry more than 500 a second.
func BenchmarkInteractions(b *testing.B) {
	s := start(b, Config{})
	registered(b, s)
	d := client(b, s)
	d.Identify.Intents = askingIntents
	failed := make(chan error, b.N+1)
	d.AddHandler(func(_ *discordgo.Session, i *discordgo.InteractionCreate) { failed <- answerWith(d, i.Interaction) })
	open(b, s, d)
	begun := time.Now()
	b.ResetTimer()
	under := make(chan bool, 64)
	for range b.N {
		under <- true
		in := s.User("ada").In("general").Slash("ask", Options{"question": "why?"})
		go func() { // ends with the answer
			if _, err := in.Message(soon(b)); err != nil {
				b.Error(err)
			}
			<-under
		}()
	}
	for range b.N {
		if err := <-failed; err != nil {
			b.Error(err)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "interactions/s")
}
