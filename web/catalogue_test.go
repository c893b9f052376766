package web

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCataloguesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	all := readCatalogues()
	french, english := all["fr"], all["en"]
	for _, key := range slices.Sorted(maps.Keys(french)) {
		translated, ok := english[key]
		if !ok {
			t.Errorf("en.json lacks %s", key)
			continue
		}
		if a, b := placeholders(french[key].Other), placeholders(translated.Other); !slices.Equal(a, b) {
			t.Errorf("%s has %v in French, %v in English", key, a, b)
		}
		if strings.TrimSpace(french[key].Other) == "" || strings.TrimSpace(translated.Other) == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for key := range english {
		if _, ok := french[key]; !ok {
			t.Errorf("fr.json lacks %s", key)
		}
	}
}

func placeholders(text string) []string {
	found := regexp.MustCompile(`\{[a-z_]+\}`).FindAllString(text, -1)
	slices.Sort(found)
	return found
}

// said matches the calls that say a text, and takes their key.
var said = []*regexp.Regexp{
	regexp.MustCompile(`\b(?:v|s)\.[TN]\("([a-z0-9_.]+)"[,)]`), // Go
	regexp.MustCompile(`\.[TN] "([a-z0-9_.]+)"`),               // templates
}

// quoted matches any literal that can be a key or the beginning of one.
var quoted = regexp.MustCompile("[\"'`]([a-z]+\\.[a-z0-9_.]*)")

var saidByScript = regexp.MustCompile(`\btext\('([a-z0-9_.]+)'`)

func TestEveryTextIsUsedAndEveryUseHasAText(t *testing.T) {
	catalogue := readCatalogues()["fr"]
	used := make(map[string]bool)
	for name, source := range sources(t, ".go", ".html") {
		for _, pattern := range said {
			for _, match := range pattern.FindAllStringSubmatch(source, -1) {
				if _, ok := catalogue[match[1]]; !ok {
					t.Errorf("%s says %s, which has no text", name, match[1])
				}
			}
		}
		noteUses(used, source, "")
	}
	for name, source := range sources(t, ".ts") {
		for _, match := range saidByScript.FindAllStringSubmatch(source, -1) {
			if _, ok := catalogue[scriptPrefix+match[1]]; !ok {
				t.Errorf("%s says %s, which has no text", name, match[1])
			}
		}
		noteUses(used, source, scriptPrefix)
	}
	for key := range catalogue {
		if !used[key] && !used[key[:strings.LastIndex(key, ".")+1]] && !used[strings.TrimSuffix(strings.TrimSuffix(key, ".title"), ".text")] {
			t.Errorf("nobody says %s", key)
		}
	}
}

func noteUses(used map[string]bool, source, prefix string) {
	for _, match := range quoted.FindAllStringSubmatch(source, -1) {
		used[prefix+match[1]] = true
	}
}

// sources reads what is ours and not a test.
func sources(t *testing.T, extensions ...string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || (entry.IsDir() && slices.Contains([]string{"node_modules", "dist", "test"}, entry.Name())) {
			return cmpOr(err, fs.SkipDir)
		}
		if entry.IsDir() || !slices.Contains(extensions, filepath.Ext(name)) || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		found[name] = string(text)
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("read sources %v: %d found, %v", extensions, len(found), err)
	}
	return found
}

// cmpOr is the first that is an error.
func cmpOr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestPluralsFollowTheLanguage(t *testing.T) {
	all := readCatalogues()
	for _, c := range []struct {
		language string
		count    int
		want     string
	}{
		{"fr", 0, "0 lieu"}, {"fr", 1, "1 lieu"}, {"fr", 2, "2 lieux"}, {"fr", 12345, "12\u202f345 lieux"},
		{"en", 0, "0 places"}, {"en", 1, "1 place"}, {"en", 1234567, "1,234,567 places"},
	} {
		if got := all[c.language].plural(c.language, "list.count", c.count); got != c.want {
			t.Errorf("%s, %d: %q, want %q", c.language, c.count, got, c.want)
		}
	}
}

func TestFormatDistance(t *testing.T) {
	for _, c := range []struct {
		metres          float64
		french, english string
	}{
		{0, "0 m", "0 m"}, {38, "40 m", "40 m"}, {97.4, "95 m", "95 m"}, {351, "350 m", "350 m"},
		{994, "990 m", "990 m"}, {996, "1 km", "1 km"}, {1249, "1,2 km", "1.2 km"}, {9949, "9,9 km", "9.9 km"},
		{14_499, "14 km", "14 km"}, {1_234_567, "1\u202f235 km", "1,235 km"},
	} {
		for language, want := range map[string]string{"fr": c.french, "en": c.english} {
			want = strings.ReplaceAll(want, " ", "\u00a0")
			if got := formatDistance(language, c.metres); got != want {
				t.Errorf("%v m in %s: %q, want %q", c.metres, language, got, want)
			}
		}
	}
}
