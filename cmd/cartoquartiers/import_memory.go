package main

import (
	"math"
	"os"
	"runtime/debug"
)

// How an import trades memory for time: it is over soon, so garbage may lie for
// longer than in a server. Half the file's size is twice what the table of
// needed nodes takes, the one thing that grows with the file.
const (
	importGarbage = 400       // percent of what is in use
	importMemory  = 128 << 20 // bytes, for a small file
)

// collectSeldom tells the garbage collector so, unless GOGC or GOMEMLIMIT does.
func collectSeldom(file string) {
	info, err := os.Stat(file)
	if err != nil || os.Getenv("GOGC") != "" || debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return // who cannot be read is told so by the import
	}
	debug.SetGCPercent(importGarbage)
	debug.SetMemoryLimit(importMemory + info.Size()/2)
}
