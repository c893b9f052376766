package jcs

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// exactDigits is how many digits every whole number may have and be a double.
const exactDigits = 15

func (w *writer) number() error {
	start := w.at
	whole := true
	for w.at < len(w.in) {
		c := w.in[w.at]
		if c == '.' || c == 'e' || c == 'E' || c == '+' {
			whole = false
		} else if c != '-' && (c < '0' || c > '9') {
			break
		}
		w.at++
	}
	text := w.in[start:w.at]
	if whole && len(text) <= exactDigits && text[0] != '-' {
		w.out = append(w.out, text...)
		return nil
	}
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return fmt.Errorf("canonical JSON: %w", err)
	}
	w.out = AppendNumber(w.out, value)
	return nil
}

// text copies a string; one with escapes is read and written anew.
func (w *writer) text() error {
	start := w.at
	escaped := false
	for w.at++; w.in[w.at] != '"'; w.at++ {
		if w.in[w.at] == '\\' {
			escaped = true
			w.at++
		}
	}
	w.at++
	if !escaped {
		w.out = append(w.out, w.in[start:w.at]...)
		return nil
	}
	var text string
	if err := json.Unmarshal(w.in[start:w.at], &text); err != nil {
		return fmt.Errorf("canonical JSON: %w", err)
	}
	w.out = AppendString(w.out, text)
	return nil
}
