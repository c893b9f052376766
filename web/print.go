package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"cartoquartiers/places"
)

// printPage is a map and a numbered list for a sheet of A4.
type printPage struct {
	Atlas   Atlas
	Rows    []printRow
	Count   int
	More    bool   // the question finds more than are on the sheet
	About   string // the conditions, in words
	Address string // of the same question on the map
	At      time.Time
}

// printRow is a place with what one wants on paper.
type printRow struct {
	row
	Address, Phone, Hours string
}

// printMost is how many places one sheet numbers: more cannot be told apart on its map.
const printMost = 60

func (s *site) showPrint(r *http.Request, v *view) (answer, error) {
	q, err := s.readQuestion(v.request.Query())
	if err != nil {
		return answer{}, err
	}
	view := s.Snapshot.View()
	t, err := s.town(r.Context(), view)
	if err != nil {
		return answer{}, err
	}
	found, err := s.find(r.Context(), view, q, printMost)
	if err != nil {
		return answer{}, err
	}
	page := printPage{
		Atlas: s.atlas(v, t), Count: found.count, More: found.count > len(found.rows), At: s.Clock(),
		Address: v.Base() + v.ToMap(), About: v.conditions(t, q),
	}
	for _, one := range found.rows {
		p, err := readPublished(one.Row)
		if err != nil {
			return answer{}, err
		}
		line, err := v.row(t, one, false)
		if err != nil {
			return answer{}, err
		}
		page.Rows = append(page.Rows, printRow{line, addressLine(p.Address), phoneText(p.Phone), v.hoursLine(p)})
	}
	return answer{template: "print", title: v.T("print.title"), data: page}, nil
}

// conditions are those of a question on one line, where the map looks left aside.
func (v *view) conditions(t *town, q question) string {
	q.BBox = nil
	var labels []string
	for _, one := range v.applied(t, q) {
		labels = append(labels, one.Label)
	}
	return strings.Join(labels, ", ")
}

// hoursLine is the opening hours on one line: days that are alike stand together.
// Empty where nobody told them, or where they change with the season.
func (v *view) hoursLine(p published) string {
	schedule := p.schedule()
	switch {
	case p.State == places.Closed || schedule == nil:
		return ""
	case schedule.Always():
		return v.T("hours.always")
	}
	var table timetable
	if schedule.HasWeek() {
		v.fillYear(schedule, &table)
	}
	text := ""
	for _, season := range table.Seasons {
		if season.Caption != "" {
			return ""
		}
		text = v.weekLine(season.Rows)
	}
	for _, note := range slices.Concat(table.Notes, v.exceptions(schedule)) {
		text = joinWords(" ; ", text, note)
	}
	return text
}

// weekLine is a week on one line: mardi–jeudi 10 h – 18 h ; samedi 10 h – 12 h.
func (v *view) weekLine(rows []dayRow) string {
	text := ""
	for i := 0; i < len(rows); {
		last := i
		for last+1 < len(rows) && rows[last+1].Hours == rows[i].Hours {
			last++
		}
		if !rows[i].Closed || (rows[i].Hours != v.T("hours.day_closed") && rows[i].Hours != v.T("hours.see_below")) {
			days := rows[i].Day
			if last > i {
				days += "–" + rows[last].Day
			}
			text = joinWords(" ; ", text, days+" "+rows[i].Hours)
		}
		i = last + 1
	}
	return text
}
