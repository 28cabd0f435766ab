package console

import "seine/internal/party"

// allScreens lists every page of the console in the order of the navigation.
// One line is one screen; its file stands beside this one under the same name.
func (s *Server) allScreens() []Screen {
	house := s.house()
	var list []Screen
	if house.Identity != nil {
		list = append(list,
			Screen{Pattern: "GET /sign-in", Serve: s.signIn, Public: true},
			Screen{Pattern: "POST /sign-in", Serve: s.signIn, Public: true},
			Screen{Pattern: "GET /sign-in/{token}", Serve: s.signInLink, Public: true},
			Screen{Pattern: "POST /sign-in/{token}", Serve: s.signInLink, Public: true},
			Screen{Pattern: "POST /sign-out", Serve: s.signOut, Public: true},
		)
	}
	if s.deps.Demo != nil {
		list = append(list,
			Screen{Pattern: "GET /guide", Nav: "guide.title", Group: "nav.day", Href: "/guide", Serve: s.guide, Public: true},
			Screen{Pattern: "POST /guide/clock", Serve: s.guideClock, Public: true},
			Screen{Pattern: "POST /guide/outage", Serve: s.guideOutage, Public: true},
			Screen{Pattern: "POST /guide/{role}", Serve: s.guideTake, Public: true},
		)
	}
	if house.Read == nil {
		return list
	}
	var (
		desk    = []string{RoleOfficer, RoleAnalyst, RoleDispatcher}
		staff   = []string{RoleOfficer, RoleAnalyst, RoleDispatcher, RoleAuditor, RoleLane, RoleOperator}
		trade   = []string{RoleEnterprise}
		papers  = []string{RoleOfficer, RoleAnalyst, RoleDispatcher, RoleAuditor, RoleEnterprise}
		money   = []string{RoleOfficer, RoleAnalyst, RoleDispatcher, RoleAuditor}
		banks   = []string{RoleOfficer}
		lanes   = []string{RoleLane, RoleDispatcher, RoleOfficer}
		records = []string{RoleAuditor, RoleOfficer, RoleAnalyst, RoleDispatcher, RoleOperator}
		orders  = []string{RoleAnalyst, RoleOfficer, RoleDispatcher, RoleAuditor, RoleLane}
		rules   = []string{RoleOperator, RoleAnalyst, RoleOfficer, RoleAuditor}
	)
	list = append(list,
		Screen{Pattern: "GET /status", Serve: s.status, Public: true},
		Screen{Pattern: "GET /{$}", Serve: s.firstPage},
		Screen{Pattern: "GET /home", Roles: trade, Nav: "home.title", Group: "nav.day", Href: "/home", Serve: s.home},
		Screen{Pattern: "GET /work", Roles: desk, Nav: "work.title", Group: "nav.day", Href: "/work", Serve: s.work},
		Screen{Pattern: "GET /work/new", Roles: desk, Serve: s.workNew},
		Screen{Pattern: "GET /overview", Needs: party.View, Of: "journal", Roles: staff, Nav: "overview.title", Group: "nav.day", Href: "/overview", Serve: s.overviewPage},
		Screen{Pattern: "GET /map", Needs: party.View, Of: "passage", Roles: staff, Nav: "map.title", Group: "nav.day", Href: "/map", Serve: s.mapPage},
		Screen{Pattern: "GET /lanes", Roles: lanes, Nav: "lanes.title", Group: "nav.day", Href: "/lanes", Serve: s.lanes},
		Screen{Pattern: "GET /lanes/{lane}", Roles: lanes, Serve: s.lane},
		Screen{Pattern: "GET /declarations", Needs: party.View, Of: "declaration", Roles: papers, Nav: "declarations.title", Group: "nav.papers", Href: "/declarations", Serve: s.declarationsPage},
		Screen{Pattern: "GET /declarations/{id}", Needs: party.View, Of: "declaration", Roles: papers, Serve: s.declaration},
		Screen{Pattern: "GET /manifests", Needs: party.View, Of: "manifest", Roles: papers, Nav: "manifests.title", Group: "nav.papers", Href: "/manifests", Serve: s.manifests},
		Screen{Pattern: "GET /manifests/{id}", Needs: party.View, Of: "manifest", Roles: papers, Serve: s.manifestPage},
		Screen{Pattern: "GET /manifests/{id}/amendments/{amendment}", Needs: party.View, Of: "manifest", Roles: papers, Serve: s.askedAmendment},
		Screen{Pattern: "GET /bills/{id}", Needs: party.View, Of: "bill_of_lading", Roles: papers, Serve: s.bill},
		Screen{Pattern: "GET /ladings", Needs: party.View, Of: "bill_of_lading", Roles: papers, Nav: "ladings.title", Group: "nav.papers", Href: "/ladings", Serve: s.ladings},
		Screen{Pattern: "GET /ladings/{id}", Needs: party.View, Of: "bill_of_lading", Roles: papers, Serve: s.lading},
		Screen{Pattern: "GET /notes", Needs: party.View, Of: "release_note", Roles: papers, Nav: "notes.title", Group: "nav.papers", Href: "/notes", Serve: s.notes},
		Screen{Pattern: "GET /notes/{id}", Needs: party.View, Of: "release_note", Roles: papers, Serve: s.note},
		Screen{Pattern: "GET /inspections/{id}", Needs: party.View, Of: "inspection_order", Roles: papers, Serve: s.inspection},
		Screen{Pattern: "GET /proposals/{id}", Needs: party.View, Of: "proposal", Roles: staff, Serve: s.proposal},
		Screen{Pattern: "GET /books", Needs: party.View, Of: "book", Roles: papers, Nav: "books.title", Group: "nav.books", Href: "/books", Serve: s.books},
		Screen{Pattern: "GET /books/{id}", Needs: party.View, Of: "book", Roles: papers, Serve: s.book},
		Screen{Pattern: "GET /feeds", Needs: party.View, Of: "book", Roles: papers, Nav: "feeds.title", Group: "nav.books", Href: "/feeds", Serve: s.feeds},
		Screen{Pattern: "GET /feeds/{book}", Needs: party.View, Of: "book", Roles: papers, Serve: s.feed},
		Screen{Pattern: "GET /lists", Needs: party.View, Of: "verification_list", Roles: papers, Nav: "lists.title", Group: "nav.books", Href: "/lists", Serve: s.lists},
		Screen{Pattern: "GET /lists/{id}", Needs: party.View, Of: "verification_list", Roles: papers, Serve: s.list},
		Screen{Pattern: "GET /write-offs", Needs: party.View, Of: "book", Roles: papers, Nav: "writeoffs.title", Group: "nav.books", Href: "/write-offs", Serve: s.writeOffs},
		Screen{Pattern: "GET /write-offs/{id}", Needs: party.View, Of: "book", Roles: papers, Serve: s.writeOff},
		Screen{Pattern: "GET /residues", Needs: party.View, Of: "book", Roles: papers, Nav: "residues.title", Group: "nav.books", Href: "/residues", Serve: s.residues},
		Screen{Pattern: "GET /residues/{id}", Needs: party.View, Of: "book", Roles: papers, Serve: s.residue},
		Screen{Pattern: "GET /write-offs/{id}/{file}", Needs: party.View, Of: "book", Roles: papers, Serve: s.writeOffFile},
		Screen{Pattern: "GET /due", Needs: party.View, Of: "obligation", Roles: papers, Nav: "due.title", Group: "nav.books", Href: "/due", Serve: s.due},
		Screen{Pattern: "GET /guarantees/{id}", Needs: party.View, Of: "guarantee", Roles: papers, Serve: s.guarantee},
		Screen{Pattern: "GET /books/{id}/lines/{line}", Needs: party.View, Of: "book", Roles: papers, Serve: s.bookLine},
		Screen{Pattern: "GET /revenue", Needs: party.View, Of: "tax_bill", Roles: money, Nav: "revenue.title", Group: "nav.books", Href: "/revenue", Serve: s.revenueReport},
		Screen{Pattern: "GET /forecast", Needs: party.View, Of: "tax_bill", Roles: papers, Nav: "forecast.title", Group: "nav.books", Href: "/forecast", Serve: s.forecast},
		Screen{Pattern: "GET /tax-bills/{id}", Needs: party.View, Of: "tax_bill", Roles: papers, Serve: s.taxBill},
		Screen{Pattern: "GET /statements/{id}", Needs: party.View, Of: "tax_bill", Roles: papers, Serve: s.statement},
		Screen{Pattern: "GET /payments/{id}", Roles: papers, Serve: s.payment},
		Screen{Pattern: "GET /differences/{id}", Needs: party.View, Of: "tax_bill", Roles: papers, Serve: s.taxDifference},
		Screen{Pattern: "GET /reconciliations", Needs: party.Decide, Of: "reconciliation", Roles: banks, Nav: "reconciliations.title", Group: "nav.books", Href: "/reconciliations", Serve: s.reconciliations},
		Screen{Pattern: "GET /reconciliations/{id}", Needs: party.Decide, Of: "reconciliation", Roles: banks, Serve: s.reconciliation},
		Screen{Pattern: "GET /life/{kind}/{id...}", Serve: s.life},
		Screen{Pattern: "GET /enterprises/{id}", Needs: party.View, Of: "enterprise", Serve: s.enterprise},
		Screen{Pattern: "GET /journal", Needs: party.View, Of: "journal", Roles: records, Nav: "journal.title", Group: "nav.proof", Href: "/journal", Serve: s.journalPage},
		Screen{Pattern: "GET /journal/{id}", Serve: s.entry},
		Screen{Pattern: "GET /journal/{id}/receipt", Serve: s.receipt},
		Screen{Pattern: "GET /looked/{kind}/{id...}", Roles: append(trade, records...), Serve: s.looked},
		Screen{Pattern: "GET /verify", Nav: "verify.title", Group: "nav.proof", Href: "/verify", Serve: s.verify, Public: true},
		Screen{Pattern: "GET /tariff", Nav: "settings.tariff", Group: "nav.rules", Href: "/tariff", Serve: s.tariff},
		Screen{Pattern: "GET /tariff/working.pdf", Serve: s.tariffPDF},
		Screen{Pattern: "GET /codes", Nav: "settings.codes", Group: "nav.rules", Href: "/codes", Serve: s.codes},
		Screen{Pattern: "GET /calendar", Nav: "calendar.title", Group: "nav.rules", Href: "/calendar", Serve: s.calendar},
		Screen{Pattern: "GET /modes", Nav: "settings.modes", Group: "nav.rules", Href: "/modes", Serve: s.modes},
		Screen{Pattern: "GET /modes/{mode}", Serve: s.mode},
		Screen{Pattern: "GET /settings", Roles: rules, Nav: "settings.title", Group: "nav.rules", Href: "/settings", Serve: s.settings},
		Screen{Pattern: "GET /settings/rights", Roles: rules, Serve: s.rights},
		Screen{Pattern: "GET /settings/people", Needs: party.View, Of: "officer", Roles: rules, Serve: s.people},
		Screen{Pattern: "GET /settings/risk", Needs: party.View, Of: "risk_table", Roles: rules, Serve: s.riskTable},
		Screen{Pattern: "GET /settings/risk/{rule}", Needs: party.View, Of: "risk_table", Roles: rules, Serve: s.riskRule},
		Screen{Pattern: "GET /settings/risk/health", Needs: party.View, Of: "risk_table", Roles: rules, Serve: s.riskHealth},
		Screen{Pattern: "GET /settings/instructions", Needs: party.View, Of: "instruction", Roles: orders, Nav: "instructions.title", Group: "nav.rules", Href: "/settings/instructions", Serve: s.instructions},
		Screen{Pattern: "GET /settings/instructions/{id}", Needs: party.View, Of: "instruction", Roles: orders, Serve: s.instruction},
		Screen{Pattern: "GET /settings/parameters", Needs: party.View, Of: "rule", Roles: rules, Serve: s.parameters},
		Screen{Pattern: "GET /settings/parameters/{room}/{name}", Needs: party.View, Of: "rule", Roles: rules, Serve: s.parameter},
		Screen{Pattern: "GET /settings/risk/drafts/{id}", Needs: party.View, Of: "risk_table", Roles: rules, Serve: s.riskDraft},
	)
	if house.Accounts != nil && house.Secrets != nil {
		list = append(list,
			Screen{Pattern: "GET /settings/accounts", Needs: party.View, Of: "user", Roles: rules, Serve: s.accounts},
			Screen{Pattern: "GET /settings/accounts/new", Needs: party.Manage, Of: "user", Roles: rules, Serve: s.newAccount},
			Screen{Pattern: "POST /settings/accounts", Roles: rules, Serve: s.openAccount},
			Screen{Pattern: "GET /settings/accounts/{id}", Needs: party.View, Of: "user", Roles: rules, Serve: s.account},
			Screen{Pattern: "POST /settings/accounts/{id}", Roles: rules, Serve: s.actOnAccount},
			Screen{Pattern: "GET /settings/machines", Needs: party.View, Of: "client", Roles: rules, Serve: s.machines},
			Screen{Pattern: "GET /settings/machines/new", Needs: party.Manage, Of: "client", Roles: rules, Serve: s.newMachine},
			Screen{Pattern: "POST /settings/machines", Roles: rules, Serve: s.openMachine},
			Screen{Pattern: "GET /settings/machines/{id}", Needs: party.View, Of: "client", Roles: rules, Serve: s.machine},
			Screen{Pattern: "POST /settings/machines/{id}", Roles: rules, Serve: s.actOnMachine},
		)
	}
	if house.Drafts != nil {
		list = append(list,
			Screen{Pattern: "GET /drafts", Needs: party.Lodge, Of: "declaration", Roles: trade, Serve: s.drafts},
			Screen{Pattern: "POST /drafts", Roles: trade, Serve: s.keepDraft},
			Screen{Pattern: "POST /drafts/{id}", Roles: trade, Serve: s.discard},
		)
	}
	if house.Webhooks != nil {
		keepers := []string{RoleEnterprise, RoleOperator}
		list = append(list,
			Screen{Pattern: "GET /webhooks", Needs: party.View, Of: "webhook", Roles: keepers, Nav: "webhooks.title", Group: "nav.rules", Href: webhooksPath, Serve: s.webhooks},
			Screen{Pattern: "GET /webhooks/new", Roles: keepers, Serve: s.newWebhook},
			Screen{Pattern: "POST /webhooks", Roles: keepers, Serve: s.addWebhook},
			Screen{Pattern: "GET /webhooks/{id}", Roles: keepers, Serve: s.webhook},
			Screen{Pattern: "POST /webhooks/{id}", Roles: keepers, Serve: s.actOnWebhook},
		)
	}
	if house.Clearance != nil {
		list = append(list,
			Screen{Pattern: "GET /declare", Needs: party.Lodge, Of: "declaration", Roles: trade, Nav: "form.new", Group: "nav.papers", Href: "/declare", Serve: s.declare},
			Screen{Pattern: "POST /declare", Roles: trade, Serve: s.lodge},
			Screen{Pattern: "GET /manifests/new", Needs: party.Lodge, Of: "manifest", Roles: trade, Serve: s.newManifest},
			Screen{Pattern: "POST /manifests", Roles: trade, Serve: s.sendManifest},
			Screen{Pattern: "GET /manifests/{id}/arrival", Roles: papers, Serve: s.arrivalForm},
			Screen{Pattern: "POST /manifests/{id}/arrival", Roles: papers, Serve: s.reportArrival},
			Screen{Pattern: "GET /manifests/{id}/tally", Roles: papers, Serve: s.tallyForm},
			Screen{Pattern: "POST /manifests/{id}/tally", Roles: papers, Serve: s.reportTally},
			Screen{Pattern: "GET /manifests/{id}/amendment", Roles: trade, Serve: s.amendment},
			Screen{Pattern: "POST /manifests/{id}/amendment", Roles: trade, Serve: s.askAmendment},
			Screen{Pattern: "POST /manifests/{id}/amendments/{amendment}", Roles: desk, Serve: s.decideAmendment},
			Screen{Pattern: "POST /declarations/{id}", Roles: papers, Serve: s.decide},
			Screen{Pattern: "GET /declarations/{id}/correction", Needs: party.Lodge, Of: "declaration", Roles: trade, Serve: s.correction},
			Screen{Pattern: "POST /declarations/{id}/correction", Roles: trade, Serve: s.askCorrection},
			Screen{Pattern: "POST /declarations/{id}/correction/word", Roles: desk, Serve: s.reviewCorrection},
			Screen{Pattern: "POST /inspections/{id}", Roles: desk, Serve: s.inspected},
		)
	}
	if house.Books != nil {
		list = append(list,
			Screen{Pattern: "GET /books/new", Needs: party.Lodge, Of: "book", Roles: trade, Serve: s.newBook},
			Screen{Pattern: "POST /books", Roles: trade, Serve: s.fileBook},
			Screen{Pattern: "GET /books/{id}/change", Needs: party.Lodge, Of: "book", Roles: trade, Serve: s.changeBookForm},
			Screen{Pattern: "POST /books/{id}/change", Roles: trade, Serve: s.fileBook},
			Screen{Pattern: "POST /books/{id}", Roles: papers, Serve: s.actOnBook},
			Screen{Pattern: "POST /books/{id}/lines/{line}", Roles: papers, Serve: s.actOnLine},
			Screen{Pattern: "GET /books/{id}/merger", Needs: party.Lodge, Of: "book", Roles: trade, Serve: s.merger},
			Screen{Pattern: "POST /books/{id}/merger", Roles: trade, Serve: s.fileMerger},
			Screen{Pattern: "GET /books/{id}/opening", Needs: party.Lodge, Of: "book", Roles: trade, Serve: s.opening},
			Screen{Pattern: "POST /books/{id}/opening", Roles: trade, Serve: s.stateOpening},
		)
	}
	if house.Feeds != nil {
		list = append(list,
			Screen{Pattern: "POST /feeds", Roles: trade, Serve: s.applyForFeed},
			Screen{Pattern: "POST /feeds/{book}", Roles: papers, Serve: s.actOnFeed},
		)
	}
	if house.Lists != nil {
		list = append(list,
			Screen{Pattern: "GET /lists/new", Needs: party.Lodge, Of: "verification_list", Roles: trade, Serve: s.newList},
			Screen{Pattern: "POST /lists", Roles: trade, Serve: s.fileList},
			Screen{Pattern: "POST /lists/{id}", Roles: papers, Serve: s.actOnList},
		)
	}
	if house.Ladings != nil {
		list = append(list,
			Screen{Pattern: "GET /ladings/new", Needs: party.Lodge, Of: "bill_of_lading", Roles: trade, Serve: s.newLading},
			Screen{Pattern: "POST /ladings", Roles: trade, Serve: s.applyLading},
			Screen{Pattern: "POST /ladings/{id}", Roles: papers, Serve: s.actOnLading},
		)
	}
	if house.Notes != nil {
		list = append(list,
			Screen{Pattern: "GET /notes/new", Needs: party.Lodge, Of: "release_note", Roles: trade, Serve: s.newNote},
			Screen{Pattern: "POST /notes", Roles: trade, Serve: s.applyNote},
			Screen{Pattern: "POST /notes/{id}", Roles: papers, Serve: s.actOnNote},
		)
	}
	if house.Residues != nil {
		list = append(list,
			Screen{Pattern: "POST /residues", Roles: trade, Serve: s.tellResidue},
			Screen{Pattern: "POST /residues/{id}", Roles: papers, Serve: s.actOnResidue},
		)
	}
	if house.WriteOffs != nil {
		list = append(list,
			Screen{Pattern: "GET /books/{id}/today", Roles: papers, Serve: s.closeToday},
			Screen{Pattern: "GET /write-offs/{id}/count", Roles: trade, Serve: s.countStock},
			Screen{Pattern: "POST /write-offs/{id}/count", Roles: trade, Serve: s.enterCount},
			Screen{Pattern: "POST /write-offs/{id}", Roles: papers, Serve: s.actOnWriteOff},
		)
	}
	if house.Deliberation != nil {
		list = append(list, Screen{Pattern: "POST /proposals/{id}", Roles: staff, Serve: s.deliberate})
	}
	if house.Treasury != nil {
		list = append(list,
			Screen{Pattern: "GET /guarantees/new", Needs: party.Decide, Of: "guarantee", Roles: desk, Serve: s.newGuarantee},
			Screen{Pattern: "POST /guarantees", Roles: desk, Serve: s.registerGuarantee},
			Screen{Pattern: "POST /guarantees/{id}", Roles: desk, Serve: s.actOnGuarantee},
			Screen{Pattern: "POST /reconciliations/{id}", Roles: banks, Serve: s.actOnReconciliation},
			Screen{Pattern: "POST /tax-bills/{id}", Roles: banks, Serve: s.actOnTaxBill},
			Screen{Pattern: "POST /payments/{id}", Roles: banks, Serve: s.actOnPayment},
			Screen{Pattern: "POST /differences/{id}", Roles: banks, Serve: s.settleTaxDifference},
		)
	}
	if house.Tariff != nil {
		list = append(list,
			Screen{Pattern: "GET /tariff/changes", Needs: party.Confirm, Of: "tariff", Roles: rules, Serve: s.tariffChanges},
			Screen{Pattern: "POST /tariff/changes", Roles: rules, Serve: s.proposeTariff},
			Screen{Pattern: "POST /tariff/changes/{id}", Roles: rules, Serve: s.rollBackTariff},
			Screen{Pattern: "POST /tariff/schedules", Roles: rules, Serve: s.loadSchedule},
			Screen{Pattern: "GET /tariff/schedules/{id}", Roles: rules, Serve: s.schedule},
			Screen{Pattern: "POST /tariff/schedules/{id}", Roles: rules, Serve: s.actOnSchedule},
		)
	}
	if house.Rules != nil {
		list = append(list,
			Screen{Pattern: "GET /settings/instructions/new", Needs: party.Decide, Of: "instruction", Roles: orders, Serve: s.newInstruction},
			Screen{Pattern: "POST /modes/{mode}", Roles: rules, Serve: s.proposeMode},
			Screen{Pattern: "POST /enterprises/{id}", Roles: desk, Serve: s.proposeGrade},
			Screen{Pattern: "POST /settings/instructions", Roles: orders, Serve: s.issueInstruction},
			Screen{Pattern: "POST /settings/instructions/{id}", Roles: orders, Serve: s.actOnInstruction},
			Screen{Pattern: "POST /settings/parameters/{room}/{name}", Roles: rules, Serve: s.proposeParameter},
			Screen{Pattern: "POST /settings/risk/drafts", Roles: rules, Serve: s.beginRiskDraft},
			Screen{Pattern: "POST /settings/risk/drafts/{id}", Roles: rules, Serve: s.changeRiskDraft},
		)
	}
	if house.Lane != nil {
		list = append(list, Screen{Pattern: "POST /lanes/{lane}", Roles: lanes, Serve: s.laneAct})
	}
	return list
}
