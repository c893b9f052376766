package hours

import "strconv"

// times reads "24/7", "08:00-12:00,14:00-18:00", "sunrise-sunset", "19:00+".
func (p *parser) times(r *rule) error {
	if p.peek().text == "24" && p.ahead(1).text == "/" && p.ahead(2).text == "7" {
		p.at += 3
		r.spans = []Span{{To: minutesPerDay}}
		return nil
	}
	for p.startsTime(0) {
		span, err := p.span()
		if err != nil {
			return err
		}
		r.spans = append(r.spans, span)
		if !p.startsTime(1) || !p.accept(",") {
			return nil
		}
	}
	return nil
}

func (p *parser) startsTime(offset int) bool {
	next := p.ahead(offset)
	_, isEvent := eventNames[next.text]
	return next.kind == number || (next.kind == word && isEvent)
}

func (p *parser) span() (Span, error) {
	var span Span
	var err error
	if span.From, span.FromEvent, err = p.time(); err != nil {
		return span, err
	}
	if p.accept("+") {
		span.To, span.OpenEnd = span.From, true
		return span, nil
	}
	if !p.accept("-") {
		return span, p.unexpected()
	}
	if span.To, span.ToEvent, err = p.time(); err != nil {
		return span, err
	}
	if span.FromEvent == "" && span.ToEvent == "" && span.To <= span.From {
		span.To += minutesPerDay // "22:00-02:00"
	}
	span.OpenEnd = p.accept("+") // "19:00-23:00+"
	return span, nil
}

// latest is 48:00, the last minute that OSM's extended hours name.
const latest = 2 * minutesPerDay

func (p *parser) time() (minutes int, event Event, err error) {
	if event, ok := eventNames[p.peek().text]; ok && p.peek().kind == word {
		p.at++
		return 0, event, nil
	}
	hour, minute, separator := p.ahead(0), p.ahead(2), p.ahead(1)
	if hour.kind != number || minute.kind != number || separator.text != ":" || len(hour.text) > 2 || len(minute.text) != 2 {
		return 0, "", p.unexpected()
	}
	h, _ := strconv.Atoi(hour.text) // two digits at most
	m, _ := strconv.Atoi(minute.text)
	if minutes = h*60 + m; m > 59 || minutes > latest {
		return 0, "", p.unexpected()
	}
	p.at += 3
	return minutes, "", nil
}
