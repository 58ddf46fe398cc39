package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"footnote/bot"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The exit codes.
const (
	exitDone    = 0 // answered or found; a batch or a conversation that came to its end
	exitOther   = 1 // anything that is not one of the others
	exitUsage   = 2 // wrong usage or configuration, or a question that cannot be one
	exitNothing = 3 // abstained, or not found
)

// errNothing ends a command whose answer, already printed, is that there is none.
var errNothing = errors.New("nothing found")

// errInvalid ends a batch that had lines which are no questions; each was answered
// in its place.
var errInvalid = errors.New("some lines are no questions")

// usageError is a fault in how the program was called or configured.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef returns a usageError.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// console is what a run reads from and writes to.
type console struct {
	in     io.Reader
	out    io.Writer // results
	err    io.Writer // everything else
	getenv func(string) string
	atEnd  []func() error // what is closed when the run ends
	root   *cobra.Command // the command tree

	resolve func() (values, error) // reads the settings of the command that runs anew
}

// run runs the program with the arguments that follow its name, and returns its
// exit code. It writes results to stdout and one sentence about what went wrong to
// stderr. It starts nothing that outlives it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	con := &console{in: stdin, out: stdout, err: stderr, getenv: getenv}
	con.root = newRoot(con)
	con.root.SetArgs(append([]string{}, args...)) // cobra takes nil for os.Args
	return con.finish(con.end(con.root.ExecuteContext(ctx)))
}

// end closes what the run has opened, and returns the run's error, or one of those.
func (con *console) end(err error) error {
	for _, end := range con.atEnd {
		if e := end(); err == nil {
			err = e
		}
	}
	return err
}

// finish tells stderr what went wrong and returns the exit code for it.
func (con *console) finish(err error) int {
	var problem *bot.Problem
	var usage *usageError
	code := exitOther
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNothing):
		return exitNothing
	case errors.Is(err, context.Canceled):
		err = errors.New("interrupted")
	case errors.Is(err, errInvalid), errors.As(err, &problem), errors.As(err, &usage):
		code = exitUsage
	}
	fmt.Fprintln(con.err, "footnote:", oneLine(err.Error()))
	return code
}

// note tells stderr something that did not stop the work.
func (con *console) note(format string, args ...any) {
	fmt.Fprintln(con.err, "footnote:", oneLine(fmt.Sprintf(format, args...)))
}

// newRoot builds the command tree from the table of commands.
func newRoot(con *console) *cobra.Command {
	root := &cobra.Command{
		Use:                        "footnote",
		Short:                      "Answers from documents, each sentence with the passage it rests on",
		Long:                       rootHelp,
		Example:                    rootExample,
		Version:                    version(),
		SilenceErrors:              true,
		SilenceUsage:               true,
		DisableAutoGenTag:          true,
		CompletionOptions:          cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:                       cobra.ArbitraryArgs,
		SuggestionsMinimumDistance: 2,
	}
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		if like := root.SuggestionsFor(args[0]); len(like) > 0 {
			return usagef("unknown command %q: did you mean %s?", args[0], strings.Join(like, " or "))
		}
		return usagef("unknown command %q: footnote --help lists them; a question comes after ask", args[0])
	}
	root.SetIn(con.in)
	root.SetOut(con.out)
	root.SetErr(con.err)
	root.SetVersionTemplate("footnote {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if errors.Is(err, pflag.ErrHelp) {
			return err
		}
		if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
			if like := near(unknown.GetSpecifiedName(), flagNames(cmd)); like != "" {
				return usagef("%w: did you mean --%s?", err, like)
			}
		}
		return usagef("%w: %s --help lists the flags", err, cmd.CommandPath())
	})
	addFlags(root.PersistentFlags(), func(s setting) bool { return s.commands == nil })
	above := map[string]*cobra.Command{}
	for _, g := range groups {
		above[g.use] = g.group(root)
	}
	for _, c := range commands {
		words := strings.Fields(c.use)
		under := above[words[0]]
		if under == nil {
			under = root
		}
		under.AddCommand(c.cobra(con))
	}
	return root
}

// group returns the command, below root, that others stand below.
func (c command) group(root *cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: c.use, Short: c.short, Long: c.long, Args: cobra.ArbitraryArgs}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return usagef("unknown command %q: %s --help lists them", c.use+" "+args[0], cmd.CommandPath())
	}
	root.AddCommand(cmd)
	return cmd
}

// name returns the words of a command line that name the command.
func (c command) name() string {
	words := strings.Fields(c.use)
	for _, g := range groups {
		if g.use == words[0] && len(words) > 1 {
			return words[0] + " " + words[1]
		}
	}
	return words[0]
}

// cobra returns the command in the library's form.
func (c command) cobra(con *console) *cobra.Command {
	name := c.name()
	use := c.use
	if group, below, ok := strings.Cut(name, " "); ok {
		use = below + strings.TrimPrefix(c.use, group+" "+below)
	}
	cmd := &cobra.Command{Use: use, Short: c.short, Long: c.long + withoutFlags(name), Example: c.example, Args: cobra.ArbitraryArgs}
	addFlags(cmd.Flags(), func(s setting) bool { return s.commands != nil && s.of(name) })
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		con.resolve = func() (values, error) { return resolve(cmd, name, con.getenv) }
		v, err := con.resolve()
		if err != nil {
			return err
		}
		if v["mode"] == "llm" && !hasModel(v) && slices.Contains(writes, name) {
			return &usageError{errNoEndpoint}
		}
		return c.run(cmd.Context(), con, v, args)
	}
	return cmd
}

// release is the version that .ci/release.sh stamps; "" in other builds.
var release string

// version returns the program's version: the release's, or what the go command knows.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
