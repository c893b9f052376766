package web

// listing is a page of results.
type listing struct {
	Count          int
	Rows           []row
	Previous, Next string // URLs; empty where there is none
	Empty          string // what to say when nothing was found
	Widen          string // URL of the same question with fewer conditions
}

// row is one place in a list, every word already in the reader's language.
type row struct {
	ID               int64
	Group, Kind      string
	Lon, Lat         float64
	Icon, Href, Name string
	Facts            []string // category, neighbourhood, address
	Badge            *badge
	Distance         string
	Faded            string // closed, closed_temporarily or stale: how the pictogram is drawn
}

// badge is a short certain statement: open now, closed.
type badge struct {
	Tone, Text string // tone: good, warn, bad
}
