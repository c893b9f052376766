package web

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
)

// receiptPage is the form that checks a receipt, and what came of it.
type receiptPage struct {
	Base     string
	Verdict  string // key below check.; empty before anything was checked
	Tone     string
	Origin   string // of a foreign receipt
	Received time.Time
	DecideBy time.Time
	LoggedBy time.Time
	Leaf     string
	Index    int64
	EntryURL string
	Proof    []string
	Note     string
}

// The verdicts on a receipt: keys of their texts.
const (
	receiptFound      = "found"
	receiptWaiting    = "waiting"    // promised, and the minute is not over
	receiptBroken     = "broken"     // promised, and not there: the proof of an omission
	receiptForeign    = "foreign"    // of another log
	receiptForged     = "forged"     // says it is ours, and is not
	receiptNone       = "none"       // signed by us, but no receipt
	receiptUnreadable = "unreadable" // not a signed note at all
)

// longestReceipt is far more than any receipt, in bytes.
const longestReceipt = 64 << 10

// checkReceipt says whether what a receipt promises is in the log. It changes nothing.
func (s *site) checkReceipt(r *http.Request, v *view) (answer, error) {
	page := receiptPage{Base: v.Base()}
	leaf := v.request.Query().Get(leafParameter)
	if r.Method != http.MethodPost && leaf != "" {
		if err := s.judgeLeaf(r.Context(), leaf, &page); err != nil {
			return answer{}, err
		}
	}
	if r.Method == http.MethodPost {
		text, err := receiptFrom(r)
		if err != nil {
			return answer{}, err
		}
		if s.LogKey == "" {
			return answer{}, fault.New(fault.Unavailable, "this server does not hold the log's key")
		}
		if err := s.judgeReceipt(r.Context(), text, &page); err != nil {
			return answer{}, err
		}
	}
	if page.Verdict == receiptFound || page.Verdict == leafFound {
		page.EntryURL = v.entryURL(page.Index)
	}
	return answer{template: "receipt_check", title: v.T("check.title"), data: page, private: page.Verdict != ""}, nil
}

// receiptFrom reads a receipt that was pasted or uploaded: the note itself, or the
// JSON of the API's answer that holds it.
func receiptFrom(r *http.Request) (string, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, 2*longestReceipt) // pasted and uploaded
	if err := r.ParseMultipartForm(2 * longestReceipt); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", fault.Wrap(fault.Invalid, err, "the request body could not be read")
	}
	if r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }() // nothing: all of it fits into memory
	}
	text := r.PostFormValue("receipt")
	if file, _, err := r.FormFile("file"); err == nil {
		defer func() { _ = file.Close() }()
		uploaded, err := io.ReadAll(io.LimitReader(file, longestReceipt))
		if err != nil {
			return "", fault.Wrap(fault.Invalid, err, "the request body could not be read")
		}
		if len(uploaded) > 0 {
			text = string(uploaded)
		}
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	var held struct {
		Receipt string `json:"receipt"`
	}
	if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &held) == nil {
		text = strings.TrimSpace(held.Receipt)
	}
	return text + "\n", nil
}

func (s *site) judgeReceipt(ctx context.Context, text string, page *receiptPage) error {
	receipt, err := publiclog.OpenPromise(text, s.LogKey)
	if err != nil {
		page.Tone, page.Verdict, page.Origin = "bad", unopened(text, s.LogKey), originOf(text)
		return nil //nolint:nilerr // it is what the page tells
	}
	page.Leaf, page.Received, page.DecideBy, page.LoggedBy = receipt.LeafName(), receipt.At, receipt.DecideBy, receipt.LoggedBy()
	inclusion, err := publiclog.Prove(ctx, s.Pool, receipt.Leaf)
	switch {
	case err == nil:
		page.Tone, page.Verdict, page.Index = "good", receiptFound, inclusion.Index
		page.Proof, page.Note = inclusion.Proof, inclusion.Checkpoint
		return s.checkInclusion(inclusion)
	case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Unavailable):
		return err
	case s.Clock().After(page.LoggedBy):
		page.Tone, page.Verdict = "bad", receiptBroken
	default:
		page.Tone, page.Verdict = "warn", receiptWaiting
	}
	return nil
}

// checkInclusion does what the reader can do as well: it follows the proof to the signed tree.
func (s *site) checkInclusion(i publiclog.Inclusion) error {
	checkpoint, err := publiclog.OpenCheckpoint(i.Checkpoint, s.LogKey)
	if err != nil {
		return err
	}
	proof := make(tlog.RecordProof, len(i.Proof))
	for at, text := range i.Proof {
		if proof[at], err = hexHash(text); err != nil {
			return err
		}
	}
	return tlog.CheckRecord(proof, checkpoint.Size, checkpoint.Root, i.Index, tlog.RecordHash([]byte(i.Entry)))
}

// unopened says what a text is that is no receipt of the key's log.
func unopened(text, key string) string {
	verifier, err := note.NewVerifier(key)
	if err != nil || originOf(text) == "" {
		return receiptUnreadable
	}
	if originOf(text) != verifier.Name() {
		return receiptForeign
	}
	if _, err := note.Open([]byte(text), note.VerifierList(verifier)); err == nil && !strings.Contains(text, "\nreceipt v1\n") {
		return receiptNone
	}
	return receiptForged
}

// originOf is the log that a signed note says it is of; empty where it is no signed note.
func originOf(text string) string {
	body, signatures, found := strings.Cut(text, "\n\n")
	origin, rest, _ := strings.Cut(body, "\n")
	if !found || !strings.HasPrefix(signatures, "— ") || origin == "" || len(origin) > 200 || rest == "" {
		return ""
	}
	return origin
}

func hexHash(text string) (hash tlog.Hash, err error) {
	raw, err := hex.DecodeString(text)
	if err == nil && len(raw) != len(hash) {
		err = errors.New("a proof holds what is no hash")
	}
	copy(hash[:], raw)
	return hash, err
}
