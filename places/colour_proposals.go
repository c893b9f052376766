package places

import (
	"math"

	"cartoquartiers/internal/colours"
)

// hueSteps is how many hues are tried for a proposal.
const hueSteps = 16

// ProposeColours are colours that a group could take beside those that the others have
// now: of each hue the most vivid that CheckColour lets pass, by day and by night.
func (t *Taxonomy) ProposeColours(group string) (all []GroupColour) {
	for step := range hueSteps {
		hue := float64(step) * 360 / hueSteps
		day, found := t.vivid(group, hue, false)
		if !found {
			continue
		}
		if night, found := t.vivid(group, hue, true); found {
			all = append(all, GroupColour{day, night})
		}
	}
	return all
}

// vivid is the most vivid colour of a hue that a group could take.
func (t *Taxonomy) vivid(group string, hue float64, night bool) (string, bool) {
	lightest, darkest := 0.45, 0.15
	if night {
		lightest, darkest = 0.85, 0.6
	}
	for _, saturation := range []float64{0.9, 0.7, 0.5, 0.35, 0.2} {
		for lightness := lightest; lightness >= darkest; lightness -= 0.05 {
			colour := ofHue(hue, saturation, lightness).String()
			if problems, err := t.checkColour(group, colour, night); err == nil && len(problems) == 0 {
				return colour, true
			}
		}
	}
	return "", false
}

// ofHue is a colour by hue in degrees, saturation and lightness from 0 to 1 (CSS Color 4, hsl).
func ofHue(hue, saturation, lightness float64) colours.Colour {
	part := func(n float64) uint8 {
		k := math.Mod(n+hue/30, 12)
		value := lightness - saturation*min(lightness, 1-lightness)*max(-1, min(k-3, 9-k, 1))
		return uint8(math.Round(255 * value))
	}
	return colours.Colour{R: part(0), G: part(8), B: part(4)}
}
