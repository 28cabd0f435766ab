package party

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
)

var today = clock.MustDate("2026-11-23")

func good() *Enterprise {
	return &Enterprise{
		ID: "e1", CreditCode: "914403001922038216", CustomsCode: "3122460901", Name: "上海某物流有限公司", NameEN: "Some Logistics",
		Kinds: []Kind{ZoneEnterprise, Warehouse}, Area: "waigaoqiao", Areas: []string{"waigaoqiao", "yangshan"}, State: Applied,
		Agencies: []Agency{{Agent: "b1", Scope: []string{"declaration"}, From: clock.MustDate("2020-01-01"), Mandate: "M-1"}},
		Fleet:    []codelist.Plate{"沪A12345"},
	}
}

func codes(err error) []string {
	var all []string
	for _, f := range fault.All(err) {
		all = append(all, f.Code+" "+f.Path)
	}
	slices.Sort(all)
	return all
}

func TestEnterpriseGivesAllFaultsAtOnce(t *testing.T) {
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	bad := good()
	bad.Name, bad.CreditCode, bad.CustomsCode = "", "914403001922038217", "x"
	bad.Kinds, bad.Area, bad.Areas = []Kind{"circus"}, "moon", []string{"yangshan", "mars"}
	bad.Grades = []GradeChange{
		{Grade: "AA", From: clock.MustDate("2020-01-01")},
		{Grade: "general", From: clock.MustDate("2020-01-01")},
		{Grade: "A", From: clock.MustDate("1999-01-01")},
	}
	bad.Agencies = append(bad.Agencies, Agency{Agent: "e1", Scope: []string{"*"}, From: today})
	bad.Fleet = []codelist.Plate{"x"}
	want := []string{
		"CODELIST-CREDIT-02 /creditCode", "CODELIST-CUSTOMSCODE-01 /customsCode", "CODELIST-PLATE-01 /fleet/0",
		"PARTY-AGENCY-01 /agencies/1", "PARTY-AREA-01 /area", "PARTY-AREA-01 /areas/1", "PARTY-GRADE-01 /grades/0/grade",
		"PARTY-GRADE-02 /grades/1/from", "PARTY-KIND-01 /kinds/0", "PARTY-NAME-01 /name", "PARTY-SCHEME-01 /grades/2/from",
	}
	if diff := cmp.Diff(want, codes(bad.Validate())); diff != "" {
		t.Error(diff)
	}
}

