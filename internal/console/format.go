package console

import (
	"strconv"
	"strings"
	"time"

	"seine/internal/clock"
	"seine/internal/num"
)

// Thin but unbreakable: groups of digits and their unit stay on one line.
const narrow = "\u00a0"

// Amount gives money as people read it: "¥ 1,234.50", "USD 1,234.50". Hundredths
// are always shown; nothing is rounded.
func Amount(m num.Money, currency string) string {
	sign := currency
	if currency == "CNY" {
		sign = "¥"
	}
	if sign == "" {
		return grouped(m.Fixed())
	}
	return sign + narrow + grouped(m.Fixed())
}

// Measure gives a quantity with its unit: "17,940 kg". An empty unit is left
// out; what is owed in yuan is money, and written as such.
func Measure(q num.Quantity, unit string) string {
	const hundredth = num.OneQuantity / 100
	if unit == "CNY" && q%hundredth == 0 {
		return Amount(num.Money(q/hundredth), unit)
	}
	if unit == "" {
		return grouped(q.String())
	}
	return grouped(q.String()) + narrow + unit
}

// Percent gives a rate as "6.5 %".
func Percent(r num.Rate) string { return grouped(r.PercentString()) + narrow + "%" }

// Count gives a whole number in groups of three.
func Count(n int64) string { return grouped(strconv.FormatInt(n, 10)) }

// grouped puts commas into the whole part of a decimal and writes a true minus.
func grouped(decimal string) string {
	digits, negative := strings.CutPrefix(decimal, "-")
	whole, rest, point := strings.Cut(digits, ".")
	var b strings.Builder
	if negative {
		b.WriteString("−")
	}
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if point {
		b.WriteByte('.')
		b.WriteString(rest)
	}
	return b.String()
}

// Moment gives an instant in the zone's time: "2026-11-23 09:41". The zero
// instant gives "".
func Moment(i clock.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format("2006-01-02 15:04")
}

// machineTime gives the instant for the datetime attribute of <time>.
func machineTime(i clock.Instant) string { return i.Time().Format(time.RFC3339) }

// Container writes a container number as it stands on the box: "MSCU 123456 6".
// What does not look like one is given back as it is.
func Container(number string) string {
	if len(number) != 11 {
		return number
	}
	for i := range number {
		if letter := number[i] >= 'A' && number[i] <= 'Z'; letter != (i < 4) || !letter && (number[i] < '0' || number[i] > '9') {
			return number // some other number of eleven signs
		}
	}
	return number[:4] + narrow + number[4:10] + narrow + number[10:]
}
