package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"rsc.io/qr"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
)

// leafParameter names, at the page that checks receipts, the hash of an entry of the
// log: what the QR code of a receipt holds. It is as public as the log.
const leafParameter = "ligne"

// The verdicts on a leaf without its receipt: keys of their texts.
const (
	leafFound  = "leaf_found"
	leafAbsent = "leaf_absent"
)

// judgeLeaf says whether the log holds a leaf. Only a whole receipt proves that it was promised.
func (s *site) judgeLeaf(ctx context.Context, name string, page *receiptPage) error {
	leaf, err := hexHash(name)
	if err != nil {
		return fault.InvalidField(leafParameter, "%q is not the hash of an entry of the log", name)
	}
	page.Leaf = name
	inclusion, err := publiclog.Prove(ctx, s.Pool, leaf)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unavailable) {
		page.Tone, page.Verdict = "warn", leafAbsent
		return nil
	}
	if err != nil {
		return err
	}
	page.Tone, page.Verdict, page.Index = "good", leafFound, inclusion.Index
	page.Proof, page.Note = inclusion.Proof, inclusion.Checkpoint
	return s.checkInclusion(inclusion)
}

// qrCode is a QR code as the path of its dark squares, in units of one square.
type qrCode struct {
	URL   string // that it holds
	Size  int    // squares on a side, with the quiet zone of four on each side (ISO/IEC 18004, 6.3.8)
	Path  string
	Label string
}

// quietZone is how many light squares stand around a code.
const quietZone = 4

// receiptCode is the QR code that leads from a receipt to its entry in the log; nil
// without a receipt.
func (v *view) receiptCode(receipt string) *qrCode {
	promise, err := publiclog.OpenPromise(receipt, v.site.LogKey)
	if err != nil {
		return nil // not signed: nothing to look for
	}
	address := v.Base() + "/journal/recu?" + url.Values{leafParameter: {promise.LeafName()}}.Encode()
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return nil // longer than any code: an address that nobody could type either
	}
	return &qrCode{URL: address, Size: code.Size + 2*quietZone, Path: squares(code), Label: v.T("received.qr")}
}

// squares draws runs of dark squares row by row.
func squares(code *qr.Code) string {
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for code.Black(x+run, y) { // light beyond the edge
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, run, run)
				x += run
			}
		}
	}
	return path.String()
}
