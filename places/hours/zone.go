package hours

import (
	"sync"
	"time"
	_ "time/tzdata" // a small machine may have no time zones
)

// Zone is where the places are: the public holidays that this package knows are
// those of France.
var Zone = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // its rules are in the binary
	}
	return zone
})
