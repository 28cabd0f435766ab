package sim

// Addresses of the HTTP interface that the simulation uses.
const (
	pathToken        = "/api/v1/token"
	pathUseLink      = "/api/v1/sign-in/link"
	pathOfficers     = "/api/v1/officers"
	pathEnterprises  = "/api/v1/enterprises"
	pathUsers        = "/api/v1/users"
	pathClients      = "/api/v1/clients"
	pathRates        = "/api/v1/exchange-rates"
	pathGuarantees   = "/api/v1/guarantees"
	pathBooks        = "/api/v1/books"
	pathFeeds        = "/api/v1/feeds"
	pathLists        = "/api/v1/verification-lists"
	pathNotes        = "/api/v1/release-notes"
	pathReadings     = "/api/v1/gate/readings"
	pathReplays      = "/api/v1/gate/replays"
	pathPassages     = "/api/v1/passages"
	pathLadings      = "/api/v1/lading-applications"
	pathManifests    = "/api/v1/manifests"
	pathDeclarations = "/api/v1/declarations"
	pathOrders       = "/api/v1/inspection-orders"
	pathPayments     = "/api/v1/payments"
	pathTaxBills     = "/api/v1/tax-bills"
	pathStatements   = "/api/v1/statements"
	pathWriteOffs    = "/api/v1/write-offs"
	pathResidues     = "/api/v1/residues"
	pathProposals    = "/api/v1/proposals"
	pathInstructions = "/api/v1/instructions"

	pathClassifications = "/api/v1/classifications"
	pathSchedules       = "/api/v1/tariff/schedules"
)
