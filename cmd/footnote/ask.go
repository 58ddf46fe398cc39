package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"unicode/utf8"

	"footnote/bot"
)

func runAsk(ctx context.Context, con *console, v values, args []string) error {
	if len(args) == 1 && args[0] == "-" {
		if !v.yes("json") {
			return usagef("ask - reads questions and answers in JSON: add --json")
		}
		m, err := con.open(ctx, v)
		if err != nil {
			return err
		}
		return batch(ctx, m.bot, con.in, con.out)
	}
	s, err := text(args, "give a question, such as: footnote ask \"What is the NSDS-Hub?\"")
	if err != nil {
		return err
	}
	return answer(ctx, con, v, bot.Question{Text: s})
}

// maxLine is the greatest length of a line in a batch. A question is far shorter,
// but an object may carry a conversation that is not asked for.
const maxLine = 16 << 20

// job is a line of a batch on its way from question to answer.
type job struct {
	number int
	line   []byte
	long   bool // the line went on past maxLine
	out    []byte
	bad    bool  // the line is no question
	err    error // what ends the batch
	ready  chan struct{}
}

// invalid is what is written for a line that is no question.
type invalid struct {
	ID       string `json:"_id,omitempty"`
	Question string `json:"question"`
	Status   string `json:"status"`
	Error    string `json:"error"`
}

// batch answers every line of in with a line of JSON on out, in order, by as many
// workers as there are processors. Whatever is ready is written out before batch
// waits, so that a program may hold a conversation through the two.
func batch(ctx context.Context, b asker, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	todo, order := make(chan *job, 16*workers), make(chan *job, 16*workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				select {
				case j, more := <-todo:
					if !more {
						return
					}
					j.answer(ctx, b)
					close(j.ready)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	// The reader is not waited for: it may sit in a read that nothing can end but
	// the other side, and it touches nothing but its channels.
	var readErr error
	go func() {
		defer close(order)
		defer close(todo)
		readErr = readJobs(ctx, in, todo, order)
	}()
	bad, err := writeJobs(ctx, out, order)
	cancel()
	group.Wait()
	if err != nil {
		return err
	}
	if readErr != nil { // set before order was closed, which is what a nil err means
		return readErr
	}
	if bad > 0 {
		return fmt.Errorf("%w: %d of them, each answered in its place", errInvalid, bad)
	}
	return nil
}

// readJobs sends each line of in to both channels.
func readJobs(ctx context.Context, in io.Reader, todo, order chan<- *job) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for number := 1; ; number++ {
		j := &job{number: number, ready: make(chan struct{})}
		var err error
		j.line, j.long, err = readLine(lines)
		if err != nil && err != io.EOF {
			return fmt.Errorf("read line %d: %w", number, err)
		}
		if err == io.EOF && len(j.line) == 0 {
			return nil
		}
		if number == 1 {
			j.line = bytes.TrimPrefix(j.line, []byte("\ufeff"))
		}
		for _, to := range []chan<- *job{order, todo} {
			select {
			case to <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// readLine reads a line, without its end. Of a line longer than maxLine it returns
// the beginning and reads over the rest.
func readLine(r *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if room := maxLine - len(line); len(part) > room {
			part, long = part[:room], true
		}
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return bytes.TrimRight(line, "\r\n"), long, err
		}
	}
}

// writeJobs writes the answers in order and counts the lines that were no question.
func writeJobs(ctx context.Context, out io.Writer, order <-chan *job) (bad int, err error) {
	w := bufio.NewWriterSize(out, 64<<10)
	next := func() (*job, bool) {
		select {
		case j, more := <-order:
			return j, more
		default:
		}
		if err = w.Flush(); err != nil {
			return nil, false
		}
		select {
		case j, more := <-order:
			return j, more
		case <-ctx.Done():
			err = ctx.Err()
			return nil, false
		}
	}
	for j, more := next(); more; j, more = next() {
		if err := j.wait(ctx, w); err != nil {
			return bad, err
		}
		if j.err != nil {
			return bad, errors.Join(j.err, w.Flush())
		}
		if j.bad {
			bad++
		}
		if _, err := w.Write(j.out); err != nil {
			return bad, err
		}
	}
	return bad, errors.Join(err, w.Flush())
}

// wait returns when the job is ready. If that takes time, w is written out first.
func (j *job) wait(ctx context.Context, w *bufio.Writer) error {
	select {
	case <-j.ready:
		return nil
	default:
	}
	if err := w.Flush(); err != nil {
		return err
	}
	select {
	case <-j.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer fills in the job's line of JSON, or the error that ends the batch.
func (j *job) answer(ctx context.Context, b asker) {
	q, err := j.question()
	var a bot.Answer
	if err == nil {
		a, err = b.Ask(ctx, q)
	}
	var problem *bot.Problem
	switch {
	case err == nil:
		j.out, j.err = lineJSON(a)
	case errors.As(err, &problem):
		j.bad = true
		j.out, j.err = lineJSON(invalid{q.ID, cut(q.Text), "invalid", problem.Sentence})
	default:
		j.err = fmt.Errorf("line %d: %w", j.number, err)
	}
}

// question reads the job's line.
func (j *job) question() (bot.Question, error) {
	wrong := func(format string, args ...any) (bot.Question, error) {
		return bot.Question{Text: string(j.line)}, &bot.Problem{Sentence: fmt.Sprintf(format, args...)}
	}
	if j.long {
		return wrong("The line has more than %d bytes.", maxLine)
	}
	if !utf8.Valid(j.line) {
		return wrong("The line is not UTF-8. Save the file in that encoding.")
	}
	text := strings.TrimSpace(string(j.line))
	if !strings.HasPrefix(text, "{") {
		return bot.Question{Text: text}, nil
	}
	var object struct {
		ID   identifier `json:"_id"`
		Text *string    `json:"text"`
	}
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		return wrong("The line is not JSON: %v. An object looks like {\"_id\":\"1\",\"text\":\"…\"}.", err)
	}
	q := bot.Question{ID: string(object.ID)}
	if object.Text == nil {
		return q, &bot.Problem{Sentence: `The object has no "text".`}
	}
	q.Text = *object.Text
	return q, nil
}

// identifier is a string of JSON, or a number as it is written.
type identifier string

// UnmarshalJSON implements json.Unmarshaler.
func (i *identifier) UnmarshalJSON(data []byte) error {
	var n json.Number // also takes a string, but only one that is a number
	if json.Unmarshal(data, &n) == nil {
		*i = identifier(n)
	}
	if len(data) == 0 || data[0] != '"' {
		return nil
	}
	return json.Unmarshal(data, (*string)(i))
}

// cutLength is how many characters of a line that is no question are repeated.
const cutLength = 200

// cut returns the beginning of text.
func cut(text string) string {
	n := 0
	for i := range text {
		if n++; n > cutLength {
			return text[:i] + "…"
		}
	}
	return text
}
