package basemap

import (
	"os"
	"sync"
	"time"

	"cartoquartiers/tiles/pmtiles"
)

// Served follows the archive at a path, which may come, change and go while the
// server runs: builds put a new file in its place.
type Served struct {
	path  string
	clock func() time.Time

	mutex    sync.Mutex
	looked   time.Time
	modified time.Time
	archive  *pmtiles.Archive // nil: none
}

// lookEvery is how soon a new archive is seen.
const lookEvery = 10 * time.Second

// NewServed looks at a path. No file is no base map.
func NewServed(path string, clock func() time.Time) *Served {
	return &Served{path: path, clock: clock}
}

// Archive is the one at the path now; nil when there is none, or one that cannot
// be read. One that was replaced stays readable for those who hold it, and is
// closed with them.
func (s *Served) Archive() *pmtiles.Archive {
	if s == nil {
		return nil
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := s.clock()
	if now.Sub(s.looked) < lookEvery && now.After(s.looked) {
		return s.archive
	}
	s.looked = now
	about, err := os.Stat(s.path)
	if err != nil {
		s.archive, s.modified = nil, time.Time{}
		return nil
	}
	if about.ModTime().Equal(s.modified) {
		return s.archive
	}
	s.modified = about.ModTime()
	s.archive, _ = pmtiles.Open(s.path) // what is no archive is no base map
	return s.archive
}
