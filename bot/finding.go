package bot

// Finding is one thing that was looked at in a set-up: of a platform, of a model.
// What says how it stands, Do what to do about it; neither holds a secret.
type Finding struct {
	OK   bool
	What string
	Do   string // "" where nothing needs doing
}

// Checked returns a Finding.
func Checked(ok bool, what, do string) Finding { return Finding{OK: ok, What: what, Do: do} }
