package main

import (
	"fmt"

	"cartoquartiers/moderation/publiclog"
)

type logCommand struct {
	Verify logVerifyCommand `cmd:"" help:"Check the log of a map from the outside."`
	Key    logKeyCommand    `cmd:"" help:"Print the public key of the log, which others need to check it."`
}

type logKeyCommand struct{}

func (logKeyCommand) Help() string {
	return `Prints the verifier key of the public log: its name, a hash and the public key. Publish it where the log itself
cannot change it, on the town's site or on paper; who checks the log passes it to log verify --key. The private key is in
log.key in the data directory, for its owner alone: keep it in the backups.`
}

// Run prints the key alone.
func (logKeyCommand) Run(env *environment) error {
	signer, err := publiclog.ReadSigner(env.Data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, signer.PublicKey())
	return err
}
