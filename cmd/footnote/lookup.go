package main

import (
	"context"
	"strings"

	"footnote/bot"
	"footnote/corpus"
)

// answer asks one question and prints the answer, as text or as JSON.
func answer(ctx context.Context, con *console, v values, q bot.Question) error {
	m, err := con.open(ctx, v)
	if err != nil {
		return err
	}
	a, err := m.bot.Ask(ctx, q)
	if err != nil {
		return err
	}
	if v.yes("json") {
		err = writeJSON(con.out, a)
	} else {
		p := con.page(v)
		p.show(a)
		err = p.writeTo(con.out)
	}
	if err == nil && !given(a) {
		err = errNothing
	}
	return err
}

// given reports whether an answer gives what was asked for.
func given(a bot.Answer) bool { return a.Status == bot.Answered || a.Status == bot.Found }

// text joins the words of a command line, of which there must be some.
func text(args []string, want string) (string, error) {
	s := strings.Join(args, " ")
	if strings.TrimSpace(s) == "" {
		return "", usagef("%s", want)
	}
	return s, nil
}

func runSummary(ctx context.Context, con *console, v values, args []string) error {
	return answer(ctx, con, v, bot.Question{Kind: bot.KindSummary, Text: bot.Within(strings.Join(args, " "), v["document"])})
}

func runCite(ctx context.Context, con *console, v values, args []string) error {
	s, err := text(args, "give a reference, such as: footnote cite ¶5")
	if err != nil {
		return err
	}
	if refs := references(args); refs != "" {
		s = refs
	}
	return answer(ctx, con, v, bot.Question{Kind: bot.KindCite, Text: s})
}

// references returns the references that the words of a command line are, with
// commas between, or "" where they are anything else: "note 7 p5" is two.
func references(args []string) string {
	words := strings.Fields(strings.Join(args, " "))
	var refs []string
	for len(words) > 0 {
		n := min(2, len(words)) // note 7
		for ; n > 0; n-- {
			if _, ok := corpus.ParseReference(strings.TrimRight(strings.Join(words[:n], " "), ",")); ok {
				break
			}
		}
		if n == 0 {
			return ""
		}
		refs = append(refs, strings.TrimRight(strings.Join(words[:n], " "), ","))
		words = words[n:]
	}
	return strings.Join(refs, ", ")
}

func runSources(ctx context.Context, con *console, v values, args []string) error {
	if len(args) > 0 {
		return usagef("sources takes no words: it lists every note; footnote cite finds one")
	}
	return answer(ctx, con, v, bot.Question{Kind: bot.KindSources, Text: v["document"]})
}

func runCheck(ctx context.Context, con *console, v values, args []string) error {
	s, err := text(args, "give a sentence, such as: footnote check \"NATO established JFC-NF in 2019.\"")
	if err != nil {
		return err
	}
	return answer(ctx, con, v, bot.Question{Kind: bot.KindCheck, Text: s})
}
