package party

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
)

// UserState tells whether an account may sign in.
type UserState string

// The states of an account.
const (
	Active UserState = "active"
	Locked UserState = "locked"
	Closed UserState = "closed"
)

// User is an account that a person signs in with: of an officer, or of somebody
// who works for an enterprise.
type User struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`                 // sign-in name, lower case
	FullName   string       `json:"fullName,omitempty"`   // of the person
	Officer    string       `json:"officer,omitempty"`    // id, "" on the enterprise side
	Enterprise string       `json:"enterprise,omitempty"` // id, "" for officers
	Posts      []PostID     `json:"posts"`                // on the enterprise side; an officer's stand in the officer
	Password   PasswordHash `json:"password,omitempty"`
	Language   string       `json:"language,omitempty"` // "en" or "zh-CN"
	Theme      string       `json:"theme,omitempty"`
	State      UserState    `json:"state"`
	Failures   int          `json:"failures,omitempty"` // wrong passwords in a row
}

// Actor gives a user of an enterprise as one who acts; for officers use
// Officer.Actor.
func (u *User) Actor() decision.Actor {
	a := decision.Actor{ID: u.ID, Kind: journal.Enterprise, Name: u.FullName, Enterprise: u.Enterprise}
	if u.State == Active {
		a.Posts = postNames(u.Posts)
	}
	return a
}

// Validate gives all faults: PARTY-USER-01 for a sign-in name that is not 3 to
// 64 letters, digits, dots, hyphens, underscores or an @, PARTY-USER-02 when it
// belongs to both sides or none, PARTY-POST-01, PARTY-POST-02.
func (u *User) Validate() error {
	var faults fault.List
	if !signInName(u.Name) {
		faults = append(faults, fault.New(fault.Invalid, "PARTY-USER-01", "/name", "“{name}” cannot be a sign-in name",
			"use 3 to 64 small letters, digits, dots, hyphens, underscores or @", "name", u.Name))
	}
	if (u.Officer == "") == (u.Enterprise == "") {
		faults = append(faults, fault.New(fault.Invalid, "PARTY-USER-02", "/enterprise",
			"an account belongs to one officer or to one enterprise", "name exactly one of them"))
	}
	if u.Enterprise != "" {
		faults = append(faults, Rights().checkPosts(u.Posts, OfTheTrade)...)
	}
	return faults.OrNil()
}

func signInName(s string) bool {
	if len(s) < 3 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte(".-_@", c) < 0 {
			return false
		}
	}
	return true
}

// Client is a machine that speaks for an enterprise, or the equipment of a gate,
// which belongs to no enterprise and is bound to an area and its lanes.
type Client struct {
	ID         string    `json:"id"`
	ClientID   string    `json:"clientId,omitempty"` // public name, as in OAuth 2
	Enterprise string    `json:"enterprise,omitempty"`
	Area       string    `json:"area,omitempty"` // of a gate's equipment
	Lane       string    `json:"lane,omitempty"` // of a gate's equipment; "" is every lane of the area
	Name       string    `json:"name"`
	Posts      []PostID  `json:"posts"`                // what it may do, of its side
	Secret     string    `json:"secret,omitempty"`     // TokenHash of the secret, "" when it has a certificate
	Thumbprint string    `json:"thumbprint,omitempty"` // SHA-256 of its certificate, hexadecimal, "" when it has a secret
	State      UserState `json:"state"`
}

// Device tells whether the machine is equipment of a gate.
func (c *Client) Device() bool { return c.Area != "" }

// AtLane refuses what equipment sends for a lane that is not its own:
// PARTY-LANE-01. A machine that is no equipment is not bound to lanes.
func (c *Client) AtLane(area, lane string) error {
	if !c.Device() || c.Area == area && (c.Lane == "" || c.Lane == lane) {
		return nil
	}
	own := c.Lane
	if own == "" {
		own = "*"
	}
	return fault.New(fault.Forbidden, "PARTY-LANE-01", "/lane", "this device belongs to {area}, lane {own}, and may send nothing for {otherArea}, lane {lane}",
		"send it from the equipment of that lane", "area", c.Area, "own", own, "otherArea", area, "lane", lane)
}

// Actor gives the machine as one who acts.
func (c *Client) Actor() decision.Actor {
	a := decision.Actor{ID: c.ID, Kind: journal.Client, Name: c.Name, Enterprise: c.Enterprise}
	if c.Device() {
		a.Kind, a.Areas = journal.Device, []string{c.Area}
	}
	if c.State == Active {
		a.Posts = postNames(c.Posts)
	}
	return a
}

// Validate gives all faults: PARTY-CLIENT-01 without an enterprise or an area,
// public name or anything to prove itself with, PARTY-CLIENT-02 with both an
// enterprise and an area or lane, PARTY-AREA-01, PARTY-POST-01, PARTY-POST-02.
func (c *Client) Validate() error {
	var faults fault.List
	if (c.Enterprise == "" && !c.Device()) || c.ClientID == "" || (c.Secret == "" && c.Thumbprint == "") {
		faults = append(faults, fault.New(fault.Invalid, "PARTY-CLIENT-01", "", "the machine client is not complete",
			"give its enterprise, or its area for the equipment of a gate, its name and a secret or a certificate"))
	}
	if c.Enterprise != "" && (c.Device() || c.Lane != "") {
		faults = append(faults, fault.New(fault.Invalid, "PARTY-CLIENT-02", "/area", "a machine speaks for an enterprise or belongs to a gate, never both",
			"name the enterprise, or the area and its lane"))
	}
	side := OfTheTrade
	if c.Device() {
		side = Equipment
		if !knownArea(c.Area) {
			faults = append(faults, unknownArea("/area", c.Area))
		}
	}
	return append(faults, Rights().checkPosts(c.Posts, side)...).OrNil()
}

// TokenHash is what is kept of a token (session, one-time link, client secret):
// base64 of its SHA-256. Tokens are at least 32 random bytes, so no salt is
// needed; whoever reads the database cannot use what he finds.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte("seine-token/1\n" + token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SameToken tells whether token is the one that hash was made of, in a time that
// does not depend on the content.
func SameToken(token, hash string) bool {
	return subtle.ConstantTimeCompare([]byte(TokenHash(token)), []byte(hash)) == 1
}

// Link is a one-time sign-in link.
type Link struct {
	TokenHash string        `json:"tokenHash,omitempty"`
	User      string        `json:"user,omitempty"`
	Expires   clock.Instant `json:"expires,omitempty"`
	Used      clock.Instant `json:"used,omitempty"` // zero until used
}

// Use gives the link as used at now. Fault: PARTY-LINK-01, the same for a link
// that was used, is too old or never was.
func (l Link) Use(token string, now clock.Instant) (Link, error) {
	if l.Used != 0 || now >= l.Expires || !SameToken(token, l.TokenHash) {
		return l, fault.New(fault.Forbidden, "PARTY-LINK-01", "", "this sign-in link is not valid",
			"a link works once and for a short time: ask for a new one")
	}
	l.Used = now
	return l, nil
}

// Session is one sign-in.
type Session struct {
	ID        string        `json:"id"`
	TokenHash string        `json:"tokenHash,omitempty"`
	User      string        `json:"user,omitempty"`
	Started   clock.Instant `json:"started,omitempty"`
	Seen      clock.Instant `json:"seen,omitempty"`    // last use
	Expires   clock.Instant `json:"expires,omitempty"` // whatever happens
	Ended     clock.Instant `json:"ended,omitempty"`   // zero until signed out
}

// Idle is how long a session lives without being used (a default: the
// installation may set it shorter).
const Idle = 12 * time.Hour

// Alive tells whether the session may be used at now with at most idle since
// its last use. Fault: PARTY-SESSION-01.
func (s Session) Alive(now clock.Instant, idle time.Duration) error {
	if s.Ended != 0 || now >= s.Expires || now >= s.Seen.Add(idle) {
		return fault.New(fault.Forbidden, "PARTY-SESSION-01", "", "you are no longer signed in", "sign in again")
	}
	return nil
}

// PasswordHash is an argon2id hash in the usual text form
// ($argon2id$v=19$m=…,t=…,p=…$salt$hash).
type PasswordHash string

// PasswordCost is how much work one guess takes.
type PasswordCost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultPasswordCost is the second recommendation of RFC 9106: 64 MiB, three
// passes; with one thread, so that two cores keep one for clearance.
var DefaultPasswordCost = PasswordCost{MemoryKiB: 64 << 10, Passes: 3, Threads: 1}

// CheckPassword refuses a password that is too easy: PARTY-PASSWORD-01 for fewer
// than 12 or more than 128 characters, one character only, or one that holds the
// sign-in name.
func CheckPassword(name, password string) error {
	n := utf8.RuneCountInString(password)
	distinct := map[rune]bool{}
	for _, r := range password {
		distinct[r] = true
	}
	if n < 12 || n > 128 || len(distinct) < 5 ||
		(len(name) > 2 && strings.Contains(strings.ToLower(password), strings.ToLower(name))) {
		return fault.New(fault.Invalid, "PARTY-PASSWORD-01", "/password", "this password is too easy to guess",
			"use 12 to 128 characters, at least five different ones, without the sign-in name: a sentence does well")
	}
	return nil
}

// HashPassword hashes a password with 16 random bytes of salt that the caller
// gives. It panics for another length of salt.
func HashPassword(password string, salt []byte, cost PasswordCost) PasswordHash {
	if len(salt) != 16 {
		panic("party: a password salt has 16 bytes")
	}
	key := argon2.IDKey([]byte(password), salt, cost.Passes, cost.MemoryKiB, cost.Threads, 32)
	return PasswordHash(fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.MemoryKiB, cost.Passes, cost.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)))
}

// Matches tells whether the hash was made of password. A hash that cannot be
// read, or asks for more than 1 GiB or 64 passes, matches nothing.
func (h PasswordHash) Matches(password string) bool {
	parts := strings.Split(string(h), "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false
	}
	var c PasswordCost
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) < 8 {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false
	}
	if c.MemoryKiB < 8 || c.MemoryKiB > 1<<20 || c.Passes < 1 || c.Passes > 64 || c.Threads < 1 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, c.Passes, c.MemoryKiB, c.Threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// Mandates gives the mandates in force on day on that principal gave to agent.
func Mandates(principal *Enterprise, agent string, on clock.Date) []Mandate {
	var found []Mandate
	for _, a := range principal.Agencies {
		if a.Agent == agent && on >= a.From && (a.To == 0 || on <= a.To) {
			found = append(found, Mandate{Principal: principal.ID, Agency: a})
		}
	}
	return slices.Clip(found)
}
