package discordbot

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// posted names the first message of an answer, by which the ledger finds the errand
// of what somebody replies to. The messages after it are found by what they reply to:
// the question, or the first.
type posted struct{ Channel, First string }

// String returns the form that the ledger keeps: "1:2", or "".
func (p posted) String() string {
	if p.First == "" {
		return ""
	}
	return p.Channel + ":" + p.First
}

// readPosted reads what String has written; anything else is nothing.
func readPosted(s string) posted {
	channel, first, ok := strings.Cut(s, ":")
	if !ok || channel == "" || first == "" {
		return posted{}
	}
	return posted{channel, first}
}

// epoch is when Discord's time begins, in milliseconds of ours.
const epoch = 1420070400000

// born returns when an id was made; the zero time where it is none.
func born(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + epoch)
}

// since returns an id that is smaller than all that are made from a time on.
func since(at time.Time) string {
	return strconv.FormatInt(max(0, at.UnixMilli()-epoch)<<22, 10)
}

// older compares ids by age.
func older(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// nonce recognises a message that is sent a second time. Discord takes 25 characters.
func nonce(key string, revision int, part string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", key, revision, part))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}
