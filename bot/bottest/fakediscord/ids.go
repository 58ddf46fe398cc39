package fakediscord

import (
	"strconv"
	"time"
)

// discordEpoch is the first moment of ids, in milliseconds: developers/reference.mdx, "Snowflakes".
const discordEpoch = 1420070400000

// snowflakes makes ids that order by time. Server.mu guards it.
type snowflakes struct{ last uint64 }

// next makes an id of the moment, greater than all before it.
func (f *snowflakes) next(now time.Time) string {
	id := uint64(now.UnixMilli()-discordEpoch) << 22
	f.last = max(id, f.last+1)
	return strconv.FormatUint(f.last, 10)
}

// isSnowflake reports whether text has the form of an id.
func isSnowflake(text string) bool {
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil && len(text) > 10
}

// number is the id as a number, 0 where it is none.
func number(id string) uint64 {
	n, _ := strconv.ParseUint(id, 10, 64)
	return n
}

// TimeOf is when an id was made.
func TimeOf(id string) time.Time { return time.UnixMilli(int64(number(id)>>22) + discordEpoch) }

// stamp is a moment as Discord writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }
