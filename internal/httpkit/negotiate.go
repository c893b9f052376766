package httpkit

import (
	"net/http"
	"slices"
	"strings"

	"cartoquartiers/internal/fault"
)

// Format is one representation that a resource has.
type Format struct {
	Name      string   // the value of the parameter f
	MediaType string   // what is sent, with its parameters
	Also      []string // other media types that ask for it
}

// Negotiate picks the format that the caller wants: the parameter f by name,
// else the best match of Accept (RFC 9110, 12.5.1), else the first. An unknown f
// is Invalid and names the parameter; an Accept that matches nothing is NotAcceptable.
func Negotiate(r *http.Request, formats []Format) (Format, error) {
	if name := queryValue(r, "f"); name != "" {
		for _, format := range formats {
			if format.Name == name {
				return format, nil
			}
		}
		return Format{}, fault.InvalidField("f", "%q is none of the formats %s", name, formatNames(formats))
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if accept == "" || accept == "*/*" {
		return formats[0], nil
	}
	best, bestWeight := -1, 0.0
	for i, format := range formats {
		if weight := acceptWeight(accept, format); weight > bestWeight {
			best, bestWeight = i, weight
		}
	}
	if best < 0 {
		return Format{}, fault.New(fault.NotAcceptable, "none of the media types in Accept is served")
	}
	return formats[best], nil
}

func formatNames(formats []Format) string {
	names := make([]string, len(formats))
	for i, format := range formats {
		names[i] = format.Name
	}
	return strings.Join(names, ", ")
}

// acceptWeight is the weight that Accept gives to a format: that of the most
// specific range that matches one of its media types.
func acceptWeight(accept string, format Format) float64 {
	best := 0.0
	for _, mediaType := range append([]string{format.MediaType}, format.Also...) {
		bare, _, _ := strings.Cut(mediaType, ";")
		best = max(best, rangeWeight(accept, bare))
	}
	return best
}

func rangeWeight(accept, mediaType string) float64 {
	family, _, _ := strings.Cut(mediaType, "/")
	ranges := []string{"*/*", family + "/*", mediaType} // from the least specific
	specificity, weight := -1, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		value, q := weighted(part)
		if s := slices.Index(ranges, strings.ToLower(value)); s > specificity {
			specificity, weight = s, q
		}
	}
	return weight
}
