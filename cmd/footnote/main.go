package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(program()) }

// program runs the program with what the system gives it, and returns its exit code.
func program() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Once the first signal has asked the work to end, a second one ends the program.
	context.AfterFunc(ctx, stop)
	if err := misspelt(os.Environ()); err != nil {
		return (&console{err: os.Stderr}).finish(&usageError{err})
	}
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
}
