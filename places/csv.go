package places

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// CSVHeader names the columns of CSVRecord. They stay in this order; new ones come at the end.
var CSVHeader = []string{
	"id", "name", "kind", "category", "categories", "group", "neighbourhood", "longitude", "latitude",
	"housenumber", "street", "postcode", "city", "address", "phone", "email", "website",
	"opening_hours", "wheelchair", "operator", "description", "state", "verified_at", "updated_at",
	"revision", "licence", "osm", "sources",
}

// CSVRecord is a rendered feature as a row below CSVHeader. Several values of a
// column are separated by ";". Texts that a spreadsheet would run as a formula
// get an apostrophe (https://owasp.org/www-community/attacks/CSV_Injection).
func CSVRecord(rendered []byte) ([]string, error) {
	var f feature
	if err := json.Unmarshal(rendered, &f); err != nil {
		return nil, fmt.Errorf("read a rendered feature: %w", err)
	}
	p := f.Properties
	address := p.Address
	if address == nil {
		address = &Address{}
	}
	verified := ""
	if p.VerifiedAt != nil {
		verified = p.VerifiedAt.Format(time.RFC3339)
	}
	return []string{
		strconv.FormatInt(int64(f.ID), 10), defused(p.Name), string(p.Kind), p.Category,
		strings.Join(p.Categories, ";"), p.Group, p.Neighbourhood,
		strconv.FormatFloat(f.Geometry.Coordinates[0], 'f', -1, 64), strconv.FormatFloat(f.Geometry.Coordinates[1], 'f', -1, 64),
		defused(address.Housenumber), defused(address.Street), defused(address.Postcode), defused(address.City), defused(address.Text),
		defused(p.Phone), defused(p.Email), defused(p.Website), defused(p.OpeningHours), string(p.Wheelchair),
		defused(p.Operator), defused(p.Description), string(p.State), verified, p.UpdatedAt.Format(time.RFC3339),
		strconv.Itoa(p.Revision), p.Licence, p.OSM, strings.Join(p.Sources, ";"),
	}, nil
}

// defused keeps a spreadsheet from running a text, or a part of it: one that cuts
// cells at semicolons, as in French, reads ";=1+1" and a new line that begins with
// "=" as cells of their own. A phone number, + and digits only, stays as it is: it
// computes nothing; so does a list whose lines begin with "- ".
func defused(text string) string {
	if text == "" {
		return text
	}
	if begins, _ := utf8.DecodeRuneInString(text); strings.ContainsRune("=+-@\t\r\n＝＋－＠", begins) && !isPhone(text) {
		text = "'" + text
	}
	return cellStart.ReplaceAllString(text, "$1'$2")
}

// cellStart is what another separator than ours would make the beginning of a formula.
var cellStart = regexp.MustCompile(`([;\t\r\n] *)([=@＝＠]|[+\-＋－][^\s\d])`)

func isPhone(text string) bool {
	return text[0] == '+' && strings.Trim(text[1:], "0123456789 ") == ""
}
