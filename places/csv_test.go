package places

import "testing"

func TestDefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "",
		"Jardin des Lilas":        "Jardin des Lilas",
		"=1+1":                    "'=1+1",
		"@SUM(A1)":                "'@SUM(A1)",
		"-2+3+cmd|' /C calc'!A0":  "'-2+3+cmd|' /C calc'!A0",
		"\t=1":                    "'\t'=1",
		"＝1+1":                    "'＝1+1",
		"+33 2 40 41 90 00":       "+33 2 40 41 90 00",
		"+33=1":                   "'+33=1",
		"Lieu;=HYPERLINK(1)":      "Lieu;'=HYPERLINK(1)",
		"Lieu\n =1+1":             "Lieu\n '=1+1",
		"Lieu; -cmd|'/C'!A0":      "Lieu; '-cmd|'/C'!A0",
		"À apporter :\n- un seau": "À apporter :\n- un seau",
		"Mo-Fr 09:00; PH off":     "Mo-Fr 09:00; PH off",
		"a=b":                     "a=b",
	} {
		if got := defused(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