func TestACreditCodeFromThePilotsIsAcceptedOnProof(t *testing.T) {
	e := good()
	e.CreditCode = "91350100M0001TGQXM" // lawful, with a wrong check character
	if err := e.Validate(); !fault.Is(err, "CODELIST-CREDIT-02") {
		t.Fatal(err)
	}
	e.CreditCodeProof = "licence copy 17"
	if err := e.Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestRegistrationLifecycle(t *testing.T) {
	if p := Lifecycle.Problems(); len(p) > 0 {
		t.Fatal(p)
	}
	e := good()
	r, err := e.Apply(WasRegistered, today)
	if err != nil || r.State != Registered || r.RegisteredOn != today || e.State != Applied {
		t.Fatalf("%+v, %v", r, err)
	}
	e.Name = ""
	if _, err := e.Apply(WasRegistered, today); !fault.Is(err, "PARTY-NAME-01") {
		t.Errorf("registered without a name: %v", err)
	}
	if _, err := r.Apply(WasResumed, today); !fault.Is(err, "PARTY-LIFECYCLE-01") {
		t.Errorf("resumed without a suspension: %v", err)
	}
}

func TestGradeOfADayFollowsTheSchemesThroughTime(t *testing.T) {
	history := []GradeChange{
		{Grade: "A", From: clock.MustDate("2012-03-01")},
		{Grade: "AA", From: clock.MustDate("2013-06-01")},
		{Grade: "general-certified", From: clock.MustDate("2016-01-01")},
		{Grade: "certified", From: clock.MustDate("2026-06-01")},
	}
	for _, c := range []struct {
		day     string
		grade   string
		level   Level
		carried bool
		usual   bool
	}{
		{"2010-01-01", "B", General, false, true},
		{"2012-03-01", "A", Certified, false, false},
		{"2014-11-30", "AA", TopCertified, false, false},
		{"2014-12-01", "advanced-certified", TopCertified, true, false},
		{"2016-01-01", "general-certified", Certified, false, false},
		{"2018-05-01", "general-certified", Certified, true, false},
		{"2021-10-31", "general-certified", Certified, true, false},
		{"2021-11-01", "regular", General, true, false},
		{"2026-03-31", "regular", General, true, false},
		{"2026-04-01", "regular", General, true, false},
		{"2026-06-01", "certified", Certified, false, false},
	} {
		got, err := Credit().At(history, clock.MustDate(c.day))
		if err != nil || got.Grade.Code != c.grade || got.Grade.Level != c.level || got.Carried != c.carried || got.Usual != c.usual {
			t.Errorf("%s: %+v, %v", c.day, got, err)
		}
	}
	if _, err := Credit().At(history, clock.MustDate("2008-03-31")); !fault.Is(err, "PARTY-SCHEME-01") {
		t.Errorf("before the first scheme: %v", err)
	}
	if _, err := Credit().At([]GradeChange{{Grade: "AA", From: today}}, today); !fault.Is(err, "PARTY-GRADE-01") {
		t.Errorf("a grade of 2008 given today: %v", err)
	}
	var bare Enterprise
	if s, err := bare.GradeAt(nil, today); err != nil || s.Grade.Level != General || !s.Usual {
		t.Errorf("an enterprise never graded: %+v, %v", s, err)
	}
}

func TestTheOrderOfGradeChangesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var history []GradeChange
		used := map[clock.Date]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "changes") {
			from := clock.Date(rapid.IntRange(int(clock.MustDate("2008-04-01")), int(today)).Draw(t, "from"))
			if used[from] {
				continue
			}
			used[from] = true
			s, err := Credit().SchemeAt(from)
			if err != nil {
				t.Fatal(err)
			}
			history = append(history, GradeChange{Grade: rapid.SampledFrom(s.Grades).Draw(t, "grade").Code, From: from})
		}
		on := clock.Date(rapid.IntRange(int(clock.MustDate("2008-04-01")), int(today)).Draw(t, "on"))
		a, err := Credit().At(history, on)
		if err != nil || a.Grade.Level < 1 || a.Grade.Level > 5 {
			t.Fatalf("%+v, %v", a, err)
		}
		b, err := Credit().At(rapid.Permutation(history).Draw(t, "shuffled"), on)
		if err != nil || a != b {
			t.Fatalf("%+v became %+v, %v", a, b, err)
		}
		scheme, err := Credit().SchemeAt(on)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := scheme.Grade(a.Grade.Code); !ok || a.Scheme != scheme.ID {
			t.Fatalf("%+v is not of the scheme of its day", a)
		}
	})
}

// TestEffectsOfALevel holds the matrix of DR §8.1.
func TestEffectsOfALevel(t *testing.T) {
	for _, c := range []struct {
		level      Level
		inspection string
		share      string
		documents  string
		enterFirst bool
	}{
		{TopCertified, "0.5", "0", "auto", true},
		{Certified, "1", "50", "auto", true},
		{General, "3", "100", "auto-if-low", true},
		{Dishonest, "80", "100", "manual", false},
		{SeriouslyDishonest, "100", "100", "manual-two", false},
	} {
		e, err := Credit().Effect(c.level, today)
		if err != nil || e.Inspection.PercentString() != c.inspection || e.GuaranteeShare.PercentString() != c.share ||
			e.Documents != c.documents || e.Allows("3.1") != c.enterFirst || e.Source == "" {
			t.Errorf("level %d: %+v, %v", c.level, e, err)
		}
	}
	if _, err := Credit().Effect(6, today); !fault.Is(err, "PARTY-LEVEL-01") {
		t.Errorf("level 6: %v", err)
	}
	if Credit().ObjectionDays(today) != 5 || Credit().ObjectionDays(0) != 0 {
		t.Error("days to object")
	}
}

