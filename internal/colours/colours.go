// Package colours is what eyes make of colours: how far one stands out from
// another, and how far apart they look, also to eyes that lack a cone.
//
// It knows sRGB as screens show it, and nothing of what the colours stand for.
// Start with Contrast and Distance.
package colours

import (
	"fmt"
	"math"
	"strconv"
)

// Colour is in sRGB.
type Colour struct{ R, G, B uint8 }

// Parse reads #rrggbb, in either case.
func Parse(text string) (Colour, error) {
	if len(text) != 7 || text[0] != '#' {
		return Colour{}, fmt.Errorf("%q is not a colour like #1e7729", text)
	}
	n, err := strconv.ParseUint(text[1:], 16, 24)
	if err != nil {
		return Colour{}, fmt.Errorf("%q is not a colour like #1e7729", text)
	}
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, nil //nolint:gosec // ParseUint has bounded it to 24 bits
}

// String is #rrggbb, in small letters.
func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Hue is where the colour lies on the circle of hues, in degrees from red, below
// 360; 0 for greys, which lie nowhere.
func (c Colour) Hue() float64 {
	red, green, blue := float64(c.R), float64(c.G), float64(c.B)
	return math.Mod(math.Atan2(math.Sqrt(3)*(green-blue), 2*red-green-blue)*180/math.Pi+360, 360)
}

// vector is red, green and blue, or L*, a* and b*.
type vector [3]float64

// linear undoes the transfer function of sRGB (IEC 61966-2-1): 0 to 1.
func (c Colour) linear() (v vector) {
	for i, part := range [3]uint8{c.R, c.G, c.B} {
		value := float64(part) / 255
		if value <= 0.04045 {
			v[i] = value / 12.92
		} else {
			v[i] = math.Pow((value+0.055)/1.055, 2.4)
		}
	}
	return v
}

// Contrast is that of WCAG 2.2 (1.4.3), from 1 to 21.
func Contrast(a, b Colour) float64 {
	one, other := a.luminance(), b.luminance()
	return (max(one, other) + 0.05) / (min(one, other) + 0.05)
}

func (c Colour) luminance() float64 {
	v := c.linear()
	return 0.2126*v[0] + 0.7152*v[1] + 0.0722*v[2]
}

// Distance is that of two colours in CIE L*a*b* (D65, 1976), as eyes see them.
func Distance(a, b Colour, eyes Eyes) float64 {
	one, other := eyes.see(a), eyes.see(b)
	return math.Hypot(math.Hypot(one[0]-other[0], one[1]-other[1]), one[2]-other[2])
}

// lab is linear RGB in CIE L*a*b*, in which distances are those of eyes.
func lab(v vector) vector {
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (t*24389/27 + 16) / 116
	}
	x := f((0.4124564*v[0] + 0.3575761*v[1] + 0.1804375*v[2]) / 0.95047)
	y := f(0.2126729*v[0] + 0.7151522*v[1] + 0.072175*v[2])
	z := f((0.0193339*v[0] + 0.119192*v[1] + 0.9503041*v[2]) / 1.08883)
	return vector{116*y - 16, 500 * (x - y), 200 * (y - z)}
}
