package console

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"seine/internal/fault"
	"seine/locales"
)

// Key names a message in locales/en.json and locales/zh-CN.json.
type Key string

// dictionary is one language: what needs no filling in is looked up directly.
type dictionary struct {
	plain map[Key]string
	full  *i18n.Localizer
}

var dictionaries = sync.OnceValue(func() map[string]dictionary {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	all := map[string]dictionary{}
	for _, tag := range locales.Languages {
		content, err := locales.Messages(tag)
		if err != nil {
			panic(err) // the files are part of the program and read by its tests
		}
		file, err := bundle.ParseMessageFileBytes(content, tag+".json")
		if err != nil {
			panic(err)
		}
		d := dictionary{plain: map[Key]string{}}
		for _, m := range file.Messages {
			if m.One == "" && !strings.Contains(m.Other, "{{") {
				d.plain[Key(m.ID)] = m.Other
			}
		}
		all[tag] = d
	}
	for tag, d := range all {
		d.full = i18n.NewLocalizer(bundle, tag)
		all[tag] = d
	}
	return all
})

// Word gives a message in a language; args are name, value pairs for its
// {{.name}} parts. A key without a message gives the key itself, which the tests
// of this package do not let happen.
func Word(tag string, key Key, args ...any) string {
	d := dictionaries()[tag]
	if text, known := d.plain[key]; known {
		return text
	}
	return d.fill(key, nil, args)
}

// T gives a message in the language of the page that ctx belongs to.
func T(ctx context.Context, key Key, args ...any) string {
	return Word(LanguageOf(ctx), key, args...)
}

// N is T for a message with a plural: count chooses the form and fills
// {{.count}}.
func N(ctx context.Context, key Key, count int, args ...any) string {
	return dictionaries()[LanguageOf(ctx)].fill(key, count, append(args, "count", Count(int64(count))))
}

func (d dictionary) fill(key Key, count any, args []any) string {
	if d.full == nil {
		return string(key)
	}
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	text, err := d.full.Localize(&i18n.LocalizeConfig{MessageID: string(key), TemplateData: values, PluralCount: count})
	if err != nil {
		return string(key)
	}
	return text
}

// Refusal gives the text and the cure of a fault in the language of the page.
func Refusal(ctx context.Context, f *fault.Fault) (text, cure string) {
	return locales.Fault(LanguageOf(ctx), f)
}
