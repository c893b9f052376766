package following

import (
	"fmt"
	"time"
)

// words are those of the letters in one language. What they lack stays as it is.
type words struct {
	actions, reasons, fields map[string]string
	months                   [12]string
	dayForm                  string // of day, month, year
}

func wordsIn(language string) words {
	if language == "en" {
		return english
	}
	return french
}

func (w words) action(name string) string { return orSame(w.actions, name) }
func (w words) reason(name string) string { return orSame(w.reasons, name) }
func (w words) field(name string) string  { return orSame(w.fields, name) }

func orSame(known map[string]string, name string) string {
	if text, ok := known[name]; ok {
		return text
	}
	return name
}

func (w words) day(at time.Time) string {
	return fmt.Sprintf(w.dayForm, at.Day(), w.months[at.Month()-1], at.Year())
}

var french = words{
	actions: map[string]string{
		"create": "un nouveau lieu", "edit": "une correction", "move": "un déplacement", "close": "une fermeture", "reopen": "une réouverture",
		"confirm": "une confirmation", "report": "un signalement", "photo": "une photo", "merge": "une fusion", "revert": "un retour en arrière",
		"hide": "un masquage", "restore": "un rétablissement", "erase": "un effacement",
	},
	reasons: map[string]string{
		"wrong": "inexact", "gone": "n'existe plus", "duplicate": "en double", "charter": "contraire à la charte", "spam": "publicité",
		"personal_data": "données personnelles", "out_of_scope": "hors du sujet de la carte", "unverifiable": "impossible à vérifier", "already_done": "déjà fait",
	},
	fields: map[string]string{
		"name": "nom", "description": "description", "category": "catégorie", "categories": "autres catégories", "kind": "nature", "state": "état",
		"position": "position", "address": "adresse", "phone": "téléphone", "email": "courriel", "website": "site", "opening_hours": "horaires",
		"closure": "fermeture", "wheelchair": "accès en fauteuil", "operator": "exploitant", "starts_on": "premier jour", "ends_on": "dernier jour",
		"verified_at": "vérifié", "photos": "photo", "identifiers": "identifiants", "labels": "labels", "extra": "autres précisions",
		"accessibility": "accessibilité", "audiences": "publics", "languages": "langues",
	},
	months:  [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	dayForm: "%d %s %d",
}

var english = words{
	actions: map[string]string{
		"create": "a new place", "edit": "a correction", "move": "a move", "close": "a closing", "reopen": "a reopening",
		"confirm": "a confirmation", "report": "a report", "photo": "a photo", "merge": "a merge", "revert": "a return to what was before",
		"hide": "a hiding", "restore": "a restoring", "erase": "an erasing",
	},
	reasons: map[string]string{
		"wrong": "wrong", "gone": "gone", "duplicate": "there twice", "charter": "against the charter", "spam": "advertising",
		"personal_data": "personal data", "out_of_scope": "not for this map", "unverifiable": "cannot be verified", "already_done": "done already",
	},
	fields: map[string]string{
		"categories": "other categories", "opening_hours": "opening hours", "starts_on": "first day", "ends_on": "last day",
		"verified_at": "verified", "photos": "photo", "extra": "more",
	},
	months:  [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	dayForm: "%d %s %d",
}
