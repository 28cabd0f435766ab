package console

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/gate"
	"seine/internal/guarantee"
	"seine/internal/inspection"
	"seine/internal/manifest"
	"seine/internal/obligation"
	"seine/internal/print"
	"seine/internal/revenue"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/store"
)

// wording is how a state is shown: its tone and its word.
type wording struct {
	Tone Tone
	Word Key
}

// badge gives a state as a badge; a state without a word of ours stands as it is.
func badge[S ~string](ctx context.Context, words map[S]wording, state S) Badge {
	if w, known := words[state]; known {
		return Badge{w.Tone, T(ctx, w.Word)}
	}
	return Badge{Neutral, string(state)}
}

var declarationWords = map[declaration.State]wording{
	declaration.Draft:            {Neutral, "declaration.draft"},
	declaration.Submitted:        {Info, "declaration.submitted"},
	declaration.Accepted:         {Info, "declaration.accepted"},
	declaration.LowRiskAuto:      {OK, "declaration.automatic"},
	declaration.Manual:           {Bad, "declaration.manual"},
	declaration.SupplementAsked:  {Warn, "declaration.supplement"},
	declaration.Inspecting:       {Warn, "declaration.inspecting"},
	declaration.Taxed:            {Info, "declaration.taxed"},
	declaration.PaidOrGuaranteed: {Info, "declaration.settled"},
	declaration.Released:         {OK, "declaration.released"},
	declaration.Closed:           {Agreed, "declaration.closed"},
	declaration.Returned:         {Warn, "declaration.returned"},
	declaration.AmendRequested:   {Warn, "declaration.amend"},
	declaration.AmendReview:      {Warn, "declaration.amend.review"},
	declaration.DeleteRequested:  {Warn, "declaration.delete"},
	declaration.DeleteReview:     {Warn, "declaration.delete.review"},
	declaration.Deleted:          {Missed, "declaration.deleted"},
}

var channelWords = map[risk.Channel]wording{
	risk.Green:  {OK, "channel.green"},
	risk.Yellow: {Warn, "channel.yellow"},
	risk.Red:    {Bad, "channel.red"},
	// As a declaration keeps it.
	"low":    {OK, "channel.green"},
	"medium": {Warn, "channel.yellow"},
	"high":   {Bad, "channel.red"},
}

var confirmationWords = map[declaration.Result]wording{
	declaration.Confirmed: {Agreed, "confirmation.confirmed"},
	declaration.Signal:    {Warn, "confirmation.signal"},
	declaration.Conflict:  {Bad, "confirmation.conflict"},
	declaration.NoMatch:   {Bad, "confirmation.nomatch"},
	declaration.Missing:   {Pending, "confirmation.missing"},
}

var rowWords = map[declaration.Outcome]wording{
	declaration.RowPass:        {Agreed, "row.pass"},
	declaration.RowSignal:      {Warn, "row.signal"},
	declaration.RowConflict:    {Bad, "row.conflict"},
	declaration.RowNoMatch:     {Bad, "row.nomatch"},
	declaration.RowNotCompared: {Pending, "row.notcompared"},
}

// rowNames are the ten comparisons of the confirmation, in their order.
var rowNames = [10]Key{
	"confirm.number", "confirm.means", "confirm.arrival", "confirm.consignee", "confirm.packages",
	"confirm.mass", "confirm.containers", "confirm.seals", "confirm.goods", "confirm.port",
}

var inspectionWords = map[inspection.State]wording{
	inspection.Issued:     {Info, "inspection.issued"},
	inspection.Notified:   {Info, "inspection.notified"},
	inspection.Arrived:    {Info, "inspection.arrived"},
	inspection.InProgress: {Info, "inspection.progress"},
	inspection.Normal:     {OK, "inspection.normal"},
	inspection.Abnormal:   {Bad, "inspection.abnormal"},
	inspection.Disposed:   {Info, "inspection.disposed"},
	inspection.FedBack:    {Agreed, "inspection.fedback"},
	inspection.Withdrawn:  {Neutral, "inspection.withdrawn"},
}

var manifestWords = map[manifest.State]wording{
	manifest.Received:   {Info, "manifest.received"},
	manifest.PrimaryOK:  {Info, "manifest.primary"},
	manifest.Arrived:    {Info, "manifest.arrived"},
	manifest.Tallied:    {Info, "manifest.tallied"},
	manifest.Matched:    {OK, "manifest.matched"},
	manifest.WrittenOff: {Agreed, "manifest.writtenoff"},
	manifest.Returned:   {Warn, "manifest.returned"},
	manifest.Cancelled:  {Missed, "manifest.cancelled"},
}

var billWords = map[manifest.BillState]wording{
	"":                      {Neutral, "bill.issued"},
	manifest.BillIssued:     {Neutral, "bill.issued"},
	manifest.BillMatched:    {OK, "bill.matched"},
	manifest.BillSplit:      {Neutral, "bill.split"},
	manifest.BillMerged:     {Neutral, "bill.merged"},
	manifest.BillWrittenOff: {Agreed, "bill.writtenoff"},
	manifest.BillDelivered:  {Agreed, "bill.delivered"},
}

var bookWords = map[book.State]wording{
	book.Draft:         {Neutral, "book.draft"},
	book.Review:        {Warn, "book.review"},
	book.Active:        {OK, "book.active"},
	book.ChangePending: {Warn, "book.change"},
	book.Paused:        {Bad, "book.paused"},
	book.Closing:       {Warn, "book.closing"},
	book.Closed:        {Agreed, "book.closed"},
}

var bookKinds = map[book.Kind]Key{
	book.Logistics: "book.logistics", book.Processing: "book.processing", book.Equipment: "book.equipment", book.Repair: "book.repair",
	book.Exhibition: "book.display", book.Commerce: "book.commerce",
}

var entryWays = map[book.EntryWay]Key{book.ByFirstLine: "entryway.first", book.BySecondLine: "entryway.second", book.CarriedOver: "entryway.carried"}

var progressWords = map[book.Progress]Key{
	book.Waiting: "progress.waiting", book.InRepair: "progress.repair", book.Repaired: "progress.repaired", book.BeyondHelp: "progress.beyond",
	book.InStore: "progress.store", book.OnShow: "progress.show", book.SoldThere: "progress.sold",
}

var bookUses = map[book.Use]Key{book.RetailImport: "book.use.import", book.RetailExport: "book.use.export"}

var listWords = map[book.ListState]wording{
	book.ListDraft:        {Neutral, "list.draft"},
	book.ListSubmitted:    {Info, "list.submitted"},
	book.ListReturned:     {Warn, "list.returned"},
	book.ListApproved:     {Info, "list.approved"},
	book.ListBillReleased: {Info, "list.billreleased"},
	book.ListFullyPassed:  {Info, "list.passed"},
	book.ListPosted:       {OK, "list.posted"},
	book.ListWrittenOff:   {Agreed, "list.writtenoff"},
	book.ListChange:       {Warn, "list.change"},
	book.ListVoidAsked:    {Warn, "list.voidasked"},
	book.ListVoidReview:   {Warn, "list.voidreview"},
	book.ListVoided:       {Missed, "list.voided"},
}

var billTaxWords = map[revenue.State]wording{
	revenue.Calculated:   {Neutral, "tax.calculated"},
	revenue.Issued:       {Info, "tax.issued"},
	revenue.ConfirmedTax: {Info, "tax.confirmed"},
	revenue.Supplemented: {Agreed, "tax.supplemented"},
	revenue.Guaranteed:   {Info, "tax.guaranteed"},
	revenue.Consolidated: {Info, "tax.consolidated"},
	revenue.Overdue:      {Bad, "tax.overdue"},
	revenue.Paid:         {Agreed, "tax.paid"},
	revenue.Called:       {Agreed, "tax.called"},
	revenue.Refunded:     {Agreed, "tax.refunded"},
	revenue.Withdrawn:    {Missed, "tax.withdrawn"},
}

var guaranteeWords = map[guarantee.State]wording{
	guarantee.Registered: {Info, "guarantee.registered"},
	guarantee.Active:     {OK, "guarantee.active"},
	guarantee.Expired:    {Bad, "guarantee.expired"},
	guarantee.Refused:    {Missed, "guarantee.refused"},
	guarantee.Closed:     {Agreed, "guarantee.closed"},
}

var obligationWords = map[obligation.State]wording{
	obligation.Open:       {Info, "obligation.open"},
	obligation.Overdue:    {Alarm, "obligation.overdue"},
	obligation.Discharged: {Agreed, "obligation.discharged"},
	obligation.Carried:    {Neutral, "obligation.carried"},
	obligation.Lifted:     {Neutral, "obligation.lifted"},
}

// duties are the kinds of what is owed, as the modes open them.
var duties = map[string]Key{
	"declare": "duty.declare", "pay": "duty.pay", "return": "duty.return", "arrive": "duty.arrive",
	"tax": "duty.pay", "monthly-tax": "duty.monthly", "formal-declaration": "duty.declare",
	casework.ExplainDifference: "duty.explain", clearance.ClosePartShipment: "duty.closepart", bonded.SubmitWriteOff: "duty.writeoff",
	"clear-difference": "duty.clear",
}

