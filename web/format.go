package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// formatNumber groups thousands as the language does: 1 234,5 with a narrow
// no-break space in French, 1,234.5 in English. At most one decimal.
func formatNumber(language string, n float64) string {
	group, point := "\u202f", ","
	if language == "en" {
		group, point = ",", "."
	}
	text := strconv.FormatFloat(math.Abs(n), 'f', -1, 64)
	if math.Abs(n) != math.Trunc(n) {
		text = fmt.Sprintf("%.1f", math.Abs(n))
	}
	whole, decimals, hasDecimals := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	if hasDecimals && decimals != "0" {
		whole += point + decimals
	}
	if n < 0 {
		whole = "−" + whole
	}
	return whole
}

// formatDistance rounds as people speak: 40 m, 350 m, 1,2 km, 14 km.
func formatDistance(language string, metres float64) string {
	switch {
	case metres < 100:
		return formatNumber(language, math.Round(metres/5)*5) + "\u00a0m"
	case metres < 995:
		return formatNumber(language, math.Round(metres/10)*10) + "\u00a0m"
	case metres < 9950:
		return formatNumber(language, math.Round(metres/100)/10) + "\u00a0km"
	}
	return formatNumber(language, math.Round(metres/1000)) + "\u00a0km"
}