func TestOrganisationFitsTheCodeLists(t *testing.T) {
	s := Organisation()
	offices := 0
	for _, a := range s.Areas {
		if !codelist.Default().List(codelist.SpecialZones).Has(string(a.Zone), today) ||
			!codelist.Default().List(codelist.Offices).Has(string(a.Office), today) {
			t.Errorf("%s: zone %s or office %s is not in the code list", a.ID, a.Zone, a.Office)
		}
		if got, ok := s.AreaOfOffice(a.Office); !ok || got.ID != a.ID {
			t.Errorf("office %s leads to %+v", a.Office, got)
		}
	}
	for _, u := range s.Units {
		if u.Kind == "office" {
			offices++
		}
		for _, o := range u.Offices {
			if !codelist.Default().List(codelist.Offices).Has(string(o), today) {
				t.Errorf("%s: office %s is not in the code list", u.ID, o)
			}
		}
	}
	if len(s.Areas) != 4 || offices != 3 {
		t.Errorf("%d areas, %d offices, want 4 and 3 (DR §13)", len(s.Areas), offices)
	}
}

func officer(posts ...PostID) *Officer {
	return &Officer{
		ID: "o1", Number: "0417", Name: "李明", Posts: posts, Unit: "office-waigaoqiao", Office: "2218", Area: "waigaoqiao",
		Areas: []string{"waigaoqiao"}, OnDuty: true, State: Serving,
	}
}

func TestOfficerRecord(t *testing.T) {
	if err := officer(FilingOfficer, TaxOfficer).Validate(); err != nil {
		t.Fatal(err)
	}
	bad := officer(FilingOfficer, Inspector, BrokerPost, "wizard")
	bad.Name, bad.Areas, bad.Unit, bad.Superiors = "", []string{"moon"}, "nowhere", []string{"o1"}
	want := []string{
		"PARTY-AREA-01 /areas/0", "PARTY-LINE-01 /superiors", "PARTY-NAME-02 /name", "PARTY-POST-01 /posts/2",
		"PARTY-POST-01 /posts/3", "PARTY-POST-02 /posts", "PARTY-UNIT-01 /unit",
	}
	if diff := cmp.Diff(want, codes(bad.Validate())); diff != "" {
		t.Error(diff)
	}
	all := officer(DivisionHead)
	all.Areas = []string{AnyArea}
	if got := all.ForReview(); len(got.Areas) != 4 || !got.OnDuty {
		t.Errorf("%+v", got)
	}
}

