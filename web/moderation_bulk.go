package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// bulkRow is what became of one of several.
type bulkRow struct {
	ID         int64
	Href, Text string
	Tone       string
}

// decideEach gives one verdict to all that were ticked.
func (s *site) decideEach(r *http.Request, v *view, actor accounts.Actor, page *queuePage) error {
	if err := readForm(r); err != nil {
		return err
	}
	verdict := v.verdictFrom(r.PostForm)
	results, err := s.Road.DecideEach(r.Context(), s.Pool, actor, verdict, seenFrom(r.PostForm["item"]), s.Clock())
	if fault.Is(err, fault.Invalid) {
		page.Problem = v.faultOf(r, err).text()
		return nil
	}
	if err != nil {
		return err
	}
	var seq int64
	for _, result := range results {
		row := bulkRow{ID: result.ID, Href: v.itemURL(result.ID), Text: v.outcomeText(string(verdict.Outcome)), Tone: toneOf(string(verdict.Outcome))}
		if result.Err != nil {
			row.Text, row.Tone = v.faultOf(r, result.Err).text(), "bad"
		}
		seq = max(seq, result.Decision.Seq)
		page.Bulk = append(page.Bulk, row)
	}
	return s.Snapshot.WaitFor(r.Context(), seq)
}

// verdictFrom reads a verdict. A refusal without a text gets the usual one of its reason.
func (v *view) verdictFrom(form url.Values) moderation.Verdict {
	verdict := moderation.Verdict{
		Outcome: moderation.State(form.Get("outcome")), Reason: form.Get("reason"), Message: strings.TrimSpace(form.Get("message")),
	}
	if verdict.Outcome == moderation.Refused {
		if verdict.Message == "" {
			verdict.Message = v.site.cannedText(verdict.Reason, v.Language)
		}
		return verdict
	}
	verdict.Reason = ""
	return verdict
}

func seenFrom(items []string) []moderation.Seen {
	var seen []moderation.Seen
	for _, item := range items {
		number, version, _ := strings.Cut(item, ".")
		id, err1 := strconv.ParseInt(number, 10, 64)
		at, err2 := strconv.Atoi(version)
		if err1 == nil && err2 == nil {
			seen = append(seen, moderation.Seen{ID: id, Version: at})
		}
	}
	return seen
}

// cannedText is what a refusal for a reason usually says, in a language: the
// town's own words (moderation.Policy.Texts) or the shipped ones; empty for a
// reason that is none.
func (s *site) cannedText(reason, language string) string {
	if text := s.Road.Policy.Texts[reason][language]; text != "" {
		return text
	}
	key := "canned." + reason
	if _, known := s.catalogue[language][key]; !known {
		return ""
	}
	return s.catalogue[language].text(key)
}

// cannedTexts are the usual texts of a refusal, by language and reason, to begin from.
func (v *view) cannedTexts() map[string]map[string]string {
	texts := make(map[string]map[string]string)
	for _, language := range Languages {
		texts[language] = make(map[string]string)
		for _, code := range moderation.Reasons {
			texts[language][code] = v.site.cannedText(code, language)
		}
	}
	return texts
}
