package console

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Specimen is a component or a screen with fixed data, shown in the gallery. A
// screen's own file gives its specimens; they are entered in specimens.
type Specimen struct {
	Name  string // in the address
	Title Key
	Page  Page
	Body  templ.Component
}

// specimens lists everything the gallery shows, in ctx's language.
func specimens(ctx context.Context) []Specimen {
	return []Specimen{
		galleryParts(ctx),
		galleryList(ctx),
		galleryRecord(ctx),
		galleryForm(ctx),
		galleryStates(ctx),
		gallerySignIn(ctx),
		galleryStatus(ctx),
		galleryGuide(ctx),
		galleryWork(ctx),
		galleryMap(ctx),
		galleryDeclaration(ctx),
		galleryDeclare(ctx),
		galleryDrafts(ctx),
		galleryUpload(ctx),
		galleryArrival(ctx),
		galleryTally(ctx),
		galleryAmendmentForm(ctx),
		galleryAmendment(ctx),
		galleryCorrection(ctx),
		galleryLading(ctx),
		galleryLadingForm(ctx),
		galleryVerificationList(ctx),
		galleryListForm(ctx),
		galleryNote(ctx),
		galleryNoteForm(ctx),
		galleryBookForm(ctx),
		galleryInspection(ctx),
		galleryProposal(ctx),
		galleryBook(ctx),
		galleryStock(ctx),
		galleryFeeds(ctx),
		galleryFeed(ctx),
		galleryMerger(ctx),
		galleryOpening(ctx),
		galleryLane(ctx),
		galleryHome(ctx),
		galleryRevenue(ctx),
		galleryCalendar(ctx),
		galleryReconciliation(ctx),
		galleryWriteOff(ctx),
		galleryToday(ctx),
		galleryResidues(ctx),
		galleryResidue(ctx),
		galleryCount(ctx),
		galleryGuarantee(ctx),
		galleryGuaranteeForm(ctx),
		galleryTaxBill(ctx),
		galleryStatement(ctx),
		galleryForecast(ctx),
		galleryPayment(ctx),
		galleryTaxDifference(ctx),
		galleryOverview(ctx),
		galleryLife(ctx),
		galleryJournal(ctx),
		galleryLooked(ctx),
		galleryEntry(ctx),
		galleryRisk(ctx),
		galleryRiskDraft(ctx),
		galleryRiskHealth(ctx),
		galleryMode(ctx),
		galleryEnterprise(ctx),
		galleryInstructions(ctx),
		galleryInstruction(ctx),
		galleryInstructionForm(ctx),
		galleryParameters(ctx),
		galleryParameter(ctx),
		galleryAccounts(ctx),
		galleryAccountForm(ctx),
		galleryMachine(ctx),
		galleryWebhooks(ctx),
		galleryWebhookForm(ctx),
		galleryWebhook(ctx),
	}
}

// gallery answers GET /gallery and GET /gallery/{name} with fixed data and a
// person who exists only here; it reads nothing from the house.
func (s *Server) gallery(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !ViewerOf(ctx).SignedIn() {
		ctx = WithViewer(ctx, Viewer{ID: "gallery", Name: "陈静 Chen Jing", Role: RoleOfficer, Areas: []string{"WGQ", "YS"}})
	}
	all := specimens(ctx)
	shown := all[0]
	if name := r.PathValue("name"); name != "" {
		found := false
		for _, specimen := range all {
			if specimen.Name == name {
				shown, found = specimen, true
			}
		}
		if !found {
			s.Fail(w, r, fault.New(fault.NotFound, "CONSOLE-PAGE-01", "", "there is no page at this address",
				"look at the address, or go on from the navigation"))
			return
		}
	}
	group := navGroup{Title: "gallery.title"}
	for _, specimen := range all {
		group.Links = append(group.Links, navLink{Title: specimen.Title, Href: "/gallery/" + specimen.Name, Current: specimen.Name == shown.Name})
	}
	ctx = context.WithValue(ctx, navigationKey{}, []navGroup{group})
	if shown.Page.Title == "" {
		shown.Page.Title = T(ctx, shown.Title)
	}
	s.answer(w, r.WithContext(ctx), http.StatusOK, shown.Page, shown.Body)
}

func sampleAt(text string) clock.Instant {
	var i clock.Instant
	if err := i.UnmarshalText([]byte(text + ":00+08:00")); err != nil {
		panic(err) // fixed data of the gallery, read by every test of this package
	}
	return i
}