func TestMay(t *testing.T) {
	gone := officer(FilingOfficer)
	gone.State = Left
	head := officer(DivisionHead)
	head.Areas = []string{AnyArea}
	clerk := User{ID: "u1", Enterprise: "e1", Posts: []PostID{EnterpriseClerk}, State: Active}
	agent := User{ID: "u2", Enterprise: "b1", Posts: []PostID{BrokerPost}, State: Active}
	forged := User{ID: "u3", Enterprise: "e1", Posts: []PostID{FilingOfficer, Administrator}, State: Active}
	machine := Client{ID: "c1", ClientID: "erp", Enterprise: "e1", Posts: []PostID{EnterpriseClerk}, State: Active}
	locked := clerk
	locked.State = Locked
	mandates := Mandates(good(), "b1", today)
	here := Object{Kind: "declaration", ID: "D1", Area: "waigaoqiao", Parties: []string{"e1"}}
	there := Object{Kind: "declaration", ID: "D2", Area: "yangshan", Parties: []string{"e2"}}
	book := Object{Kind: "book", ID: "B1", Area: "waigaoqiao", Parties: []string{"e1"}}
	for _, c := range []struct {
		name   string
		who    Who
		action Action
		object Object
		fault  string
	}{
		{"a filing officer decides in his area", Who{Actor: officer(FilingOfficer).Actor()}, Decide, here, ""},
		{"and sees nothing of another area", Who{Actor: officer(FilingOfficer).Actor()}, View, there, "PARTY-RIGHT-01"},
		{"an inspector sees but does not decide", Who{Actor: officer(Inspector).Actor()}, Decide, here, "PARTY-RIGHT-02"},
		{"who works in all areas sees all of them", Who{Actor: head.Actor()}, View, there, ""},
		{"who has left may nothing", Who{Actor: gone.Actor()}, View, here, "PARTY-RIGHT-01"},
		{"the administrator sees no declarations", Who{Actor: officer(Administrator).Actor()}, View, here, "PARTY-RIGHT-01"},
		{"but manages users", Who{Actor: officer(Administrator).Actor()}, Manage, Object{Kind: "user"}, ""},
		{"intelligence is for those who are named", Who{Actor: officer(FilingOfficer).Actor()}, View, Object{Kind: "intelligence"}, "PARTY-RIGHT-01"},
		{"a clerk lodges for his enterprise", Who{Actor: clerk.Actor()}, Lodge, here, ""},
		{"and does not decide", Who{Actor: clerk.Actor()}, Decide, here, "PARTY-RIGHT-02"},
		{"and sees nothing of others", Who{Actor: clerk.Actor()}, View, there, "PARTY-RIGHT-01"},
		{"a locked account may nothing", Who{Actor: locked.Actor()}, View, here, "PARTY-RIGHT-01"},
		{"a machine does what its posts allow", Who{Actor: machine.Actor()}, Lodge, here, ""},
		{"a broker acts on a mandate", Who{Actor: agent.Actor(), Mandates: mandates, On: today}, Lodge, here, ""},
		{"within its scope", Who{Actor: agent.Actor(), Mandates: mandates, On: today}, View, book, "PARTY-RIGHT-01"},
		{"and its days", Who{Actor: agent.Actor(), Mandates: mandates, On: clock.MustDate("2019-12-31")}, View, here, "PARTY-RIGHT-01"},
		{"and not without one", Who{Actor: agent.Actor(), On: today}, View, here, "PARTY-RIGHT-01"},
		{"a customs post in an enterprise account has no effect", Who{Actor: forged.Actor()}, View, here, "PARTY-RIGHT-01"},
		{"nobody in particular may nothing", Who{}, View, here, "PARTY-RIGHT-01"},
		{"the system may", Who{Actor: decision.System}, Decide, here, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := May(c.who, c.action, c.object)
			if (c.fault == "") != (err == nil) || (err != nil && !fault.Is(err, c.fault)) {
				t.Fatal(err)
			}
			if c.fault == "PARTY-RIGHT-01" && err.Error() != Absent(c.object.Kind, c.object.ID).Error() {
				t.Errorf("the refusal tells that the document exists: %v", err)
			}
		})
	}
}

func TestNobodyMayWhatNoPostLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var posts []PostID
		for _, p := range Rights().Posts {
			if p.Side == Customs && rapid.Bool().Draw(t, string(p.ID)) {
				posts = append(posts, p.ID)
			}
		}
		o := officer(posts...)
		area := rapid.SampledFrom([]string{"waigaoqiao", "yangshan"}).Draw(t, "area")
		kind := rapid.SampledFrom([]string{"declaration", "book", "intelligence", "user", "draw_key", "passage"}).Draw(t, "kind")
		action := rapid.SampledFrom(actions[:]).Draw(t, "action")
		listed := false
		for _, id := range posts {
			p, _ := Rights().Post(id)
			listed = listed || Rights().allows(&p, action, kind)
		}
		err := May(Who{Actor: o.Actor()}, action, Object{Kind: kind, Area: area})
		if (err == nil) != (listed && area == "waigaoqiao") {
			t.Fatalf("%v, listed %v: %v", posts, listed, err)
		}
	})
}

func TestEveryPostIsReachable(t *testing.T) {
	for _, p := range Rights().Posts {
		if p.Title == "" || p.TitleZH == "" || p.Desk == "" || len(p.May) == 0 {
			t.Errorf("%+v", p)
		}
		if Rights().Desk([]string{"nobody", string(p.ID)}) != p.Desk {
			t.Errorf("%s has no desk", p.ID)
		}
	}
}