var proposalWords = map[review.State]wording{
	review.Proposed:  {Info, "proposal.proposed"},
	review.Returned:  {Warn, "proposal.returned"},
	review.Disputed:  {Bad, "proposal.disputed"},
	review.Confirmed: {Agreed, "proposal.confirmed"},
	review.Refused:   {Missed, "proposal.refused"},
	review.Withdrawn: {Neutral, "proposal.withdrawn"},
}

var matterWords = map[review.Matter]Key{
	review.BookFiling:    "matter.book",
	review.Collection:    "matter.collection",
	review.Correction:    "matter.correction",
	review.AbnormalCheck: "matter.abnormal",
	review.WriteOff:      "matter.writeoff",
	review.RuleChange:    "matter.rule",
	review.Grading:       "matter.grade",
}

var laneWords = map[gate.Outcome]wording{
	gate.Pass:    {OK, "lane.pass"},
	gate.Inspect: {Warn, "lane.inspect"},
	gate.Hold:    {Bad, "lane.hold"},
	gate.Refuse:  {Bad, "lane.refuse"},
}

var checkWords = map[gate.Check]Key{
	gate.CheckNote: "check.note", gate.CheckPlate: "check.plate", gate.CheckContainer: "check.container",
	gate.CheckWeight: "check.weight", gate.CheckLock: "check.lock", gate.CheckWindow: "check.window",
	gate.CheckControl: "check.control", gate.CheckDocuments: "check.documents", gate.CheckGuarantee: "check.guarantee",
}

var ledWords = map[string]Key{
	gate.LEDPass: "led.pass", gate.LEDNoNote: "led.nonote", gate.LEDState: "led.state", gate.LEDExpired: "led.expired",
	gate.LEDGate: "led.gate", gate.LEDDirection: "led.direction", gate.LEDLane: "led.lane", gate.LEDMixed: "led.mixed",
	gate.LEDPlate: "led.plate", gate.LEDContainer: "led.container", gate.LEDDigit: "led.digit", gate.LEDWeight: "led.weight",
	gate.LEDNoWeight: "led.noweight", gate.LEDLock: "led.lock", gate.LEDWindow: "led.window", gate.LEDRoute: "led.route",
	gate.LEDControl: "led.control", gate.LEDDocuments: "led.documents", gate.LEDGuarantee: "led.guarantee", gate.LEDOffline: "led.offline",
}

// reasonText gives the reason of an entry as a person reads it. The gate writes
// what differed as “check: key of its words”, in every language the same.
func reasonText(ctx context.Context, e *store.Stored) string {
	if strings.HasPrefix(e.Type, "step.late") {
		return lateReason(ctx, e)
	}
	if !strings.Contains(e.Why.Reason, ": led.") {
		return ownReason(ctx, e.Why.Reason)
	}
	parts := strings.Split(e.Why.Reason, "; ")
	for i, part := range parts {
		if check, led, both := strings.Cut(part, ": "); both {
			parts[i] = named(ctx, checkWords, gate.Check(check)) + ": " + named(ctx, ledWords, led)
		}
	}
	return strings.Join(parts, "; ")
}

// lateReason says which step of a mode should have been taken by when; the rule that
// its limit comes from stands in the entry itself.
func lateReason(ctx context.Context, e *store.Stored) string {
	facts := entryFacts(e)
	var limit clock.Instant
	if limit.UnmarshalText([]byte(facts["limit"])) != nil {
		return e.Why.Reason
	}
	return T(ctx, "reason.late", "step", cmp.Or(inLanguage(ctx, facts["title"], facts["titleZH"]), facts["step"]), "limit", Moment(limit))
}

// houseReasons are the reasons that the house itself gives. The journal keeps them as
// they were written; a page says them in its own language.
var houseReasons = map[string]Key{
	"alarm":                                 "stage.alarm",
	"late-payment-fee":                      "stage.latepayment",
	"late-declaration-fee":                  "stage.latedeclaration",
	"suspend-mode":                          "stage.suspend",
	"credit-event":                          "stage.credit",
	"call-guarantee":                        "stage.call",
	"open-case":                             "stage.case",
	"dispose-goods":                         "stage.dispose",
	"selected for a decision by an officer": "reason.selected",
	"the tally differs from the manifest":   "reason.tally",
	"the tally differs from the manifest: ask for an amendment": "reason.tallyask",
	"goods of the list came in part only":                       "reason.part",
	"nothing of the feed could be applied for too long":         "reason.silent",
	"book, system and gate part":                                "reason.apart",
	"a message of the feed is missing":                          "reason.gap",
	"a message of the feed waits for its correction":            "reason.staged",
	"submitted":                           "reason.submitted",
	"every declaration on it is released": "reason.allreleased",
}

// reasonStarts are those that end with a day, a number or what was compared.
var reasonStarts = []struct {
	Start string
	Word  Key
}{
	{"part shipment not closed by ", "reason.unclosed"},
	{"arrival on ", "reason.arrival"},
	{"tally report ", "reason.report"},
	{"the three documents differ: ", "reason.documents"},
}

