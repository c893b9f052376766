package hours

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

// TestVectors are what the browser's library is held to as well:
// web/test/unit/opening.test.ts reads the same file. Times are on the clocks of the town.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ Hours, At, State, Until string }
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) < 50 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		at, err := time.ParseInLocation("2006-01-02 15:04", v.At, Zone())
		if err != nil {
			t.Fatal(err)
		}
		schedule, err := Parse(v.Hours)
		if err != nil {
			t.Errorf("%s: %v", v.Hours, err)
			continue
		}
		want := v.State
		if v.Until != "" {
			want += " until " + v.Until
		}
		if got := describeStatus(schedule.At(at)); got != want {
			t.Errorf("%s at %s: %s, want %s", v.Hours, v.At, got, want)
		}
	}
}
