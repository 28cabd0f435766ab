package locales

import (
	"strings"
	"testing"

	"seine/internal/fault"
)

func TestARefusalIsNeverWithoutWords(t *testing.T) {
	f := fault.New(fault.Invalid, "CLOCK-DATE-01", "", "“{value}” is not a day", "write an existing day as YYYY-MM-DD", "value", "x")
	for _, c := range []struct{ language, text, cure string }{
		{"zh-CN", "“x”不是一个日期", "请按 YYYY-MM-DD 填写实际存在的日期"},
		{"zh", "“x”不是一个日期", "请按 YYYY-MM-DD 填写实际存在的日期"},
		{"en", "“x” is not a day", "write an existing day as YYYY-MM-DD"},
		{"", "“x” is not a day", "write an existing day as YYYY-MM-DD"},
		{"zhuang", "“x” is not a day", "write an existing day as YYYY-MM-DD"},
	} {
		if text, cure := Fault(c.language, f); text != c.text || cure != c.cure {
			t.Errorf("%q gives %q, %q", c.language, text, cure)
		}
	}
	unknown := fault.New(fault.Invalid, "NONE-SUCH-01", "", "text", "cure")
	if text, _ := Fault(Chinese, unknown); text != "text" {
		t.Errorf("a code without template gives %q", text)
	}
}

// A state in a refusal is told in the language too; what is no word of the house
// stands as it is.
func TestAStateIsToldInTheLanguageOfTheRefusal(t *testing.T) {
	f := fault.New(fault.Refused, "BONDED-FEED-01", "", "the feed of account book {book} is {state} already", "go on with it", "book", "live", "state", "live")
	if text, _ := Fault(Chinese, f); text != "账册 live 的数据联网状态已为“正式联网”" {
		t.Error(text)
	}
	f.Args["state"] = "unheard of"
	if text, _ := Fault(Chinese, f); text != "账册 live 的数据联网状态已为“unheard of”" || f.Args["state"] != "unheard of" {
		t.Error(text, f.Args)
	}
}

func TestTheFilesOfRefusalsCanBeRead(t *testing.T) {
	files, err := FaultFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, templates := range files {
		for code, template := range templates {
			for name, words := range template.Words {
				if !strings.Contains(template.Text+template.Cure, "{"+name+"}") || len(words) == 0 {
					t.Errorf("%s has words for {%s}, which it does not tell", code, name)
				}
			}
		}
	}
}
