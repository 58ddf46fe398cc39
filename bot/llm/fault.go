package llm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"footnote/bot"
)

// Kind is what went wrong with a call, in a word that metrics can carry.
type Kind string

// The kinds of faults.
const (
	Unreached Kind = "unreached" // no answer from the server
	Slow      Kind = "slow"      // nothing within the time there was
	Busy      Kind = "busy"      // the server wants fewer calls
	Broken    Kind = "broken"    // the server failed, or sent what is no reply
	Cut       Kind = "cut"       // the text ended in the middle
	Endless   Kind = "endless"   // the text grew beyond what was asked for
	Declined  Kind = "declined"  // the model or its guard would not write
	TooLong   Kind = "too-long"  // the prompt does not fit the model
	Rejected  Kind = "rejected"  // the server will not have the call: key, model, form
	Resting   Kind = "resting"   // not asked, since the server kept failing
	Spent     Kind = "spent"     // not asked, since the day's tokens are used
	Given     Kind = "given-up"  // the caller wanted it no more
)

// Fault is why a call gave no text, or not all of it. Error is a clause that can be
// shown to anyone: nothing in it comes from the prompt, the text, or the server.
type Fault struct {
	Kind   Kind
	Status int           // of the server's reply, 0 for none
	Wait   time.Duration // how long the server wants to be left alone, 0 if it did not say
	what   string
	cause  error // of the context, or nil
	again  bool  // another try may go better
	named  field // a part of the request that the server has named in refusing it
	vague  bool  // it named none, and named is the likeliest
}

func (f *Fault) Error() string { return f.what }

// Unwrap returns the context's error where that ended the call.
func (f *Fault) Unwrap() error { return f.cause }

// Is reports whether target is the bot's word for such a fault.
func (f *Fault) Is(target error) bool {
	means, ok := meanings[f.Kind]
	return ok && means == target
}

// meanings are the bot's words for the kinds of faults. What only its operator can mend
// has none.
var meanings = map[Kind]error{
	Unreached: bot.ErrUnreached,
	Resting:   bot.ErrUnreached,
	Slow:      bot.ErrLate,
	Busy:      bot.ErrBusy,
	Cut:       bot.ErrCut,
	Endless:   bot.ErrUnfinished,
	Declined:  bot.ErrDeclined,
	TooLong:   bot.ErrTooLong,
	Spent:     bot.ErrSpent,
}

// hurts reports whether a fault says that the server is in no state to be asked.
func (f *Fault) hurts() bool {
	switch f.Kind {
	case Unreached, Slow, Broken, Cut:
		return true
	case Rejected: // a wrong key or model is wrong for the next call too
		return f.Status != http.StatusBadRequest && f.Status != http.StatusUnprocessableEntity
	default:
		return false
	}
}

// theirs is an error of the function that gets the text.
type theirs struct{ error }

// wording is what faults call a server, and the settings that could mend them.
type wording struct {
	server, model      string // as a clause begins
	key, address, name string // settings: of the key, the server's address, the model
	formless           string // what a server of another kind does
	queue              string // said where all places are taken
}

// chat words the faults of a server that writes.
var chat = wording{
	server: "the model server", model: "the model", key: "OPENAI_API_KEY", address: "OPENAI_BASE_URL", name: "FOOTNOTE_LLM_MODEL",
	formless: "sends no stream: it is no model server", queue: "too many answers are being written",
}

// What ends a call from our side.
var (
	errSilent  = errors.New("silent")
	errWhole   = errors.New("whole time over")
	errTooMuch = errors.New("too many bytes")
	errMoved   = errors.New("moved")
	errForm    = errors.New("not in the form asked for")
)

