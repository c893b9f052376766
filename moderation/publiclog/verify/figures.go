package verify

import (
	"bytes"
	"encoding/json"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
)

// checkFigures makes sure that what the map tells of how it answers (/api/v1/figures)
// is what the first entries of the log tell, as many of them as it says that it
// read: none later than its day, give or take one, and all that are older.
func (l *look) checkFigures(shown []byte) error {
	var told publiclog.Figures
	if err := json.Unmarshal(shown, &told); err != nil {
		return fault.Wrap(fault.Invalid, err, "the figures of the map cannot be read")
	}
	day, err := time.Parse(time.DateOnly, told.Day)
	if err != nil || told.Size < 0 || told.Size > int64(len(l.leaves)) {
		return fault.New(fault.Invalid, "the figures of the map are of %d entries on %q; the log has %d", told.Size, told.Day, len(l.leaves))
	}
	tally := publiclog.NewTally()
	eve, morrow := day.AddDate(0, 0, -1), day.AddDate(0, 0, 1) // servers meet midnight one by one
	for i, text := range l.leaves {
		leaf, err := publiclog.ParseLeaf(text)
		if err != nil {
			return err
		}
		read := int64(i) < told.Size
		if read {
			tally.Add(leaf)
		}
		if read && leaf.At.After(morrow) || !read && leaf.At.Before(eve) {
			l.problem("The figures of the map, /api/v1/figures, are old: of %d entries on %s, and the log goes on.", told.Size, told.Day)
			return nil
		}
	}
	if !bytes.Equal(canonical(json.RawMessage(shown)), canonical(tally.Figures(day, told.DecisionDays))) {
		l.problem("The figures of the map, /api/v1/figures, are not those of the log.")
	}
	return nil
}