func galleryParts(ctx context.Context) Specimen {
	return Specimen{
		Name: "components", Title: "gallery.components",
		Page: Page{Live: []string{"alarm"}, Badges: []Badge{{Info, T(ctx, "gallery.sample")}}},
		Body: galleryPartsBody(),
	}
}

var galleryBadges = []struct {
	Tone Tone
	Word Key
}{
	{OK, "channel.green"},
	{Warn, "channel.yellow"},
	{Bad, "channel.red"},
	{Alarm, "tone.alarm"},
	{Info, "tone.underway"},
	{Agreed, "tone.agreed"},
	{Missed, "tone.missed"},
	{Pending, "tone.pending"},
	{Neutral, "tone.neutral"},
}

var galleryTokens = []string{
	"bg", "surface", "sunk", "ink", "ink-2", "line", "accent", "on-accent", "ok", "warn", "bad", "info",
	"ok-ground", "warn-ground", "bad-ground", "info-ground", "sea", "land", "coast", "road", "control", "focus",
}

func galleryBars(ctx context.Context) Bars {
	return Bars{
		Title: T(ctx, "gallery.burden"), Head: [2]string{T(ctx, "column.enterprise"), T(ctx, "gallery.burden")},
		Rows: []Bar{
			{Name: "A", Value: 70, Before: 90, Paired: true, Text: "0.9 → 0.7", Tone: OK},
			{Name: "B", Value: 660, Before: 640, Paired: true, Text: "6.4 → 6.6", Tone: Warn},
			{Name: "C", Value: 1590, Before: 1420, Paired: true, Text: "14.2 → 15.9", Tone: Warn},
		},
	}
}

func galleryShares(ctx context.Context) Parts {
	return Parts{Title: T(ctx, "column.channel"), Parts: []Part{
		{Name: T(ctx, "channel.green"), Value: 44890, Text: Count(44890), Tone: OK},
		{Name: T(ctx, "channel.yellow"), Value: 2604, Text: Count(2604), Tone: Warn},
		{Name: T(ctx, "channel.red"), Value: 716, Text: Count(716), Tone: Bad},
	}}
}

func galleryHours(ctx context.Context) Columns {
	c := Columns{
		Title: T(ctx, "gallery.passages"), First: "00:00", Last: "23:00",
		Values: []int64{12, 9, 6, 5, 8, 21, 44, 71, 90, 96, 88, 80, 62, 78, 92, 97, 85, 76, 60, 48, 39, 30, 22, 15},
	}
	for hour := range c.Values {
		c.Names = append(c.Names, clock.Instant(int64(hour-8)*3_600_000_000).Time().Format("15:04"))
	}
	return c
}

func galleryList(ctx context.Context) Specimen {
	type line struct {
		number, enterprise, hs, due string
		value                       num.Money
		gross                       num.Quantity
		channel                     Tone
		word                        Key
	}
	lines := []line{
		{"222520261000012345", "外高桥葡萄酒交易有限公司", "22042100", "2026-11-23T12:00", 41260000, 17_940_00000, Bad, "channel.red"},
		{"222520261000012346", "Yangshan Cold Chain Ltd", "02071400", "2026-11-23T15:30", 1286450, 24_120_00000, Warn, "channel.yellow"},
		{"222520261000012347", "上海浦东机场综保供应链", "85423190", "2026-11-24T09:00", 980012050, 312_50000, OK, "channel.green"},
		{"222520261000012348", "Waigaoqiao Wine Exchange", "22042100", "2026-11-24T12:00", 620000, 1_180_00000, Pending, "tone.pending"},
	}
	var rows []Row
	for _, l := range lines {
		rows = append(rows, Row{Href: "/gallery/record", Cells: []templ.Component{
			Code(l.number), Text(l.enterprise), Code(l.hs), Number(Amount(l.value, "CNY")), Number(Measure(l.gross, "")),
			BadgeCell(l.channel, T(ctx, l.word)), When(sampleAt(l.due)),
		}})
	}
	rows[1].Changed = true
	return Specimen{
		Name: "list", Title: "gallery.list",
		Page: Page{
			Title: T(ctx, "gallery.list"), Live: []string{"declaration"},
			Acts: []Act{{Text: T(ctx, "gallery.opennext"), Href: "/gallery/record", Key: "o"}},
		},
		Body: templ.Join(
			Views([]View{
				{T(ctx, "gallery.mine"), "4", "/gallery/list", true},
				{T(ctx, "gallery.overdue"), "1", "/gallery/list?view=overdue", false},
				{T(ctx, "gallery.waiting"), "12", "/gallery/list?view=waiting", false},
			}),
			Search("/gallery/list", "", "#worklist", T(ctx, "search.label")),
			TableView(Table{
				ID: "worklist", Caption: T(ctx, "gallery.list"), Hidden: true,
				Columns: []Column{
					{Title: T(ctx, "column.declaration")},
					{Title: T(ctx, "column.enterprise")},
					{Title: T(ctx, "column.commodity")},
					{Title: T(ctx, "column.value"), Number: true, Href: "/gallery/list?sort=value"},
					{Title: T(ctx, "column.gross"), Unit: "kg", Number: true},
					{Title: T(ctx, "column.channel")},
					{Title: T(ctx, "column.due"), Href: "/gallery/list?sort=-due", Sorted: "ascending"},
				},
				Rows:  rows,
				Pager: Pager{Shown: N(ctx, "pager.shown", len(rows)), Older: "/gallery/list?after=4"},
			}),
		),
	}
}

