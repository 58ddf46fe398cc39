package main

import (
	"context"
	_ "embed" // the files below
)

// dashboard shows the figures of /metrics, in the form that Grafana imports.
//
//go:embed deploy/grafana.json
var dashboard string

// compose runs footnote beside a PostgreSQL, in Docker Compose.
//
//go:embed deploy/compose.yaml
var compose string

// kubernetes runs replicas of footnote.
//
//go:embed deploy/kubernetes.yaml
var kubernetes string

// prints returns what prints a file.
func prints(name, file string) func(context.Context, *console, values, []string) error {
	return func(_ context.Context, con *console, _ values, args []string) error {
		if len(args) > 0 {
			return usagef("%s takes no words: it prints a file", name)
		}
		_, err := con.out.Write([]byte(file))
		return err
	}
}
