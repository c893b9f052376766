package verify

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
)

// checkReceipt looks for the receipt's leaf in the log.
func (l *look) checkReceipt() error {
	if l.options.Receipt == "" {
		return nil
	}
	receipt, err := publiclog.OpenPromise(l.options.Receipt, l.report.Key)
	if err != nil {
		return l.failed(fault.Wrap(fault.Invalid, err, "the receipt is not one of this log"))
	}
	index := slices.Index(l.hashes, tlog.Hash(receipt.Leaf))
	switch {
	case index >= 0:
		l.report.Receipt = fmt.Sprintf("it is entry %d of the log", index)
		return l.failed(l.checkProof(receipt, int64(index)))
	case l.options.Clock().After(receipt.LoggedBy()):
		l.problem("The log broke its promise: what was received at %s had to be in it by %s, and is not. The receipt proves it; keep it.",
			receipt.At.Format(time.RFC3339), receipt.LoggedBy().Format(time.RFC3339))
	default:
		l.report.Receipt = fmt.Sprintf("it is not in the log yet; it must be by %s", receipt.LoggedBy().Format(time.RFC3339))
	}
	return nil
}

// checkProof checks the proof that the log itself gives for the receipt, under
// the tree that it signed with it.
func (l *look) checkProof(receipt publiclog.Receipt, index int64) error {
	body, err := l.get("log/receipts/" + receipt.LeafName())
	if err != nil {
		return err
	}
	var inclusion publiclog.Inclusion
	if err := json.Unmarshal(body, &inclusion); err != nil {
		return fault.Wrap(fault.Invalid, err, "the proof of the receipt is not understood")
	}
	checkpoint, err := publiclog.OpenCheckpoint(inclusion.Checkpoint, l.report.Key)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the proof of the receipt leads to a tree that the log did not sign")
	}
	proof := make(tlog.RecordProof, len(inclusion.Proof))
	for i, text := range inclusion.Proof {
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != tlog.HashSize {
			return fault.New(fault.Invalid, "the proof of the receipt holds %q, which is not a hash", text)
		}
		proof[i] = tlog.Hash(raw)
	}
	if err := tlog.CheckRecord(proof, checkpoint.Size, checkpoint.Root, index, tlog.Hash(receipt.Leaf)); err != nil || inclusion.Index != index {
		return fault.New(fault.Invalid, "the proof that the log gives for the receipt is wrong")
	}
	return nil
}
