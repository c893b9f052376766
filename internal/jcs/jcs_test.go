package jcs

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// The cases are those of RFC 8785, 3.2.3 and appendix B, and the surprises of JSON.
func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
		  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`: `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One","\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"o"}`: "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"o\",\"€\":\"Euro Sign\",\"😀\":\"Emoji\",\"\ufb33\":\"Hebrew\"}",
		`[-0, -0.0, 1e21, 1e20, 1e-6, 1e-7, 9007199254740993, 7.4211000]`:                                                                  `[0,0,1e+21,100000000000000000000,0.000001,1e-7,9007199254740992,7.4211]`,
		`"<&>\u2028\u007f"`: "\"<&>\u2028\u007f\"",
		` { } `:             `{}`,
		`{"b":1,"a":{"d":[{},[ ],{"z":1,"y":2}],"c":null},"b":2,"ab":3,"a\u0022":4}`: `{"a":{"c":null,"d":[{},[],{"y":2,"z":1}]},"a\"":4,"ab":3,"b":2}`,
		`[0, -1, 999999999999999, 9999999999999999, -0e5, 1.0]`:                      `[0,-1,999999999999999,10000000000000000,0,1]`,
	} {
		got, err := Canonical([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s\n got %s, %v\nwant %s", in, got, err, want)
		}
	}
	for _, wrong := range []string{``, `{`, `1 2`, `[1e400]`, "\"\xff\""} {
		if got, err := Canonical([]byte(wrong)); err == nil {
			t.Errorf("%s gave %s", wrong, got)
		}
	}
}

// A value written in any way has one canonical form, and that form says the same.
func TestCanonicalKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOf(rapid.String(), rapid.Float64()).Draw(t, "object")
		loose, err := json.MarshalIndent(object, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		first, err := Canonical(loose)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Canonical(first)
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("%s became %s, %v", first, again, err)
		}
		var back map[string]float64
		if err := json.Unmarshal(first, &back); err != nil || len(back) != len(object) {
			t.Fatalf("%s: %v", first, err)
		}
		for name, value := range object {
			if back[name] != value {
				t.Fatalf("%q was %v and is %v", name, value, back[name])
			}
		}
	})
}

func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"b":[1,2.5e3,"\u00e9\n"],"a":{"":null}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := Canonical(text)
		if err != nil {
			return
		}
		var before, after any
		if json.Unmarshal(text, &before) != nil || json.Unmarshal(first, &after) != nil || !reflect.DeepEqual(before, after) {
			t.Fatalf("%q became %q", text, first)
		}
		if again, err := Canonical(first); err != nil || !bytes.Equal(first, again) {
			t.Fatalf("%q became %q, %v", first, again, err)
		}
	})
}

// What is appended value by value is what Canonical makes of encoding/json's text.
func TestAppendAgreesWithCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Float64(), rapid.Custom(func(t *rapid.T) float64 {
			return float64(rapid.IntRange(-1_800_000_000, 1_800_000_000).Draw(t, "units")) / 1e7
		})).Draw(t, "number")
		text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) // seldom UTF-8
		})).Draw(t, "text")
		texts := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "texts")
		for _, one := range []struct {
			value any
			got   []byte
		}{{number, AppendNumber(nil, number)}, {text, AppendString(nil, text)}, {texts, AppendTexts(nil, texts)}} {
			loose, err := json.Marshal(one.value)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Canonical(loose)
			if err != nil || !bytes.Equal(one.got, want) {
				t.Fatalf("%#v became %s, want %s, %v", one.value, one.got, want, err)
			}
		}
	})
}

// The members of an object stand in the order of Compare.
func TestCompareIsTheOrderOfMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		loose, err := json.Marshal(map[string]int{a: 0, b: 0})
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := Canonical(loose)
		if err != nil {
			t.Fatal(err)
		}
		first := a
		if Compare(a, b) > 0 {
			first = b
		}
		if !bytes.HasPrefix(canonical[1:], AppendString(nil, first)) {
			t.Fatalf("%q and %q stand as %s", a, b, canonical)
		}
	})
}
