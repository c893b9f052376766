package demo

import (
	"bytes"
	_ "embed" // for the places that have a name
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"cartoquartiers/places"
)

//go:embed places.csv
var placesFile []byte

// row is one place before it stands somewhere. Days count from the day on which
// the town is made, the past negative.
type row struct {
	category, quarter, name, hours, description string

	also         []string // secondary categories
	english      string   // name
	operator     string
	website      string // first label of its name under the town's
	languages    []string
	audiences    []string
	wheelchair   places.Wheelchair
	width, depth float64 // of the footprint in metres; 0 for a point
	startedDays  int     // ago; 0 unknown
	endsDays     int     // from now; 0 never
	verifiedDays int     // ago; 0 by chance
	notice       *notice
}

// notice is a closure, or a message while it stays open.
type notice struct {
	from, until int // days
	message     string
	closes      bool
}

// readRows reads the file: category, quarter, name, hours and description, then
// "key=value" pairs.
func readRows() ([]row, error) {
	reader := csv.NewReader(bytes.NewReader(placesFile))
	reader.Comma = '|'
	lines, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("places.csv: %w", err)
	}
	rows := make([]row, 0, len(lines)-1)
	for i, line := range lines[1:] {
		r := row{category: line[0], quarter: line[1], name: line[2], hours: line[3], description: line[4]}
		if err := r.readMore(line[5]); err != nil {
			return nil, fmt.Errorf("places.csv line %d: %w", i+2, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (r *row) readMore(text string) (err error) {
	for pair := range strings.SplitSeq(text, "; ") {
		key, value, _ := strings.Cut(pair, "=")
		switch key {
		case "":
		case "also":
			r.also = strings.Split(value, ",")
		case "en":
			r.english = value
		case "op":
			r.operator = value
		case "web":
			r.website = value
		case "lang":
			r.languages = strings.Split(value, ",")
		case "aud":
			r.audiences = strings.Split(value, ",")
		case "wheelchair":
			r.wheelchair = places.Wheelchair(value)
		case "shape":
			_, err = fmt.Sscanf(value, "%fx%f", &r.width, &r.depth)
		case "since":
			r.startedDays, err = strconv.Atoi(value)
		case "until":
			r.endsDays, err = strconv.Atoi(value)
		case "verified":
			r.verifiedDays, err = strconv.Atoi(value)
		case "closed", "note":
			r.notice, err = readNotice(value, key == "closed")
		default:
			err = fmt.Errorf("unknown key %q", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readNotice reads "-10,+25,message".
func readNotice(text string, closes bool) (*notice, error) {
	parts := strings.SplitN(text, ",", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not FROM,UNTIL,message", text)
	}
	from, err := strconv.Atoi(parts[0])
	if err != nil {
		return nil, err
	}
	until, err := strconv.Atoi(parts[1])
	return &notice{from: from, until: until, message: parts[2], closes: closes}, err
}