func galleryLifeLine(ctx context.Context) LifeLine {
	return LifeLine{
		Title: T(ctx, "lifeline.title"), Now: sampleAt("2026-11-22T18:00"),
		From: sampleAt("2026-11-20T00:00"), To: sampleAt("2026-11-24T00:00"),
		Lanes: []Lane{
			{
				Name: T(ctx, "lane.documents"),
				Marks: []Mark{
					{At: sampleAt("2026-11-20T03:00"), Text: "Manifest", Tone: OK, Href: "/gallery/record", Note: "CUSCAR, MV Ever Grade"},
					{At: sampleAt("2026-11-20T09:00"), Text: "Bill of lading", Tone: OK},
					{At: sampleAt("2026-11-20T15:00"), Text: "备案清单 Brief declaration", Tone: OK},
					{At: sampleAt("2026-11-22T16:00"), Text: "Pick-up permit", Tone: OK},
				},
				Spans: []Span{{From: sampleAt("2026-11-23T02:00"), To: sampleAt("2026-11-23T23:00"), Text: "Formal declaration, due 24 Nov 12:00", Tone: Info, Planned: true}},
			},
			{
				Name: T(ctx, "lane.goods"),
				Spans: []Span{
					{From: sampleAt("2026-11-20T04:00"), To: sampleAt("2026-11-20T20:00"), Text: "MV Ever Grade, at sea", Tone: Info},
					{From: sampleAt("2026-11-20T20:00"), To: sampleAt("2026-11-21T14:00"), Text: "洋山四期码头 Quay Yangshan 4", Tone: OK},
					{From: sampleAt("2026-11-21T14:00"), To: sampleAt("2026-11-22T10:00"), Text: "Scan yard, stack B-12", Tone: OK},
					{From: sampleAt("2026-11-22T10:00"), To: sampleAt("2026-11-22T18:00"), Text: "Road", Tone: Info},
					{From: sampleAt("2026-11-22T18:00"), To: sampleAt("2026-11-22T21:00"), Text: "", Tone: Info, Planned: true},
					{From: sampleAt("2026-11-22T22:00"), To: sampleAt("2026-11-23T22:00"), Text: "Warehouse WGQ-17, slot 4-C", Tone: Info, Planned: true},
				},
			},
			{
				Name: T(ctx, "lane.seal"),
				Spans: []Span{
					{From: sampleAt("2026-11-20T21:00"), To: sampleAt("2026-11-21T16:00"), Text: "ES0009021 closed", Tone: OK},
					{From: sampleAt("2026-11-21T18:00"), To: sampleAt("2026-11-22T18:00"), Text: "ES0009377 closed", Tone: OK},
				},
				Marks: []Mark{{At: sampleAt("2026-11-21T17:00"), Text: "Opened for scan by 2 officers", Tone: Warn}},
			},
			{
				Name:  T(ctx, "lane.money"),
				Spans: []Span{{From: sampleAt("2026-11-20T16:00"), To: sampleAt("2026-11-23T22:00"), Text: "Guarantee in force, bank confirmed on line", Tone: Warn}},
				Marks: []Mark{{At: sampleAt("2026-11-20T15:30"), Text: "¥ 412,600 held", Tone: OK}},
			},
			{
				Name: T(ctx, "lane.decisions"),
				Marks: []Mark{
					{At: sampleAt("2026-11-20T16:30"), Text: "Risk 31, rule R-104", Tone: Warn, Href: "/gallery/record"},
					{At: sampleAt("2026-11-21T00:00"), Text: "First officer: scan", Tone: OK},
					{At: sampleAt("2026-11-21T09:00"), Text: "Second officer: agrees", Tone: Agreed},
					{At: sampleAt("2026-11-21T20:00"), Text: "Scan as declared", Tone: OK},
					{At: sampleAt("2026-11-22T09:30"), Text: "Released at gate YS-1 in 6 s", Tone: OK},
				},
			},
		},
	}
}

