package codelist

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"seine/internal/fault"
)

// CreditCode is an 18-character unified social credit code of a Chinese legal
// person or other organisation (GB 32100-2015): registering authority, kind of
// body, six digits of the region, nine characters of the organisation code and
// a check character.
type CreditCode string

// creditAlphabet holds the 31 characters of the code in the order of their
// values; I, O, S, V and Z are left out.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditWeights are 3^(i-1) mod 31 for the first 17 characters.
var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// CreditCheck gives the check character of the first 17 characters of a credit
// code; ok is false when one of them is not of the alphabet or there are fewer.
func CreditCheck(stem string) (check byte, ok bool) {
	if len(stem) < 17 {
		return 0, false
	}
	sum := 0
	for i, w := range creditWeights {
		value := strings.IndexByte(creditAlphabet, stem[i])
		if value < 0 {
			return 0, false
		}
		sum += value * w
	}
	return creditAlphabet[(31-sum%31)%31], true
}

// ParseCreditCode reads a unified social credit code; width, case, blanks and
// hyphens are brought to the plain form. Faults: CODELIST-CREDIT-01 when it is
// not written as one, CODELIST-CREDIT-02 when the check character is wrong; the
// cure names the right one. Some codes given out in pilots before the standard
// carry a wrong check character and are nevertheless lawful: the room that
// registers enterprises may accept such a code on proof.
func ParseCreditCode(s string) (CreditCode, error) {
	plain := tidy(clipInput(s))
	check, ok := CreditCheck(plain)
	if !ok || len(plain) != 18 || strings.IndexByte(creditAlphabet, plain[17]) < 0 || !fits("6 digits", plain[2:8]) {
		return "", fault.New(fault.Invalid, "CODELIST-CREDIT-01", "", "“{value}” is not a unified social credit code",
			"write 18 characters: two of the authority, six digits of the region, nine of the organisation, one check character; the letters I, O, S, V and Z do not occur",
			"value", clip(s))
	}
	if plain[17] != check {
		return "", fault.New(fault.Invalid, "CODELIST-CREDIT-02", "",
			"the check character of “{value}” is {given}, it should be {right}",
			"compare with the business licence: either the last character is {right} or another one is wrong or swapped",
			"value", plain, "given", string(plain[17]), "right", string(check))
	}
	return CreditCode(plain), nil
}

// Region gives the six digits of the registering region (GB/T 2260).
func (c CreditCode) Region() string {
	if len(c) != 18 {
		return ""
	}
	return string(c[2:8])
}

// CustomsCode is the ten-character registration code that customs give an
// enterprise: four digits of the district, one of the economic division, one of
// the kind of enterprise, four of the serial.
type CustomsCode string

// ParseCustomsCode reads a customs registration code. Fault:
// CODELIST-CUSTOMSCODE-01.
func ParseCustomsCode(s string) (CustomsCode, error) {
	plain := tidy(clipInput(s))
	if !fits("10 characters", plain) || !fits("4 digits", plain[:4]) {
		return "", fault.New(fault.Invalid, "CODELIST-CUSTOMSCODE-01", "", "“{value}” is not a customs registration code",
			"write the ten characters of the registration, the first four are digits", "value", clip(s))
	}
	return CustomsCode(plain), nil
}

// Plate is a vehicle plate in the plain form: half width, upper case, no blank
// and no dot, "沪A12345", "沪AD12345", "沪A1234挂".
type Plate string

// provinces are the characters that a Chinese civil plate begins with.
const provinces = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"

// plateEndings may stand for the last character: trailer, driving school,
// police, consulate, Hong Kong, Macao, test, over-size.
const plateEndings = "挂学警领使港澳试超"

// NormalisePlate brings a plate as typed or read by a camera to the plain form
// in which plates are compared (DR §0.2). In the serial of a Chinese plate the
// letters O and I do not occur, so they become 0 and 1.
func NormalisePlate(s string) Plate {
	plain := tidy(clipInput(s))
	province, size := utf8.DecodeRuneInString(plain)
	if !strings.ContainsRune(provinces, province) || len(plain) <= size+1 || size == 1 {
		return Plate(plain)
	}
	head, serial := plain[:size+1], plain[size+1:]
	if strings.ContainsAny(serial, "OI") {
		serial = strings.NewReplacer("O", "0", "I", "1").Replace(serial)
	}
	return Plate(head + serial)
}

// ParsePlate reads a Chinese civil plate: a province, a letter and five or six
// characters, of which the last may be a word such as 挂 for a trailer. Fault:
// CODELIST-PLATE-01. A camera's reading is a fact and is only normalised.
func ParsePlate(s string) (Plate, error) {
	plate := NormalisePlate(s)
	runes := []rune(string(plate))
	good := (len(runes) == 7 || len(runes) == 8) &&
		strings.ContainsRune(provinces, runes[0]) && runes[1] >= 'A' && runes[1] <= 'Z'
	for i := 2; good && i < len(runes); i++ {
		r := runes[i]
		good = (r >= '0' && r <= '9') || (r >= 'A' && r <= 'Z') ||
			(i == len(runes)-1 && len(runes) == 7 && strings.ContainsRune(plateEndings, r))
	}
	if !good {
		return "", fault.New(fault.Invalid, "CODELIST-PLATE-01", "", "“{value}” is not a vehicle plate",
			"write province, letter and five or six characters, such as 沪A12345 or 沪A1234挂", "value", clip(s))
	}
	return plate, nil
}

// NormaliseName brings a name to the form in which names are compared for
// equality: full width to half width (NFKC), upper case, runs of blanks to one.
func NormaliseName(s string) string {
	return strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(s)), " "))
}
