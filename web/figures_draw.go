package web

import (
	"fmt"
	"strconv"
	"time"

	"cartoquartiers/moderation/publiclog"
)

// Drawings are SVG in the page, without a line of style: classes have the colours
// of the day and the night. Each stands beside a table that says the same.

// The chart of weeks, in units of its view box.
const (
	chartWidth  = 400
	chartHeight = 180
	chartFoot   = 20 // for the dates
	chartHead   = 12 // for the number of the highest line
)

// weekChart is a column for each week, in three parts.
type weekChart struct {
	Weeks         []weekColumn
	Lines         []chartLine
	Dates         []chartDate
	Width, Height int
	Summary       string // in one sentence, for those who do not see it
}

type weekColumn struct {
	publiclog.Week
	When  string
	Parts []chartRect
}

type chartRect struct {
	Class               string
	X, Y, Width, Height string
}

type chartLine struct {
	Y, Text string
	Value   int
}

type chartDate struct {
	X, Anchor, Text string
}

func (v *view) weekChart(weeks []publiclog.Week) weekChart {
	chart := weekChart{Width: chartWidth, Height: chartHeight}
	most, all := 1, 0
	for _, week := range weeks {
		most, all = max(most, week.Received), all+week.Received
	}
	top := niceTop(most)
	unit := float64(chartHeight-chartHead-chartFoot) / float64(top)
	step := float64(chartWidth) / float64(len(weeks))
	for i, week := range weeks {
		column := weekColumn{Week: week, When: v.weekText(week.From)}
		y := float64(chartHeight - chartFoot)
		for _, part := range []struct {
			class string
			count int
		}{{"accepted", week.Accepted}, {"refused", week.Refused}, {"open", week.Open}, {"other", week.Received - week.Accepted - week.Refused - week.Open}} {
			if part.count == 0 {
				continue
			}
			high := float64(part.count) * unit
			y -= high
			width := min(step*0.8, 24)
			column.Parts = append(column.Parts, chartRect{part.class, units(step*(float64(i)+0.5) - width/2), units(y), units(width), units(high)})
		}
		chart.Weeks = append(chart.Weeks, column)
	}
	for _, value := range []int{top, top / 2} {
		if value > 0 {
			y := float64(chartHeight-chartFoot) - float64(value)*unit
			chart.Lines = append(chart.Lines, chartLine{Y: units(y), Text: units(y - 3), Value: value})
		}
	}
	chart.Dates = v.chartDates(weeks)
	chart.Summary = v.T("chiffres.weeks_summary", "all", v.N("chiffres.contributions", all), "weeks", v.N("chiffres.weeks_count", len(weeks)), "most", v.Number(most))
	return chart
}

// chartDates stand under the first, the middle and the last week, as there is room.
func (v *view) chartDates(weeks []publiclog.Week) []chartDate {
	last := len(weeks) - 1
	if last == 0 {
		return []chartDate{{units(chartWidth / 2), "middle", v.weekText(weeks[0].From)}}
	}
	dates := []chartDate{{"0", "start", v.weekText(weeks[0].From)}, {units(chartWidth), "end", v.weekText(weeks[last].From)}}
	if last >= 10 {
		dates = append(dates, chartDate{units(chartWidth / 2), "middle", v.weekText(weeks[last/2].From)})
	}
	return dates
}

// weekText is the Monday of a week in words.
func (v *view) weekText(from string) string {
	day, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return from
	}
	return v.dayOfYear(day.Month(), day.Day())
}

// niceTop is the least of 2, 4, 10, 20, 40, 100, … that is not below the most.
func niceTop(most int) int {
	for unit := 1; ; unit *= 10 {
		for _, times := range []int{2, 4, 10} {
			if unit*times >= most {
				return unit * times
			}
		}
	}
}

func units(value float64) string { return strconv.FormatFloat(value, 'f', 1, 64) }

// choropleth is a map of neighbourhoods in five shades.
type choropleth struct {
	ID            string
	Width, Height string
	Areas         []chartArea
	Numbers       []chartNumber
	Legend        []legendLine
	Summary       string
}

type chartArea struct {
	Class, Path, Title string
}

type chartNumber struct {
	X, Y  string
	Value int
}

type legendLine struct{ Class, Text string }

// shades is how many there are: each is a fifth of the way from 0 to 100 %.
const shades = 5

// choropleth draws a percentage of each neighbourhood.
func (v *view) choropleth(id string, known *knownTown, rows []quarterRow, of func(quarterRow) int) choropleth {
	byCode := make(map[string]quarterRow, len(rows))
	counts := make(map[string]int)
	for _, row := range rows {
		byCode[row.Code] = row
	}
	drawing := choropleth{ID: id, Width: units(max(known.width, 1)), Height: units(max(known.height, 1))}
	for _, shape := range known.shapes {
		row := byCode[shape.Code]
		class := "none"
		title := row.Name + " : " + v.T("chiffres.no_places")
		if row.Known {
			class = fmt.Sprint(shadeOf(of(row)))
			title = fmt.Sprintf("%s : %d %%", row.Name, of(row))
		}
		counts[class]++
		drawing.Areas = append(drawing.Areas, chartArea{class, shape.Path, title})
		if len(known.shapes) <= mapNumbers && row.Number > 0 {
			drawing.Numbers = append(drawing.Numbers, chartNumber{units(shape.X), units(shape.Y), row.Number})
		}
	}
	for shade := range shades {
		text := v.T("chiffres.shade", "from", shade*100/shades, "to", (shade+1)*100/shades)
		drawing.Legend = append(drawing.Legend, legendLine{fmt.Sprint(shade), text + " · " + v.N("chiffres.quarters", counts[fmt.Sprint(shade)])})
	}
	if counts["none"] > 0 {
		drawing.Legend = append(drawing.Legend, legendLine{"none", v.T("chiffres.no_places") + " · " + v.N("chiffres.quarters", counts["none"])})
	}
	drawing.Summary = v.T("chiffres."+id+"_summary", "quarters", v.N("chiffres.quarters", len(known.shapes)))
	return drawing
}

func shadeOf(percent int) int { return min(percent*shades/100, shades-1) }
