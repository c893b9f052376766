package httpkit

import (
	"net/http"
	"strconv"
	"strings"
)

// Languages of the interface, the preferred one first.
const (
	French  = "fr"
	English = "en"
)

// Language is the language that the caller reads best: the parameter lang if it
// is one of ours, else Accept-Language (RFC 9110, 12.5.4), else French.
func Language(r *http.Request) string {
	if lang := queryValue(r, "lang"); lang == French || lang == English {
		return lang
	}
	best, bestWeight := French, 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, weight := weighted(part)
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if (primary == French || primary == English) && weight > bestWeight {
			best, bestWeight = primary, weight
		}
	}
	return best
}

// queryValue spares parsing the query of the many requests that lack the parameter.
func queryValue(r *http.Request, name string) string {
	if !strings.Contains(r.URL.RawQuery, name) {
		return ""
	}
	return r.URL.Query().Get(name)
}

// weighted splits "text/html;level=1;q=0.5" into the value without parameters
// and its weight, 1 unless stated (RFC 9110, 12.4.2).
func weighted(part string) (value string, weight float64) {
	value, parameters, _ := strings.Cut(part, ";")
	weight = 1
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, text, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			q = 0
		}
		weight = q
	}
	return strings.TrimSpace(value), weight
}