// ownReason gives a reason of the house in the page's language, and one that somebody
// wrote as it was written.
func ownReason(ctx context.Context, reason string) string {
	if word, known := houseReasons[reason]; known {
		return T(ctx, word)
	}
	for _, r := range reasonStarts {
		if what, begins := strings.CutPrefix(reason, r.Start); begins {
			return T(ctx, r.Word, "what", what)
		}
	}
	return reason
}

// toleranceWords are how far two papers, or paper and reading, may part; a width in
// per cent and kilograms stands as it is.
var toleranceWords = map[string]Key{
	"exact": "tolerance.exact",
	"exact after upper case and removal of blanks": "tolerance.exact.folded",
	"not before arrival":                           "tolerance.arrival",
	"code, not name":                               "tolerance.code",
	"exact, check digit valid":                     "tolerance.digit",
	"first four digits":                            "tolerance.heading",
	"unclear characters, e-plate agrees":           "tolerance.plate",
}

// toleranceText says a tolerance in the page's language.
func toleranceText(ctx context.Context, tolerance string) string {
	if _, known := toleranceWords[tolerance]; known {
		return named(ctx, toleranceWords, tolerance)
	}
	if percent, rest, both := strings.Cut(tolerance, " or "); both {
		return T(ctx, "tolerance.either", "one", percent, "other", rest)
	}
	return tolerance
}

// actions of a verdict, as the why card and orders name them.
var actionWords = map[risk.Action]Key{
	risk.Review: "action.review", risk.Inspect: "action.inspect", risk.Weigh: "action.weigh", risk.Video: "action.video",
	risk.Sample: "action.sample", risk.Audit: "action.audit", risk.Hold: "action.hold",
}

var selectionWords = map[risk.Selection]Key{
	risk.ByScore: "selected.score", risk.ByHardRule: "selected.rule", risk.ByInstruction: "selected.instruction",
	risk.ByRandom: "selected.random", risk.ByModel: "selected.model", risk.ByOfficer: "selected.officer",
}

// taxWords are the taxes of a working, stepWords its steps: the same words as in
// print.
var (
	taxWords  = keysOf(print.TaxKeys)
	stepWords = keysOf(print.StepKeys)
)

func keysOf[S ~string](keys map[S]string) map[S]Key {
	words := make(map[S]Key, len(keys))
	for name, key := range keys {
		words[name] = Key(key)
	}
	return words
}

// named gives the word of a key out of a table, the name itself where there is
// none.
func named[S ~string](ctx context.Context, words map[S]Key, name S) string {
	if key, known := words[name]; known {
		return T(ctx, key)
	}
	return string(name)
}

