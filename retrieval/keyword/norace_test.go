//go:build !race

package keyword

// raced tells whether the race detector watches, under which pools forget at random.
const raced = false
