package main

import (
	"encoding/json"
	"fmt"
	"os"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

type policyCommand struct {
	Show  policyShowCommand  `cmd:"" help:"Print the policy in force, as a file to start from."`
	Check policyCheckCommand `cmd:"" help:"Say whether a file is a policy."`
}

// policyFlag names the file that replaces the shipped policy.
type policyFlag struct {
	Policy string `env:"CARTOQUARTIERS_POLICY" type:"path" placeholder:"FILE.json" help:"The town's own policy: who may do what, where, decided how, and how often. Without it, the shipped one; policy show prints it."`
}

// read gives the policy of the file, or the shipped one.
func (f policyFlag) read() (moderation.Policy, error) {
	if f.Policy == "" {
		return moderation.DefaultPolicy, nil
	}
	return readPolicy(f.Policy)
}

func readPolicy(path string) (moderation.Policy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return moderation.Policy{}, misuse{fault.Wrap(fault.Invalid, err, "the policy %s cannot be read", path)}
	}
	policy, err := moderation.ReadPolicy(text)
	if err != nil {
		return policy, misuse{fault.New(fault.Invalid, "the policy %s: %v", path, err)}
	}
	return policy, nil
}

type policyShowCommand struct{ policyFlag }

func (policyShowCommand) Help() string {
	return `Prints the policy in force as JSON. The first rule that holds decides; a contribution for which none holds waits for a person.

  cartoquartiers policy show > policy.json      then change it
  cartoquartiers policy check policy.json
  cartoquartiers serve --policy policy.json`
}

// Run prints it.
func (c policyShowCommand) Run(env *environment) error {
	policy, err := c.read()
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(env.stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(policy)
}

type policyCheckCommand struct {
	File string `arg:"" type:"path" help:"The file."`
}

// Run reads it as the server would.
func (c policyCheckCommand) Run(env *environment) error {
	policy, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s: %d rules, a policy\n", c.File, len(policy.Rules))
	return err
}
