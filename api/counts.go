package api

import (
	"strings"
	"sync"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// countMemory is how many counts are kept of one View.
const countMemory = 1000

// counted keeps counts of the latest View: every page of a list tells how many
// there are in all, and counting 200,000 places takes longer than copying a page.
type counted struct {
	mutex sync.Mutex
	view  *snapshot.View
	known map[string]int
}

// count is view.Count(filter), where key names the filter.
func (c *counted) count(view *snapshot.View, key string, filter places.Filter) int {
	c.mutex.Lock()
	if c.view != view || len(c.known) >= countMemory {
		c.view, c.known = view, make(map[string]int)
	}
	count, ok := c.known[key]
	c.mutex.Unlock()
	if ok {
		return count
	}
	count = view.Count(filter)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.view == view {
		c.known[key] = count
	}
	return count
}

// filterKey names the filter of a request.
func (r *request) filterKey() string {
	if len(r.values) == 0 {
		return ""
	}
	var key strings.Builder
	for _, p := range filterParameters {
		for _, value := range r.values[p.name] {
			key.WriteString(p.name + "=" + value + "&")
		}
	}
	return key.String()
}
