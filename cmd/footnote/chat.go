package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"footnote/bot"

	"github.com/peterh/liner"
	"golang.org/x/term"
)

// remembered is how many turns of a conversation a question is understood with.
const remembered = 20

const chatHelp = `Ask in words; a follow-up such as "and the South?" is understood. Also:
  ¶5, note 7, chart 2    the passage, note or chart, verbatim
  summary                the directions there are summaries of
  summary north          the summary of one
  sources                the notes as a bibliography
  check SENTENCE         how far the material supports the sentence
  /help                  this text
  /quit, Ctrl-D          end the conversation
`

func runChat(ctx context.Context, con *console, v values, args []string) error {
	if len(args) > 0 {
		return usagef("chat takes no words: questions are typed once it runs; footnote ask answers one")
	}
	m, err := con.open(ctx, v)
	if err != nil {
		return err
	}
	if isTerminal(con.in) {
		fmt.Fprintf(con.err, "Documents: %d, passages and notes: %d. /help lists what can be typed, Ctrl-D ends.\n", m.corpus.Documents.Len(), m.corpus.Passages.Len())
	}
	lines := con.lines(ctx, v)
	defer lines.close()
	c := conversation{con: con, v: v, bot: m.bot}
	for {
		line, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read line: %w", err)
		}
		done, err := c.take(ctx, line)
		if done || err != nil {
			return err
		}
	}
}

// conversation is what has been said so far.
type conversation struct {
	con   *console
	v     values
	bot   asker
	turns []bot.Turn
}

// take answers one line. It reports whether that was the last one.
func (c *conversation) take(ctx context.Context, line string) (done bool, err error) {
	line = strings.TrimSpace(line)
	if name, command := strings.CutPrefix(line, "/"); command {
		name, _, _ = strings.Cut(name, " ")
		switch name {
		case "quit", "exit":
			return true, nil
		case "help":
			_, err := io.WriteString(c.con.out, chatHelp)
			return false, err
		case "ask", "summary", "cite", "sources", "check": // as the chat platforms spell them
			line = strings.TrimPrefix(strings.TrimPrefix(line, "/"), "ask ")
		default:
			c.con.note("unknown command /%s: /help lists what there is", name)
			return false, nil
		}
	}
	if line == "" {
		return false, nil
	}
	q := bot.Question{Text: line, Asker: "terminal", Conversation: "terminal", Before: c.turns}
	a, err := c.bot.Ask(ctx, q)
	var problem *bot.Problem
	if errors.As(err, &problem) {
		c.con.note("%s", problem.Sentence)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	q.Before = nil // each turn stands in the list itself
	c.turns = append(c.turns, bot.Turn{Question: q, Answer: a})
	c.turns = c.turns[max(0, len(c.turns)-remembered):]
	p := c.con.page(c.v)
	p.show(a)
	p.gap()
	return false, p.writeTo(c.con.out)
}

// lines gives the lines that somebody types, io.EOF after the last.
type lines struct {
	next  func() (string, error)
	close func()
}

// lines returns the lines of standard input: with a prompt, editing and history at
// a terminal, as they come otherwise. When ctx is done there are no more.
func (con *console) lines(ctx context.Context, v values) lines {
	if !isTerminal(con.in) || !isTerminal(con.out) {
		r := bufio.NewReader(con.in)
		return lines{close: func() {}, next: waiting(ctx, func() (string, error) {
			line, _, err := readLine(r)
			if err == io.EOF && len(line) > 0 {
				err = nil
			}
			return string(line), err
		})}
	}
	edit := liner.NewLiner()
	edit.SetCtrlCAborts(true)
	edit.SetMultiLineMode(true)
	h := con.history(v)
	h.load(edit)
	aborted := false
	next := func() (string, error) {
		line, err := edit.Prompt("? ")
		if err == liner.ErrPromptAborted { // Ctrl-C takes back what was typed, and ends when pressed again
			if aborted {
				return "", io.EOF
			}
			aborted = true
			return "", nil
		}
		if aborted = false; err == nil && strings.TrimSpace(line) != "" {
			edit.AppendHistory(line)
		}
		if err == io.EOF {
			fmt.Fprintln(con.err) // leaves the prompt's line
		}
		return line, err
	}
	return lines{next: waiting(ctx, next), close: func() { h.save(edit); _ = edit.Close() }}
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// waiting returns a function that calls next, but waits no longer than ctx: a read
// from a pipe or a terminal knows no context. The goroutine that is left behind then
// ends with its read, and the program with it.
func waiting(ctx context.Context, next func() (string, error)) func() (string, error) {
	type read struct {
		line string
		err  error
	}
	return func() (string, error) {
		ch := make(chan read, 1)
		go func() {
			line, err := next()
			ch <- read{line, err}
		}()
		select {
		case r := <-ch:
			return r.line, r.err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// history is the file that keeps what was typed; without a path there is none.
type history struct {
	con  *console
	path string
}

// history returns the history that the settings allow.
func (con *console) history(v values) history {
	if !v.yes("history") {
		return history{con: con}
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		con.note("no history is kept: %v", err)
		return history{con: con}
	}
	return history{con, filepath.Join(folder, "footnote", "history")}
}

// load gives the editor what was typed before.
func (h history) load(edit *liner.State) {
	if h.path == "" {
		return
	}
	f, err := os.Open(h.path)
	if err != nil {
		return // nothing was typed before
	}
	defer f.Close()
	if _, err := edit.ReadHistory(f); err != nil {
		h.con.note("read history: %v", err)
	}
}

// save keeps what the editor remembers in a file that only its owner can read.
func (h history) save(edit interface {
	WriteHistory(w io.Writer) (int, error)
}) {
	if h.path == "" {
		return
	}
	err := os.MkdirAll(filepath.Dir(h.path), 0o700)
	var text bytes.Buffer
	if err == nil {
		_, err = edit.WriteHistory(&text)
	}
	if err == nil {
		err = os.WriteFile(h.path, text.Bytes(), 0o600)
	}
	if err != nil {
		h.con.note("keep history: %v", err)
	}
}
