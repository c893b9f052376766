package photos

import (
	"sync"
	"time"

	"cartoquartiers/internal/fault"
)

const (
	// spoiltPerHour is how many pictures that cannot be used one sender may send: each
	// costs the decoding of what it says it is, and no row remembers it.
	spoiltPerHour = 20
	// rememberedSenders bounds what is remembered; beyond it, all begin anew.
	rememberedSenders = 100_000
)

// spoilt counts pictures that could not be used, by who sent them, hour by hour.
type spoilt struct {
	lock   sync.Mutex
	hour   time.Time
	counts map[string]int
}

func (s *spoilt) at(now time.Time) map[string]int {
	if hour := now.UTC().Truncate(time.Hour); s.counts == nil || !hour.Equal(s.hour) || len(s.counts) >= rememberedSenders {
		s.hour, s.counts = hour, make(map[string]int)
	}
	return s.counts
}

// Patience is asked before a sender's file is read. Faults: TooMany for one who sent
// many this hour that could not be used.
func (d *Darkroom) Patience(sender string, now time.Time) error {
	d.spoilt.lock.Lock()
	defer d.spoilt.lock.Unlock()
	if d.spoilt.at(now)[sender] >= spoiltPerHour {
		return fault.New(fault.TooMany, "too many pictures from here could not be used; try again in an hour, with others")
	}
	return nil
}

// Spoilt notes that a sender's file could not be used.
func (d *Darkroom) Spoilt(sender string, now time.Time) {
	d.spoilt.lock.Lock()
	defer d.spoilt.lock.Unlock()
	d.spoilt.at(now)[sender]++
}
