package snapshot

import (
	"encoding/json"
	"time"

	"cartoquartiers/places"
	"cartoquartiers/places/hours"
)

// verifiedDay is the day on which somebody last said that the place is right, in
// days since 1970-01-01 (UTC); 0 where nobody did.
func verifiedDay(text []byte) uint32 {
	if len(text) < len(time.DateOnly) {
		return 0
	}
	day, err := time.Parse(time.DateOnly, string(text[:len(time.DateOnly)]))
	if err != nil || day.Unix() < 0 {
		return 0
	}
	return uint32(day.Unix() / (24 * 60 * 60))
}

// schedule numbers opening hours, as JSON writes them: equal texts have one number. 0
// are those that nobody told, or that package hours does not understand.
func (d *dictionary) schedule(text []byte) uint32 {
	if text == nil {
		return 0
	}
	if number, ok := d.scheduleNumbers[string(text)]; ok {
		return number
	}
	number := uint32(0)
	if schedule := readSchedule(text); schedule != nil {
		number = uint32(len(d.schedules))
		d.schedules = append(d.schedules, schedule)
	}
	d.scheduleNumbers[string(text)] = number
	return number
}

func readSchedule(quoted []byte) *hours.Schedule {
	var text string
	if json.Unmarshal(append(append([]byte{'"'}, quoted...), '"'), &text) != nil {
		return nil
	}
	schedule, err := hours.Parse(text)
	if err != nil {
		return nil
	}
	return schedule
}

// opening tells which schedules are open at an instant, each asked once.
type opening struct {
	at        time.Time
	schedules []*hours.Schedule
	known     []hours.State // by number
	asked     []bool
}

func (v *View) opening(at time.Time) *opening {
	return &opening{at: at, schedules: v.schedules, known: make([]hours.State, len(v.schedules)), asked: make([]bool, len(v.schedules))}
}

func (o *opening) holds(number uint32) bool {
	if number == 0 {
		return false
	}
	if !o.asked[number] {
		o.asked[number], o.known[number] = true, o.schedules[number].At(o.at).State
	}
	return o.known[number] == hours.Open
}

// OpenAt tells whether the place is surely open at an instant, given in the zone
// of the place: its hours say so, and it is not closed for now.
func (r Row) OpenAt(at time.Time) bool {
	number := r.segment.schedules[r.i]
	return number > 0 && r.State() == places.Open && r.view.schedules[number].At(at).State == hours.Open
}

// VerifiedDay is the day on which somebody last said that the place is right, in
// days since 1970-01-01 (UTC); 0 where nobody did.
func (r Row) VerifiedDay() uint32 { return r.segment.verified[r.i] }
