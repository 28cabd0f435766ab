package tariff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/tariff"
)

func TestUSRateTexts(t *testing.T) {
	for text, want := range map[string]string{
		"Free": "0%", "4.5%": "4.5%", "2.1% ": "2.1%", "1.5¢/kg": "0.015/KGM", "$1.646/kg": "1.646/KGM", "8.8¢/kg + 20%": "0.088/KGM + 20%", "11.3¢/kg +1.7%": "0.113/KGM + 1.7%",
		"33 1/3%": "100%/3", "89.6¢/1000": "0.896/MIL", "10¢/1,000 pins + 3.5%": "0.1/MIL + 3.5%", "68¢/head": "0.68/NAR",
		"76¢/pr. + 32%": "0.76/NPR + 32%", "5.4¢/kg on drained weight": "0.054/KGM on drained weight", "40¢ each + 8.5% on the case + 14% on the strap, band or bracelet + 5.3% on the battery": "0.4/NAR + 8.5% on case + 14% on strap, band or bracelet + 5.3% on battery",
		"43¢ each + 2.8¢/jewel over 7 + 3.7% on the case": "0.43/NAR + 0.028/JWL over 7 + 3.7% on case",
		"4.3817¢/kg less 0.0622005¢ /kg for each degree under 100 degrees (and fractions of a degree in proportion) but not less than 2.831562¢ /kg": "0.043817/KGM - 0.0622005/100 KGM per degree under 100 min 0.02831562/KGM",
		"0.3¢/line/ gross + 4.6%": "0.003/GRL + 4.6%", "3.1¢/liter + 22.1¢/pf. liter on ethyl alcohol content": "0.031/LTR + 0.221/PFL on ethyl alcohol content",
		"18.7¢/clean kg": "0.187/KGM on clean yield", "$1.32/t, including weight of container": "1.32/TNE on including weight of container",
		"6.5% on the entire set": "6.5%", "3 percent of the fair retail value": "3% on fair retail value", "2.5% on the value of the lead content": "2.5% on value of the lead content",
		// Other ways of writing the same: fractions, thousands, words for signs, marks of footnotes.
		"1/2¢/kg": "1/200 KGM", "2½¢/kg": "5/200 KGM", "33⅓%": "100%/3", "33-1/3%": "100%/3", "$.50/kg": "0.5/KGM", "$1,000/t": "1000/TNE",
		"1.5¢ per kilogram plus 3 percent ad valorem": "0.015/KGM + 3%", "6.5% ad val.": "6.5%", "A duty of 5 per cent": "5%", "25¢/doz. pr.": "0.25/DPR", "20¢/No.": "0.2/NAR", "10¢/100 + 2%": "0.1/CEN + 2%",
		"Free 1/": "0%", "4.5%1/": "4.5%", "6.6¢/kg 2/ 3/": "0.066/KGM", "5% <sup>1</sup>": "5%",
		"5¢/kg but not less than 3% nor more than 8%": "0.05/KGM min 3% max 8%", "5% or 10¢/kg, whichever is higher": "5% min 0.1/KGM", "The lesser of 5% + 1¢/kg or 10¢/kg": "5% + 0.01/KGM max 0.1/KGM",
	} {
		e := tariff.ParseUSRate(text)
		if e == nil || !e.Understood || e.Reference != tariff.NoReference || e.String() != want {
			t.Errorf("%q is %+v (%s), want %q", text, e, e, want)
		}
	}
	for text, want := range map[string]tariff.Reference{
		"The duty provided in the applicable subheading + 25%": tariff.ApplicableCode, "The duty provided in the applicable subheading": tariff.ApplicableCode,
		"The duty provided in the applicable subheading or 15%, whichever is higher": tariff.ApplicableCode, "The duty provided in the applicable subheading, but not less than 15%": tariff.ApplicableCode,
		"The rate provided for in subheading 1701.14.50": tariff.NamedCode, "See subheadings 9903.88.01 through 9903.88.04": tariff.NamedCode, "As provided in U.S. note 2": tariff.Note,
		"The duty provided in the applicable subheading plus 25%": tariff.ApplicableCode, "The duty rate provided in such subheading minus 0.5%": tariff.ApplicableCode,
		"The duty provided in the applicable subheading + a duty of 25% upon the value of the steel content": tariff.ApplicableCode,
		"The rate applicable to the natural juice in heading 2009":                                           tariff.NamedCode, "See 9822.04.25": tariff.NamedCode, "No change": tariff.NoChange,
		"The rate of duty appli- cable to that article in the set subject to the high- est rate of duty": tariff.HighestInSet,
	} {
		if e := tariff.ParseUSRate(text); e == nil || !e.Understood || e.Reference != want {
			t.Errorf("%q is %+v", text, e)
		}
	}
	for _, text := range []string{
		":", "37% /", "5", "5¢", "$5", "5%%", "5% x", "free lunch", "1.5¢/kg + ", "+", "$5¢/kg", "5/kg", "-5%", "The quantity specified in such notice", "suspended",
		// What is said besides a rate is never left out.
		"The duty provided in the applicable subheading under note 3", "The duty provided in the applicable subheading + 15% on steel and 10% on aluminum", "See 9903.88.15 for goods of China",
		"20% on the first 100 kg", "5% on goods exceeding a value", "Free, but 5% after the quota", "1,5¢/kg", "331/3%", "5% but not less than 1¢/kg + 2%", "3.7% 3.7%", "5% (see note 3)", "5¢/kg/m", "5¢/lb",
	} {
		if e := tariff.ParseUSRate(text); e == nil || e.Understood {
			t.Errorf("%q must not be understood: %+v", text, e)
		}
	}
}

