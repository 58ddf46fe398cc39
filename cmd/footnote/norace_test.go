//go:build !race

package main

// raced tells whether the race detector watches, under which the public sets take
// minutes.
const raced = false
