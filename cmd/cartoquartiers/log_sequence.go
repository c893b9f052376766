package main

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"cartoquartiers/moderation/publiclog"
)

// startLog opens the log's key and starts signing. When the key is not the right
// one, or missing, the map is shown all the same and nothing is signed: the log
// says what to do.
func (s *server) startLog(ctx context.Context) {
	signer, err := publiclog.OpenSigner(ctx, s.database.Pool, s.env.Data, logOrigin(s.command.BaseURL))
	if err != nil {
		s.logger.Error("the log is not being signed", "error", err)
		return
	}
	s.signer = signer
	sequencer := publiclog.NewSequencer(s.database.Pool, signer, s.env.Data)
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(publiclog.Pace)
		defer ticker.Stop()
		sequencer.Run(ctx, ticker.C, s.logger)
	})
	s.stopLog = func() {
		stop()
		running.Wait()
	}
}

// publicKey is the log's, empty while there is none.
func (s *server) publicKey() string {
	if s.signer == nil {
		return ""
	}
	return s.signer.PublicKey()
}

// logOrigin names a new log after the address that the public uses; empty: at random.
func logOrigin(baseURL string) string {
	address, err := url.Parse(baseURL)
	if err != nil || address.Host == "" {
		return ""
	}
	return strings.TrimSuffix(address.Host+address.Path, "/") + "/log"
}
