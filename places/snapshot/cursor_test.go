package snapshot

import (
	"strings"
	"testing"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

func TestCursorComesBackAsItWas(t *testing.T) {
	for _, c := range []Cursor{
		{}, {set: true}, {key: 1, id: 2, set: true}, {key: 1<<62 - 1, id: 1<<63 - 1, set: true},
	} {
		text := c.String()
		if got, err := ParseCursor(text); err != nil || got != c {
			t.Errorf("%+v became %q and came back as %+v, %v", c, text, got, err)
		}
		if strings.ContainsAny(text, "+/=&%") {
			t.Errorf("%q is not safe in a URL", text)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	for _, text := range []string{"", "A", "AAA", "!", "____", Cursor{key: 5, id: places.ID(9), set: true}.String()} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q gives %v, want an Invalid fault", text, err)
			}
			return
		}
		if again, err := ParseCursor(c.String()); err != nil || again != c {
			t.Errorf("%q is %+v, which comes back as %+v, %v", text, c, again, err)
		}
	})
}
