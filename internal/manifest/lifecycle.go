package manifest

// BillState is where a bill of lading on a manifest stands.
type BillState string
