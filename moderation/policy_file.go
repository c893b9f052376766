package moderation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// ReadPolicy reads a town's policy: the JSON of Policy, strictly. A role without
// a quota keeps the shipped one, as does what it does not say of the community. The fault is Invalid, one sentence with the line
// or the member that is wrong.
func ReadPolicy(text []byte) (Policy, error) {
	p := Policy{Community: DefaultCommunity}
	p.Community.Dissent = unsaid
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return Policy{}, wrongLine(text, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Policy{}, fault.New(fault.Invalid, "line %d: the file goes on after the policy", lineAt(text, decoder.InputOffset()))
	}
	if p.Rules == nil {
		return Policy{}, fault.New(fault.Invalid, `the member "rules" is missing; an empty list sends everything to the queue`)
	}
	p.Quotas = orShipped(p.Quotas, DefaultPolicy.Quotas)
	p.ConfirmQuotas = orShipped(p.ConfirmQuotas, DefaultPolicy.ConfirmQuotas)
	if p.Community.Dissent == unsaid {
		p.Community.Dissent = max(0, min(DefaultCommunity.Dissent, p.Community.Quorum-1))
	}
	return p, p.check()
}

// orShipped are the quotas given, and the shipped ones of the other roles.
func orShipped(given, shipped map[accounts.Role]Quota) map[accounts.Role]Quota {
	all := maps.Clone(shipped)
	maps.Copy(all, given)
	return all
}

// unsaid is no number of votes: a dissent that a file leaves out is the shipped one, or
// less where the quorum that it gives bears no more.
const unsaid = math.MinInt

// wrongLine says where a file is not the JSON of a policy.
func wrongLine(text []byte, err error) error {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "this is not the JSON of a policy: it ends too early")
	case errors.As(err, &syntax):
		return fault.New(fault.Invalid, "line %d: this is not JSON, from %q on", lineAt(text, syntax.Offset), wordAt(text, syntax.Offset-1))
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return fault.New(fault.Invalid, "line %d: %s cannot be %s", lineAt(text, wrongType.Offset), wrongType.Field, jsonKind(wrongType.Value))
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		at := max(bytes.Index(text, []byte(name)), 0)
		return fault.New(fault.Invalid, "line %d: there is no member %s in a policy", lineAt(text, int64(at)), name)
	}
	return fault.Wrap(fault.Invalid, err, "this is not the JSON of a policy")
}

// jsonKind is what encoding/json calls a value: "string", "number", "number 1.5".
type jsonKind string

// Word is how a sentence says it.
func (k jsonKind) Word() string {
	if _, number, known := strings.Cut(string(k), " "); known {
		return number
	}
	words := map[jsonKind]string{"string": "a text", "number": "a number", "bool": "true or false", "object": "an object", "array": "a list"}
	return cmp.Or(words[k], string(k))
}

// wordAt is what stands at an offset, up to the next space.
func wordAt(text []byte, offset int64) string {
	if rest := bytes.Fields(text[max(0, min(offset, int64(len(text)))):]); len(rest) > 0 {
		return string(rest[0][:min(len(rest[0]), 40)])
	}
	return ""
}

func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
}

// ruleName is what the public log takes for a rule.
var ruleName = regexp.MustCompile(`^[a-z0-9][a-z0-9_]{0,63}$`)

func (p Policy) check() error {
	names := make(map[string]bool, len(p.Rules))
	for i, rule := range p.Rules {
		if names[rule.Name] {
			return fault.New(fault.Invalid, "rules[%d].name: %q is there twice", i, rule.Name)
		}
		names[rule.Name] = true
		if wrong := rule.wrong(); wrong != nil {
			return fault.New(fault.Invalid, "rules[%d].%v", i, wrong)
		}
	}
	for member, quotas := range map[string]map[accounts.Role]Quota{"quotas": p.Quotas, "confirm_quotas": p.ConfirmQuotas} {
		if err := checkQuotas(member, quotas); err != nil {
			return err
		}
	}
	if wrong := p.Community.wrong(); wrong != nil {
		return fault.New(fault.Invalid, "community.%v", wrong)
	}
	return p.checkTexts()
}

// checkQuotas refuses those that count nothing.
func checkQuotas(member string, quotas map[accounts.Role]Quota) error {
	for _, role := range slices.Sorted(maps.Keys(quotas)) { // of several that are wrong, always the same
		quota := quotas[role]
		if _, counted := DefaultPolicy.Quotas[role]; !counted {
			return fault.New(fault.Invalid, "%s: there is no role %q that is counted", member, string(role))
		}
		if quota.Day < 1 || quota.PerAccepted < 0 || quota.Most < 0 {
			return fault.New(fault.Invalid, "%s.%s: day is at least 1, the others no less than 0", member, role)
		}
	}
	return nil
}

// checkTexts refuses texts that nobody would be shown, or that no answer takes.
func (p Policy) checkTexts() error {
	for reason, texts := range p.Texts {
		if !slices.Contains(Reasons, reason) {
			return fault.New(fault.Invalid, "texts: %q is none of %v", reason, Reasons)
		}
		for language, text := range texts {
			if language != "fr" && language != "en" {
				return fault.New(fault.Invalid, "texts.%s: %q is neither fr nor en", reason, language)
			}
			if length := utf8.RuneCountInString(text); length == 0 || length > maxMessage {
				return fault.New(fault.Invalid, "texts.%s.%s: from 1 to %d characters, not %d", reason, language, maxMessage, length)
			}
		}
	}
	return nil
}

// wrong names the first wrong member of a rule, and says what is wrong; nil is good.
func (r Rule) wrong() *fault.Error {
	if !ruleName.MatchString(r.Name) {
		return fault.New(fault.Invalid, "name: %q is not made of a-z, 0-9 and _", r.Name)
	}
	for _, role := range r.Roles {
		if !slices.Contains(accounts.AllRoles, role) {
			return fault.New(fault.Invalid, "roles: %q is none of %v", string(role), accounts.AllRoles)
		}
	}
	for _, action := range r.Actions {
		if !slices.Contains(AllActions, action) {
			return fault.New(fault.Invalid, "actions: %q is none of %v", string(action), AllActions)
		}
	}
	rulings := []Ruling{AcceptNow, QueueIt, RefuseIt}
	switch {
	case !slices.Contains(rulings, r.Ruling):
		return fault.New(fault.Invalid, "ruling: %q is none of %v", string(r.Ruling), rulings)
	case r.MaxRisk < 0 || r.MaxRisk > 100:
		return fault.New(fault.Invalid, "max_risk: %d is not from 0 to 100", r.MaxRisk)
	case r.SamplePercent < 0 || r.SamplePercent > 100 || r.SamplePercent > 0 && r.Ruling != AcceptNow:
		return fault.New(fault.Invalid, "sample_percent: from 0 to 100, of what a rule accepts")
	case r.Trusted != nil && (r.Trusted.Accepted < 0 || r.Trusted.RefusedPercent < 0 || r.Trusted.Days < 0):
		return fault.New(fault.Invalid, "trusted: numbers are no less than 0")
	}
	return nil
}