// fault returns what err, of a call whose context is ctx, means.
func (l *line) fault(ctx context.Context, m *meta, err error) *Fault {
	switch cause := context.Cause(ctx); {
	case ctx.Err() == nil:
	case errors.Is(cause, errSilent):
		return &Fault{Kind: Slow, Status: m.status, what: fmt.Sprintf("the model sent no text for %v", l.conf.First)}
	case errors.Is(cause, errWhole):
		return &Fault{Kind: Slow, Status: m.status, what: fmt.Sprintf("%s was not done within %v", l.words.model, l.conf.Whole)}
	default:
		return l.ended(ctx)
	}
	switch {
	case errors.Is(err, errMoved):
		return &Fault{Kind: Rejected, Status: m.status, what: l.words.server + " sends us elsewhere, where we don't go: check " + l.words.address}
	case errors.Is(err, errForm):
		return &Fault{Kind: Rejected, Status: m.status, what: "what answers at " + l.words.address + " " + l.words.formless}
	case errors.Is(err, errTooMuch):
		return &Fault{Kind: Endless, Status: m.status, what: l.words.server + " sent far more than was asked for"}
	case m.status >= http.StatusBadRequest:
		return l.refusal(m)
	case m.status != 0:
		return &Fault{Kind: Broken, Status: m.status, again: true, what: l.words.server + "'s reply broke off or was not in form"}
	}
	return &Fault{Kind: Unreached, again: true, what: l.words.server + " could not be reached: " + why(err)}
}

// ended returns the fault of a call that its caller's context ended.
func (l *line) ended(ctx context.Context) *Fault {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Fault{Kind: Slow, cause: ctx.Err(), what: l.words.model + " was not done in time"}
	}
	return &Fault{Kind: Given, cause: ctx.Err(), what: "the question was given up"}
}

// why says why a server could not be reached, without its address.
func why(err error) string {
	var (
		name        *net.DNSError
		network     net.Error
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &name):
		return "its name is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.As(err, &certificate) || errors.As(err, &authority):
		return "its certificate is not accepted"
	case errors.As(err, &network) && network.Timeout():
		return "it does not answer"
	default:
		return "the connection broke"
	}
}

// refusal returns the fault of a reply whose status says that the call failed.
func (l *line) refusal(m *meta) *Fault {
	f := &Fault{Kind: Rejected, Status: m.status, Wait: m.after}
	switch {
	case m.status == http.StatusTooManyRequests && strings.Contains(m.said, "insufficient_quota"):
		f.what = l.words.server + "'s account has used up its quota"
	case m.status == http.StatusTooManyRequests:
		f.Kind, f.again, f.what = Busy, true, l.words.server+" has too much to do (429)"
	case m.status == http.StatusUnauthorized || m.status == http.StatusForbidden:
		f.what = fmt.Sprintf("%s refused the key (%d): check %s", l.words.server, m.status, l.words.key)
	case m.status == http.StatusNotFound:
		f.what = fmt.Sprintf("%s does not know the model or the address (404): check %s and %s", l.words.server, l.words.name, l.words.address)
	case m.status == http.StatusRequestEntityTooLarge || m.status == http.StatusBadRequest && tooLong(m.said):
		f.Kind, f.what = TooLong, fmt.Sprintf("the passages are too long for the model (%d)", m.status)
	case m.status == http.StatusBadRequest && strings.Contains(m.said, "content_filter"):
		f.Kind, f.what = Declined, l.words.server+"'s filter refused the question or the passages"
	case m.status == http.StatusBadRequest || m.status == http.StatusUnprocessableEntity || m.status == http.StatusNotImplemented:
		f.named, f.vague = named(m.said)
		f.what = fmt.Sprintf("%s refused the form of the call (%d)", l.words.server, m.status)
	case m.status == http.StatusRequestTimeout || m.status == http.StatusConflict || m.status >= http.StatusInternalServerError:
		f.Kind, f.again, f.what = Broken, true, fmt.Sprintf("%s failed (%d)", l.words.server, m.status)
	default:
		f.what = fmt.Sprintf("%s refused the call (%d)", l.words.server, m.status)
	}
	return f
}

// tooLong reports whether a refusal is about a prompt that does not fit.
func tooLong(said string) bool {
	for _, s := range []string{"context_length", "context length", "context size", "exceed_context", "maximum context", "prompt is too long"} {
		if strings.Contains(said, s) {
			return true
		}
	}
	return false
}