func galleryRecord(ctx context.Context) Specimen {
	return Specimen{
		Name: "record", Title: "gallery.record",
		Page: Page{
			ID: "MSCU1234566", Title: T(ctx, "lifeline.title"), Live: []string{"gate"},
			Trail:  []Link{{T(ctx, "gallery.list"), "/gallery/list"}},
			Badges: []Badge{{Info, "On the road, 12 min to gate WGQ-3"}, {OK, "Seal closed"}},
			Acts:   []Act{{Text: T(ctx, "gallery.release"), Href: "/gallery/record", Key: "a"}, {Text: T(ctx, "gallery.return"), Href: "/gallery/record"}},
			Facts: []Fact{
				{T(ctx, "column.commodity"), Text("22042100 Wine in bottles, 1,180 cartons")},
				{T(ctx, "column.enterprise"), Text("Waigaoqiao Wine Exchange, class A")},
				{T(ctx, "column.due"), When(sampleAt("2026-11-24T12:00"))},
				{T(ctx, "gallery.guarantee"), Text(Amount(41260000, "CNY"))},
			},
		},
		Body: galleryRecordBody(galleryLifeLine(ctx)),
	}
}

func galleryForm(ctx context.Context) Specimen {
	faults := fault.List{
		fault.New(fault.Invalid, "NUM-DECIMALS-01", "/lines/1/grossMass", "“{value}” has more than {decimals} decimals",
			"round it to {decimals} decimals", "value", "17.94012345", "decimals", 5),
		fault.New(fault.Invalid, "CLOCK-DATE-01", "/arrivalDate", "“{value}” is not a day",
			"write an existing day as YYYY-MM-DD", "value", "2026-11-31"),
	}
	fields := []Field{
		{Path: "/container", Name: "container", Label: T(ctx, "column.container"), Value: "MSCU1234566", Code: true, Complete: "off", Hint: T(ctx, "gallery.container.hint")},
		{Path: "/arrivalDate", Name: "arrivalDate", Label: T(ctx, "column.arrival"), Value: "2026-11-31", Required: true, Complete: "off"},
		{Path: "/lines/1/grossMass", Name: "grossMass", Label: T(ctx, "column.gross") + " kg", Value: "17.94012345", Kind: "number", Complete: "off"},
		{Path: "/country", Name: "country", Label: T(ctx, "column.origin"), Kind: "select", Value: "FR", Options: []Option{{"CL", "CL Chile"}, {"FR", "FR France"}}},
		{Path: "/tradeName", Name: "tradeName", Label: T(ctx, "column.enterprise"), Value: "Waigaoqiao Wine Exchange", Source: T(ctx, "field.source", "source", "222520261000011002", "at", "2026-11-02")},
		{Path: "/remark", Name: "remark", Label: T(ctx, "column.remark"), Kind: "textarea"},
		{Path: "/selfDeclared", Name: "selfDeclared", Label: T(ctx, "gallery.selfdeclared"), Kind: "checkbox", Value: "on"},
	}
	for i := range fields {
		fields[i].Faults = Of(faults, fields[i].Path)
	}
	return Specimen{
		Name: "form", Title: "gallery.form",
		Page: Page{Faults: faults, Acts: []Act{{Text: T(ctx, "gallery.send"), Form: "sample"}}},
		Body: galleryFormBody(fields),
	}
}

func galleryStates(ctx context.Context) Specimen {
	return Specimen{Name: "states", Title: "gallery.states", Body: galleryStatesBody([]State{
		{Kind: StateEmpty, Title: T(ctx, "state.empty"), Text: T(ctx, "state.empty.text"), Act: Act{Text: T(ctx, "pager.first"), Href: "/gallery/list"}},
		{Kind: StateForbidden, Title: T(ctx, "state.forbidden"), Code: "CONSOLE-ROLE-01"},
		{Kind: StateFailed, Title: T(ctx, "state.failed"), Text: T(ctx, "state.failed.text", "reference", "K7Q2M4XW9A")},
		{Kind: StateStale, Title: T(ctx, "state.stale"), Text: T(ctx, "state.stale.text", "at", "2026-11-23 09:41")},
	})}
}
