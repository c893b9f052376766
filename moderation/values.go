package moderation

import (
	"encoding/json"
	"maps"
	"net/mail"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/places/hours"
)

// texts takes a string, or an object with one per language.
func texts(field string, least, most int) fieldCheck {
	return func(c *checker, pointer string, value json.RawMessage) places.Fields {
		var plain string
		if json.Unmarshal(value, &plain) == nil {
			return places.Fields{field + "." + places.Undetermined: quote(c.text(pointer, plain, least, most))}
		}
		var several map[string]*string
		if json.Unmarshal(value, &several) != nil {
			c.wrong(pointer, `must be a text, or an object with one per language: {"fr": "…", "en": "…"}`)
			return nil
		}
		fields := make(places.Fields)
		for _, language := range slices.Sorted(maps.Keys(several)) {
			if language != "fr" && language != "en" && language != places.Undetermined {
				c.wrong(pointer+"/"+language, "languages are fr and en")
				continue
			}
			path := field + "." + language
			switch value := several[language]; {
			case value != nil:
				fields[path] = quote(c.text(pointer+"/"+language, *value, least, most))
			case path == "name."+places.Undetermined:
				c.wrong(pointer+"/"+language, "cannot be removed")
			default:
				fields[path] = null
			}
		}
		return fields
	}
}

func oneOf[T ~string](field string, allowed []T) fieldCheck {
	return func(c *checker, pointer string, value json.RawMessage) places.Fields {
		var one T
		if json.Unmarshal(value, &one) != nil || !slices.Contains(allowed, one) {
			c.wrong(pointer, "%s is none of %v", value, allowed)
			return nil
		}
		return places.Fields{field: quote(string(one))}
	}
}

// lineCheck judges and normalises one line of text. What is wrong with it is a fault about the line alone.
type lineCheck func(text string) (string, *fault.Error)

// line takes one line of text and lets check judge and normalise it.
func line(field string, check lineCheck) fieldCheck {
	return func(c *checker, pointer string, value json.RawMessage) places.Fields {
		var text string
		if json.Unmarshal(value, &text) != nil {
			c.wrong(pointer, "must be a text")
			return nil
		}
		before := len(c.fields)
		if text = c.text(pointer, text, 1, 500); len(c.fields) > before {
			return nil
		}
		good, wrong := check(text)
		if wrong != nil {
			c.wrong(pointer, "%v", wrong)
			return nil
		}
		return places.Fields{field: quote(good)}
	}
}

func short(text string) (string, *fault.Error) {
	if utf8.RuneCountInString(text) > 200 {
		return "", fault.New(fault.Invalid, "at most 200 characters")
	}
	return text, nil
}

func phone(text string) (string, *fault.Error) {
	number, err := phonenumbers.Parse(text, "FR")
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", fault.New(fault.Invalid, "%q is not a phone number; write it as 02 40 00 00 00 or +33 2 40 00 00 00", text)
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

func email(text string) (string, *fault.Error) {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text {
		return "", fault.New(fault.Invalid, "%q is not an e-mail address", text)
	}
	return text, nil
}

// website takes http and https only, since the value becomes a link.
func website(text string) (string, *fault.Error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", fault.New(fault.Invalid, "%q is not an address that begins with https:// or http://", text)
	}
	return u.String(), nil
}

func openingHours(text string) (string, *fault.Error) {
	if _, err := hours.Parse(text); err != nil {
		return "", fault.New(fault.Invalid, "these hours cannot be read (%v); write them as Mo-Fr 09:00-18:00", err)
	}
	return text, nil
}

func day(text string) (string, *fault.Error) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", fault.New(fault.Invalid, "%q is not a day like 2027-01-31", text)
	}
	return text, nil
}
