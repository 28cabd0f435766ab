// Package locales holds every word that Seine says to a person, in English and
// in Chinese: the messages of the console (en.json, zh-CN.json) and the Chinese
// of every refusal (faults/). English of a refusal stands where it is raised,
// because there it is read with the rule.
package locales

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"

	"seine/internal/fault"
)

// The languages of the house, equal in rights.
const (
	English = "en"
	Chinese = "zh-CN"
)

// Languages lists them; the first is the one used when nothing was chosen.
var Languages = []string{English, Chinese}

//go:embed *.json faults/*.json
var files embed.FS

// Messages gives the message file of a language as it stands.
func Messages(language string) ([]byte, error) {
	return files.ReadFile(language + ".json")
}

// Sources gives the Chinese of the sources that rules and rates rest on, by the
// English that they are stored with.
func Sources() (map[string]string, error) {
	content, err := files.ReadFile("sources." + Chinese + ".json")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	return all, json.Unmarshal(content, &all)
}

// Template is a refusal in one language; {name} stands for an argument. Words tells
// an argument that is one of a few words of the house, such as a state, in that
// language: by argument and word. A word that it does not know stands as it is.
type Template struct {
	Text  string                       `json:"text"`
	Cure  string                       `json:"cure"`
	Words map[string]map[string]string `json:"words,omitempty"`
}

// told gives the arguments in the words of the language.
func (t *Template) told(args map[string]string) map[string]string {
	if t.Words == nil {
		return args
	}
	args = maps.Clone(args)
	for name, words := range t.Words {
		said := strings.Split(args[name], ", ") // such as all that is possible now
		for i, word := range said {
			if ours, known := words[word]; known {
				said[i] = ours
			}
		}
		separator := ", "
		if len(said) > 1 && !isASCII(strings.Join(said, "")) {
			separator = "、"
		}
		args[name] = strings.Join(said, separator)
	}
	return args
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7F }) }

// FaultFiles reads the Chinese templates, by file name and code. A file that is
// not a flat object of templates, and a code in two files, is an error.
func FaultFiles() (map[string]map[string]Template, error) {
	names, err := fs.Glob(files, "faults/*."+Chinese+".json")
	if err != nil {
		return nil, err
	}
	all := make(map[string]map[string]Template, len(names))
	home := map[string]string{}
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		templates := map[string]Template{}
		decoder := json.NewDecoder(strings.NewReader(string(content)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&templates); err != nil {
			return nil, fmt.Errorf("locales/%s: %w", name, err)
		}
		for code := range templates {
			if other, taken := home[code]; taken {
				return nil, fmt.Errorf("locales: %s stands in %s and in %s", code, other, path.Base(name))
			}
			home[code] = path.Base(name)
		}
		all[path.Base(name)] = templates
	}
	return all, nil
}

var chinese = sync.OnceValue(func() map[string]Template {
	all, err := FaultFiles()
	if err != nil {
		panic(err) // the files are part of the program and read by its tests
	}
	byCode := map[string]Template{}
	for _, templates := range all {
		for code, template := range templates {
			byCode[code] = template
		}
	}
	return byCode
})

// Fault gives the text and the cure of a refusal in language, arguments filled
// in. A language that is not Chinese, and a code without a template, get
// English: a refusal is never without words.
func Fault(language string, f *fault.Fault) (text, cure string) {
	if IsChinese(language) {
		if template, known := chinese()[f.Code]; known {
			args := template.told(f.Args)
			return fault.Fill(template.Text, args), fault.Fill(template.Cure, args)
		}
	}
	return f.Message(), f.Remedy()
}

// IsChinese tells whether a language tag asks for Chinese: "zh", "zh-CN",
// "zh-Hans-CN".
func IsChinese(language string) bool {
	return len(language) >= 2 && strings.EqualFold(language[:2], "zh") && (len(language) == 2 || language[2] == '-')
}
