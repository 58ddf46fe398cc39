package main

import "log/slog"

// logger returns the one log of the program: to standard error, in the form and at
// the level that the settings name. What is logged holds no words of anybody, no
// token and no key; the tests of footnote serve look.
func (con *console) logger(v values) *slog.Logger {
	return con.leveled(v, level(v))
}

// level returns the level that the settings name.
func level(v values) (l slog.Level) {
	_ = l.UnmarshalText([]byte(v["log-level"])) // the choices are slog's names, and "" is info
	return l
}

// leveled is logger with a level that may change.
func (con *console) leveled(v values, l slog.Leveler) *slog.Logger {
	o := &slog.HandlerOptions{Level: l}
	if v["log-format"] == "text" || v["log-format"] != "json" && isTerminal(con.err) {
		return slog.New(slog.NewTextHandler(con.err, o))
	}
	return slog.New(slog.NewJSONHandler(con.err, o))
}

// quiet returns the log of commands that do their work and end: warnings and worse,
// for people.
func (con *console) quiet() *slog.Logger {
	return con.logger(values{"log-level": "warn", "log-format": "text"})
}
