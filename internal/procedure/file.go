package procedure

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// The shape of a mode file, as it is read. Every word keeps the line it stands
// on, so that a fault can name it.

// word is one scalar of the file.
type word struct {
	text string
	line int
}

// UnmarshalYAML takes any scalar as its text.
func (w *word) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return misplaced(n, "one word")
	}
	w.text, w.line = n.Value, n.Line
	return nil
}

func misplaced(n *yaml.Node, wanted string) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s is expected here", n.Line, wanted)}}
}

type fileText struct {
	English word `yaml:"en"`
	Chinese word `yaml:"zh"`
}

type fileMode struct {
	Mode    word     `yaml:"mode"`
	Version int      `yaml:"version"`
	Title   fileText `yaml:"title"`
	Law     []word   `yaml:"law"`
	Valid   struct {
		From word `yaml:"from"`
		To   word `yaml:"to"`
	} `yaml:"valid"`
	Areas        []word            `yaml:"areas"`
	Credit       int               `yaml:"credit"`
	Line         word              `yaml:"line"`
	Direction    word              `yaml:"direction"`
	Status       []word            `yaml:"status"`
	Papers       []word            `yaml:"papers"`
	Requires     map[string][]word `yaml:"requires"`
	Instructions fileText          `yaml:"instructions"`
	Risk         word              `yaml:"risk"`
	Begins       []fileStand       `yaml:"begins"`
	Ends         []fileStand       `yaml:"ends"`
	Debts        []fileDebt        `yaml:"debts"`
	Steps        []fileStep        `yaml:"steps"`
}

type fileStand struct {
	Ledger word `yaml:"ledger"`
	Item   word `yaml:"item"`
	At     word `yaml:"at"`
}

type fileDebt struct {
	Debt    word       `yaml:"debt"`
	Title   fileText   `yaml:"title"`
	Debtor  word       `yaml:"debtor"`
	Of      word       `yaml:"of"`
	Due     word       `yaml:"due"`
	Hold    *fileHold  `yaml:"hold"`
	Overdue []fileBite `yaml:"overdue"`
}

type fileHold struct {
	Of    word      `yaml:"of"`
	Share fileShare `yaml:"share"`
}

// fileShare is one share for all credit levels, or one for each named level.
type fileShare struct {
	line    int
	all     *word
	byLevel map[int]word
}

// UnmarshalYAML takes "1" or {5: "0", 4: "0.5"}.
func (s *fileShare) UnmarshalYAML(n *yaml.Node) error {
	s.line = n.Line
	switch n.Kind {
	case yaml.ScalarNode:
		s.all = &word{n.Value, n.Line}
		return nil
	case yaml.MappingNode:
		s.byLevel = map[int]word{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			level, err := strconv.Atoi(n.Content[i].Value)
			if err != nil || level < 1 || level > 5 || n.Content[i+1].Kind != yaml.ScalarNode {
				return misplaced(n.Content[i], "a credit level from 1 to 5 and its share")
			}
			if _, twice := s.byLevel[level]; twice {
				return misplaced(n.Content[i], "each credit level once")
			}
			s.byLevel[level] = word{n.Content[i+1].Value, n.Content[i+1].Line}
		}
		return nil
	}
	return misplaced(n, "a share, or one for each credit level")
}

type fileBite struct {
	After int    `yaml:"after"`
	Bite  []word `yaml:"bite"`
}

type fileStep struct {
	Step  word     `yaml:"step"`
	Title fileText `yaml:"title"`
	Kind  word     `yaml:"kind"`
	Actor struct {
		Role   word `yaml:"role"`
		Side   word `yaml:"side"`
		Office word `yaml:"office"`
	} `yaml:"actor"`
	Paper     word            `yaml:"paper"`
	After     []word          `yaml:"after"`
	When      []word          `yaml:"when"`
	Confirm   []fileConfirm   `yaml:"confirm"`
	At        word            `yaml:"at"`
	Repeats   bool            `yaml:"repeats"`
	Optional  bool            `yaml:"optional"`
	Final     bool            `yaml:"final"`
	Post      []filePosting   `yaml:"post"`
	Turn      []fileTurn      `yaml:"turn"`
	Open      []fileOpen      `yaml:"open"`
	Discharge []fileDischarge `yaml:"discharge"`
	Carry     []fileCarry     `yaml:"carry"`
	Dates     struct {
		Rates    word `yaml:"rates"`
		Exchange word `yaml:"exchange"`
	} `yaml:"dates"`
	Issues []word `yaml:"issues"`
	Limit  *struct {
		Within   word   `yaml:"within"`
		Escalate []word `yaml:"escalate"`
	} `yaml:"limit"`
	Calls []word `yaml:"calls"`
	Undo  struct {
		How       word   `yaml:"how"`
		Reason    word   `yaml:"reason"`
		Review    bool   `yaml:"review"`
		Withdraws []word `yaml:"withdraws"`
	} `yaml:"undo"`
}

type fileConfirm struct {
	By       word `yaml:"by"`
	Office   word `yaml:"office"`
	Officers int  `yaml:"officers"`
	Machine  bool `yaml:"machine"`
}

type filePosting struct {
	Do     word   `yaml:"do"`
	As     word   `yaml:"as"`
	Ledger word   `yaml:"ledger"`
	Item   word   `yaml:"item"`
	From   word   `yaml:"from"`
	To     word   `yaml:"to"`
	Of     word   `yaml:"of"`
	When   []word `yaml:"when"`
}

type filePart struct {
	Item word `yaml:"item"`
	At   word `yaml:"at"`
	Of   word `yaml:"of"`
}

type fileTurn struct {
	Ledger word       `yaml:"ledger"`
	In     []filePart `yaml:"in"`
	Out    []filePart `yaml:"out"`
	When   []word     `yaml:"when"`
}

type fileOpen struct {
	Debt word   `yaml:"debt"`
	Of   word   `yaml:"of"`
	When []word `yaml:"when"`
}

type fileDischarge struct {
	Debt word   `yaml:"debt"`
	By   word   `yaml:"by"`
	Of   word   `yaml:"of"`
	When []word `yaml:"when"`
}

type fileCarry struct {
	From []word `yaml:"from"`
	Into word   `yaml:"into"`
	Of   word   `yaml:"of"`
	When []word `yaml:"when"`
}