// entryWords say what the types of journal entries mean.
var entryWords = map[string]wording{
	"declaration.accepted":             {OK, "entry.declaration.accepted"},
	"declaration.held":                 {Bad, "entry.declaration.held"},
	"manifest.matched":                 {OK, "entry.manifest.matched"},
	"manifest.unmatched":               {Warn, "entry.manifest.unmatched"},
	"manifest.written_off":             {OK, "entry.manifest.writtenoff"},
	"declaration.matched":              {Info, "entry.declaration.matched"},
	"declaration.passed":               {OK, "entry.declaration.passed"},
	"declaration.released":             {OK, "entry.declaration.released"},
	"declaration.returned":             {Warn, "entry.declaration.returned"},
	"declaration.supplement-requested": {Warn, "entry.declaration.asked"},
	"declaration.supplemented":         {Info, "entry.declaration.supplemented"},
	"declaration.amendment-requested":  {Warn, "entry.declaration.amend"},
	"declaration.deletion-requested":   {Warn, "entry.declaration.delete"},
	"declaration.correction-proposed":  {Info, "entry.declaration.correction"},
	"declaration.correction-refused":   {Missed, "entry.declaration.refused"},
	"declaration.levy-locked":          {Info, "entry.declaration.levylocked"},
	"declaration.amended":              {OK, "entry.declaration.amended"},
	"declaration.amended-late":         {OK, "entry.declaration.amended"},
	"declaration.deleted":              {Missed, "entry.declaration.deleted"},
	"manifest.received":                {OK, "entry.manifest.received"},
	"manifest.amended":                 {Info, "entry.manifest.amended"},
	"manifest.amendment-requested":     {Warn, "entry.manifest.asked"},
	"manifest.amendment-refused":       {Missed, "entry.manifest.refused"},
	"manifest.arrived":                 {OK, "entry.manifest.arrived"},
	"manifest.arrival-repeated":        {Info, "entry.manifest.arrived"},
	"manifest.tallied":                 {OK, "entry.manifest.tallied"},
	"webhook.added":                    {Info, "entry.webhook.added"},
	"webhook.changed":                  {Info, "entry.webhook.changed"},
	"webhook.secret-rotated":           {Info, "entry.webhook.rotated"},
	"webhook.paused":                   {Warn, "entry.webhook.paused"},
	"webhook.resumed":                  {OK, "entry.webhook.resumed"},
	"webhook.removed":                  {Missed, "entry.webhook.removed"},
	"webhook.replayed":                 {Info, "entry.webhook.replayed"},
	"manifest.tally-replaced":          {Warn, "entry.manifest.recounted"},
	"message.received":                 {Info, "entry.message"},
	"lading-application.submitted":     {Info, "entry.application"},
	"lading-application.approved":      {OK, "entry.application.approved"},
	"lading-application.returned":      {Warn, "entry.application.returned"},
	"arrival.reported":                 {Info, "entry.arrival"},
	"arrival.confirmed":                {OK, "entry.arrival.confirmed"},
	"inspection.ordered":               {Warn, "entry.inspection.ordered"},
	"inspection.recorded":              {OK, "entry.inspection.recorded"},
	"inspection.disposed":              {Agreed, "entry.inspection.disposed"},
	"label.fed":                        {Info, "entry.label"},
	"tax-bill.issued":                  {Info, "entry.taxbill.issued"},
	"tax-bill.paid":                    {OK, "entry.taxbill.paid"},
	"tax-bill.withdrawn":               {Missed, "entry.taxbill.withdrawn"},
	"bank-message.taken":               {Info, "entry.bankmessage.taken"},
	"bank-message.refused":             {Missed, "entry.bankmessage.refused"},
	"bank-message.rejected":            {Warn, "entry.bankmessage.rejected"},
	"bank-message.forged":              {Alarm, "entry.bankmessage.forged"},
	"payment.received":                 {OK, "entry.payment.received"},
	"payment.used":                     {OK, "entry.payment.used"},
	"refund.proposed":                  {Info, "entry.refund.proposed"},
	"refund.ordered":                   {Info, "entry.refund.ordered"},
	"refund.paid":                      {OK, "entry.refund.paid"},
	"refund.bounced":                   {Warn, "entry.refund.bounced"},
	"refund.refused":                   {Missed, "entry.refund.refused"},
	"statement.issued":                 {Info, "entry.statement.issued"},
	"statement.paid":                   {OK, "entry.statement.paid"},
	"statement.collected":              {OK, "entry.statement.collected"},
	"statement.overdue":                {Alarm, "entry.statement.overdue"},
	"tax-bill.overdue":                 {Alarm, "entry.taxbill.overdue"},
	"tax-bill.partly-paid":             {Info, "entry.taxbill.part"},
	"tax-bill.collected":               {OK, "entry.taxbill.collected"},
	"tax-bill.refunded":                {Info, "entry.taxbill.refunded"},
	"tax-bill.partly-refunded":         {Info, "entry.taxbill.partrefunded"},
	"tax-bill.supplemented":            {Warn, "entry.taxbill.supplemented"},
	"tax-difference.found":             {Warn, "entry.taxdifference.found"},
	"tax-difference.settled":           {Agreed, "entry.taxdifference.settled"},
	"guarantee.call-refused":           {Alarm, "entry.guarantee.callrefused"},
	"tariff.loaded":                    {Info, "entry.tariff.loaded"},
	"tariff.discarded":                 {Missed, "entry.tariff.discarded"},
	"payment.unmatched":                {Alarm, "entry.payment.unmatched"},
	"obligation.opened":                {Info, "entry.obligation.opened"},
	"obligation.partly-discharged":     {Info, "entry.obligation.part"},
	"obligation.discharged":            {Agreed, "entry.obligation.discharged"},
	"obligation.carried":               {Info, "entry.obligation.carried"},
	"obligation.overdue":               {Alarm, "entry.obligation.overdue"},
	"step.late":                        {Alarm, "entry.step.late"},
	"step.late-ended":                  {Agreed, "entry.step.late-ended"},
	"obligation.lifted":                {Neutral, "entry.obligation.lifted"},
	"obligation.rescheduled":           {Info, "entry.obligation.rescheduled"},
	"guarantee.registered":             {Info, "guarantee.registered"},
	"guarantee.accepted":               {OK, "entry.guarantee.accepted"},
	"guarantee.refused":                {Missed, "guarantee.refused"},
	"guarantee.changed":                {Info, "entry.guarantee.changed"},
	"guarantee.expired":                {Bad, "entry.guarantee.expired"},
	"guarantee.closed":                 {Agreed, "guarantee.closed"},
	"guarantee.alarm":                  {Alarm, "entry.guarantee.alarm"},
	"alarm.raised":                     {Alarm, "entry.alarm"},
	"alarm.ended":                      {Agreed, "entry.alarm.ended"},
	"proposal.opened":                  {Info, "entry.proposal.opened"},
	"proposal.proposed":                {Info, "entry.proposal.opened"},
	"proposal.confirmed":               {Agreed, "entry.proposal.confirmed"},
	"proposal.returned":                {Warn, "entry.proposal.returned"},
	"proposal.disputed":                {Bad, "entry.proposal.disputed"},
	"proposal.refused":                 {Missed, "entry.proposal.refused"},
	"proposal.withdrawn":               {Neutral, "entry.proposal.withdrawn"},
	"proposal.redrawn-proposed":        {Info, "entry.proposal.redrawn"},
	"enterprise.registered":            {OK, "entry.enterprise.registered"},
	"enterprise.changed":               {Info, "entry.enterprise.changed"},
	"enterprise.graded":                {Warn, "entry.enterprise.graded"},
	"officer.appointed":                {OK, "entry.officer.appointed"},
	"officer.changed":                  {Info, "entry.officer.changed"},
	"account.opened":                   {Info, "entry.account.opened"},
	"account.locked":                   {Bad, "entry.account.locked"},
	"account.reopened":                 {Info, "entry.account.reopened"},
	"account.closed":                   {Neutral, "entry.account.closed"},
	"client.reopened":                  {Info, "entry.client.reopened"},
	"client.locked":                    {Bad, "entry.client.locked"},
	"client.closed":                    {Neutral, "entry.client.closed"},
	"client.renewed":                   {Info, "entry.client.renewed"},
	"account.password-set":             {Info, "entry.account.password"},
	"account.sign-in-failed":           {Warn, "entry.account.failed"},
	"client.opened":                    {Info, "entry.client.opened"},
	"session.opened":                   {Neutral, "entry.session.opened"},
	"session.ended":                    {Neutral, "entry.session.ended"},
	"link.made":                        {Neutral, "entry.link"},
	"access.read":                      {Neutral, "entry.viewed"},
	"exchange-rates.entered":           {Info, "entry.rates"},
	"journal.key":                      {Info, "entry.key"},
	"draw-key.announced":               {Info, "entry.drawkey"},
	"draw-key.published":               {Info, "entry.drawkey.published"},
	"book.filed":                       {Info, "entry.book.filed"},
	"book.opened":                      {OK, "entry.book.approved"},
	"book.change-asked":                {Info, "entry.book.asked"},
	"book.changed":                     {OK, "entry.book.changed"},
	"book.returned":                    {Warn, "entry.book.returned"},
	"book.paused":                      {Bad, "entry.book.paused"},
	"book.resumed":                     {OK, "entry.book.resumed"},
	"book.line-marked":                 {Info, "entry.book.line"},
	"book.part-marked":                 {Info, "entry.book.part"},
	"book.close-asked":                 {Info, "entry.book.closeasked"},
	"book.closed":                      {Agreed, "entry.book.closed"},
	"book.opening-stated":              {Info, "entry.book.openingstated"},
	"book.opening-posted":              {OK, "entry.book.opening"},
	"book.corrected":                   {Warn, "entry.book.corrected"},
	"verification-list.submitted":      {Info, "entry.list.submitted"},
	"verification-list.revised":        {Info, "entry.list.revised"},
	"verification-list.approved":       {OK, "entry.list.approved"},
	"verification-list.returned":       {Warn, "entry.list.returned"},
	"verification-list.withdrawn":      {Neutral, "entry.list.withdrawn"},
	"verification-list.posted":         {OK, "entry.list.posted"},
	"verification-list.void-asked":     {Warn, "entry.list.voidasked"},
	"verification-list.void-proposed":  {Warn, "entry.list.voidproposed"},
	"verification-list.voided":         {Missed, "entry.list.voided"},
	"verification-list.kept":           {Info, "entry.list.kept"},
	"release-note.applied-for":         {Info, "entry.note.applied"},
	"release-note.approved":            {OK, "entry.note.approved"},
	"release-note.deleted":             {Missed, "entry.note.deleted"},
	"release-note.void-asked":          {Warn, "entry.note.voidasked"},
	"release-note.voided":              {Missed, "entry.note.voided"},
	"release-note.kept":                {Info, "entry.note.kept"},
	"passage.passed":                   {OK, "entry.passage.passed"},
	"passage.held":                     {Bad, "entry.passage.held"},
	"passage.refused":                  {Bad, "entry.passage.refused"},
	"passage.guided-to-inspection":     {Warn, "entry.passage.inspect"},
	"passage.override-asked":           {Warn, "entry.passage.asked"},
	"passage.overridden":               {Warn, "entry.passage.overridden"},
	"passage.override-refused":         {Info, "entry.passage.notoverridden"},
	"barrier.moved":                    {Info, "entry.barrier"},
	"reconciliation.statement-came":    {Info, "entry.reconciliation.came"},
	"feed.applied-for":                 {Info, "entry.feed.applied"}, "feed.state-changed": {Info, "entry.feed.state"}, "feed.message-applied": {Info, "entry.feed.message"},
	"feed.message-staged": {Warn, "entry.feed.staged"}, "feed.message-waits": {Warn, "entry.feed.waits"}, "feed.message-corrected": {Agreed, "entry.feed.corrected"},
	"feed.parted": {Bad, "entry.feed.parted"}, "feed.compared": {Info, "entry.feed.compared"}, "feed.explained": {Agreed, "entry.feed.explained"},
	"reconciliation.compared":      {Info, "entry.reconciliation.compared"},
	"reconciliation.explained":     {Agreed, "entry.reconciliation.explained"},
	"write-off.drafted":            {Info, "entry.writeoff.drafted"},
	"write-off.counted":            {Info, "entry.writeoff.counted"},
	"write-off.count-taken-back":   {Warn, "entry.writeoff.uncounted"},
	"write-off.orders-given":       {Info, "entry.writeoff.orders"},
	"write-off.explained":          {Agreed, "entry.writeoff.explained"},
	"write-off.submitted":          {Info, "entry.writeoff.submitted"},
	"write-off.extension-asked":    {Warn, "entry.writeoff.extension"},
	"write-off.extended":           {Agreed, "entry.writeoff.extended"},
	"write-off.extension-refused":  {Missed, "entry.writeoff.notextended"},
	"write-off.returned":           {Warn, "entry.writeoff.returned"},
	"write-off.visit-ordered":      {Warn, "entry.writeoff.visit"},
	"write-off.visited":            {Info, "entry.writeoff.visited"},
	"write-off.adjusted":           {OK, "entry.writeoff.adjusted"},
	"residue.told":                 {Info, "entry.residue.told"},
	"residue.destruction-asked":    {Warn, "entry.residue.asked"},
	"residue.destruction-approved": {Agreed, "entry.residue.approved"},
	"residue.destruction-refused":  {Missed, "entry.residue.refused"},
	"residue.corrected":            {Info, "entry.residue.corrected"},
	"residue.destroyed":            {OK, "entry.residue.destroyed"},
	"residue.sold":                 {OK, "entry.residue.sold"},
	"residue.export-asked":         {Warn, "entry.residue.leaving"},
	"residue.left":                 {OK, "entry.residue.left"},
	"residue.abandonment-asked":    {Warn, "entry.residue.givenup"},
	"residue.taken-over":           {OK, "entry.residue.taken"},
	"residue.refused":              {Missed, "entry.residue.refused"},
	"risk-table.drafted":           {Neutral, "entry.risk.drafted"},
	"risk-table.tested":            {Info, "entry.risk.tested"},
	"risk-table.approved":          {OK, "entry.risk.approved"},
	"risk-table.refused":           {Missed, "entry.risk.refused"},
	"parameter.approved":           {OK, "entry.parameter.approved"},
	"parameter.refused":            {Missed, "entry.parameter.refused"},
	"parameter.in-force":           {OK, "entry.parameter.inforce"},
	"risk-table.discarded":         {Missed, "risk.discarded"},
	"risk-table.overtaken":         {Neutral, "entry.risk.overtaken"},
	"risk-table.in-force":          {OK, "entry.risk.inforce"},
	"instruction.issued":           {Info, "entry.instruction.issued"},
	"instruction.approved":         {OK, "entry.instruction.approved"},
	"instruction.withdrawn":        {Neutral, "entry.instruction.withdrawn"},
	"instruction.expired":          {Neutral, "entry.instruction.expired"},
	"mode.approved":                {OK, "entry.mode.approved"},
	"mode.refused":                 {Missed, "entry.mode.refused"},
	"tariff.approved":              {OK, "entry.tariff.approved"},
	"classifications.entered":      {OK, "entry.classifications"},
	"tariff.refused":               {Missed, "entry.tariff.refused"},
	"mode.in-force":                {OK, "entry.mode.inforce"},
}

