package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra/doc"
)

// runMan prints a page of the manual, made of what --help says.
func runMan(_ context.Context, con *console, _ values, args []string) error {
	cmd, rest, err := con.root.Find(args)
	if err != nil || len(rest) > 0 {
		return usagef("%q is no command: footnote --help lists them", strings.Join(args, " "))
	}
	return doc.GenMan(cmd, &doc.GenManHeader{Section: "1", Source: "footnote " + version(), Manual: "footnote"}, con.out)
}
