package fault

import "testing"

type state string

func (s state) Word() string { return string(s) }

func TestTranslatedSaysTheSameInAnotherLanguage(t *testing.T) {
	french := map[string]string{"no place %d": "aucun lieu %d", "%q is not a number": "%q n'est pas un nombre"}
	if got := New(NotFound, "no place %d", 7).Translated(french).Message; got != "aucun lieu 7" {
		t.Errorf("New: %q", got)
	}
	field := InvalidField("limit", "%q is not a number", "x").Translated(french)
	if field.Message != `limit: "x" n'est pas un nombre` || field.Fields[0].Message != `"x" n'est pas un nombre` {
		t.Errorf("InvalidField: %+v", field)
	}
	if got := New(NotFound, "untranslated %d", 7).Translated(french).Message; got != "untranslated 7" {
		t.Errorf("a sentence that the dictionary lacks: %q", got)
	}
	several := InvalidFields([]Field{Wrong("/a", "%q is not a number", "x"), Wrong("/b", "%q is not a number", "y")}).Translated(french)
	if several.Message != "2 fields are wrong" || several.Fields[1].Message != `"y" n'est pas un nombre` {
		t.Errorf("InvalidFields: %+v", several)
	}
	french["unreadable (%v)"] = "illisible (%v)"
	if got := New(Invalid, "unreadable (%v)", New(NotFound, "no place %d", 7)).Translated(french).Message; got != "illisible (aucun lieu 7)" {
		t.Errorf("a fault inside a fault: %q", got)
	}
	french["it is %s"], french["refused"] = "elle est %s", "refusée"
	if told := New(Conflict, "it is %s", state("refused")); told.Message != "it is refused" || told.Translated(french).Message != "elle est refusée" {
		t.Errorf("a word: %q, %q", told.Message, told.Translated(french).Message)
	}
	if got := (&Error{Kind: Invalid, Message: "by hand"}).Translated(french).Message; got != "by hand" {
		t.Errorf("a fault made by hand: %q", got)
	}
}
