//go:build race

package keyword

const raced = true
