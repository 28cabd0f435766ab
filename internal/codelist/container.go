package codelist

import (
	"seine/internal/fault"
)

// ContainerNumber is an ISO 6346 number in its plain form: three letters of the
// owner, one of the category, six digits and the check digit, "CSQU3054383".
// A value made by ParseContainerNumber has the right check digit.
type ContainerNumber string

// Owner gives the three letters of the owner; with the category letter they
// are the prefix of the owner register.
func (c ContainerNumber) Owner() string { return part(c, 0, 3) }

// Prefix gives owner and category letter, "CSQU".
func (c ContainerNumber) Prefix() OwnerPrefix { return OwnerPrefix(part(c, 0, 4)) }

// Category gives the category letter: U freight container, J detachable
// equipment, Z trailer and chassis.
func (c ContainerNumber) Category() string { return part(c, 3, 4) }

// Serial gives the six digits.
func (c ContainerNumber) Serial() string { return part(c, 4, 10) }

// Pretty gives the number as it is painted: "CSQU 305438 3".
func (c ContainerNumber) Pretty() string {
	if len(c) != 11 {
		return string(c)
	}
	return string(c[:4]) + " " + string(c[4:10]) + " " + string(c[10:])
}

func part(c ContainerNumber, from, to int) string {
	if len(c) != 11 {
		return ""
	}
	return string(c[from:to])
}

// letterValues gives A 10, B 12 … Z 38: ISO 6346 counts up and skips the
// multiples of 11, so S is 30.
var letterValues = [26]int{
	10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24,
	25, 26, 27, 28, 29, 30, 31, 32, 34, 35, 36, 37, 38,
}

// ContainerRemainder gives the weighted sum of the first ten characters modulo
// 11, from 0 to 10; ok is false when they are not four capital letters and six
// digits. A remainder of 10 is printed as 0; owners are advised not to use such
// serial numbers, because many swaps of neighbours then go unnoticed.
func ContainerRemainder(stem string) (remainder int, ok bool) {
	if len(stem) < 10 {
		return 0, false
	}
	sum := 0
	for i := range 10 {
		c := stem[i]
		value := 0
		switch {
		case i < 4 && c >= 'A' && c <= 'Z':
			value = letterValues[c-'A']
		case i >= 4 && c >= '0' && c <= '9':
			value = int(c - '0')
		default:
			return 0, false
		}
		sum += value << i
	}
	return sum % 11, true
}

// ContainerCheckDigit gives the check digit of four letters and six digits.
func ContainerCheckDigit(stem string) (digit int, ok bool) {
	r, ok := ContainerRemainder(stem)
	return r % 10, ok
}

// ParseContainerNumber reads a container number as people and machines write
// it: full width, lower case, blanks, hyphens, dots and slashes are brought to
// the plain form. Faults: CODELIST-CONTAINER-01 when it is not four letters and
// seven digits, CODELIST-CONTAINER-02 when the fourth letter is not U, J or Z,
// CODELIST-CONTAINER-03 when the check digit is wrong, CODELIST-CONTAINER-04
// when it is missing; the cure names the right one (ISO 6346; DR §6.4).
func ParseContainerNumber(s string) (ContainerNumber, error) {
	plain := tidy(clipInput(s))
	digit, ok := ContainerCheckDigit(plain)
	if ok && len(plain) == 10 {
		return "", fault.New(fault.Invalid, "CODELIST-CONTAINER-04", "", "the container number “{value}” lacks its check digit",
			"the check digit of {value} is {right}: if that is what is painted, write {corrected}",
			"value", plain, "right", digit, "corrected", plain+string(rune('0'+digit)))
	}
	if !ok || len(plain) != 11 || plain[10] < '0' || plain[10] > '9' {
		return "", fault.New(fault.Invalid, "CODELIST-CONTAINER-01", "",
			"“{value}” is not a container number: it needs four letters and seven digits",
			"write it as CSQU3054383", "value", clip(s))
	}
	if c := plain[3]; c != 'U' && c != 'J' && c != 'Z' {
		return "", fault.New(fault.Invalid, "CODELIST-CONTAINER-02", "",
			"the fourth letter of “{value}” is {letter}, which names no category of equipment",
			"the fourth letter is U for a freight container, J for detachable equipment, Z for a trailer or chassis",
			"value", plain, "letter", string(c))
	}
	if int(plain[10]-'0') != digit {
		return "", fault.New(fault.Invalid, "CODELIST-CONTAINER-03", "",
			"the check digit of “{value}” is {given}, it should be {right}",
			"compare with the painted number: either the last digit is {right} ({corrected}) or another character is wrong or swapped",
			"value", plain, "given", string(plain[10]), "right", digit,
			"corrected", plain[:10]+string(rune('0'+digit)))
	}
	return ContainerNumber(plain), nil
}

// clipInput bounds how much of a foreign text is looked at; anything longer
// than a few hundred bytes is no identifier.
func clipInput(s string) string {
	if len(s) > 256 {
		return s[:256]
	}
	return s
}

// OwnerKnown tells whether the owner of the container stands in our list of
// prefixes and under what name. The list is old and incomplete: an unknown
// owner is information for the officer, never a refusal.
func (s *Set) OwnerKnown(c ContainerNumber) (name string, known bool) {
	l := s.List(ContainerOwners)
	if l == nil {
		return "", false
	}
	e, ok := l.Latest(string(c.Prefix()))
	return e.Name, ok
}
