package locales

import (
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

func TestTheFilesOfRefusalsCanBeRead(t *testing.T) {
	if _, err := FaultFiles(); err != nil {
		t.Fatal(err)
	}
}
