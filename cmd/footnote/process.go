package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
)

// mallocs returns how many times this process has allocated.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// resident returns how much memory this process holds, mapped files included, in MiB,
// as Linux tells it; 0 on another system.
func resident() float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(data) {
		if size, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kib, err := strconv.Atoi(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(size), []byte("kB")))))
			if err == nil {
				return float64(kib) / 1024
			}
		}
	}
	return 0
}
