package verify

import (
	"bytes"
	"encoding/json"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
)

// checkFigures makes sure that what the map tells of how it answers (/api/v1/figures)
// is what the first entries of the log tell, as many of them as it says that it read.
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
	for _, text := range l.leaves[:told.Size] {
		leaf, err := publiclog.ParseLeaf(text)
		if err != nil {
			return err
		}
		tally.Add(leaf)
	}
	if !bytes.Equal(canonical(json.RawMessage(shown)), canonical(tally.Figures(day, told.DecisionDays))) {
		l.problem("The figures of the map, /api/v1/figures, are not those of the log.")
	}
	return nil
}
