package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// chooseLanguage is the one in ?lang=, which then sticks to links, else the best
// of Accept-Language (RFC 9110, 12.5.4), else French.
func chooseLanguage(r *http.Request) (language string, sticky bool) {
	if asked := r.URL.Query().Get("lang"); slices.Contains(Languages, asked) {
		return asked, true
	}
	return acceptedLanguage(r.Header.Get("Accept-Language")), false
}

// acceptedLanguage picks by quality, then by the order of the header. Regions do
// not matter to us: en-GB is en.
func acceptedLanguage(header string) string {
	best, bestQuality := Languages[0], 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, parameters, _ := strings.Cut(part, ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if primary == "*" {
			primary = Languages[0]
		}
		if quality := qualityOf(parameters); slices.Contains(Languages, primary) && quality > bestQuality {
			best, bestQuality = primary, quality
		}
	}
	return best
}

func qualityOf(parameters string) float64 {
	text, found := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
	if !found {
		return 1
	}
	quality, err := strconv.ParseFloat(text, 64)
	if err != nil || quality < 0 || quality > 1 {
		return 0
	}
	return quality
}