func TestUSSpecialProgrammes(t *testing.T) {
	got := map[string]string{}
	for _, p := range tariff.ParseUSSpecial("Free (A+,AU, BH) 5¢/kg (PE)17.5% (S+) See 9823.02.01-9823.02.04 (CO, KR)") {
		for _, a := range p.Areas {
			got[string(a)] = p.Duty.String()
		}
	}
	want := map[string]string{"A+": "0%", "AU": "0%", "BH": "0%", "PE": "0.05/KGM", "S+": "17.5%", "CO": "See 9823.02.01-9823.02.04", "KR": "See 9823.02.01-9823.02.04"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// A rate behind the last list names no programme, and is not for all of them.
	for text, want := range map[string]int{"(AU) Free": 2, "5% (AU) 5% (KR) Free": 3, "Free (AU) 1/": 1, "Free (AU), 2.5% (KR)": 2} {
		p := tariff.ParseUSSpecial(text)
		if len(p) != want {
			t.Errorf("%q is %d rates: %+v", text, len(p), p)
		}
		for _, p := range p {
			if p.Areas == nil && p.Duty.Understood {
				t.Errorf("%q gives %s to every programme", text, p.Duty)
			}
		}
	}
	if p := tariff.ParseUSSpecial("Free"); len(p) != 1 || p[0].Areas != nil || !p[0].Duty.Free() {
		t.Errorf("%+v", p)
	}
}

func FuzzParseUSRate(f *testing.F) {
	for _, s := range []string{"Free", "4.5%", "1.5¢/kg + 3%", "33 1/3%", "40¢ each + 6% on the case", "Free (A,AU) 5¢/kg (PE)", "1.4606¢/kg less 0.020668¢/kg for each degree under 100 degrees (and fractions of a degree in proportion) but not less than 0.943854¢/kg"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, e := range append([]*tariff.Expression{tariff.ParseUSRate(s)}, func() (l []*tariff.Expression) {
			for _, p := range tariff.ParseUSSpecial(s) {
				l = append(l, p.Duty)
			}
			return
		}()...) {
			if e == nil || !e.Understood {
				continue
			}
			if e.Reference == tariff.NoReference && len(e.Components) == 0 {
				t.Fatalf("%q understood as nothing", s)
			}
			for _, c := range e.Components {
				if c.Rate < 0 || c.Divisor() < 1 {
					t.Fatalf("%q: %+v", s, c)
				}
			}
		}
	})
}
