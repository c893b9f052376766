package fault

import (
	"cmp"
	"fmt"
	"slices"
)

// sentence keeps how a message was made, so that a face of the program can say
// it in the language of the person who reads it.
type sentence struct {
	format string
	args   []any
}

func (s sentence) in(dictionary map[string]string) string {
	format := s.format
	if translated, ok := dictionary[format]; ok {
		format = translated
	}
	return fmt.Sprintf(format, s.argsIn(dictionary)...)
}

// Word is an argument that a person reads as words, which a dictionary has too: a
// state, whose code means nothing to them.
type Word interface{ Word() string }

// argsIn are the arguments; of those that are faults, what a person may read of them.
func (s sentence) argsIn(dictionary map[string]string) []any {
	args := slices.Clone(s.args)
	for i, arg := range args {
		switch arg := arg.(type) {
		case *Error:
			args[i] = arg.Translated(dictionary).Message
		case Word:
			args[i] = cmp.Or(dictionary[arg.Word()], arg.Word())
		}
	}
	return args
}

// Translated is the fault said with a dictionary from the formats given to New,
// Wrap and InvalidField to the same in another language, arguments in the same
// order. What the dictionary lacks stays as it is.
func (e *Error) Translated(dictionary map[string]string) *Error {
	translated := *e
	if e.said.format != "" {
		translated.Message = e.said.in(dictionary)
	}
	translated.Fields = make([]Field, len(e.Fields))
	for i, field := range e.Fields {
		if field.said.format != "" {
			field.Message = field.said.in(dictionary)
		}
		translated.Fields[i] = field
	}
	if e.said.format == "" && len(e.Fields) == 1 { // made by InvalidField
		translated.Message = e.Fields[0].Name + ": " + translated.Fields[0].Message
	}
	return &translated
}
