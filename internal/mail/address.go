package mail

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"

	"cartoquartiers/internal/fault"
)

// longest is the length of an address in an SMTP command (RFC 5321, 4.5.3.1.3, less the brackets).
const longest = 254

// Address is one bare address as it is kept and compared: lower case, the domain
// in ASCII (IDNA). Faults: Invalid. The local part is case-folded too: RFC 5321
// would tell Rosa@ from rosa@, no mail service does.
func Address(text string) (string, error) {
	wrong := fault.InvalidField("email", "is not an e-mail address")
	text = strings.TrimSpace(text)
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text { // a name, a comment, or a quoted form beside it
		return "", wrong
	}
	at := strings.LastIndexByte(text, '@')
	local, domain := text[:at], text[at+1:]
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(ascii, ".") || strings.Trim(ascii, "[]") != ascii {
		return "", wrong
	}
	folded := strings.ToLower(local) + "@" + strings.ToLower(ascii)
	if len(folded) > longest || strings.ContainsFunc(folded, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", wrong
	}
	return folded, nil
}