// entryWord gives what an entry says, in words; a type that has none of ours is
// shown as it is written.
func entryWord(ctx context.Context, kind string) Badge {
	if w, known := entryWords[kind]; known {
		return Badge{w.Tone, T(ctx, w.Word)}
	}
	return Badge{Info, strings.NewReplacer(".", " ", "-", " ").Replace(kind)}
}

// objectWords name the kinds of things that entries are about.
var objectWords = map[string]Key{
	"declaration": "object.declaration", "manifest": "object.manifest", "bill_of_lading": "object.bill",
	"inspection_order": "object.inspection", "tax_bill": "object.taxbill", "obligation": "object.obligation",
	"guarantee": "object.guarantee", "book": "object.book", "verification_list": "object.list", "release_note": "object.note",
	"passage": "object.passage", "proposal": "object.proposal", "enterprise": "object.enterprise", "officer": "object.officer",
	"application": "object.application", "manifest-amendment": "amendment.title", "webhook": "object.webhook", "area": "object.area", "vehicle": "object.vehicle", "risk_table": "settings.risk", "instruction": "object.instruction", "parameter": "settings.parameters", "container": "object.container", "case": "object.case", "late_step": "object.late", "statement": "statement.one", "payment": "payment.one", "refund": "refund.one", "tax_difference": "difference.one", "reconciliation": "reconciliation.one", "write_off": "object.writeoff", "residue": "object.residue", "feed": "object.feed", "user": "object.user", "client": "object.client",
	"bank_message": "object.bankmessage", "message": "object.message", "tariff": "object.tariff", "draw_key": "object.drawkey", "feed_message": "object.feedmessage", "feed_table": "object.feedtable", "opening": "object.opening", "work_order": "object.workorder", "mode_version": "object.mode", "book_line": "object.bookline",
}