func TestOneTimeLink(t *testing.T) {
	now := clock.MustDate("2026-11-23").Start()
	l := Link{TokenHash: TokenHash("token"), User: "u1", Expires: now.Add(time.Minute)}
	used, err := l.Use("token", now)
	if err != nil || used.Used != now {
		t.Fatalf("%+v, %v", used, err)
	}
	for name, try := range map[string]func() (Link, error){
		"twice":       func() (Link, error) { return used.Use("token", now) },
		"too late":    func() (Link, error) { return l.Use("token", l.Expires) },
		"wrong token": func() (Link, error) { return l.Use("tokem", now) },
	} {
		if _, err := try(); !fault.Is(err, "PARTY-LINK-01") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSessionEnds(t *testing.T) {
	now := clock.MustDate("2026-11-23").Start()
	s := Session{Seen: now, Expires: now.Add(24 * time.Hour)}
	if err := s.Alive(now.Add(time.Hour), Idle); err != nil {
		t.Fatal(err)
	}
	ended := s
	ended.Ended = now
	for name, err := range map[string]error{
		"idle": s.Alive(now.Add(Idle), Idle), "expired": s.Alive(s.Expires, 48*time.Hour), "signed out": ended.Alive(now, Idle),
	} {
		if !fault.Is(err, "PARTY-SESSION-01") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPasswords(t *testing.T) {
	cheap := PasswordCost{MemoryKiB: 64, Passes: 1, Threads: 1}
	h := HashPassword("correct horse battery", []byte("0123456789abcdef"), cheap)
	if !h.Matches("correct horse battery") || h.Matches("correct horse batterz") || !strings.HasPrefix(string(h), "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Error(h)
	}
	for _, bad := range []PasswordHash{
		"", "$", "$argon2id$v=19$m=64,t=1,p=1$$", "$argon2id$v=19$m=4000000000,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
		"$argon2i$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
	} {
		if bad.Matches("") {
			t.Errorf("%q matches", bad)
		}
	}
	for _, easy := range []string{"short", "aaaaaaaaaaaaaaaa", "li.ming-is-it!", strings.Repeat("ab1!", 40)} {
		if err := CheckPassword("li.ming", easy); !fault.Is(err, "PARTY-PASSWORD-01") {
			t.Errorf("%q: %v", easy, err)
		}
	}
	if err := CheckPassword("li.ming", "先入区后报关是第一种模式呀"); err != nil {
		t.Error(err)
	}
}

func TestAccounts(t *testing.T) {
	good := User{Name: "li.ming", Officer: "o1"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	bad := User{Name: "Li Ming", Enterprise: "e1", Officer: "o1", Posts: []PostID{Administrator}}
	if diff := cmp.Diff([]string{"PARTY-POST-01 /posts/0", "PARTY-USER-01 /name", "PARTY-USER-02 /enterprise"}, codes(bad.Validate())); diff != "" {
		t.Error(diff)
	}
	if err := (&Client{}).Validate(); !fault.Is(err, "PARTY-CLIENT-01") {
		t.Error(err)
	}
	if a := (&Client{ID: "c1", Enterprise: "e1", State: Closed, Posts: []PostID{EnterpriseClerk}}).Actor(); len(a.Posts) != 0 || a.Kind != journal.Client {
		t.Errorf("%+v", a)
	}
}

func FuzzPasswordHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if len(hash) > 120 || strings.Contains(hash, "m=1") || !strings.Contains(hash, "m=8,t=1,") {
			return // real work only for cheap parameters
		}
		_ = PasswordHash(hash).Matches("x")
	})
}

func TestRecordsSurviveTheStore(t *testing.T) {
	e := good()
	e.Grades = []GradeChange{{Grade: "regular", From: today, Reason: "r"}}
	for name, c := range map[string]struct{ in, out any }{
		"enterprise": {e, new(Enterprise)}, "officer": {officer(FilingOfficer), new(Officer)},
		"user": {&User{ID: "u", Name: "li.ming", Officer: "o1", Password: "$x", State: Active}, new(User)},
		"link": {&Link{TokenHash: "h", User: "u", Expires: 5}, new(Link)}, "session": {&Session{ID: "s", Seen: 7}, new(Session)},
		"client": {&Client{ID: "c", ClientID: "erp", Secret: "h"}, new(Client)},
	} {
		raw, err := json.Marshal(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, c.out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.in, c.out); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
