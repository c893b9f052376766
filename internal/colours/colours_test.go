package colours_test

import (
	"math"
	"testing"

	"cartoquartiers/internal/colours"
)

func parse(t *testing.T, text string) colours.Colour {
	t.Helper()
	c, err := colours.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestColoursAreRead(t *testing.T) {
	t.Parallel()
	if c := parse(t, "#1E7729"); c != (colours.Colour{R: 0x1e, G: 0x77, B: 0x29}) || c.String() != "#1e7729" {
		t.Errorf("%v", c)
	}
	for _, wrong := range []string{"", "1e7729", "#1e77", "#1e772g", "#+e7729", "#1e77291", "red", "#é0000"} {
		if c, err := colours.Parse(wrong); err == nil {
			t.Errorf("%q is read as %v", wrong, c)
		}
	}
}

// The examples are those of WCAG (black on white, #767676 as the lightest grey of 4.5
// to 1) and of CIE L*a*b*, where white is 100 from black.
func TestEyesMeasure(t *testing.T) {
	t.Parallel()
	white, black, grey := parse(t, "#ffffff"), parse(t, "#000000"), parse(t, "#767676")
	if c := colours.Contrast(black, white); math.Abs(c-21) > 1e-9 {
		t.Errorf("black on white: %v", c)
	}
	if c := colours.Contrast(white, grey); c < 4.5 || c > 4.6 {
		t.Errorf("grey on white: %v", c)
	}
	if d := colours.Distance(white, black, colours.AllCones); math.Abs(d-100) > 0.01 {
		t.Errorf("from white to black: %v", d)
	}
	red, green := parse(t, "#b04000"), parse(t, "#6b6b00")
	all, without := colours.Distance(red, green, colours.AllCones), colours.Distance(red, green, colours.Deuteranopia)
	if all < 40 || without > all/2 {
		t.Errorf("rust and olive are %v apart, without green cones %v", all, without)
	}
	for _, eyes := range colours.AllEyes { // greys stay greys
		if d := colours.Distance(grey, white, eyes); math.Abs(d-colours.Distance(grey, white, colours.AllCones)) > 0.5 {
			t.Errorf("%s: grey is %v from white", eyes, d)
		}
	}
}

func TestHuesLieOnACircle(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"#ff0000": 0, "#ffff00": 60, "#00ff00": 120, "#0000ff": 240, "#ff00ff": 300, "#808080": 0} {
		if hue := parse(t, text).Hue(); math.Abs(hue-want) > 1e-9 {
			t.Errorf("%s lies at %v°, want %v°", text, hue, want)
		}
	}
}