// objectPath gives the page of a thing: its own where it has one, else its life
// line.
func objectPath(kind, id string) string {
	switch kind {
	case "declaration":
		return "/declarations/" + id
	case "manifest":
		return "/manifests/" + id
	case "bill_of_lading":
		return "/bills/" + id
	case "enterprise":
		return "/enterprises/" + id
	case "inspection_order":
		return "/inspections/" + id
	case "book":
		return "/books/" + id
	case "verification_list":
		return "/lists/" + id
	case "release_note":
		return "/notes/" + id
	case "application":
		return "/ladings/" + id
	case "webhook":
		return webhooksPath + "/" + id
	case "proposal":
		return "/proposals/" + id
	case "tax_bill":
		return taxBillPath(id)
	case "statement":
		return statementPath(id)
	case "guarantee":
		return guaranteePath(id)
	case "payment":
		return "/payments/" + url.PathEscape(id)
	case "tax_difference":
		return "/differences/" + id
	case "write_off":
		return writeOffPath(id)
	case "residue":
		return residuePath(id)
	case "reconciliation":
		return reconciliationPath(id)
	case "feed", "feed_message", "feed_table", "work_order":
		return feedPath(id)
	case "instruction":
		return "/settings/instructions/" + id
	case "risk_table":
		return "/settings/risk/drafts/" + id
	}
	return "/life/" + kind + "/" + id
}

