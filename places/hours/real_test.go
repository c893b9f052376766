package hours

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestRealHours parses the hours of five extracts of OpenStreetMap: all but one in a hundred are read.
func TestRealHours(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/oracle/*.poi.csv")
	if err != nil || len(files) == 0 {
		t.Skipf("the real places of ../shared/data/oracle are not here: %v", err)
	}
	read, refused := 0, []string{}
	for _, file := range files {
		for _, text := range realHours(t, file) {
			read++
			if _, err := Parse(text); err != nil {
				refused = append(refused, text)
			}
		}
	}
	t.Logf("%d values, refused: %q", read, refused)
	if read < 300 || len(refused)*100 > read {
		t.Errorf("%d of %d values are refused: %q", len(refused), read, refused)
	}
}

// realHours are the values of opening_hours of one list of places, the tags of which come last.
func realHours(t *testing.T, file string) []string {
	t.Helper()
	input, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	rows, err := csv.NewReader(input).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, row := range rows[1:] {
		var tags struct {
			Hours string `json:"opening_hours"`
		}
		if err := json.Unmarshal([]byte(row[len(row)-1]), &tags); err != nil {
			t.Fatal(err)
		}
		if tags.Hours != "" {
			found = append(found, tags.Hours)
		}
	}
	return found
}