// motionWords say what a proposal does when both officers agree.
var motionWords = map[string]Key{
	"book.file": "motion.book.file", "book.change": "motion.book.change", "book.write-off": "motion.writeoff", "residue.destroy": "motion.destroy", "book.close": "motion.book.close", "book.correct": "motion.book.correct", "list.void": "motion.list.void", "list.close-short": "motion.list.short",
	"note.void": "motion.note.void", "guarantee.accept": "motion.guarantee.accept", "guarantee.change": "motion.guarantee.change", "guarantee.return": "motion.guarantee.return", "clearance.correct": "motion.correct", "clearance.dispose": "motion.dispose",
	"oversight.risk-table": "motion.risk", "oversight.mode": "motion.mode", "oversight.parameter": "motion.parameter", "oversight.tariff": "motion.tariff", "enterprise.grade": "motion.grade", "oversight.instruction": "motion.instruction",
	"treasury.refund": "motion.refund", "treasury.refund-excess": "motion.excess", "treasury.supplement": "motion.supplement",
}

// objectOptions are the kinds of things to search the journal by.
func objectOptions(ctx context.Context) []Option { return options(ctx, objectWords) }

// typeOptions are the types of entries to search the journal by.
func typeOptions(ctx context.Context) []Option {
	words := map[string]Key{}
	for kind, w := range entryWords {
		words[kind] = w.Word
	}
	return options(ctx, words)
}

// stateOptions are the states of a declaration to filter by.
func stateOptions(ctx context.Context) []Option {
	var list []Option
	for _, state := range declaration.Life.States {
		if state.Name != declaration.Draft && state.Name != declaration.Submitted {
			list = append(list, Option{string(state.Name), badge(ctx, declarationWords, state.Name).Text})
		}
	}
	return list
}

// options makes choices of a table of words, in the order of their values.
func options[S ~string](ctx context.Context, words map[S]Key) []Option {
	var list []Option
	for value, key := range words {
		list = append(list, Option{string(value), T(ctx, key)})
	}
	slices.SortFunc(list, func(a, b Option) int { return strings.Compare(a.Value, b.Value) })
	return list
}
